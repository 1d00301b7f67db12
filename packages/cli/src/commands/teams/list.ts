import { listTeams } from '@cairn/protocol'
import { defineCommand } from '../../framework/command.ts'
import { table } from '../../framework/table.ts'
import { clientOptions, connect } from '../../client/connection.ts'

export const command = defineCommand({
  summary: 'List the teams: all for admins, your own otherwise.',
  args: {},
  options: clientOptions,
  examples: [['teams list', 'with their members']],
  run: async ({ options, io, style }) => {
    const { teams = [] } = await connect({ options, io }).call(listTeams, {})
    const text = teams.length === 0 ? 'No teams. Make one: cairn teams create NAME' : table(teams, [
      { title: 'NAME', value: ({ name }) => name, paint: style.cyan },
      { title: 'MEMBERS', value: ({ members }) => members.map(({ username }) => username).join(', ') },
      { title: 'GRANTS', value: ({ grants }) => grants.length, align: 'right' },
      { title: 'DESCRIPTION', value: ({ description }) => description },
    ], style, io.columns)
    return { data: teams, text }
  },
})
