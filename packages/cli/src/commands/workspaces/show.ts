import { getWorkspace, teamOfWorkspace, workspacePath } from '@cairn/protocol'
import { defineCommand } from '../../framework/command.ts'
import { fields } from '../../framework/table.ts'
import { clientOptions, connect } from '../../client/connection.ts'

export const command = defineCommand({
  summary: 'Show a workspace and where it is reached.',
  args: { name: { summary: 'The workspace\'s name.' } },
  options: clientOptions,
  examples: [['workspaces show vision--cats', 'of the team vision']],
  run: async ({ args, options, io, style }) => {
    const connection = connect({ options, io })
    const { workspace } = await connection.call(getWorkspace, { workspace_name: args.name })
    return {
      data: workspace,
      text: fields([
        ['Workspace', workspace.name], ['Description', workspace.description ?? ''], ['Team', teamOfWorkspace(workspace.name) ?? ''],
        ['Tracking URI', connection.url + workspacePath(workspace.name)], ['Artifacts', workspace.default_artifact_root ?? ''],
      ], style),
    }
  },
})
