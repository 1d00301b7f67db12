import { listWorkspaces, workspacePath } from '@cairn/protocol'
import { defineCommand } from '../../framework/command.ts'
import { table } from '../../framework/table.ts'
import { clientOptions, connect } from '../../client/connection.ts'

export const command = defineCommand({
  summary: 'List the workspaces that you may see.',
  args: {},
  options: clientOptions,
  examples: [['workspaces list', 'with the address of each']],
  run: async ({ options, io, style }) => {
    const connection = connect({ options, io })
    const { workspaces = [] } = await connection.call(listWorkspaces, {})
    const text = workspaces.length === 0 ? 'None that you may see.' : table(workspaces, [
      { title: 'NAME', value: ({ name }) => name, paint: style.cyan },
      { title: 'TRACKING URI', value: ({ name }) => connection.url + workspacePath(name) },
      { title: 'DESCRIPTION', value: ({ description }) => description ?? '' },
    ], style, io.columns)
    return { data: workspaces, text }
  },
})
