import { listServingEndpoints } from '@cairn/protocol'
import { defineCommand } from '../../framework/command.ts'
import { clientOptions, connect } from '../../client/connection.ts'
import { limitOf, maxResults, moreNote } from '../../client/list-options.ts'
import { collect } from '../../client/lookup.ts'
import { endpointTable } from '../../listing/endpoints.ts'

export const command = defineCommand({
  summary: 'List endpoints.',
  args: {},
  options: { model: { kind: 'text', short: 'm', value: 'NAME', summary: 'Only those of this registered model.' }, 'max-results': maxResults, ...clientOptions },
  examples: [['endpoints list', 'all'], ['endpoints list -m churn --json', 'those of one model, for a program']],
  run: async ({ options, io, style }) => {
    const connection = connect({ options, io })
    const { items, more } = await collect(limitOf(options['max-results']), 1000, async (max_results, page_token) => {
      const { endpoints, next_page_token } = await connection.call(listServingEndpoints, {
        max_results, ...(options.model !== undefined && { model_name: options.model }), ...(page_token !== undefined && { page_token }),
      })
      return { items: endpoints, next: next_page_token }
    })
    return { data: items, text: items.length === 0 ? 'No endpoints.' : endpointTable(items, style, io.columns) + (more ? moreNote(items.length) : '') }
  },
})
