import type { OptionSpec } from '../framework/command.ts'

/** What can be said of a workspace. */
export const workspaceOptions = {
  description: { kind: 'text', value: 'TEXT', summary: 'What it is for.' },
  'artifact-root': { kind: 'text', value: 'URI', summary: 'Where its new experiments keep artifacts, instead of workspaces/NAME below the server\'s root.' },
} as const satisfies Record<string, OptionSpec>

export const textsOf = (options: { readonly description: string | undefined; readonly 'artifact-root': string | undefined }) => ({
  ...(options.description !== undefined && { description: options.description }), ...(options['artifact-root'] !== undefined && { default_artifact_root: options['artifact-root'] }),
})
