import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { clientOptions } from '../client/connection.ts'
import type { OptionSpec } from '../framework/command.ts'
import { UsageError, UserError } from '../framework/errors.ts'

/** The options of `mlflow run`, and Cairn's own under them. */
export const runOptions = {
  'entry-point': { kind: 'text', short: 'e', value: 'NAME', default: 'main', summary: 'Entry point within the project, or a script .py or .sh in it.' },
  version: { kind: 'text', short: 'v', value: 'REF', summary: 'Branch, tag or commit, for a git project.' },
  'param-list': { kind: 'list', short: 'P', value: 'NAME=VALUE', summary: 'A parameter. What the entry point does not declare goes to its command as --NAME VALUE.' },
  'docker-args': { kind: 'list', short: 'A', value: 'NAME[=VALUE]', summary: 'An argument or flag of docker run.' },
  'experiment-name': { kind: 'text', value: 'NAME', summary: 'The experiment of the run; it is made where it is not there.' },
  'experiment-id': { kind: 'text', value: 'ID', summary: 'The experiment of the run, by its id.' },
  'run-name': { kind: 'text', value: 'NAME', summary: 'Name of the run.' },
  'run-id': { kind: 'text', value: 'RUN', summary: 'Go on with this run instead of making one.', hidden: true },
  'env-manager': { kind: 'text', value: 'MANAGER', choices: ['local', 'virtualenv', 'uv', 'conda'], summary: 'What makes the environment; local takes what is installed. Default: by the project.' },
  backend: { kind: 'text', short: 'b', value: 'NAME', default: 'local', summary: 'Where it runs: local, slurm or kubernetes.' },
  'backend-config': { kind: 'text', short: 'c', value: 'FILE', summary: 'Configuration of the backend: a .json file, or JSON.' },
  'build-image': { kind: 'boolean', summary: 'For docker projects: build an image with the project in it.' },
  'storage-dir': { kind: 'text', value: 'FOLDER', env: 'MLFLOW_TMP_DIR', summary: 'Where parameters of type path are fetched to.' },
  'require-clean': { kind: 'boolean', summary: 'Refuse a working tree with changes that are in no commit.' },
  offline: { kind: 'boolean', summary: 'Build the environment from what is on this machine.' },
  'system-metrics': { kind: 'boolean', shown: 'on', negatable: true, summary: 'Log the machine’s load with the run, under system/….' },
  ...clientOptions,
} as const satisfies Record<string, OptionSpec>

/** `--backend-config`: a file whose name ends in .json, or JSON itself. */
export async function readBackendConfig(text: string | undefined, cwd: string): Promise<Record<string, unknown>> {
  if (text === undefined) return {}
  const isFile = text.endsWith('.json')
  const content = isFile
    ? await readFile(resolve(cwd, text), 'utf8').catch(() => { throw new UserError(`There is no file ${resolve(cwd, text)}.`, '--backend-config takes a .json file, or JSON.') })
    : text
  let value: unknown
  try {
    value = JSON.parse(content)
  } catch (error) {
    throw new UsageError(`Invalid backend config JSON. Parse error: ${(error as Error).message}`, isFile ? `Look at ${text}.` : 'A file’s name must end in .json.')
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw new UsageError('The backend configuration is no JSON object.', 'For instance: --backend-config \'{"partition": "gpu"}\'')
  return value as Record<string, unknown>
}
