import { createServiceAccount, createUser, updateUserAdmin } from '@cairn/protocol'
import { defineCommand } from '../../framework/command.ts'
import { UsageError } from '../../framework/errors.ts'
import { clientOptions, connect } from '../../client/connection.ts'
import { newPassword, passwordFile } from '../../client/passwords.ts'

export const command = defineCommand({
  summary: 'Add a user, or a service account for programs; for admins.',
  args: { user: { summary: 'The name to sign in by.' } },
  options: {
    'password-file': passwordFile,
    admin: { kind: 'boolean', summary: 'May do everything.' },
    service: { kind: 'boolean', summary: 'An account without a password, which signs in by tokens.' },
    ...clientOptions,
  },
  examples: [
    ['users create ada', 'prints a password, once'],
    ['users create ada --password-file ada.txt', 'with a password of your own'],
    ['users create ci --service', 'then: cairn tokens create "nightly build" --user ci'],
  ],
  run: async ({ args, options, io }) => {
    const connection = connect({ options, io })
    if (options.service) {
      if (options['password-file'] !== undefined || options.admin) throw new UsageError('A service account has no password and is no admin.', 'Leave out --password-file and --admin.')
      const { user } = await connection.call(createServiceAccount, { username: args.user })
      return { data: user, text: `Added the service account ${args.user}. Make it a token: cairn tokens create NAME --user ${args.user}` }
    }
    const { password, made } = await newPassword(options['password-file'], io.cwd)
    const { user } = await connection.call(createUser, { username: args.user, password })
    if (options.admin) await connection.call(updateUserAdmin, { username: args.user, is_admin: true })
    const data = { ...user, is_admin: options.admin || user.is_admin, ...(made && { password }) }
    return { data, text: `Added the user ${args.user}.${made ? `\nPassword, shown this once: ${password}` : ''}` }
  },
})
