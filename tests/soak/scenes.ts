import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startServerProcess, type ServerProcess } from '../crash/server-process.ts'
import { startPostgres } from '../../tools/postgres.ts'
import { log, missing, type LogOutcome } from './clients.ts'
import { openPages } from './pages.ts'
import { levels, watch } from './watch.ts'

export type DatabaseName = 'sqlite' | 'postgres'

export interface Scale {
  readonly clients: number
  readonly perSecond: number
  readonly seconds: number
  readonly pages: number
  /** How long pages are watched. */
  readonly pageSeconds: number
  /** How long the same load is watched without them before. */
  readonly aloneSeconds: number
}

export interface Soaked extends LogOutcome {
  readonly seconds: number
  readonly memory: ReturnType<typeof levels>
  /** Of the server, in cores. */
  readonly cores: number
  /** Runs that lack points which were acknowledged. */
  readonly missing: readonly string[]
}

export interface Followed extends Soaked {
  readonly pages: number
  readonly events: number
  readonly lost: number
  readonly resyncs: number
  /** What the same load cost without a page open, in cores. */
  readonly coresAlone: number
}

/** A started server on a database of its own, durable as for users. */
export async function withServer<T>(database: DatabaseName, work: (server: ServerProcess & { readonly port: number }) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'cairn-soak-'))
  await using stack = new AsyncDisposableStack()
  stack.defer(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }))
  const postgres = database === 'postgres' ? stack.use(await startPostgres({ durable: true })) : undefined
  const server = stack.use(await startServerProcess(folder, { MALLOC_ARENA_MAX: '3', MLFLOW_LOGGING_LEVEL: 'ERROR', ...(postgres && { MLFLOW_BACKEND_STORE_URI: postgres.uri }) }))
  return await work({ ...server, port: Number(new URL(server.url).port) })
}

/** Many clients that log for as long as it is said. */
export async function soak(server: ServerProcess & { readonly port: number }, { clients, perSecond, seconds }: Scale): Promise<Soaked> {
  using watching = watch(server.pid)
  const outcome = await log({ port: server.port, clients, perSecond, seconds })
  const cores = watching.cpuMs() / 1000 / watching.seconds()
  return { ...outcome, seconds: watching.seconds(), cores, memory: levels(watching.memory), missing: await missing(server.port, outcome.acknowledged) }
}

const experimentsCount = 20
const runsEach = 10
const eventsPerRun = 2

/** Live pages of twenty experiments, in each of which ten runs log twice a second: twenty events a second for each page. */
export async function follow(server: ServerProcess & { readonly port: number }, { pages: count, pageSeconds, aloneSeconds }: Scale): Promise<Followed> {
  const { port } = server
  const experiments: string[] = []
  for (let number = 0; number < experimentsCount; number += 1) {
    const made = await fetch(`${server.url}/api/2.0/mlflow/experiments/create`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name: `followed-${number}-${crypto.randomUUID()}` }) })
    experiments.push((await made.json() as { experiment_id: string }).experiment_id)
  }
  const load = { port, clients: experimentsCount * runsEach, perSecond: eventsPerRun, experiments }
  let coresAlone = Number.NaN
  if (aloneSeconds > 0) {
    using alone = watch(server.pid)
    await log({ ...load, seconds: aloneSeconds })
    coresAlone = alone.cpuMs() / 1000 / alone.seconds()
  }
  using pages = await openPages(port, count, experiments)
  using watching = watch(server.pid)
  const outcome = await log({ ...load, seconds: pageSeconds })
  const cores = watching.cpuMs() / 1000 / watching.seconds()
  const { events, lost, resyncs } = pages
  return { ...outcome, pages: count, events, lost, resyncs, coresAlone, cores, seconds: watching.seconds(), memory: levels(watching.memory), missing: await missing(port, outcome.acknowledged) }
}
