import { updateUserPassword } from '@cairn/protocol'
import { defineCommand } from '../../framework/command.ts'
import { clientOptions, connect } from '../../client/connection.ts'
import { newPassword, passwordFile } from '../../client/passwords.ts'

export const command = defineCommand({
  summary: 'Give a user another password, which ends the sessions on the web page.',
  args: { user: { summary: 'The user\'s name.' } },
  options: {
    'password-file': passwordFile,
    ...clientOptions,
  },
  examples: [['users password ada', 'prints a new one, once']],
  run: async ({ args, options, io }) => {
    const connection = connect({ options, io })
    const { password, made } = await newPassword(options['password-file'], io.cwd)
    // One's own is only changed by whoever knows it: the client signs in with it.
    const current = io.env['MLFLOW_TRACKING_USERNAME'] === args.user ? io.env['MLFLOW_TRACKING_PASSWORD'] : undefined
    await connection.call(updateUserPassword, { username: args.user, password, ...(current !== undefined && { current_password: current }) })
    return { data: { username: args.user, ...(made && { password }) }, text: `${args.user} has a new password.${made ? `\nShown this once: ${password}` : ''}` }
  },
})
