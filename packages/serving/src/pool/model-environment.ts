import { existsSync } from 'node:fs'
import { join } from 'node:path'
import {
  emptyPythonEnv, environmentVariables, findProgram, prepareEnvironment, readCondaEnv, readPythonEnv, type EnvironmentManager, type PythonEnv,
} from '@cairn/environments'
import { ModelError } from '../errors.ts'
import { isMap, type MlModel } from '../models/mlmodel.ts'

export interface ModelPython {
  readonly python: string
  readonly env: Readonly<Record<string, string | undefined>>
}

export interface ModelEnvironmentOptions {
  /** `local` takes the python of the PATH, with what is installed there. */
  readonly manager: EnvironmentManager | 'local'
  readonly env: Readonly<Record<string, string | undefined>>
  /** Adds MLflow, for a model whose requirements do not name it. */
  readonly installMlflow?: boolean
  /** Requirements that take the place of the model's own. */
  readonly override?: readonly string[] | undefined
  readonly offline?: boolean
  readonly say?: (line: string) => void
  readonly signal?: AbortSignal | undefined
}

/** The interpreter for a model: built from its files, or taken as it is. @throws EnvironmentError, ModelError */
export async function modelPython(folder: string, model: MlModel, options: ModelEnvironmentOptions): Promise<ModelPython> {
  if (options.manager === 'local') {
    const python = await findProgram('python', options.env) ?? await findProgram('python3', options.env)
    if (python === undefined) throw new ModelError('There is no python on the PATH.', "Install one, or let Cairn build the model's own environment: --env-manager virtualenv")
    return { python, env: options.env }
  }
  const { spec, condaFile } = await modelRequirements(folder, model, options.manager)
  const environment = await prepareEnvironment({
    manager: options.manager, spec, folder, condaFile, env: options.env, offline: options.offline, say: options.say, signal: options.signal,
    extra: options.installMlflow ? [mlflowRequirement(model)] : [], override: options.override,
  })
  return { python: join(environment.path, 'bin', 'python'), env: environmentVariables(environment, options.env) }
}

/** MLflow in the version that saved the model. */
export const mlflowRequirement = ({ mlflowVersion }: MlModel): string => `mlflow${mlflowVersion === undefined ? '' : `==${mlflowVersion}`}`

/** What MLflow's clients saved beside the model about its environment, newest form first. @throws EnvironmentError, ModelError */
export async function modelRequirements(folder: string, { flavors }: MlModel, manager: EnvironmentManager): Promise<{ spec: PythonEnv; condaFile: string | undefined }> {
  const names = flavors['python_function']?.['env']
  const named = (kind: string, usual: string): string | undefined => {
    const name = isMap(names) ? names[kind] : kind === 'conda' ? names : undefined
    const path = join(folder, typeof name === 'string' && !name.includes('..') ? name : usual)
    return existsSync(path) ? path : undefined
  }
  const condaFile = named('conda', 'conda.yaml')
  if (manager === 'conda') {
    if (condaFile === undefined) throw new ModelError('This model has no conda.yaml.', "Build its environment from its python_env.yaml: --env-manager virtualenv")
    return { spec: emptyPythonEnv, condaFile }
  }
  const virtualenv = named('virtualenv', 'python_env.yaml')
  if (virtualenv !== undefined) return { spec: await readPythonEnv(virtualenv), condaFile: undefined }
  if (condaFile !== undefined) return { spec: await readCondaEnv(condaFile), condaFile: undefined }
  if (existsSync(join(folder, 'requirements.txt'))) return { spec: { ...emptyPythonEnv, dependencies: ['-r requirements.txt'] }, condaFile: undefined }
  throw new ModelError('This model says nothing about its environment: it has no python_env.yaml, conda.yaml or requirements.txt.', 'Serve it with the Python that has its packages: --env-manager local')
}
