import { rollBackServingEndpoint } from '@cairn/protocol'
import { defineCommand } from '../../framework/command.ts'
import { clientOptions, connect } from '../../client/connection.ts'
import { trafficText } from '../../listing/endpoints.ts'
import { reason } from '../../serving/targets.ts'

export const command = defineCommand({
  summary: 'Take back what is tried, or else the last change of the traffic.',
  details: 'An alias that the endpoint follows goes back with it. A second rollback undoes the first.',
  args: { name: { summary: 'The endpoint.' } },
  options: { entry: { kind: 'text', value: 'ID', summary: 'Undo this entry of the audit rather than the last change; cairn models audit NAME lists them.' }, reason, ...clientOptions },
  examples: [['endpoints rollback churn-live --reason "complaints"', 'at once: the version from before is still warm']],
  run: async ({ args, options, io }) => {
    const connection = connect({ options, io })
    const { endpoint } = await connection.call(rollBackServingEndpoint, {
      name: args.name, ...(options.entry !== undefined && { entry_id: options.entry }), ...(options.reason !== undefined && { reason: options.reason }),
    })
    return { data: endpoint, text: `Endpoint ${endpoint.name} is back: ${trafficText(endpoint.traffic)}.` }
  },
})
