import { updateUserAdmin } from '@cairn/protocol'
import { defineCommand } from '../../framework/command.ts'
import { clientOptions, connect } from '../../client/connection.ts'

export const command = defineCommand({
  summary: 'Make a user an admin, or no longer one.',
  args: { user: { summary: 'The user\'s name.' } },
  options: { remove: { kind: 'boolean', summary: 'No longer an admin.' }, ...clientOptions },
  examples: [['users admin ada', 'she may do everything'], ['users admin ada --remove', 'not any more']],
  run: async ({ args, options, io }) => {
    await connect({ options, io }).call(updateUserAdmin, { username: args.user, is_admin: !options.remove })
    return { data: { username: args.user, is_admin: !options.remove }, text: `${args.user} is ${options.remove ? 'no longer' : 'now'} an admin.` }
  },
})
