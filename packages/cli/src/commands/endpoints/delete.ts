import { deleteServingEndpoint } from '@cairn/protocol'
import { defineCommand } from '../../framework/command.ts'
import { clientOptions, connect } from '../../client/connection.ts'
import { confirmed, yes } from '../../client/list-options.ts'
import { reason } from '../../serving/targets.ts'

export const command = defineCommand({
  summary: 'Forget an endpoint; processes that serve it go on with what they have.',
  args: { name: { summary: 'The endpoint.' } },
  options: { yes, reason, ...clientOptions },
  examples: [['endpoints delete churn-live --yes', 'the model and its versions stay']],
  run: async ({ args, options, io }) => {
    const connection = connect({ options, io })
    confirmed(options.yes, `The endpoint "${args.name}"`)
    await connection.call(deleteServingEndpoint, { name: args.name, ...(options.reason !== undefined && { reason: options.reason }) })
    return { data: { name: args.name }, text: `Deleted the endpoint "${args.name}".` }
  },
})
