import { updateWorkspace } from '@cairn/protocol'
import { defineCommand } from '../../framework/command.ts'
import { UserError } from '../../framework/errors.ts'
import { clientOptions, connect } from '../../client/connection.ts'
import { workspaceOptions, textsOf } from '../../client/workspace-options.ts'

export const command = defineCommand({
  summary: 'Change what a workspace says of itself, or where its new experiments keep artifacts.',
  args: { name: { summary: 'The workspace\'s name.' } },
  options: { ...workspaceOptions, ...clientOptions },
  examples: [['workspaces update shop --description "Recommendations and search"', 'another description'], ['workspaces update shop --artifact-root ""', 'back to the usual place']],
  run: async ({ args, options, io }) => {
    const texts = textsOf(options)
    if (Object.keys(texts).length === 0) throw new UserError('Nothing to change was given.', 'Give --description or --artifact-root.', 2)
    const { workspace } = await connect({ options, io }).call(updateWorkspace, { workspace_name: args.name, ...texts })
    return { data: workspace, text: `Changed the workspace ${workspace.name}.` }
  },
})
