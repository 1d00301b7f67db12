import { getServingEndpoint, listAuditEntries } from '@cairn/protocol'
import { defineCommand } from '../../framework/command.ts'
import { clientOptions, connect } from '../../client/connection.ts'
import { endpointText } from '../../listing/endpoints.ts'

export const command = defineCommand({
  summary: 'Show an endpoint: what it should serve, what its processes do serve, and the last changes.',
  args: { name: { summary: 'The endpoint.' } },
  options: clientOptions,
  examples: [['endpoints show churn-live', 'with each process and version'], ['endpoints show churn-live --json', 'for a program']],
  run: async ({ args, options, io, style }) => {
    const connection = connect({ options, io })
    const { endpoint } = await connection.call(getServingEndpoint, { name: args.name })
    const { entries } = await connection.call(listAuditEntries, { entity: 'endpoint', entity_name: args.name, max_results: 5 })
    return { data: { ...endpoint, changes: entries }, text: endpointText(endpoint, entries, style, io.columns) }
  },
})
