import { listTokens } from '@cairn/protocol'
import { defineCommand } from '../../framework/command.ts'
import { formatTime } from '../../framework/format.ts'
import { table } from '../../framework/table.ts'
import { clientOptions, connect } from '../../client/connection.ts'

export const command = defineCommand({
  summary: 'List your tokens, newest first.',
  args: {},
  options: { user: { kind: 'text', value: 'NAME', summary: 'Somebody else\'s, as an admin.' }, ...clientOptions },
  examples: [['tokens list', 'yours'], ['tokens list --user ci', 'those of a service account']],
  run: async ({ options, io, style }) => {
    const { tokens = [] } = await connect({ options, io }).call(listTokens, { ...(options.user !== undefined && { username: options.user }) })
    const text = tokens.length === 0 ? 'No tokens. Make one: cairn tokens create NAME' : table(tokens, [
      { title: 'ID', value: ({ token_id }) => token_id, whole: true, paint: style.dim },
      { title: 'NAME', value: ({ name }) => name },
      { title: 'SCOPES', value: ({ scopes }) => scopes.join(', ') },
      { title: 'MADE', value: ({ creation_time }) => formatTime(Number(creation_time)), whole: true },
      { title: 'LAST USED', value: ({ last_used_time }) => (last_used_time === undefined ? 'never' : formatTime(Number(last_used_time))), whole: true },
      { title: 'ENDS', value: ({ expiry_time }) => (expiry_time === undefined ? 'never' : formatTime(Number(expiry_time))), whole: true },
    ], style, io.columns)
    return { data: tokens, text }
  },
})
