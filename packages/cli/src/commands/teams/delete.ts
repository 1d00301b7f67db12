import { deleteTeam } from '@cairn/protocol'
import { defineCommand } from '../../framework/command.ts'
import { clientOptions, connect } from '../../client/connection.ts'
import { confirmed, yes } from '../../client/list-options.ts'

export const command = defineCommand({
  summary: 'Delete a team with its grants; its members stay users.',
  args: { team: { summary: 'The team\'s name.' } },
  options: { yes, ...clientOptions },
  examples: [['teams delete vision --yes', 'what it was granted is gone']],
  run: async ({ args, options, io }) => {
    confirmed(options.yes, `The team ${args.team}`)
    await connect({ options, io }).call(deleteTeam, { name: args.team })
    return { data: { team: args.team }, text: `Deleted the team ${args.team}.` }
  },
})
