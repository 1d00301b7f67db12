import { chmod, copyFile, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { filesBelow } from '@cairn/serving'
import { filesNamed, prepareEnvironment, readCondaEnv } from '@cairn/environments'
import { ImageError } from '../errors.ts'
import { plainImage, pythonImage, type ImagePlan, type PythonPlan } from '../plan.ts'
import { nodeVersion, runtimeFiles, type Runtime } from '../runtime.ts'
import { buildFile, dockerfile, heading, installFile, type Recipe } from './dockerfile.ts'

export interface ContextOptions {
  /** Undefined for an image whose model is mounted when the container starts. */
  readonly plan: ImagePlan | undefined
  readonly folder: string
  readonly runtime: Runtime
  /** The image to begin with; default one with the model's Python, or a plain Debian. */
  readonly base: string | undefined
  /** Whether Java is installed; default for models whose flavor needs it. */
  readonly java: boolean | undefined
  /** Builds the environment here first, and pins every package in it. */
  readonly lock: boolean
  readonly env: Readonly<Record<string, string | undefined>>
  readonly say: (line: string) => void
  readonly signal: AbortSignal
}

/**
 * Writes a folder from which Docker or Podman builds an image: the Dockerfile, the program, the
 * model's files and what its environment is built from. Files of an earlier call are replaced.
 *
 * @throws ImageError where the folder holds anything else
 */
export async function writeContext(options: ContextOptions): Promise<{ readonly folder: string; readonly base: string }> {
  const { plan, folder, runtime } = options
  await clear(folder)
  const python = plan?.python === undefined ? undefined : await writeEnvironment(plan, plan.python, options)
  for (const path of await runtimeFiles(runtime)) await copy(join(runtime.home, path), join(folder, 'cairn', path))
  if (plan !== undefined) for (const path of await filesBelow(plan.fetched.folder)) await copy(join(plan.fetched.folder, path), join(folder, 'model', path))
  const recipe: Recipe = {
    cairnVersion: runtime.version, base: options.base ?? baseFor(plan), node: `node:${await nodeVersion(runtime)}-slim`,
    name: plan?.name, labels: plan?.labels ?? {}, python, onnxVersion: plan?.onnx?.version, java: options.java ?? plan?.java ?? false,
  }
  await writeFile(join(folder, 'Dockerfile'), dockerfile(recipe))
  return { folder, base: recipe.base }
}

function baseFor(plan: ImagePlan | undefined): string {
  if (plan?.python?.manager === 'conda') return 'condaforge/miniforge3:latest'
  return plan !== undefined && plan.python === undefined ? plainImage : pythonImage(plan?.python?.spec.python)
}

async function clear(folder: string): Promise<void> {
  const entries = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    if (error.code === 'ENOTDIR') throw new ImageError(`${folder} is a file, and should become a folder.`, 'Name another: -d FOLDER')
    throw error
  })
  const written = await readFile(join(folder, 'Dockerfile'), 'utf8').catch(() => '')
  if (entries.length > 0 && !written.startsWith(heading)) throw new ImageError(`${folder} is not empty, and holds no Dockerfile of Cairn's. Nothing was written there.`, 'Name an empty folder, or one that is not there yet: -d FOLDER')
  // A link or folder that was put there since is not followed.
  for (const name of ['cairn', 'model', 'environment', 'Dockerfile']) await rm(join(folder, name), { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
}

/** Readable for the image's account, whatever this account's umask is. */
async function copy(from: string, to: string): Promise<void> {
  const executable = ((await stat(from)).mode & 0o100) !== 0
  await mkdir(dirname(to), { recursive: true, mode: 0o755 })
  await copyFile(from, to)
  await chmod(to, executable ? 0o755 : 0o644)
}

/** The files from which the environment is built, so that a build takes it from the cache while they are the same. */
async function writeEnvironment(plan: ImagePlan, { manager, spec, condaFile, extra }: PythonPlan, { folder, lock, env, say, signal }: ContextOptions): Promise<Recipe['python']> {
  const from = plan.fetched.folder
  const to = join(folder, 'environment')
  const write = async (name: string, lines: readonly string[]): Promise<void> => {
    await mkdir(to, { recursive: true })
    await writeFile(join(to, name), `${lines.join('\n')}\n`)
  }
  if (manager === 'conda') {
    await copy(condaFile!, join(to, 'conda.yaml'))
    await copyNamed((await readCondaEnv(condaFile!)).dependencies, from, to)
    return { manager, build: false, flags: '' }
  }
  const build = spec.build_dependencies.length > 0
  if (build) await write(buildFile, spec.build_dependencies)
  if (lock) {
    const environment = await prepareEnvironment({ manager: manager === 'uv' ? 'uv' : 'virtualenv', spec, folder: from, extra, env, say, signal })
    await write(installFile, environment.lock.trimEnd().split('\n'))
    return { manager, build, flags: environment.lock.includes('--hash=') ? ' --no-deps --require-hashes' : ' --no-deps' }
  }
  await write(installFile, [...spec.dependencies, ...extra])
  await copyNamed([...spec.build_dependencies, ...spec.dependencies], from, to)
  return { manager, build, flags: '' }
}

async function copyNamed(lines: readonly string[], from: string, to: string): Promise<void> {
  for (const name of await filesNamed(lines, from)) {
    if (!(await stat(join(from, name))).isDirectory()) await copy(join(from, name), join(to, name))
    else for (const file of await filesBelow(join(from, name))) await copy(join(from, name, file), join(to, name, file))
  }
}
