import { dirname } from 'node:path'
import { emptyPythonEnv, environmentVariables, prepareEnvironment, readCondaEnv, readPythonEnv, type Environment } from '@cairn/environments'
import { ProjectError } from '../errors.ts'
import type { Variables } from '../process.ts'
import type { ProjectEnv } from '../project/spec.ts'
import type { RecordedEnvironment } from '../record/record.ts'
import type { EnvManager } from './context.ts'

/** Which manager a project gets: what was asked for, else what fits its file. */
export function chooseManager(env: ProjectEnv, asked: EnvManager | undefined): EnvManager | 'docker' {
  if (env.kind === 'docker') return 'docker'
  if (asked === undefined) return env.kind === 'conda' ? 'conda' : 'virtualenv'
  if (env.kind === 'python' && asked === 'conda') {
    throw new ProjectError("python_env project cannot be executed using conda. Set `--env-manager` to 'virtualenv' or 'local' to execute this project.", undefined, { usage: true })
  }
  return asked
}

export interface ReadyEnvironment {
  /** For the command. */
  readonly variables: Record<string, string>
  /** Shell that must run before the command. */
  readonly activate: string | undefined
  readonly recorded: RecordedEnvironment
  readonly lock: string | undefined
}

interface Needs {
  readonly projectEnv: ProjectEnv
  readonly manager: Exclude<EnvManager, 'local'>
  readonly folder: string
  readonly env: Variables
  readonly offline: boolean | undefined
  readonly lock: string | undefined
  /** Takes the place of the version that the project's file asks for. */
  readonly python: string | undefined
  readonly say: (line: string) => void
  readonly signal: AbortSignal
}

/** Builds or finds the environment of a project. */
export async function readyEnvironment({ projectEnv, manager, folder, env, offline, lock, python: wanted, say, signal }: Needs): Promise<ReadyEnvironment> {
  const notes: string[] = []
  const common = { manager, env, offline, lock, say, signal }
  let environment: Environment
  if (projectEnv.kind === 'conda' && manager === 'conda') {
    environment = await prepareEnvironment({ ...common, spec: emptyPythonEnv, folder, condaFile: projectEnv.file })
  } else if (projectEnv.kind === 'conda') {
    const { left, ...spec } = await readCondaEnv(projectEnv.file)
    if (left.length > 0) notes.push(`These conda packages are not in a virtual environment: ${left.join(', ')}.`)
    notes.forEach(say)
    environment = await prepareEnvironment({ ...common, spec: { ...spec, python: wanted ?? spec.python }, folder: dirname(projectEnv.file) })
  } else {
    const file = projectEnv.kind === 'python' ? projectEnv.file : undefined
    const spec = file === undefined ? emptyPythonEnv : await readPythonEnv(file)
    // MLflow resolves requirement files against the project's folder.
    environment = await prepareEnvironment({ ...common, spec: { ...spec, python: wanted ?? spec.python }, folder })
  }
  const { engine, id, python, activate } = environment
  return {
    variables: environmentVariables(environment, env), activate, lock: environment.lock,
    recorded: {
      manager, engine: engine.split('/').at(-1)!, id, python: python.version, implementation: python.implementation, image: null, locked: environment.lock !== '', notes: [...environment.notes, ...notes],
    },
  }
}
