import { getTeam } from '@cairn/protocol'
import { defineCommand } from '../../framework/command.ts'
import { fields } from '../../framework/table.ts'
import { clientOptions, connect } from '../../client/connection.ts'

export const command = defineCommand({
  summary: 'Show who is in a team, and what it may do.',
  args: { team: { summary: 'The team\'s name.' } },
  options: clientOptions,
  examples: [['teams show vision', 'members and grants']],
  run: async ({ args, options, io, style }) => {
    const { team } = await connect({ options, io }).call(getTeam, { name: args.team })
    const members = team.members.map(({ username, manager, source }) => [username, manager ? 'manager' : '', source === 'sign-in' ? 'by a group' : ''].filter(Boolean).join(', '))
    return {
      data: team,
      text: fields([
        ['Team', team.name], ['Description', team.description],
        ...members.map((member, at) => [at === 0 ? 'Members' : ' '.repeat(at), member] as const),
        ...team.grants.map(({ resource_type, resource_id, permission }) => [`${resource_type}:${resource_id}`, permission] as const),
      ], style),
    }
  },
})
