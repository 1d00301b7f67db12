import { completionScript, shells } from '../framework/completion.ts'
import { defineCommand } from '../framework/command.ts'
import { UsageError } from '../framework/errors.ts'

export const command = defineCommand({
  summary: 'Print a completion script for your shell.',
  args: { shell: { summary: shells.join(', ') } },
  options: {},
  examples: [
    ['completion bash >> ~/.bashrc', 'bash, from the next shell on'],
    ['completion zsh > "${fpath[1]}/_cairn"', 'zsh'],
    ['completion fish > ~/.config/fish/completions/cairn.fish', 'fish'],
  ],
  run: async ({ args, tree }) => {
    const shell = shells.find((one) => one === args.shell)
    if (shell === undefined) throw new UsageError(`Cairn has no completions for "${args.shell}".`, `It has them for ${shells.join(', ')}.`)
    const script = await completionScript(shell, tree)
    return { data: { shell, script }, text: script.trimEnd() }
  },
})
