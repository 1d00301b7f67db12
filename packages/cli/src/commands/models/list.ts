import { defineCommand } from '../../framework/command.ts'
import { clientOptions } from '../../client/connection.ts'
import { maxResults, orderBy } from '../../client/list-options.ts'
import { listModels } from '../../listing/models.ts'

export const command = defineCommand({
  summary: 'List registered models with their aliases and stages.',
  args: {},
  options: { 'order-by': orderBy, 'max-results': maxResults, ...clientOptions },
  examples: [['models list', 'by name'], ['models list --order-by "last_updated_timestamp DESC"', 'the last changed first']],
  run: (context) => listModels(context, undefined),
})
