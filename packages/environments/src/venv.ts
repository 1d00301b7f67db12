import { access, constants, readFile, rm, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import type { EnvironmentRequest } from './request.ts'
import { EnvironmentError } from './errors.ts'
import { mustRun, runStep, type Variables } from './installer.ts'
import { installedPythons, interpreterAt, matches, type Interpreter } from './interpreters.ts'
import { lockText, type Report } from './lock-file.ts'
import { anchoredLines } from './requirements.ts'

export async function uvProgram(env: Variables): Promise<string | undefined> {
  return findProgram('uv', env)
}

/** A program on the PATH. */
export async function findProgram(name: string, env: Variables): Promise<string | undefined> {
  for (const folder of (env['PATH'] ?? '').split(delimiter)) {
    if (folder === '') continue
    const path = join(folder, name)
    if (await access(path, constants.X_OK).then(() => true, () => false)) return path
  }
  return undefined
}

/**
 * The Python for a request: of what is installed the version that was asked for; else fetched by uv;
 * else another patch of the same minor version, with a note. Undefined versions mean `python3`.
 */
export async function choosePython({ spec, env, offline, signal, say }: EnvironmentRequest, uv: string | undefined): Promise<{ python: Interpreter; notes: string[] }> {
  const wanted = spec.python
  if (wanted === undefined) {
    const path = await findProgram('python3', env) ?? await findProgram('python', env)
    const python = path === undefined ? undefined : await interpreterAt(path, env)
    if (python !== undefined) return { python, notes: [] }
  }
  const installed = await installedPythons(env)
  const exact = installed.find(({ version }) => wanted === undefined || matches(wanted, version))
  if (exact !== undefined) return { python: exact, notes: [] }
  if (uv !== undefined && offline !== true) {
    say?.(`Python ${wanted ?? ''} is not installed; uv fetches it.`)
    const { code } = await runStep({ command: [uv, 'python', 'install', ...(wanted === undefined ? [] : [wanted])], env, online: say, signal })
    const fetched = code === 0 ? (await installedPythons(env)).find(({ version }) => wanted === undefined || matches(wanted, version)) : undefined
    if (fetched !== undefined) return { python: fetched, notes: [] }
  }
  const minor = /^\d+\.\d+/.exec(wanted ?? '')?.[0]
  const near = installed.find(({ version }) => minor !== undefined && matches(minor, version))
  if (near !== undefined) return { python: near, notes: [`Python ${wanted!} is not installed: taking ${near.version}, of the same minor version.`] }
  const there = installed.map(({ version }) => version).join(', ')
  throw new EnvironmentError(
    `Python ${wanted ?? '3'} is not installed${uv === undefined ? '' : ', and uv could not fetch it'}; ${there === '' ? 'no Python was found' : `there is ${there}`}.`,
    `Install it (pyenv install ${wanted ?? '3.13'}; or pip install uv, which fetches Pythons by itself), ask for another one in python_env.yaml, or run with what is installed: --env-manager local`,
  )
}

interface VenvBuild {
  readonly request: EnvironmentRequest
  readonly path: string
  readonly python: Interpreter
  readonly uv: string | undefined
  readonly say: (line: string) => void
}

/** Makes a virtual environment at `path` and installs what was asked for. */
export async function buildVenv(build: VenvBuild): Promise<{ lock: string; python: Interpreter }> {
  const { request: { spec, extra = [], override = [], lock, folder, offline = false }, path } = build
  const install = await makeVenv(build)
  const reports: string[] = []
  const stages = lock !== undefined ? [[], lock.split('\n')] : [spec.build_dependencies, [...spec.dependencies, ...extra], override]
  for (const [index, lines] of stages.entries()) {
    if (lines.length === 0) continue
    const file = join(path, `requirements-${index}.txt`)
    const report = join(path, `report-${index}.json`)
    await writeFile(file, `${anchoredLines(lines, folder).join('\n')}\n`)
    await install(file, report, lock !== undefined && index === 1)
    reports.push(report)
  }
  const python = await interpreterAt(join(path, 'bin/python'), build.request.env)
  if (python === undefined) throw new EnvironmentError(`The environment in ${path} was built and its Python does not start.`, 'Look at the Python that it was made of, and try again.')
  const texts = await Promise.all(reports.map((name) => readFile(name, 'utf8').catch(() => undefined)))
  const frozen = await freeze(build, offline)
  for (const name of reports) await rm(name, { force: true })
  return { lock: lockText(frozen, texts.flatMap((text) => (text === undefined ? [] : [JSON.parse(text) as Report]))), python }
}

type Install = (file: string, report: string, locked: boolean) => Promise<void>

/** The empty environment, and how packages come into it. */
async function makeVenv({ request, path, python, uv, say }: VenvBuild): Promise<Install> {
  const { env, folder, signal, offline = false } = request
  const inside: Variables = { ...env, VIRTUAL_ENV: path, PATH: `${join(path, 'bin')}${delimiter}${env['PATH'] ?? ''}`, PYTHONHOME: undefined, PIP_NO_INPUT: '1', PIP_DISABLE_PIP_VERSION_CHECK: '1' }
  const step = (command: [string, ...string[]], cwd?: string) => ({ command, cwd, env: inside, online: say, signal })
  if (uv !== undefined) {
    const flags = offline ? ['--offline'] : []
    await mustRun('uv could not make the environment', step([uv, 'venv', path, '--python', python.path, '--seed', '--quiet', ...flags]), offline)
    return async (file, _report, locked) => {
      await mustRun('uv could not install the packages', step([uv, 'pip', 'install', ...flags, ...(locked ? ['--no-deps'] : []), '-r', file], folder), offline)
    }
  }
  let pip: [string, ...string[]] = [join(path, 'bin/python'), '-m', 'pip']
  const made = await runStep(step([python.path, '-m', 'venv', path]))
  if (made.code !== 0) {
    // Debian keeps ensurepip in a package of its own; a pip outside can fill an environment without one.
    await rm(path, { recursive: true, force: true })
    await mustRun('Python could not make the environment', step([python.path, '-m', 'venv', '--without-pip', path]))
    pip = [python.path, '-m', 'pip', '--python', join(path, 'bin/python')]
    const there = await runStep(step([...pip, '--version']))
    if (there.code !== 0) throw new EnvironmentError('Python could not make the environment. The last lines of its output:', 'This Python lacks the module venv. On Debian or Ubuntu: apt install python3-venv', made.lines.slice(-30))
  }
  return async (file, report, locked) => {
    const { lines } = await runStep(step([...pip, '--version']))
    const [major = 0, minor = 0] = (/pip (\d+)\.(\d+)/.exec(lines.join(' ')) ?? []).slice(1).map(Number)
    const reports = major > 22 || (major === 22 && minor >= 2) ? ['--report', report] : []
    const flags = [...(offline ? ['--no-index'] : []), ...(locked ? ['--no-deps'] : [])]
    await mustRun('pip could not install the packages', step([...pip, 'install', ...flags, ...reports, '-r', file], folder), offline)
  }
}

async function freeze({ request, path, python, uv }: VenvBuild, offline: boolean): Promise<readonly string[]> {
  const own = join(path, 'bin/python')
  const env = { ...request.env, VIRTUAL_ENV: path, PIP_DISABLE_PIP_VERSION_CHECK: '1' }
  const commands: [string, ...string[]][] = uv !== undefined
    ? [[uv, 'pip', 'freeze', '--python', own], [python.path, '-m', 'pip', '--python', own, 'freeze']]
    : [[own, '-m', 'pip', 'freeze'], [python.path, '-m', 'pip', '--python', own, 'freeze']]
  let listed: readonly string[] | undefined
  for (const command of commands) {
    const { code, lines } = await runStep({ command, env, signal: request.signal })
    const packages = code === 0 ? lines.filter((line) => /^[\w.-]+(?:\[[\w.,-]*\])?(?:==| @ )|^-e /.test(line)) : []
    if (packages.length > 0) return packages
    // Nothing at all is what a busy machine was seen to answer for a full environment: asked again by other means.
    if (code === 0) listed = []
  }
  if (listed !== undefined) return listed
  return mustRun('What is installed could not be listed', { command: commands[0]!, env }, offline)
}
