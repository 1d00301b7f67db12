import { removeTeamMember } from '@cairn/protocol'
import { defineCommand } from '../../framework/command.ts'
import { clientOptions, connect } from '../../client/connection.ts'

export const command = defineCommand({
  summary: 'Take users out of a team; for its managers and admins.',
  args: { team: { summary: 'The team\'s name.' }, user: { summary: 'Names of users.', many: true } },
  options: clientOptions,
  examples: [['teams remove vision ada', 'she loses what the team may do']],
  run: async ({ args, options, io }) => {
    const connection = connect({ options, io })
    for (const username of args.user) await connection.call(removeTeamMember, { name: args.team, username })
    return { data: { team: args.team, users: args.user }, text: args.user.map((user) => `${user} is no longer in ${args.team}.`).join('\n') }
  },
})
