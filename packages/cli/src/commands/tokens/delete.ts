import { deleteToken } from '@cairn/protocol'
import { defineCommand } from '../../framework/command.ts'
import { clientOptions, connect } from '../../client/connection.ts'

export const command = defineCommand({
  summary: 'End tokens at once.',
  args: { token: { summary: 'Ids, as cairn tokens list shows them.', many: true } },
  options: clientOptions,
  examples: [['tokens delete 5f0c9a3e1b7d2468', 'whoever has it is signed out']],
  run: async ({ args, options, io }) => {
    const connection = connect({ options, io })
    for (const token_id of args.token) await connection.call(deleteToken, { token_id })
    return { data: args.token, text: args.token.map((id) => `Ended the token ${id}.`).join('\n') }
  },
})
