import { revokeUserPermission } from '@cairn/protocol'
import { defineCommand } from '../../framework/command.ts'
import { clientOptions, connect } from '../../client/connection.ts'
import { readResource, resourceSummary } from '../../client/resource.ts'

export const command = defineCommand({
  summary: 'Take back what was granted to a user on something.',
  args: { user: { summary: 'The user\'s name.' }, resource: { summary: resourceSummary } },
  options: clientOptions,
  examples: [['users revoke ada experiment:5', 'what her roles and the default say holds again']],
  run: async ({ args, options, io }) => {
    const input = { username: args.user, ...readResource(args.resource) }
    await connect({ options, io }).call(revokeUserPermission, input)
    return { data: input, text: `${args.user} has no grant of their own on ${args.resource} any more.` }
  },
})
