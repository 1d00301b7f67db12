import { stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { tags as meaning } from '@cairn/protocol'
import { ProjectError } from '../../errors.ts'
import { ask, type Variables } from '../../process.ts'
import type { DockerEnv, Project } from '../../project/spec.ts'
import { containerCommand } from '../../project/words.ts'
import { repositoryOf } from '../../source/git.ts'
import { runVariables, type Backend, type Execution, type Preparation, type Ready } from '../backend.ts'
import { runLocal } from '../local.ts'
import { baseImage, buildImage, findEngine } from './engine.ts'

/** The docker part of a project that must have one. */
export function dockerOf({ env }: Project): DockerEnv {
  if (env.kind !== 'docker') throw new ProjectError('Project with docker environment must specify the docker image to use via an \'image\' field under the \'docker_env\' field.', 'docker_env:\n  image: python:3.12-slim')
  return env.docker
}

export async function prepareDocker({ run, project, source, wanted, context, say }: Preparation): Promise<Ready & { readonly program: string }> {
  const docker = dockerOf(project)
  if (project.name === undefined) throw new ProjectError('Project name in MLProject must be specified when using docker for image tagging.', 'Add a line to MLproject: name: my-project')
  const engine = await findEngine({ env: context.env, signal: context.signal, say })
  const commit = (await repositoryOf(source.folder, context.env))?.commit?.slice(0, 7) ?? ''
  const image = wanted.buildImage === true
    ? await buildImage(engine, { folder: source.folder, base: docker.image, repository: project.name, version: commit })
    : await baseImage(engine, docker.image)
  run.setTags({ [meaning.dockerImageUri]: image.uri, [meaning.dockerImageId]: image.id })
  return {
    program: engine.program, variables: context.env, activate: undefined, image: image.uri,
    recorded: async () => ({ environment: { manager: 'docker', engine: engine.program.split('/').at(-1)!, id: null, python: null, implementation: null, image: `${image.uri} ${image.id}`, locked: false, notes: [] }, lock: undefined }),
  }
}

/** The command line that runs a project's command in a container. */
export async function dockerCommand(program: string, image: string, { run, project, command, wanted, context }: Execution): Promise<string[]> {
  const docker = dockerOf(project)
  const words = [program, 'run', '--rm', '--name', containerName(run.id)]
  for (const [name, value] of Object.entries(wanted.dockerArgs ?? {})) {
    words.push(name.length === 1 ? `-${name}` : `--${name}`, ...(value === true ? [] : [value]))
  }
  const storage = await storageAccess(run.info.artifact_uri, context.env)
  const variables = { ...runVariables(run, context.trackingUri, context.env), ...storage.variables, ...dockerVariables(docker, context.env) }
  for (const volume of [...storage.volumes, ...docker.volumes]) words.push('-v', volume)
  for (const [name, value] of Object.entries(variables)) words.push('-e', `${name}=${value}`)
  return [...words, image, ...containerCommand(command)]
}

const containerName = (runId: string): string => `cairn-${runId}`

function dockerVariables({ environment }: DockerEnv, env: Variables): Record<string, string> {
  return Object.fromEntries(environment.map((entry) => {
    if (typeof entry !== 'string') return entry
    const value = env[entry]
    if (value === undefined) {
      const names = environment.filter((one) => typeof one === 'string').join(', ')
      throw new ProjectError(`This project expects the ${names} environment variables to be set on the machine running the project, but ${entry} was not set. Please ensure all expected environment variables are set`, `export ${entry}=…`)
    }
    return [entry, value]
  }))
}

/** What a container needs to reach the run's artifacts where clients reach them without the server. */
async function storageAccess(uri: string, env: Variables): Promise<{ volumes: string[]; variables: Record<string, string> }> {
  const take = (...names: string[]): Record<string, string> => Object.fromEntries(names.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])))
  if (uri.startsWith('s3:')) {
    const folder = join(env['HOME'] ?? homedir(), '.aws')
    const there = await stat(folder).then(() => true, () => false)
    return { volumes: there ? [`${folder}:/.aws`] : [], variables: take('AWS_SECRET_ACCESS_KEY', 'AWS_ACCESS_KEY_ID', 'AWS_SESSION_TOKEN', 'MLFLOW_S3_ENDPOINT_URL', 'MLFLOW_S3_IGNORE_TLS') }
  }
  if (/^wasbs?:/.test(uri)) return { volumes: [], variables: take('AZURE_STORAGE_CONNECTION_STRING', 'AZURE_STORAGE_ACCESS_KEY') }
  if (uri.startsWith('gs:')) {
    const file = env['GOOGLE_APPLICATION_CREDENTIALS']
    return file === undefined ? { volumes: [], variables: {} } : { volumes: [`${file}:/.gcs`], variables: { GOOGLE_APPLICATION_CREDENTIALS: '/.gcs' } }
  }
  if (uri.startsWith('file:') || uri.startsWith('/')) {
    const path = uri.startsWith('/') ? uri : fileURLToPath(uri)
    return { volumes: [`${path}:${path}`], variables: {} }
  }
  // Behind the server: its credentials are what counts.
  return { volumes: [], variables: take('MLFLOW_TRACKING_TOKEN', 'MLFLOW_TRACKING_USERNAME', 'MLFLOW_TRACKING_PASSWORD') }
}

/** Containers on this machine, by the command of the engine that is here. */
export const dockerBackend: Backend = {
  elsewhere: false,
  prepare: prepareDocker,
  async execute(execution) {
    const { run, ready, source, context, output, say } = execution
    const program = (ready as Ready & { readonly program: string }).program
    if (/^https?:\/\/(?:[^@/]*@)?(?:localhost|127\.|\[::1\])/.test(context.trackingUri) && execution.wanted.dockerArgs?.['network'] !== 'host') {
      say('Inside the container, the tracking server’s address means the container itself. Add -A network=host, or set MLFLOW_TRACKING_URI to an address of this machine.')
    }
    let signals = 0
    return runLocal({
      argv: await dockerCommand(program, ready.image!, execution) as [string, ...string[]], cwd: source.folder, env: context.env, output,
      signals: (take) => context.signals((signal) => {
        signals += 1
        // The engine's command passes a signal on; killed, it would leave the container behind.
        if (signals > 1) void ask([program, 'kill', containerName(run.id)], { env: context.env }).finally(() => take(signal))
        else take(signal)
      }),
    })
  },
}
