import { promoteServingEndpoint } from '@cairn/protocol'
import { defineCommand } from '../../framework/command.ts'
import { UsageError } from '../../framework/errors.ts'
import { clientOptions, connect } from '../../client/connection.ts'
import { trafficText } from '../../listing/endpoints.ts'
import { reason } from '../../serving/targets.ts'

export const command = defineCommand({
  summary: 'Give one version of an endpoint all the traffic.',
  details: 'Where the endpoint follows an alias, the alias is moved. A rollout ends.',
  args: { name: { summary: 'The endpoint.' }, version: { summary: 'The version; without it the one that a rollout tries.', optional: true } },
  options: { reason, ...clientOptions },
  examples: [['endpoints promote churn-live', 'what is tried has passed'], ['endpoints promote churn-live 4 --reason "better recall"', 'this one']],
  run: async ({ args, options, io }) => {
    const connection = connect({ options, io })
    if (args.version !== undefined && !/^\d+$/.test(args.version)) throw new UsageError(`"${args.version}" is no version.`, `cairn endpoints promote ${args.name} 4`)
    const { endpoint } = await connection.call(promoteServingEndpoint, {
      name: args.name, ...(args.version !== undefined && { version: args.version }), ...(options.reason !== undefined && { reason: options.reason }),
    })
    return { data: endpoint, text: `Endpoint ${endpoint.name}: ${trafficText(endpoint.traffic)}. Back: cairn endpoints rollback ${endpoint.name}` }
  },
})
