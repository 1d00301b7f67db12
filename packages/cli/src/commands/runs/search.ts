import { defineCommand } from '../../framework/command.ts'
import { listRuns, runListOptions } from '../../listing/runs.ts'

export const command = defineCommand({
  summary: 'Find runs by metrics, params, tags, attributes or datasets.',
  details: 'The filter has MLflow’s grammar: clauses joined by AND, with =, !=, <, <=, >, >=, LIKE, ILIKE, IN and NOT IN; keys with dashes, spaces or slashes in backticks or double quotes, values that are text in single quotes.',
  args: { filter: { summary: 'For instance "metrics.auc > 0.8 AND params.model = \'xgboost\'".' } },
  options: runListOptions,
  examples: [
    ['runs search "metrics.auc > 0.8" --experiment churn', 'by the latest value of a metric'],
    [`runs search "params.model = 'xgboost' AND attributes.status = 'FAILED'"`, 'what failed'],
    [`runs search "tags.team LIKE 'ml%'" --json`, 'for a program'],
  ],
  run: (context) => listRuns(context, context.args.filter),
})
