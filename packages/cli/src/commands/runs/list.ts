import { defineCommand } from '../../framework/command.ts'
import { listRuns, runListOptions } from '../../listing/runs.ts'

export const command = defineCommand({
  summary: 'List runs, the latest first.',
  args: {},
  options: runListOptions,
  examples: [
    ['runs list --experiment churn', 'of one experiment'],
    ['runs list -e churn --order-by "metrics.auc DESC" --columns metrics.auc,params.model -n 10', 'the ten best'],
  ],
  run: (context) => listRuns(context, undefined),
})
