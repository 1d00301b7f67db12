import { listUserPermissions } from '@cairn/protocol'
import { defineCommand } from '../../framework/command.ts'
import { table } from '../../framework/table.ts'
import { clientOptions, connect } from '../../client/connection.ts'

export const command = defineCommand({
  summary: 'Show what a user may do, and by which role.',
  args: { user: { summary: 'The user\'s name.' } },
  options: clientOptions,
  examples: [['users show ada', 'her grants']],
  run: async ({ args, options, io, style }) => {
    const answer = await connect({ options, io }).call(listUserPermissions, { username: args.user })
    const { is_admin, permissions = [] } = answer
    if (is_admin) return { data: answer, text: `${args.user} is an admin, and may do everything.` }
    if (permissions.length === 0) return { data: answer, text: `Nothing was granted to ${args.user}; what the server allows by default holds.` }
    const text = table(permissions, [
      { title: 'ON', value: ({ resource_type, resource_pattern }) => `${resource_type}:${resource_pattern}`, paint: style.cyan },
      { title: 'LEVEL', value: ({ permission }) => permission },
      { title: 'BY', value: ({ role_name }) => (role_name.startsWith('__user_') ? 'own grant' : role_name.replace(/^__team_(.*)__$/, 'team $1')) },
    ], style, io.columns)
    return { data: answer, text }
  },
})
