import { addTeamMember } from '@cairn/protocol'
import { defineCommand } from '../../framework/command.ts'
import { clientOptions, connect } from '../../client/connection.ts'

export const command = defineCommand({
  summary: 'Add users to a team; for its managers and admins.',
  args: { team: { summary: 'The team\'s name.' }, user: { summary: 'Names of users.', many: true } },
  options: { manager: { kind: 'boolean', summary: 'They may add and remove members.' }, ...clientOptions },
  examples: [['teams add vision ada grace', 'both'], ['teams add vision ada --manager', 'she manages it']],
  run: async ({ args, options, io }) => {
    const connection = connect({ options, io })
    for (const username of args.user) await connection.call(addTeamMember, { name: args.team, username, manager: options.manager })
    return { data: { team: args.team, users: args.user }, text: args.user.map((user) => `${user} is in ${args.team}.`).join('\n') }
  },
})
