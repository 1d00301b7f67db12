/** Searches of wide runs, alone and while others write. */
import { wideRuns } from '../data/dataset.ts'
import type { Group } from '../load/job.ts'
import { summarise } from '../measure/meter.ts'
import type { PeerName } from '../servers/server.ts'
import { compare, logMetric, resultsOf, startAll, type Bench, type Running } from './bench.ts'
import type { Check, Result, Row } from './row.ts'
import type { Scene } from './scene.ts'

export interface Query {
  readonly filter: string
  readonly order_by: readonly string[]
  readonly max_results: number
}

export const searchPath = '/api/2.0/mlflow/runs/search'
export const searchBody = (query: Query) => ({ experiment_ids: ['0'], run_view_type: 'ACTIVE_ONLY', ...query })

const wholePage: Query = { filter: '', order_by: [], max_results: 100 }
const filtered: Query = { filter: 'metrics.m00 > 0.5', order_by: ['metrics.m01 DESC'], max_results: 100 }

export const searching = (queries: readonly Query[], connections = 1): Group => ({
  name: 'search', connections, maxOperations: Infinity,
  script: { kind: 'requests', requests: queries.map(query => ({ method: 'POST', path: searchPath, body: searchBody(query) })) },
})

interface Found { runs?: { info: { run_id: string; run_name?: string; start_time: number | string } }[] }

/** All servers have the same runs, so they must find the same ones in the same order. */
export async function sameAnswers(running: readonly Running[], query: Query): Promise<Check[]> {
  const found = new Map<PeerName, string>()
  for (const { server } of running) {
    try {
      const { runs = [] } = await server.ask('POST', searchPath, searchBody(query)) as Found
      found.set(server.peer.name, runs.map(({ info }) => String(info.start_time)).join(' '))
    } catch { /* the row says so */ }
  }
  const cairn = found.get('cairn')
  const other = found.has('mlflow') ? 'mlflow' : 'fasttrackml'
  const theirs = found.get(other)
  if (cairn === undefined || theirs === undefined) return []
  return [{ text: `the same runs in the same order as ${other}`, measured: cairn === theirs ? 'yes' : 'no', ok: cairn === theirs && cairn !== '' }]
}

export async function searchRow(bench: Bench, running: readonly Running[], query: Query, row: Pick<Row, 'name' | 'title' | 'targets'>, checks: (results: Row['results']) => Check[] = () => []): Promise<Row> {
  bench.say(`  ${row.title}`)
  const results = resultsOf(await compare(bench, running, { groups: () => [searching([query])], counted: 'search', patienceSeconds: 45 }), 'search', summary => summary.cpuMs)
  // A server that was stopped would be asked in vain.
  const same = await sameAnswers(running.filter(({ server }) => results[server.peer.name]?.summary !== undefined), query)
  return { ...row, compared: 'processor time per search', unit: 'ms', better: 'less', results, checks: [...checks(results), ...same] }
}

export const small: Scene = {
  rows: ['search-1k', 'mixed'],
  async *run(bench) {
    await using servers = await startAll(bench, 'small', { runs: bench.scale.smallRuns, shape: wideRuns, curvePoints: 0 })
    const { running } = servers
    if (bench.wants('search-1k')) {
      yield await searchRow(bench, running, wholePage, { name: 'search-1k', title: `search, ${bench.scale.smallRuns} runs, page of 100 whole runs`, targets: { mlflow: 80, fasttrackml: 6 } })
    }
    if (bench.wants('mixed')) yield* mixedRows(bench, running)
  },
}

export const medium: Scene = {
  rows: ['search-10k'],
  async *run(bench) {
    await using servers = await startAll(bench, 'medium', { runs: bench.scale.mediumRuns, shape: wideRuns, curvePoints: 0 })
    yield await searchRow(bench, servers.running, filtered, {
      name: 'search-10k', title: `search, ${bench.scale.mediumRuns} runs, metric filter and order, page of 100`, targets: { mlflow: 500, fasttrackml: 10 },
    })
  },
}

async function* mixedRows(bench: Bench, running: readonly Running[]): AsyncGenerator<Row> {
  bench.say('  16 writers and 4 searchers at once')
  const runs = new Map<Running, string[]>()
  for (const one of running) runs.set(one, await allRuns(one, bench.scale.smallRuns))
  const outcome = await compare(bench, running, { groups: one => [logMetric(one, runs.get(one)!, 16), searching([wholePage, filtered], 4)], counted: 'log-metric' })
  const of = (group: string): Row['results'] => {
    const results: Partial<Record<string, Result>> = Object.fromEntries(outcome.failures)
    for (const [name, samples] of outcome.samples) {
      const summary = summarise(samples, group)
      // The processor time of two kinds of work cannot be told apart.
      results[name] = { value: summary.perSecond, summary: { ...summary, cpuMs: Number.NaN, deferredCpuMs: Number.NaN } }
    }
    return results as Row['results']
  }
  const common = { compared: 'rate', unit: '/s', better: 'more', checks: [] } as const
  yield { ...common, name: 'mixed-writes', title: '16 writers and 4 searchers at once, 1,000 runs: writes', targets: { mlflow: 300, fasttrackml: 20 }, results: of('log-metric') }
  yield { ...common, name: 'mixed-searches', title: '16 writers and 4 searchers at once, 1,000 runs: searches', targets: { mlflow: 60, fasttrackml: 4 }, results: of('search') }
}

async function allRuns({ server }: Running, count: number): Promise<string[]> {
  const { runs = [] } = await server.ask('POST', searchPath, searchBody({ filter: '', order_by: [], max_results: count })) as Found
  return runs.map(({ info }) => info.run_id)
}
