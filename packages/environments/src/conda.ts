import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EnvironmentRequest } from './request.ts'
import { EnvironmentError } from './errors.ts'
import { advice, mustRun, runStep, type Variables } from './installer.ts'
import { interpreterAt, type Interpreter } from './interpreters.ts'
import { findProgram } from './venv.ts'

/** MLFLOW_CONDA_HOME's conda, else the fastest of what the PATH has. */
export async function condaProgram(env: Variables): Promise<{ engine: string; program: string }> {
  const home = env['MLFLOW_CONDA_HOME']
  if (home) return { engine: join(home, 'bin/conda'), program: join(home, 'bin/conda') }
  for (const name of ['mamba', 'micromamba', 'conda']) {
    const program = await findProgram(name, env)
    if (program !== undefined) return { engine: program, program }
  }
  const asked = env['CONDA_EXE']
  if (asked) return { engine: asked, program: asked }
  throw new EnvironmentError(
    'There is no conda, mamba or micromamba on the PATH.',
    'Install one of them or name its folder in MLFLOW_CONDA_HOME, or take pip for what the file lists under pip: --env-manager virtualenv',
  )
}

/**
 * Shell that does what `conda activate` does with a folder, whichever program made it and whether that is still
 * there (mamba changed its own words for it): the variables of its file, and the scripts of its packages.
 */
export async function condaActivation(path: string): Promise<string> {
  const text = await readFile(join(path, 'conda-meta/state'), 'utf8').catch(() => '{}')
  const { env_vars: own = {} } = JSON.parse(text) as { env_vars?: Readonly<Record<string, unknown>> }
  const variables = Object.entries({ CONDA_PREFIX: path, CONDA_DEFAULT_ENV: path, CONDA_SHLVL: '1', ...own }).filter(([name]) => /^[A-Za-z_]\w*$/.test(name))
  return `{ export ${variables.map(([name, value]) => `${name}=${quoted(String(value))}`).join(' ')}; for script in ${quoted(path)}/etc/conda/activate.d/*.sh; do [ -r "$script" ] && . "$script"; done; true; }`
}

const quoted = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'"'"'`)}'`)

const condaPart = '# conda\n@EXPLICIT\n'
const pipPart = '# pip\n'

/** What to try, by what conda and its like wrote. */
function condaAdvice(output: string, offline: boolean, byHand: string): string {
  if (offline) return 'It was to be built offline, and not everything is on this machine. Build it once with the network (the same command without --offline), or name channels that lie here: file:///srv/channel'
  if (/No space left on device|ENOSPC/i.test(output)) return advice(output, offline)
  if (/PackagesNotFoundError|ResolvePackageNotFound|nothing provides|no candidates|does not exist|Could not solve|UnsatisfiableError|LibMambaUnsatisfiableError/i.test(output)) {
    return 'A package is in none of the channels in this version, or two exclude each other: look at the names, versions and channels in the file.'
  }
  if (/CondaHTTPError|resolve host|name resolution|ConnectionFailed|Connection refused|error sending request|Download error/i.test(output)) return 'The channels cannot be reached: look at the network, at the channels in the file and in ~/.condarc, or use what is cached with --offline.'
  return `Try it by hand: ${byHand}`
}

/** Makes a conda environment at `path` from the request's file, or from the packages that a lock names. */
export async function buildConda({ condaFile, env, folder, override = [], offline = false, say, signal, lock }: EnvironmentRequest, program: string, path: string): Promise<{ lock: string; python: Interpreter }> {
  if (condaFile === undefined) throw new EnvironmentError('There is no conda.yaml for conda to build from.', 'Add one and name it in MLproject (conda_env: conda.yaml), or use --env-manager virtualenv')
  const inside = { ...env, CONDA_ALWAYS_YES: 'true', PIP_NO_INPUT: '1' }
  const step = (command: [string, ...string[]]) => ({ command, cwd: folder, env: inside, online: say, signal })
  const flags = offline ? ['--offline'] : []
  const failed = `${program} could not build the environment`
  const locked = lock?.startsWith(condaPart) ? lock.slice(condaPart.length).split(pipPart) : undefined
  const must = (step_: Parameters<typeof mustRun>[1]): Promise<unknown> => mustRun(failed, step_, offline, (output, away) => condaAdvice(output, away, `${program} create --prefix try --file ${condaFile}`))
  const files = await mkdtemp(join(tmpdir(), 'cairn-conda-'))
  try {
    if (locked !== undefined) {
      const [packages = '', pip = ''] = locked
      await writeFile(join(files, 'explicit.txt'), `@EXPLICIT\n${packages}`)
      await must(step([program, 'create', '--yes', '--prefix', path, '--file', join(files, 'explicit.txt'), ...flags]))
      await writeFile(join(files, 'pip.txt'), pip)
      if (pip !== '') await mustRun('pip could not install the packages', step([join(path, 'bin/python'), '-m', 'pip', 'install', '--no-deps', '-r', join(files, 'pip.txt')]), offline)
    } else {
      const create: [string, ...string[]] = program.endsWith('micromamba')
        ? [program, 'create', '--yes', '--prefix', path, '--file', condaFile, ...flags]
        : [program, 'env', 'create', '--prefix', path, '--file', condaFile, ...flags]
      await must(step(create))
    }
    if (override.length > 0) await mustRun('pip could not install the packages', step([join(path, 'bin/python'), '-m', 'pip', 'install', ...override]), offline)
  } finally {
    await rm(files, { recursive: true, force: true })
  }
  const python = await interpreterAt(join(path, 'bin/python'), env)
  if (python === undefined) throw new EnvironmentError(`The conda environment in ${path} has no Python that starts.`, 'Add python to the dependencies of conda.yaml.')
  const quiet = { env: inside, signal }
  const { lines } = await runStep({ command: [program, 'list', '--explicit', '--md5', '--prefix', path], ...quiet })
  const pip = await runStep({ command: [join(path, 'bin/python'), '-m', 'pip', 'list', '--format=freeze'], ...quiet })
  const packages = lines.filter((line) => /^(?:https?|file):/.test(line)).map((line) => `${line}\n`).join('')
  return { python, lock: `${condaPart}${packages}${pipPart}${pip.code === 0 ? pip.lines.map((line) => `${line}\n`).join('') : ''}` }
}
