/** Reading a million points: all of them, a sample of them, and ours. */
import { curve, spikes } from '../data/dataset.ts'
import type { Group } from '../load/job.ts'
import { measure } from '../measure/meter.ts'
import { compare, resultsOf, type Bench, type Running } from './bench.ts'
import { atMost, megabytes, type Check, type Row } from './row.ts'

/** As many as the Python client asks for at a time. */
const clientPage = 25_000
/** As many as MLflow's own page asks for. */
const samples = 320
const buckets = 1000
const seriesPath = '/api/cairn/v1/series'

const firstPage = (run: string) => ({ method: 'GET' as const, path: `/api/2.0/mlflow/metrics/get-history?run_id=${run}&metric_key=${curve.key}&max_results=${clientPage}` })

const once = (group: Omit<Group, 'connections' | 'maxOperations'>): Group => ({ ...group, connections: 1, maxOperations: Infinity })

export async function* curveRows(bench: Bench, running: readonly Running[]): AsyncGenerator<Row> {
  const points = bench.scale.curvePoints
  if (bench.wants('history')) {
    yield await historyRow(bench, running, 'history-paged', `history of ${points} points through get-history, by pages of 25,000`, clientPage)
    yield await historyRow(bench, running, 'history', `history of ${points} points through get-history, in one answer`, undefined)
  }
  if (bench.wants('bulk-interval')) yield await intervalRow(bench, running)
}

async function historyRow(bench: Bench, running: readonly Running[], name: string, title: string, pageSize: number | undefined): Promise<Row> {
  bench.say(`  ${title}`)
  // What reading anything starts, a thread and its heap, is there before: what grows then grows with the points.
  for (const one of running) if (one.server.peer.name === 'cairn') await measure(one.server, bench.generator, 30, [{ name: 'page', connections: 1, maxOperations: 20, script: { kind: 'requests', requests: [firstPage(one.curveRun)] } }], 60)
  const outcome = await compare(bench, running, {
    groups: one => [once({ name: 'history', script: { kind: 'history', run: one.curveRun, key: curve.key, ...(pageSize === undefined ? {} : { pageSize }) } })],
    counted: 'history',
  })
  const results = resultsOf(outcome, 'history', summary => summary.cpuMs)
  const checks: Check[] = []
  for (const result of Object.values(results)) {
    // Each point is some 80 bytes of JSON: fewer were not all of them.
    if (result.summary !== undefined && result.summary.bytesPerOperation < bench.scale.curvePoints * 50) Object.assign(result, { value: Number.NaN, failure: 'did not send all points' })
  }
  const { cairn } = results
  if (cairn?.summary !== undefined) checks.push(atMost('memory grows by', megabytes(cairn.summary.rssPeak - cairn.summary.rssBefore), 64, 'MB'))
  return { name, title, compared: 'processor time of all of it', unit: 'ms', better: 'less', targets: { mlflow: 25, fasttrackml: 5 }, results, checks }
}

async function intervalRow(bench: Bench, running: readonly Running[]): Promise<Row> {
  bench.say('  bulk interval and series')
  // FastTrackML has no such endpoint.
  const able = running.filter(({ server }) => server.peer.name !== 'fasttrackml')
  const outcome = await compare(bench, able, {
    groups: one => [once({ name: 'interval', script: { kind: 'requests', requests: [
      { method: 'GET', path: `/ajax-api/2.0/mlflow/metrics/get-history-bulk-interval?run_ids=${one.curveRun}&metric_key=${curve.key}&max_results=${samples}` },
    ] } })],
    counted: 'interval',
  })
  const results = resultsOf(outcome, 'interval', summary => summary.cpuMs)
  const cairn = running.find(({ server }) => server.peer.name === 'cairn')
  return {
    name: 'bulk-interval', title: `bulk-interval of ${bench.scale.curvePoints} points, ${samples} samples`, compared: 'processor time per request', unit: 'ms', better: 'less', targets: { mlflow: 50 }, results,
    checks: cairn === undefined ? [] : await seriesChecks(bench, cairn),
  }
}

const seriesBody = (run: string) => ({ run_ids: [run], keys: [curve.key], x: 'step', buckets })

async function seriesChecks(bench: Bench, cairn: Running): Promise<Check[]> {
  const limit = (ms: number): Check => atMost(`our series endpoint, ${buckets} buckets, p50`, ms, 30, 'ms')
  try {
    const answer = await cairn.server.ask('POST', seriesPath, seriesBody(cairn.curveRun))
    const numbers = new Set<number>()
    collect(answer, numbers)
    const wanted = spikes(bench.scale.curvePoints)
    const missing = wanted.filter(value => !numbers.has(value)).length
    const outcome = await compare(bench, [cairn], {
      groups: one => [once({ name: 'series', script: { kind: 'requests', requests: [{ method: 'POST', path: seriesPath, body: seriesBody(one.curveRun) }] } })],
      counted: 'series',
    })
    const summary = resultsOf(outcome, 'series', value => value.cpuMs).cairn?.summary
    return [
      { ...limit(summary?.p50Ms ?? Number.NaN), measured: `${summary?.p50Ms.toPrecision(3)} ms (${summary?.cpuMs.toPrecision(3)} ms processor)` },
      { text: 'all extremes are in it', measured: `${wanted.length - missing} of ${wanted.length}`, ok: missing === 0 && wanted.length > 0 },
    ]
  } catch (error) {
    return [{ ...limit(Number.NaN), measured: (error as Error).message.split('\n')[0]!, ok: false }]
  }
}

/** Every number anywhere in an answer. */
function collect(value: unknown, into: Set<number>): void {
  if (typeof value === 'number') into.add(value)
  else if (typeof value === 'object' && value !== null) for (const part of Object.values(value)) collect(part, into)
}
