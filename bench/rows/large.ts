/** A hundred thousand runs and a curve of a million points: searching, reading, and doing both while others write. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { seedThroughApi } from '../data/place-data.ts'
import { narrowRuns } from '../data/dataset.ts'
import type { Seed } from '../data/seed-peers.ts'
import { settle } from '../measure/meter.ts'
import { Server, type Peer } from '../servers/server.ts'
import { asRunning, compare, createRuns, logMetric, resultsOf, startAll, type Bench, type Running } from './bench.ts'
import { curveRows } from './curve.ts'
import { atMost, failed, type Row } from './row.ts'
import type { Scene } from './scene.ts'
import { searching, searchRow, type Query } from './search.ts'

const page = 50
const targets = { mlflow: 200, fasttrackml: 40 }

export const queries: readonly { name: string; words: string; query: Query }[] = [
  { name: 'search-100k-metric', words: 'metric filter and order', query: { filter: 'metrics.m00 > 0.5', order_by: ['metrics.m01 DESC'], max_results: page } },
  { name: 'search-100k-param', words: 'param', query: { filter: "params.p03 = 'v17'", order_by: ['attributes.start_time DESC'], max_results: page } },
  { name: 'search-100k-tag', words: 'tag LIKE', query: { filter: "tags.t01 LIKE '%-07-%'", order_by: ['attributes.start_time DESC'], max_results: page } },
  { name: 'search-100k-three', words: 'three clauses', query: { filter: "metrics.m00 > 0.5 AND params.p00 = 'v3' AND tags.t00 LIKE '%-blue'", order_by: ['metrics.m02 ASC'], max_results: page } },
]

/** Enough runs answer these to fill the page at 1,000 runs already, or the larger set would have more to write. */
const fullPages: readonly Query[] = [
  { filter: '', order_by: [], max_results: page },
  { filter: 'metrics.m00 > 0.5', order_by: ['metrics.m01 DESC'], max_results: page },
  { filter: "tags.t01 LIKE '%-blue'", order_by: ['attributes.start_time DESC'], max_results: page },
]

export const large: Scene = {
  rows: [...queries.map(({ name }) => name), 'scale', 'history', 'bulk-interval', 'event-loop'],
  async *run(bench) {
    const { largeRuns: runs, curvePoints } = bench.scale
    const seed: Seed = { runs, shape: narrowRuns, curvePoints }
    const cairn = bench.peers.find(peer => peer.name === 'cairn')
    await using peers = await startAll(bench, 'large', seed, bench.peers.filter(peer => peer !== cairn))
    await using ours = cairn === undefined ? undefined : await growing(bench, cairn, seed).catch((error: Error) => {
      bench.say(`  cairn: ${error.message}`)
      return undefined
    })
    const running = [...ours === undefined ? [] : [ours.running], ...peers.running]

    for (const { name, words, query } of queries) {
      if (!bench.wants(name)) continue
      yield await searchRow(bench, running, query, { name, title: `search, ${runs} runs, ${words}, page of ${page}`, targets },
        ({ cairn }) => (cairn?.summary === undefined ? [] : [atMost('p99', cairn.summary.p99Ms, 20, 'ms')]))
    }
    if (ours !== undefined && bench.wants('scale')) yield scaleRow(bench, ours.costBefore, await costs(bench, ours.running))
    yield* curveRows(bench, running)
    if (ours !== undefined && bench.wants('event-loop')) yield await eventLoopRow(bench, ours.running)
  },
}

interface Costs {
  readonly logging: number
  readonly searching: number
}

/** Cairn grows through its API; on the way, at 1,000 runs, the same work is measured as at the end. */
async function growing(bench: Bench, peer: Peer, seed: Seed): Promise<{ running: Running; costBefore: Costs | undefined } & AsyncDisposable> {
  const folder = join(bench.folder, 'large-cairn')
  await mkdir(folder, { recursive: true })
  const server = await Server.start(peer, folder)
  try {
    const few = bench.scale.smallRuns
    await seedThroughApi(server, { ...seed, runs: few, curvePoints: 0, from: 0 }, bench.generator)
    await settle(server.pid, 120_000)
    const running = asRunning(server, '')
    const costBefore = bench.wants('scale') ? await costs(bench, running) : undefined
    const began = performance.now()
    const curveRun = await seedThroughApi(server, { ...seed, from: few }, bench.generator)
    bench.say(`    cairn took ${seed.runs - few} runs and ${seed.curvePoints} points in ${((performance.now() - began) / 1000).toFixed(1)} s`)
    await settle(server.pid, 120_000)
    return { running: { ...running, server, curveRun }, costBefore, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
  } catch (error) {
    await server[Symbol.asyncDispose]()
    throw error
  }
}

async function costs(bench: Bench, running: Running): Promise<Costs> {
  bench.say('  the cost of logging and searching')
  const runs = await createRuns(running, 64)
  const logged = resultsOf(await compare(bench, [running], { groups: one => [logMetric(one, runs, 64)], counted: 'log-metric' }), 'log-metric', summary => summary.cpuMs)
  const searched = resultsOf(await compare(bench, [running], { groups: () => [searching(fullPages)], counted: 'search' }), 'search', summary => summary.cpuMs)
  return { logging: logged.cairn?.value ?? Number.NaN, searching: searched.cairn?.value ?? Number.NaN }
}

function scaleRow(bench: Bench, before: Costs | undefined, after: Costs): Row {
  const few = before ?? { logging: Number.NaN, searching: Number.NaN }
  const [logging, searching] = [after.logging / few.logging, after.searching / few.searching]
  return {
    name: 'scale', title: `cost of logging and of searching at ${bench.scale.largeRuns} runs over ${bench.scale.smallRuns}`, compared: 'processor time per search', unit: 'ms', better: 'less', targets: {},
    results: { cairn: { value: after.searching, note: `${few.searching.toPrecision(3)} ms before; logging ${after.logging.toPrecision(3)} ms, ${few.logging.toPrecision(3)} before` } },
    checks: [atMost('logging costs', logging, 1.3, 'times as much'), atMost('searching costs', searching, 1.3, 'times as much')],
  }
}

async function eventLoopRow(bench: Bench, running: Running): Promise<Row> {
  bench.say('  64 writers while one searches and one reads a million points')
  const runs = await createRuns(running, 64)
  const outcome = await compare(bench, [running], {
    groups: one => [
      logMetric(one, runs, 64),
      searching(queries.map(({ query }) => query)),
      { name: 'reader', connections: 1, maxOperations: Infinity, script: { kind: 'history', run: one.curveRun, key: 'loss' } },
    ],
    counted: 'log-metric',
  })
  const { cairn = failed('no result') } = resultsOf(outcome, 'log-metric', summary => summary.p99Ms)
  const result = cairn.summary === undefined ? cairn : { ...cairn, summary: { ...cairn.summary, cpuMs: Number.NaN, deferredCpuMs: Number.NaN } }
  return {
    name: 'event-loop', title: `64 writers while one client searches ${bench.scale.largeRuns} runs and another reads ${bench.scale.curvePoints} points`, compared: 'p99 of the writers', unit: 'ms', better: 'less', targets: {},
    results: { cairn: result }, checks: [atMost('p99', result.value, 25, 'ms')],
  }
}
