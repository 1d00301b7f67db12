import { join } from 'node:path'
import { mkdir } from 'node:fs/promises'
import { startWithData } from '../data/place-data.ts'
import type { Seed } from '../data/seed-peers.ts'
import type { Generator } from '../load/driver.ts'
import type { Group } from '../load/job.ts'
import { smallestStep } from '../load/requests.ts'
import { measure, settle, summarise, TooSlow, type Sample, type Summary } from '../measure/meter.ts'
import type { Scale } from '../options.ts'
import { Server, type Peer, type PeerName } from '../servers/server.ts'
import { failed, type Result } from './row.ts'

/** What every scene works with. */
export interface Bench {
  readonly scale: Scale
  readonly peers: readonly Peer[]
  readonly generator: Generator
  /** Temporary; each scene takes folders below it. */
  readonly folder: string
  readonly wants: (row: string) => boolean
  readonly say: (line: string) => void
}

/** A server in use, with what is known about its data. */
export interface Running {
  readonly server: Server
  readonly curveRun: string
  /** The first of `count` steps that nothing has been logged at. */
  steps(count: number): number
}

const stride = 250_000

/** Starts the peers side by side, each with the data; who does not start is left out and said so. */
export async function startAll(bench: Bench, scene: string, seed?: Seed, peers: readonly Peer[] = bench.peers): Promise<{ running: Running[]; [Symbol.asyncDispose](): Promise<void> }> {
  const running: Running[] = []
  const stop = async () => { for (const { server } of running) await server[Symbol.asyncDispose]() }
  for (const peer of peers) {
    const folder = join(bench.folder, `${scene}-${peer.name}`)
    await mkdir(folder, { recursive: true })
    try {
      const started = seed === undefined ? { server: await Server.start(peer, folder), curveRun: '' } : await startWithData(peer, folder, seed, bench.generator)
      running.push(asRunning(started.server, started.curveRun))
    } catch (error) {
      bench.say(`  ${peer.name}: ${(error as Error).message}`)
    }
  }
  for (const { server } of running) await settle(server.pid, 120_000)
  return { running, [Symbol.asyncDispose]: stop }
}

export function asRunning(server: Server, curveRun: string): Running {
  let next = smallestStep
  return {
    server,
    curveRun,
    steps(count) {
      const first = next
      next += Math.max(count, 1)
      return first
    },
  }
}

/** Enough steps for one round of logging over a run. */
export const stepsOfARound = stride

export interface Load {
  groups(running: Running): Group[]
  /** The group whose operations are counted. */
  readonly counted: string
  /** Default 90. */
  readonly patienceSeconds?: number
  /** More servers than the peers, such as the echo. */
  readonly also?: Readonly<Record<string, { readonly pid: number; readonly port: number }>>
}

/** One operation per connection tells whether a server is slow; a slow one is measured by that alone. */
const slowMs = 4000
/** Longer than this nobody waits: the server is stopped, and what it had spent by then is a lower bound. */
const patience = 90

/**
 * The same load on every server in turn, round by round, so that whatever else the machine does
 * falls on all of them alike. Servers are idle while it is another's turn.
 */
export async function compare(bench: Bench, running: readonly Running[], load: Load): Promise<{ samples: ReadonlyMap<string, readonly Sample[]>; failures: ReadonlyMap<string, Result> }> {
  const { patienceSeconds = patience } = load
  const samples = new Map<string, Sample[]>()
  const failures = new Map<string, Result>()
  // Before and at most over all that follows, the rounds that do not count included: they grow it first.
  const memory = new Map<string, { before: number; peak: number }>()
  const servers = [
    ...running.map(one => ({ name: one.server.peer.name as string, at: one.server as { pid: number; port: number }, groups: () => load.groups(one) })),
    ...Object.entries(load.also ?? {}).map(([name, at]) => ({ name, at, groups: () => load.groups(running[0]!) })),
  ]
  const attempt = async (one: (typeof servers)[number], seconds: number, groups: readonly Group[]): Promise<Sample | undefined> => {
    try {
      const sample = await measure(one.at, bench.generator, seconds, groups, patienceSeconds)
      const { before = sample.rssBefore, peak = 0 } = memory.get(one.name) ?? {}
      const seen = { before, peak: Math.max(peak, sample.rssPeak) }
      memory.set(one.name, seen)
      return { ...sample, rssBefore: seen.before, rssPeak: seen.peak }
    } catch (error) {
      bench.say(`    ${one.name}: ${(error as Error).message}`)
      failures.set(one.name, error instanceof TooSlow ? { value: error.cpuMs, unfinished: true, note: `stopped after ${patienceSeconds} s` } : failed(error))
      samples.delete(one.name)
      if (one.at instanceof Server) await one.at.restart()
      return undefined
    }
  }
  const quick = new Set<string>()
  for (const one of servers) {
    const groups = one.groups()
    const pilot = await attempt(one, 1, groups.length > 1 ? groups : groups.map(group => ({ ...group, maxOperations: Math.min(group.maxOperations, group.connections * 3) })))
    if (pilot === undefined) continue
    const counted = pilot.outcome[load.counted]!
    if (counted.operations === 0 || counted.p50Ms >= slowMs) samples.set(one.name, [pilot])
    // Once without counting: what a server compiles and caches at first, it does not do again.
    else if (await attempt(one, bench.scale.seconds / 2, one.groups()) !== undefined) quick.add(one.name)
  }
  for (let round = 0; round < bench.scale.rounds; round++) {
    for (const one of servers) {
      if (!quick.has(one.name) || failures.has(one.name)) continue
      const sample = await attempt(one, bench.scale.seconds, one.groups())
      if (sample !== undefined) samples.set(one.name, [...samples.get(one.name) ?? [], sample])
    }
  }
  for (const [name, list] of samples) {
    const { perSecond, p50Ms, p99Ms, cpuMs } = summarise(list, load.counted)
    bench.say(`    ${name}: ${perSecond.toPrecision(3)}/s, p50 ${p50Ms.toPrecision(3)} ms, p99 ${p99Ms.toPrecision(3)} ms, ${cpuMs.toPrecision(3)} ms processor`)
  }
  return { samples, failures }
}

/** Results by server, where each is judged by one number of its summary. */
export function resultsOf({ samples, failures }: Awaited<ReturnType<typeof compare>>, group: string, value: (summary: Summary) => number, per = 1): Partial<Record<PeerName, Result>> {
  const results: Partial<Record<string, Result>> = Object.fromEntries(failures)
  for (const [name, list] of samples) {
    const summary = summarise(list, group)
    results[name] = { value: value(summary) / per, summary }
  }
  return results as Partial<Record<PeerName, Result>>
}

export async function createRuns({ server }: Running, count: number): Promise<string[]> {
  const ids: string[] = []
  for (let i = 0; i < count; i++) {
    const { run } = await server.ask('POST', '/api/2.0/mlflow/runs/create', { experiment_id: '0', run_name: `logging-${i}`, start_time: 1_690_000_000_000 }) as { run: { info: { run_id: string } } }
    ids.push(run.info.run_id)
  }
  return ids
}

export const logMetric = (running: Running, runs: readonly string[], connections: number): Group =>
  ({ name: 'log-metric', connections, maxOperations: Infinity, script: { kind: 'log-metric', runs, firstStep: running.steps(stride) } })
