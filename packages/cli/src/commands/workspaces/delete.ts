import { deleteWorkspace } from '@cairn/protocol'
import { defineCommand } from '../../framework/command.ts'
import { clientOptions, connect } from '../../client/connection.ts'
import { confirmed, yes } from '../../client/list-options.ts'

const modes = { restrict: 'RESTRICT', 'set-default': 'SET_DEFAULT', cascade: 'CASCADE' } as const

export const command = defineCommand({
  summary: 'Delete a workspace that is empty, or with what is in it.',
  args: { name: { summary: 'The workspace\'s name.' } },
  options: {
    mode: { kind: 'text', choices: ['restrict', 'set-default', 'cascade'], default: 'restrict', summary: 'What is in it: restrict refuses, set-default moves it to "default", cascade deletes it too.' },
    yes, ...clientOptions,
  },
  examples: [['workspaces delete shop --yes', 'it must be empty'], ['workspaces delete shop --mode set-default --yes', 'experiments and models go on in "default"']],
  run: async ({ args, options, io }) => {
    confirmed(options.yes, `The workspace ${args.name}`)
    await connect({ options, io }).call(deleteWorkspace, { workspace_name: args.name, mode: modes[options.mode] })
    return { data: { workspace: args.name }, text: `Deleted the workspace ${args.name}.` }
  },
})
