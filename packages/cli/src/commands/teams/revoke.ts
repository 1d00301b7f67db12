import { revokeTeamPermission } from '@cairn/protocol'
import { defineCommand } from '../../framework/command.ts'
import { clientOptions, connect } from '../../client/connection.ts'
import { readResource, resourceSummary } from '../../client/resource.ts'

export const command = defineCommand({
  summary: 'Take back what was granted to a team on something.',
  args: { team: { summary: 'The team\'s name.' }, resource: { summary: resourceSummary } },
  options: clientOptions,
  examples: [['teams revoke vision experiment:5', 'its members have what else they have']],
  run: async ({ args, options, io }) => {
    const input = { name: args.team, ...readResource(args.resource) }
    await connect({ options, io }).call(revokeTeamPermission, input)
    return { data: input, text: `${args.team} has no grant on ${args.resource} any more.` }
  },
})
