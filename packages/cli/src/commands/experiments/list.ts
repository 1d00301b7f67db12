import { defineCommand } from '../../framework/command.ts'
import { clientOptions } from '../../client/connection.ts'
import { maxResults, orderBy, view } from '../../client/list-options.ts'
import { listExperiments } from '../../listing/experiments.ts'

export const command = defineCommand({
  summary: 'List experiments, newest first.',
  args: {},
  options: { view, 'order-by': orderBy, 'max-results': maxResults, ...clientOptions },
  examples: [
    ['experiments list', 'the active ones'],
    ['experiments list --view deleted', 'those that can be restored'],
    ['experiments list --json | jq -r ".[].name"', 'their names'],
  ],
  run: (context) => listExperiments(context, undefined),
})
