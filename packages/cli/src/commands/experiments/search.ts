import { defineCommand } from '../../framework/command.ts'
import { clientOptions } from '../../client/connection.ts'
import { maxResults, orderBy, view } from '../../client/list-options.ts'
import { listExperiments } from '../../listing/experiments.ts'

export const command = defineCommand({
  summary: 'Find experiments by name, tag or time.',
  args: { filter: { summary: 'For instance "name LIKE \'churn%\' AND tags.team = \'ml\'".' } },
  options: { view, 'order-by': orderBy, 'max-results': maxResults, ...clientOptions },
  examples: [
    [`experiments search "name ILIKE '%churn%'"`, 'by a part of the name'],
    [`experiments search "tags.team = 'ml'" --order-by "last_update_time DESC"`, 'by a tag'],
  ],
  run: (context) => listExperiments(context, context.args.filter),
})
