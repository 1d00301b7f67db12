import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EnvironmentRequest } from './request.ts'
import { EnvironmentError } from './errors.ts'
import { mustRun, runStep, type Variables } from './installer.ts'
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

const condaPart = '# conda\n@EXPLICIT\n'
const pipPart = '# pip\n'

/** Makes a conda environment at `path` from the request's file, or from the packages that a lock names. */
export async function buildConda({ condaFile, env, folder, offline = false, say, signal, lock }: EnvironmentRequest, program: string, path: string): Promise<{ lock: string; python: Interpreter }> {
  if (condaFile === undefined) throw new EnvironmentError('There is no conda.yaml for conda to build from.', 'Add one and name it in MLproject (conda_env: conda.yaml), or use --env-manager virtualenv')
  const inside = { ...env, CONDA_ALWAYS_YES: 'true', PIP_NO_INPUT: '1' }
  const step = (command: [string, ...string[]]) => ({ command, cwd: folder, env: inside, online: say, signal })
  const flags = offline ? ['--offline'] : []
  const failed = `${program} could not build the environment`
  const locked = lock?.startsWith(condaPart) ? lock.slice(condaPart.length).split(pipPart) : undefined
  const files = await mkdtemp(join(tmpdir(), 'cairn-conda-'))
  try {
    if (locked !== undefined) {
      const [packages = '', pip = ''] = locked
      await writeFile(join(files, 'explicit.txt'), `@EXPLICIT\n${packages}`)
      await mustRun(failed, step([program, 'create', '--yes', '--prefix', path, '--file', join(files, 'explicit.txt'), ...flags]), offline)
      await writeFile(join(files, 'pip.txt'), pip)
      if (pip !== '') await mustRun('pip could not install the packages', step([join(path, 'bin/python'), '-m', 'pip', 'install', '--no-deps', '-r', join(files, 'pip.txt')]), offline)
    } else {
      const create: [string, ...string[]] = program.endsWith('micromamba')
        ? [program, 'create', '--yes', '--prefix', path, '--file', condaFile, ...flags]
        : [program, 'env', 'create', '--prefix', path, '--file', condaFile, ...flags]
      await mustRun(failed, step(create), offline)
    }
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
