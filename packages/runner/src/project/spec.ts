import { readdir, readFile, stat } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { parsePythonYaml, pythonText, YamlError, type PythonMap, type PythonValue } from '@cairn/environments'
import { ProjectError } from '../errors.ts'
import { shellQuote } from './format.ts'

export interface Parameter {
  readonly name: string
  /** `string`, `float`, `path`, `uri`, or what else the file says; only `path` and `uri` have a meaning. */
  readonly type: string
  /** Undefined: a value must be given. The text that Python gives the file's value. */
  readonly default: string | undefined
}

export interface EntryPoint {
  readonly name: string
  readonly parameters: readonly Parameter[]
  /** A template, see `formatCommand`. */
  readonly command: string
}

export interface DockerEnv {
  readonly image: string
  readonly volumes: readonly string[]
  /** `[name, value]` sets a variable, a bare name takes it over from here. */
  readonly environment: readonly (string | readonly [name: string, value: string])[]
}

export type ProjectEnv =
  /** `file` undefined: no environment file, only a Python. */
  | { readonly kind: 'python'; readonly file: string | undefined }
  | { readonly kind: 'conda'; readonly file: string }
  | { readonly kind: 'docker'; readonly docker: DockerEnv }

export interface Project {
  readonly folder: string
  readonly name: string | undefined
  readonly env: ProjectEnv
  readonly entryPoints: ReadonlyMap<string, EntryPoint>
}

const environmentFields = ['docker_env', 'python_env', 'conda_env']

/** Reads the `MLproject` of a folder (its name in any case); a folder without one is a project too. */
export async function loadProject(folder: string): Promise<Project> {
  const file = (await readdir(folder)).find((name) => name.toLowerCase() === 'mlproject')
  const map = file === undefined ? {} : await readMap(join(folder, file))
  const fields = Object.keys(map).filter((key) => environmentFields.includes(key))
  if (fields.length > 1) throw new ProjectError(`Project cannot contain multiple environment fields: {${fields.map((name) => `'${name}'`).join(', ')}}`, 'Keep one of them in MLproject.')
  if (map['databricks_spark_job'] !== undefined && map['databricks_spark_job'] !== null) {
    throw new ProjectError('MLproject asks for a Databricks Spark job, which only Databricks runs.', 'Run it with: mlflow run --backend databricks')
  }
  const name = map['name'] ?? null
  return {
    folder, name: name === null ? undefined : pythonText(name),
    env: await readEnv(folder, map), entryPoints: readEntryPoints(map['entry_points'] ?? null),
  }
}

async function readMap(path: string): Promise<PythonMap> {
  let value: PythonValue
  try {
    value = parsePythonYaml(await readFile(path, 'utf8'))
  } catch (error) {
    if (error instanceof YamlError) throw new ProjectError(`${path} is no YAML: ${error.message}.`, 'Look at the indentation and the quotes there.')
    throw error
  }
  if (value === null) return {}
  return asMap(value) ?? fail(`${path} is no mapping.`, 'It has fields such as name, python_env and entry_points.')
}

function fail(what: string, fix?: string): never {
  throw new ProjectError(what, fix)
}

const asMap = (value: PythonValue): PythonMap | undefined =>
  (value !== null && typeof value === 'object' && !Array.isArray(value) ? value as PythonMap : undefined)

async function readEnv(folder: string, map: PythonMap): Promise<ProjectEnv> {
  const docker = map['docker_env'] ?? null
  if (docker !== null && asMap(docker) !== undefined && Object.keys(docker).length > 0) return { kind: 'docker', docker: readDocker(asMap(docker)!) }
  for (const [field, kind, words] of [['python_env', 'python', 'python_env file'], ['conda_env', 'conda', 'conda environment file']] as const) {
    const named = map[field] ?? null
    if (named === null || named === '') continue
    const file = join(folder, pythonText(named))
    if (!await exists(file)) fail(`Project specified ${words} ${file}, but no such file was found.`, `Add it, or put another name under ${field} in MLproject.`)
    return { kind, file }
  }
  const [python, conda] = [join(folder, 'python_env.yaml'), join(folder, 'conda.yaml')]
  if (await exists(python)) return { kind: 'python', file: python }
  return await exists(conda) ? { kind: 'conda', file: conda } : { kind: 'python', file: undefined }
}

const exists = (path: string): Promise<boolean> => stat(path).then(() => true, () => false)

const invalid = 'Project configuration (MLproject file) was invalid:'

function readDocker(map: PythonMap): DockerEnv {
  const image = map['image'] ?? null
  if (image === null || image === '') fail(`${invalid} Docker environment specified but no image attribute found.`, 'docker_env:\n  image: python:3.12-slim')
  const volumes = map['volumes'] ?? []
  if (!Array.isArray(volumes) || !(volumes as readonly PythonValue[]).every((one) => typeof one === 'string')) {
    fail(`${invalid} Docker volumes must be a list of strings, e.g.: '["/path1/:/path1", "/path2/:/path2"])`)
  }
  const environment = map['environment'] ?? []
  if (!Array.isArray(environment) || !(environment as readonly PythonValue[]).every((one) => typeof one === 'string' || Array.isArray(one))) {
    fail(`${invalid} environment must be a list containing either strings (to copy environment variables from host system) or lists of string pairs (to define new environment variables).`
      + `E.g.: '[["NEW_VAR", "new_value"], "VAR_TO_COPY_FROM_HOST"])`)
  }
  return {
    image: pythonText(image), volumes: volumes as readonly string[],
    environment: (environment as readonly PythonValue[]).map((one) => {
      if (typeof one === 'string') return one
      const [key, value] = one as readonly PythonValue[]
      if (key === undefined || value === undefined) return fail(`${invalid} a variable in docker_env's environment is neither a name nor a pair of name and value.`)
      return [pythonText(key), pythonText(value)] as const
    }),
  }
}

function readEntryPoints(value: PythonValue): Map<string, EntryPoint> {
  if (value === null) return new Map()
  const points = asMap(value) ?? fail(`${invalid} entry_points is no mapping.`, 'entry_points:\n  main:\n    command: python train.py')
  return new Map(Object.entries(points).map(([name, body]) => {
    const map = asMap(body) ?? fail(`${invalid} the entry point "${name}" is no mapping.`, `${name}:\n  command: python train.py`)
    const command = map['command'] ?? null
    if (typeof command !== 'string') return fail(`${invalid} the entry point "${name}" has no command.`, `${name}:\n  command: python train.py`)
    return [name, { name, command, parameters: readParameters(name, map['parameters'] ?? null) }]
  }))
}

function readParameters(point: string, value: PythonValue): Parameter[] {
  if (value === null) return []
  const map = asMap(value) ?? fail(`${invalid} the parameters of "${point}" are no mapping.`, 'parameters:\n  alpha: {type: float, default: 0.5}')
  return Object.entries(map).map(([name, body]) => {
    if (typeof body === 'string') return { name, type: body, default: undefined }
    const { type = 'string', default: preset = null } = asMap(body) ?? fail(`${invalid} the parameter "${name}" of "${point}" is neither a type nor a mapping.`, `${name}: {type: float, default: 0.5}`)
    return { name, type: pythonText(type), default: preset === null ? undefined : pythonText(preset) }
  })
}

/** The entry point of that name, or the script of that name as one without parameters. */
export function findEntryPoint({ entryPoints, folder }: Project, name: string, env: Readonly<Record<string, string | undefined>>): EntryPoint {
  const declared = entryPoints.get(name)
  if (declared !== undefined) return declared
  const script = (command: string): EntryPoint => ({ name, parameters: [], command: command.replaceAll('{', '{{').replaceAll('}', '}}') })
  switch (extname(name)) {
    case '.py': return script(`python ${shellQuote(name)}`)
    case '.sh': return script(`${env['SHELL'] ?? 'bash'} ${shellQuote(name)}`)
    case '.R': return script(`Rscript -e "mlflow::mlflow_source('${shellQuote(name)}')" --args`)
  }
  throw new ProjectError(
    `Could not find ${name} among entry points [${[...entryPoints.keys()].map((one) => `'${one}'`).join(', ')}] or interpret ${name} as a runnable script. Supported script file extensions: ['.py', '.sh']`,
    entryPoints.size > 0 ? `Name one of them: --entry-point ${[...entryPoints.keys()][0]!}` : `${folder} has no MLproject with entry points: name a script (--entry-point train.py), or look whether the folder is the right one.`,
  )
}
