import { grantTeamPermission } from '@cairn/protocol'
import { defineCommand } from '../../framework/command.ts'
import { clientOptions, connect } from '../../client/connection.ts'
import { levels, readLevel, readResource, resourceSummary } from '../../client/resource.ts'

export const command = defineCommand({
  summary: 'Let a team read, use, edit or manage something, or forbid it; for whoever manages it.',
  args: { team: { summary: 'The team\'s name.' }, resource: { summary: resourceSummary }, level: { summary: `${levels.join(', ')}.` } },
  options: clientOptions,
  examples: [['teams grant vision experiment:5 EDIT', 'its members may log to it']],
  run: async ({ args, options, io }) => {
    const input = { name: args.team, ...readResource(args.resource), permission: readLevel(args.level) }
    const { team } = await connect({ options, io }).call(grantTeamPermission, input)
    return { data: team, text: `${args.team} has ${input.permission} on ${args.resource}.` }
  },
})
