/** What needs an empty server: logging, creating, and the memory before and after. */
import { treeUse } from '../measure/process-tree.ts'
import { settle } from '../measure/meter.ts'
import { startEcho } from '../servers/echo.ts'
import type { PeerName } from '../servers/server.ts'
import { compare, createRuns, logMetric, resultsOf, startAll, stepsOfARound, type Bench, type Running } from './bench.ts'
import { atLeast, atMost, megabytes, type Result, type Row } from './row.ts'
import type { Scene } from './scene.ts'

const connections = 64
const batchConnections = 8
/** MLflow has 15 connections to its database, and answers 400 to some who wait for one: it gets as many creators as it can serve. */
const fewCreators = 8

export const fresh: Scene = {
  rows: ['log-metric', 'log-batch', 'create-finish', 'create-finish-few', 'memory'],
  async *run(bench) {
    await using servers = await startAll(bench, 'fresh')
    const { running } = servers
    const idle = new Map(running.map(({ server }) => [server.peer.name, treeUse(server.pid).rssBytes]))
    const runs = new Map<Running, string[]>()
    for (const one of running) runs.set(one, await createRuns(one, connections))
    const runsOf = (one: Running) => runs.get(one)!

    if (bench.wants('log-metric') || bench.wants('memory')) yield await logMetricRow(bench, running, runsOf)
    if (bench.wants('log-batch') || bench.wants('memory')) yield await logBatchRow(bench, running, runsOf)
    if (bench.wants('create-finish') || bench.wants('memory')) yield await createFinishRow(bench, running, 'create-finish', connections)
    if (bench.wants('create-finish-few')) yield await createFinishRow(bench, running, 'create-finish-few', fewCreators)
    if (bench.wants('memory')) yield await memoryRow(bench, running, idle)
  },
}

async function logMetricRow(bench: Bench, running: readonly Running[], runsOf: (one: Running) => string[]): Promise<Row> {
  bench.say(`  log-metric, ${connections} connections`)
  await using echo = await startEcho()
  const outcome = await compare(bench, running, { groups: one => [logMetric(one, runsOf(one), connections)], counted: 'log-metric', also: { echo } })
  const { echo: floor, ...rest } = resultsOf(outcome, 'log-metric', summary => summary.cpuMs) as Record<string, Result>
  const results: Row['results'] = rest
  const rate = results.cairn?.summary?.perSecond ?? Number.NaN
  const share = rate / (floor?.summary?.perSecond ?? Number.NaN)
  return {
    name: 'log-metric', title: `log-metric, ${connections} connections, durable`, compared: 'processor time per point', unit: 'ms', better: 'less',
    targets: { mlflow: 100, fasttrackml: 12 }, results,
    checks: results.cairn === undefined ? [] : [
      { ...atLeast('rate, of a bare node:http echo’s in the same rounds,', share * 100, 45, '%'), measured: `${Math.round(share * 100)} % (echo ${Math.round(floor?.summary?.perSecond ?? 0).toLocaleString('en-US')}/s)` },
      atLeast('aim: rate', rate, 25_000, 'requests/s'),
    ],
  }
}

async function logBatchRow(bench: Bench, running: readonly Running[], runsOf: (one: Running) => string[]): Promise<Row> {
  bench.say('  log-batch of 1000 points')
  const outcome = await compare(bench, running, {
    groups: one => [{ name: 'log-batch', connections: batchConnections, maxOperations: Infinity, script: { kind: 'log-batch', runs: runsOf(one).slice(0, batchConnections), firstStep: one.steps(stepsOfARound) } }],
    counted: 'log-batch',
  })
  const results = resultsOf(outcome, 'log-batch', summary => summary.cpuMs, 1000)
  const points = (results.cairn?.summary?.perSecond ?? Number.NaN) * 1000
  return {
    name: 'log-batch', title: `log-batch of 1000 points (10 metrics × 100 steps), ${batchConnections} connections`, compared: 'processor time per point', unit: 'ms', better: 'less',
    targets: { mlflow: 60, fasttrackml: 15 }, results: noted(results, summary => `${Math.round(summary.perSecond * 1000).toLocaleString('en-US')} points/s`),
    checks: results.cairn === undefined ? [] : [atLeast('rate', points, 400_000, 'points/s'), atLeast('aim: rate', points, 800_000, 'points/s')],
  }
}

async function createFinishRow(bench: Bench, running: readonly Running[], name: string, most: number): Promise<Row> {
  bench.say(`  create and finish a run, ${most} connections`)
  const outcome = await compare(bench, running, {
    groups: ({ server }) => [{ name: 'create-finish', connections: server.peer.name === 'mlflow' ? fewCreators : most, maxOperations: Infinity, script: { kind: 'create-and-finish' } }],
    counted: 'create-finish',
  })
  const few = most === fewCreators
  return {
    name, title: `create and finish a run (two requests), ${most} connections${few ? '' : ` (MLflow: ${fewCreators}, it refuses some beyond)`}`, compared: 'processor time per run', unit: 'ms', better: 'less',
    // The targets are for a server under load. With few writers a commit holds few of them, and is most of the cost.
    targets: few ? {} : { mlflow: 100, fasttrackml: 8 }, results: resultsOf(outcome, 'create-finish', summary => summary.cpuMs), checks: [],
  }
}

async function memoryRow(bench: Bench, running: readonly Running[], idle: ReadonlyMap<PeerName, number>): Promise<Row> {
  bench.say('  memory')
  const results: Row['results'] = {}
  const loaded = new Map<PeerName, number>()
  for (const { server } of running) {
    const { name } = server.peer
    for (let i = 0; i < 20; i++) await server.ask('POST', '/api/2.0/mlflow/runs/search', { experiment_ids: ['0'], max_results: 100 })
    await settle(server.pid)
    loaded.set(name, megabytes(treeUse(server.pid).rssBytes))
    results[name] = { value: megabytes(idle.get(name)!), note: `${Math.round(loaded.get(name)!)} MB after the load` }
  }
  const checks = results.cairn === undefined ? [] : [atMost('idle', results.cairn.value, 90, 'MB'), atMost('after the load', loaded.get('cairn')!, 300, 'MB')]
  return { name: 'memory', title: 'memory of all processes: idle, and after the rows above', compared: 'idle resident memory', unit: 'MB', better: 'less', targets: { mlflow: 4 }, results, checks }
}

const noted = (results: Row['results'], note: (summary: NonNullable<Result['summary']>) => string): Row['results'] =>
  Object.fromEntries(Object.entries(results).map(([name, result]) => [name, result.summary === undefined ? result : { ...result, note: note(result.summary) }]))
