import { createTeam } from '@cairn/protocol'
import { defineCommand } from '../../framework/command.ts'
import { clientOptions, connect } from '../../client/connection.ts'

export const command = defineCommand({
  summary: 'Add a team: users who have grants together; for admins.',
  args: { team: { summary: 'Its name.' } },
  options: { description: { kind: 'text', value: 'TEXT', summary: 'What it does.' }, ...clientOptions },
  examples: [['teams create vision --description "Cameras and what they see"', 'without members yet']],
  run: async ({ args, options, io }) => {
    const { team } = await connect({ options, io }).call(createTeam, { name: args.team, ...(options.description !== undefined && { description: options.description }) })
    return { data: team, text: `Added the team ${team.name}. Next: cairn teams add ${team.name} USER` }
  },
})
