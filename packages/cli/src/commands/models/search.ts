import { defineCommand } from '../../framework/command.ts'
import { clientOptions } from '../../client/connection.ts'
import { maxResults, orderBy } from '../../client/list-options.ts'
import { listModels } from '../../listing/models.ts'

export const command = defineCommand({
  summary: 'Find registered models by name or tag.',
  args: { filter: { summary: 'For instance "name ILIKE \'%churn%\'" or "tags.team = \'ml\'".' } },
  options: { 'order-by': orderBy, 'max-results': maxResults, ...clientOptions },
  examples: [[`models search "name ILIKE '%churn%'"`, 'by a part of the name'], [`models search "tags.team = 'ml'" --json`, 'for a program']],
  run: (context) => listModels(context, context.args.filter),
})
