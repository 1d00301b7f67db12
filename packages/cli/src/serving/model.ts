import { modelCache, fetchModel, type FetchedModel } from '@cairn/serving'
import { CairnClient } from '@cairn/sdk'
import { clientOptions as fromEnvironment } from '@cairn/sdk/node'
import type { OptionSpec } from '../framework/command.ts'
import type { Io } from '../framework/io.ts'

export const uriSummary = 'models:/NAME/VERSION, models:/NAME@ALIAS, models:/m-ID, runs:/RUN/PATH, or a folder.'

/** Options of commands that run a model's Python. */
export const pythonOptions = {
  'env-manager': {
    kind: 'text', choices: ['virtualenv', 'uv', 'conda', 'local'], default: 'virtualenv', topic: 'Python',
    summary: 'Who builds the environment of the model; local takes the python of the PATH.',
  },
  'install-mlflow': { kind: 'boolean', topic: 'Python', summary: 'Add MLflow to the environment, for a model that does not ask for it.' },
  offline: { kind: 'boolean', topic: 'Python', summary: 'Build from what is cached, without a network.' },
  'python-only': { kind: 'boolean', topic: 'Python', summary: 'Ask Python also for models that Cairn evaluates itself.' },
} as const satisfies Record<string, OptionSpec>

/** Brings a model here, unless it is here. */
export function fetchForCommand(uri: string, io: Io, trackingUri: string): Promise<FetchedModel> {
  const client = new CairnClient({ ...fromEnvironment(io.env), url: trackingUri })
  return fetchModel(uri, { client, cwd: io.cwd, cache: modelCache(io.env), signal: io.signal })
}

/** What a command passes on of the options that concern Python. */
export const loadOptions = (options: { readonly 'env-manager': 'virtualenv' | 'uv' | 'conda' | 'local'; readonly 'install-mlflow': boolean; readonly offline: boolean; readonly 'python-only': boolean }, io: Io) => ({
  envManager: options['env-manager'], installMlflow: options['install-mlflow'], offline: options.offline, pythonOnly: options['python-only'], env: io.env, signal: io.signal,
})
