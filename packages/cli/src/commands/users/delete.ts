import { deleteUser } from '@cairn/protocol'
import { defineCommand } from '../../framework/command.ts'
import { clientOptions, connect } from '../../client/connection.ts'
import { confirmed, yes } from '../../client/list-options.ts'

export const command = defineCommand({
  summary: 'Delete a user with tokens, sessions and grants; what the user made stays.',
  args: { user: { summary: 'The user\'s name.' } },
  options: { yes, ...clientOptions },
  examples: [['users delete ada --yes', 'signs her out at once']],
  run: async ({ args, options, io }) => {
    confirmed(options.yes, `The user ${args.user}`)
    await connect({ options, io }).call(deleteUser, { username: args.user })
    return { data: { username: args.user }, text: `Deleted the user ${args.user}.` }
  },
})
