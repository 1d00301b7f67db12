import { listUsers } from '@cairn/protocol'
import { defineCommand } from '../../framework/command.ts'
import { table } from '../../framework/table.ts'
import { clientOptions, connect } from '../../client/connection.ts'

export const command = defineCommand({
  summary: 'List the users and service accounts of a server with accounts; for admins.',
  args: {},
  options: clientOptions,
  examples: [['users list', 'everybody, with their roles'], ['users list --json | jq -r ".[].username"', 'the names']],
  run: async ({ options, io, style }) => {
    const { users = [] } = await connect({ options, io }).call(listUsers, {})
    const text = table(users, [
      { title: 'NAME', value: ({ username }) => username, paint: style.cyan },
      { title: 'KIND', value: ({ kind, is_admin }) => (kind === 'service' ? 'service' : is_admin ? 'admin' : 'user') },
      { title: 'ROLES', value: ({ roles }) => roles.map(({ name }) => name).map((name) => name.replace(/^__team_(.*)__$/, 'team $1')).filter((name) => !name.startsWith('__')).join(', ') },
    ], style, io.columns)
    return { data: users, text }
  },
})
