import { createHash, randomBytes } from 'node:crypto'
import { mkdir, readFile, readlink, realpath, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { buildConda, condaActivation, condaProgram } from './conda.ts'
import { EnvironmentError } from './errors.ts'
import type { Variables } from './installer.ts'
import { interpreterAt, type Interpreter } from './interpreters.ts'
import { withLock } from './lock.ts'
import type { EnvironmentManager, EnvironmentRequest } from './request.ts'
import { requirementText } from './requirements.ts'
import { buildVenv, choosePython, uvProgram } from './venv.ts'

export interface Environment {
  /** Digest of what the environment holds: requirements with the files they name, Python, machine. */
  readonly id: string
  readonly manager: EnvironmentManager
  /** `pip`, `uv`, `conda`, `mamba` or `micromamba`. */
  readonly engine: string
  readonly path: string
  readonly python: Interpreter
  /** Everything that is installed, as requirements with exact versions and, where pip gave them, hashes. */
  readonly lock: string
  /** For the shell: what must run before a command, or undefined where the variables are enough. */
  readonly activate: string | undefined
  /** False where it was there already. */
  readonly built: boolean
  /** What differs from what was asked for, for instance another patch version of Python. */
  readonly notes: readonly string[]
}

/** CAIRN_ENV_DIR, or `~/.cache/cairn/environments`. */
export const environmentRoot = (env: Variables): string =>
  env['CAIRN_ENV_DIR'] || join(env['XDG_CACHE_HOME'] || join(env['HOME'] ?? homedir(), '.cache'), 'cairn', 'environments')

/** What a build leaves beside the environment; `environment.json` there. */
interface Manifest extends Omit<Environment, 'built' | 'path' | 'activate'> {
  readonly built_at: string
}

// Changes when environments of an older Cairn must not be used.
const format = 1

/**
 * The environment for a request: from the cache if it is there and starts, else built. A build goes on
 * in a folder of its own and appears by one rename, so that nobody sees half of one; a second process
 * that wants the same waits for the first.
 *
 * @throws EnvironmentError with the end of the installer's output and what to try
 */
export async function prepareEnvironment(request: EnvironmentRequest): Promise<Environment> {
  const say = request.say ?? (() => {})
  const { engine, program } = await chooseEngine(request)
  const chosen = request.manager === 'conda' ? undefined : await choosePython(request, engine === 'uv' ? program : undefined)
  const id = await identity(request, engine, chosen?.python)
  const place = join(request.root ?? environmentRoot(request.env), id)
  const notes = chosen?.notes ?? []
  for (const note of notes) say(note)

  const ready = await open(place, request.env, notes)
  if (ready !== undefined) return ready
  await mkdir(place, { recursive: true })
  return withLock(join(place, 'lock'), { say: () => say('Another process builds this environment; waiting for it.'), signal: request.signal }, async () => {
    const meanwhile = await open(place, request.env, notes)
    if (meanwhile !== undefined) return meanwhile
    const path = join(await realpath(place), randomBytes(4).toString('hex'))
    say(`Building an environment in ${path} with ${engine}${chosen === undefined ? '' : ` and Python ${chosen.python.version}`}.`)
    try {
      const { lock, python } = chosen === undefined
        ? await buildConda(request, program, path)
        : await buildVenv({ request, path, python: chosen.python, uv: engine === 'uv' ? program : undefined, say })
      const manifest: Manifest = { id, manager: request.manager, engine, python, lock, notes, built_at: new Date().toISOString() }
      await writeFile(join(path, 'environment.json'), JSON.stringify(manifest, undefined, 2))
      await publish(place, path)
      return { ...manifest, path, activate: await activation(request.manager, path), built: true }
    } catch (error) {
      await rm(path, { recursive: true, force: true, maxRetries: 3 })
      throw error
    }
  })
}

async function chooseEngine(request: EnvironmentRequest): Promise<{ engine: string; program: string }> {
  if (request.manager === 'conda') return condaProgram(request.env)
  const uv = await uvProgram(request.env)
  if (uv !== undefined) return { engine: 'uv', program: uv }
  if (request.manager === 'uv') throw new EnvironmentError('There is no uv on the PATH.', 'Install it (pip install uv), or build with venv and pip: --env-manager virtualenv')
  return { engine: 'pip', program: 'pip' }
}

async function identity(request: EnvironmentRequest, engine: string, python: Interpreter | undefined): Promise<string> {
  const { spec, folder, extra = [], override = [], lock, condaFile } = request
  const content = {
    format, manager: request.manager, engine: engine === 'uv' || engine === 'pip' ? engine : 'conda',
    machine: `${process.platform} ${process.arch}`, python: python === undefined ? spec.python : `${python.implementation} ${python.version}`,
    ...(lock !== undefined ? { lock } : {
      build: await requirementText(spec.build_dependencies, folder), packages: await requirementText(spec.dependencies, folder),
      extra: await requirementText(extra, folder),
    }),
    ...(override.length > 0 && { override: await requirementText(override, folder) }),
    ...(condaFile !== undefined && { conda: await readFile(condaFile, 'utf8') }),
  }
  return createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 24)
}

async function open(place: string, env: Variables, notes: readonly string[]): Promise<Environment | undefined> {
  const link = join(place, 'current')
  const name = await readlink(link).catch(() => undefined)
  if (name === undefined) return undefined
  const path = await realpath(link).catch(() => undefined)
  const text = path === undefined ? undefined : await readFile(join(path, 'environment.json'), 'utf8').catch(() => undefined)
  if (path === undefined || text === undefined) return undefined
  const manifest = JSON.parse(text) as Manifest
  // The Python that it was made of may have been removed since.
  if (await interpreterAt(join(path, 'bin/python'), env) === undefined) return undefined
  // Its age is when it was last used: who tidies up sees what may go.
  await utimes(path, new Date(), new Date()).catch(() => {})
  return { ...manifest, path, activate: await activation(manifest.manager, path), built: false, notes }
}

async function publish(place: string, path: string): Promise<void> {
  const link = join(place, `.current-${randomBytes(4).toString('hex')}`)
  await symlink(path, link)
  await rename(link, join(place, 'current'))
}

/** Conda's environments have scripts of their own to run; a virtual environment needs its variables only. */
const activation = async (manager: EnvironmentManager, path: string): Promise<string | undefined> => (manager === 'conda' ? condaActivation(path) : undefined)

/** The caller's variables as they are inside the environment. */
export function environmentVariables({ path, manager }: Pick<Environment, 'path' | 'manager'>, env: Variables): Record<string, string> {
  const { PYTHONHOME: _home, VIRTUAL_ENV: _venv, ...rest } = env
  const own = manager === 'conda' ? { CONDA_PREFIX: path } : { VIRTUAL_ENV: path }
  const variables = { ...rest, ...own, PATH: [join(path, 'bin'), env['PATH'] ?? ''].filter((part) => part !== '').join(delimiter) }
  return Object.fromEntries(Object.entries(variables).filter((entry): entry is [string, string] => entry[1] !== undefined))
}
