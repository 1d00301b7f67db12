import { createWorkspace, workspacePath } from '@cairn/protocol'
import { defineCommand } from '../../framework/command.ts'
import { clientOptions, connect } from '../../client/connection.ts'
import { workspaceOptions, textsOf } from '../../client/workspace-options.ts'

export const command = defineCommand({
  summary: 'Add a workspace; for admins, and for managers of a team where the name is TEAM--REPO.',
  args: { name: { summary: '2 to 63 of a-z, 0-9 and -; TEAM--REPO belongs to that team.' } },
  options: { ...workspaceOptions, ...clientOptions },
  examples: [['workspaces create vision--cats', 'a repository of the team vision'], ['workspaces create shop --description "Recommendations"', 'of no team']],
  run: async ({ args, options, io }) => {
    const connection = connect({ options, io })
    const { workspace } = await connection.call(createWorkspace, { name: args.name, ...textsOf(options) })
    return { data: workspace, text: `Added the workspace ${workspace.name}. Next: export MLFLOW_TRACKING_URI=${connection.url}${workspacePath(workspace.name)}` }
  },
})
