import { AsyncLocalStorage } from 'node:async_hooks'
import { execFile } from 'node:child_process'
import { createWriteStream, openAsBlob } from 'node:fs'
import { mkdir, readdir } from 'node:fs/promises'
import { homedir, userInfo } from 'node:os'
import { basename, dirname, join, posix, relative, resolve, sep } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import { tags as meaning } from '@cairn/protocol'
import { CairnClient, type ClientOptions } from './client.ts'
import { fluent, runStack, type ActiveRun, type ActiveRuns, type Fluent, type FluentOptions, type StartRunOptions } from './fluent.ts'
import { diskQueue, folderOfServer, resendQueued as resend } from './node-queue.ts'

export * from './index.ts'
export { diskQueue, folderOfServer, type DiskQueueOptions } from './node-queue.ts'

/** What MLflow's environment variables say: where the server is and who is calling. */
export function clientOptions(env: Readonly<Record<string, string | undefined>> = process.env): ClientOptions {
  return {
    url: env['MLFLOW_TRACKING_URI'] || 'http://127.0.0.1:5000',
    token: env['MLFLOW_TRACKING_TOKEN'] || undefined, username: env['MLFLOW_TRACKING_USERNAME'], password: env['MLFLOW_TRACKING_PASSWORD'],
    ...(env['MLFLOW_WORKSPACE'] && { workspace: env['MLFLOW_WORKSPACE'] }),
  }
}

/** Where the on-disk queues are, a folder for each server: CAIRN_QUEUE_DIR, or `~/.cache/cairn/queue`. */
export const queueFolder = (env: Readonly<Record<string, string | undefined>> = process.env): string =>
  env['CAIRN_QUEUE_DIR'] ?? join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'cairn', 'queue')

/**
 * `withRun` gives each chain of async calls its own active run, so parallel work does not mix. What
 * `startRun` starts is active everywhere else: a function cannot change its caller's chain.
 */
export function asyncRuns(): ActiveRuns {
  const chains = new AsyncLocalStorage<ActiveRuns>()
  const everywhere = runStack()
  const here = (): ActiveRuns => chains.getStore() ?? everywhere
  return {
    current: () => here().current(),
    enter: (run) => here().enter(run),
    leave: (run) => here().leave(run),
    within(run, work) {
      const own = runStack()
      own.enter(run)
      return chains.run(own, work)
    },
  }
}

/** Who runs what: the tags that MLflow's own clients give to a run. */
export async function standardTags(): Promise<Record<string, string>> {
  const script = process.argv[1] ?? process.execPath
  const commit = await promisify(execFile)('git', ['rev-parse', 'HEAD'], { cwd: dirname(resolve(script)), timeout: 2000 }).then(({ stdout }) => stdout.trim(), () => undefined)
  return {
    [meaning.user]: userName(), [meaning.sourceName]: script, [meaning.sourceType]: 'LOCAL',
    ...(commit !== undefined && { [meaning.gitCommit]: commit }),
  }
}

function userName(): string {
  try {
    return userInfo().username
  } catch {
    return 'unknown'
  }
}

/** The fluent level as the environment sets it up, with a queue on disk for when the server is away. */
export function fluentFromEnvironment(options: FluentOptions = {}, env: Readonly<Record<string, string | undefined>> = process.env): Fluent {
  const client = new CairnClient(clientOptions(env))
  return fluent(client, {
    activeRuns: asyncRuns(), tags: standardTags, store: diskQueue(folderOfServer(queueFolder(env), client.transport.place)),
    experimentName: env['MLFLOW_EXPERIMENT_NAME'] || undefined, experimentId: env['MLFLOW_EXPERIMENT_ID'] || undefined, ...options,
  })
}

// One for the process, made when a function is first called: the point of functions without an object.
let shared: Fluent | undefined
const ready = (): Fluent => shared ??= fluentFromEnvironment()

// Once, as in MLflow: the runs after it are others.
let resumed = false
function orResumed(options: StartRunOptions): StartRunOptions {
  const runId = process.env['MLFLOW_RUN_ID']
  if (!runId || resumed || options.runId !== undefined || ready().activeRun() !== undefined) return options
  resumed = true
  return { ...options, runId }
}

/** Starts a run and makes it the active one. The first goes on with MLFLOW_RUN_ID, where that is set. */
export const startRun: Fluent['startRun'] = async (options = {}) => ready().startRun(orResumed(options))
export const withRun: Fluent['withRun'] = async (options, work) => ready().withRun(orResumed(options), work)
export const endRun: Fluent['endRun'] = (status) => ready().endRun(status)
export const activeRun: Fluent['activeRun'] = () => ready().activeRun()
export const setExperiment: Fluent['setExperiment'] = (name) => ready().setExperiment(name)
export const logMetric: Fluent['logMetric'] = (key, value, at) => ready().logMetric(key, value, at)
export const logMetrics: Fluent['logMetrics'] = (values, at) => ready().logMetrics(values, at)
export const logParam: Fluent['logParam'] = (key, value) => ready().logParam(key, value)
export const logParams: Fluent['logParams'] = (values) => ready().logParams(values)
export const setTag: Fluent['setTag'] = (key, value) => ready().setTag(key, value)
export const setTags: Fluent['setTags'] = (values) => ready().setTags(values)
export const logText: Fluent['logText'] = (path, text) => ready().logText(path, text)
export const logJson: Fluent['logJson'] = (path, value) => ready().logJson(path, value)
export const flush: Fluent['flush'] = () => ready().flush()

/** Uploads a file to the active run (or `run`), below `folder` if one is given. */
export async function logArtifact(file: string, folder = '', run: ActiveRun | undefined = ready().activeRun()): Promise<void> {
  if (run === undefined) throw new Error('No run is active. Call startRun() first.')
  await run.logArtifact(posix.join(folder, basename(file)), await openAsBlob(file))
}

/** Uploads what is in a folder, with its subfolders. */
export async function logArtifacts(directory: string, folder = '', run: ActiveRun | undefined = ready().activeRun()): Promise<void> {
  if (run === undefined) throw new Error('No run is active. Call startRun() first.')
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    // Node before 20.12 has the older name.
    const path = join(entry.parentPath ?? (entry as unknown as { path: string }).path, entry.name)
    await run.logArtifact(posix.join(folder, relative(directory, path).split(sep).join('/')), await openAsBlob(path))
  }
}

/** Downloads a file or folder of a run below `destination`; answers the paths that were written. */
export async function downloadArtifacts(client: CairnClient, runId: string, path: string, destination: string): Promise<string[]> {
  const inside = await client.artifacts.list(runId, path === '' ? undefined : path)
  if (inside.length === 0) return [await downloadFile(client, runId, path, destination)]
  const written: string[] = []
  for (const item of inside) {
    written.push(...(item.is_dir ? await downloadArtifacts(client, runId, item.path, destination) : [await downloadFile(client, runId, item.path, destination)]))
  }
  return written
}

async function downloadFile(client: CairnClient, runId: string, path: string, destination: string): Promise<string> {
  const target = resolve(destination, path)
  if (!target.startsWith(resolve(destination) + sep)) throw new Error(`The server names a file outside of the folder: ${path}`)
  const response = await client.artifacts.download(runId, path)
  await mkdir(dirname(target), { recursive: true })
  await pipeline(Readable.fromWeb(response.body as never), createWriteStream(target))
  return target
}

/** Sends what earlier processes could not; answers how many batches still wait. */
export const resendQueued = (client: CairnClient = new CairnClient(clientOptions()), folder: string = folderOfServer(queueFolder(), client.transport.place)): Promise<number> => resend(client, folder)
