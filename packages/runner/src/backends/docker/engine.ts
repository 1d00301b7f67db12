import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { findProgram } from '@cairn/environments'
import { ProjectError } from '../../errors.ts'
import { capture, type Variables } from '../../process.ts'

/** A container engine by its command: docker, or podman, which takes the same. */
export interface Engine {
  readonly program: string
  readonly env: Variables
  readonly signal: AbortSignal
  readonly say: (line: string) => void
}

/** Docker or Podman of the PATH, the first that is there; CAIRN_CONTAINER_ENGINE names another. */
export async function findEngine({ env, signal, say }: Omit<Engine, 'program'>): Promise<Engine> {
  const asked = env['CAIRN_CONTAINER_ENGINE']
  const program = asked || await findProgram('docker', env) || await findProgram('podman', env)
  if (!program) {
    throw new ProjectError('Could not find Docker executable. Ensure Docker is installed as per the instructions at https://docs.docker.com/install/overview/.', 'Podman does as well: install either, or give the project a python_env in place of its docker_env.')
  }
  const { code, out, err } = await capture([program, 'info'], { env, signal })
  signal.throwIfAborted()
  if (code !== 0) {
    throw new ProjectError(`Ran \`${basename(program)} info\` to ensure docker daemon is running but it failed with the following output:\n${`${out.toString()}${err}`.trim()}`, 'Start the engine, and look whether this account may use it.')
  }
  return { program, env, signal, say }
}

async function must(engine: Engine, args: readonly string[], what: string, fix: string): Promise<string> {
  const { code, out, err } = await capture([engine.program, ...args], { env: engine.env, signal: engine.signal })
  engine.signal.throwIfAborted()
  const output = `${out.toString()}${err}`.trim()
  if (code !== 0) throw new ProjectError(`${what}:\n${output.split('\n').slice(-30).join('\n')}`, fix)
  return out.toString().trim()
}

export interface Image {
  readonly uri: string
  readonly id: string
}

const imageId = (engine: Engine, uri: string): Promise<string> =>
  must(engine, ['image', 'inspect', '--format', '{{.Id}}', uri], `The image ${uri} cannot be looked at`, 'Look at its name.')

/** The image that a project names, pulled where it is not here. */
export async function baseImage(engine: Engine, uri: string): Promise<Image> {
  const { code } = await capture([engine.program, 'image', 'inspect', uri], { env: engine.env, signal: engine.signal })
  if (code === 0) engine.say(`${uri} already exists`)
  else {
    engine.say(`Pulling ${uri}`)
    await must(engine, ['pull', '--quiet', uri], `The image ${uri} cannot be pulled`, 'Look at its name, at the network, and whether you are logged in to its registry.')
  }
  return { uri, id: await imageId(engine, uri) }
}

/** Where a project lies in its container. */
export const workFolder = '/mlflow/projects/code/'
const contents = 'mlflow-project-contents'

interface Build {
  readonly folder: string
  readonly base: string
  /** Name of the image without its tag. */
  readonly repository: string
  /** First digits of the commit, or '' where there is none. */
  readonly version: string
}

/** An image of the project's own: its base with the project's files in it. */
export async function buildImage(engine: Engine, { folder, base, repository, version }: Build): Promise<Image> {
  const uri = repository + (version === '' ? '' : `:${version}`)
  const context = await mkdtemp(join(tmpdir(), 'cairn-image-'))
  try {
    await cp(folder, join(context, contents), { recursive: true, filter: (path) => basename(path) !== '.git' })
    await writeFile(join(context, 'Dockerfile'), `FROM ${base}\nCOPY ${contents}/ ${workFolder}\nWORKDIR ${workFolder}\n`)
    engine.say(`Building the image ${uri}`)
    await must(engine, ['build', '--force-rm', '--tag', uri, context], `The image ${uri} cannot be built`, 'Look at docker_env.image in MLproject, and at the output above.')
  } finally {
    await rm(context, { recursive: true, force: true })
  }
  return { uri, id: await imageId(engine, uri) }
}

/** Pushes an image; answers the digest under which its registry has it. */
export async function pushImage(engine: Engine, uri: string): Promise<string> {
  engine.say(`Pushing the image ${uri}`)
  await must(engine, ['push', uri], `The image ${uri} cannot be pushed`, 'Look at repository-uri in the configuration, and whether you are logged in to that registry.')
  const digests = await must(engine, ['image', 'inspect', '--format', '{{range .RepoDigests}}{{println .}}{{end}}', uri], `The image ${uri} has no digest`, 'Push it by hand and look at what the registry says.')
  const repository = uri.replace(/:[^:/]*$/, '')
  const digest = digests.split('\n').find((line) => line.startsWith(`${repository}@`)) ?? digests.split('\n')[0]
  const sha = /@(sha256:[0-9a-f]{64})$/.exec(digest ?? '')?.[1]
  if (sha === undefined) throw new ProjectError(`The registry answered no digest for ${uri}.`, 'Push it by hand and look at what the registry says.')
  return sha
}
