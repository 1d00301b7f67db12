import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { decodeSeries } from '@cairn/protocol'
import { openGate, startHttpServer, type HttpServer } from '../platform/http/index.ts'
import { readToken } from './history-json.ts'
import { streamHistory } from './read.ts'
import { metricsRoutes } from './routes.ts'
import { addRun, append, openThreadedTestDatabase } from './testing.ts'

const silent = { debug() {}, info() {}, warn() {}, error() {} }

describe('the metric endpoints', () => {
  let db: Awaited<ReturnType<typeof openThreadedTestDatabase>>
  let server: HttpServer | undefined

  before(async () => {
    db = await openThreadedTestDatabase()
    server = await startHttpServer({
      routes: metricsRoutes({ db }), gate: openGate, staticPrefix: '', bodyLimit: 1_000_000, log: silent, now: Date.now,
      security: { allowedHosts: [], corsAllowedOrigins: [], xFrameOptions: 'SAMEORIGIN', disabled: false },
    }, { host: '127.0.0.1', port: 0 })
    for (const [id, runId] of [[1, 'b'], [2, 'a'], [3, 'long']] as const) await db.write(addRun, { id, runId, startTime: 100 })
    const log = (id: number, points: { key: string; value: number; timestamp: number | bigint; step: number }[]) =>
      db.write(append, { run: { id, experimentId: 1 }, points })
    await log(1, [
      { key: 'loss', value: 0.5, timestamp: 200, step: 1 }, { key: 'loss', value: NaN, timestamp: 100, step: 2 },
      { key: 'loss', value: -Infinity, timestamp: 2n ** 60n + 1n, step: 3 }, { key: 'loss', value: 0.5, timestamp: 200, step: 1 },
    ])
    await log(2, [{ key: 'loss', value: 7, timestamp: 150, step: 0 }])
    for (let start = 0; start < 6000; start += 1000) {
      await log(3, Array.from({ length: 1000 }, (_, index) => ({ key: 'é "loss"', value: start + index, timestamp: start + index, step: start + index })))
    }
  })
  after(async () => {
    await server?.[Symbol.asyncDispose]()
    await db[Symbol.asyncDispose]()
  })

  const get = async (path: string, query: Record<string, string | string[]>) => {
    const search = new URLSearchParams(Object.entries(query).flatMap(([name, value]) => [value].flat().map((one) => [name, one])))
    const response = await fetch(`${server!.url}${path}?${search}`)
    const text = await response.text()
    return { status: response.status, text, body: JSON.parse(text) as { message?: string; metrics?: Record<string, unknown>[]; next_page_token?: string } }
  }
  const history = (query: Record<string, string>) => get('/api/2.0/mlflow/metrics/get-history', query)
  const interval = (query: Record<string, string | string[]>) => get('/ajax-api/2.0/mlflow/metrics/get-history-bulk-interval', query)
  const bulk = (query: Record<string, string | string[]>) => get('/ajax-api/2.0/mlflow/metrics/get-history-bulk', query)

  it('answer a history by time, with MLflow\'s infinity and int64 exact', async () => {
    const { text } = await history({ run_id: 'b', metric_key: 'loss' })
    assert.equal(text, '{"metrics": [{"key": "loss", "value": "NaN", "timestamp": 100, "step": 2}, {"key": "loss", "value": 0.5, "timestamp": 200, "step": 1}, '
      + '{"key": "loss", "value": -1.7976931348623157e+308, "timestamp": 1152921504606846977, "step": 3}]}')
    assert.equal((await history({ run_id: 'nobody', metric_key: 'loss' })).text, '{}')
    assert.equal((await history({ run_id: 'b', metric_key: 'nothing' })).text, '{}')
  })

  it('page only when max_results is sent, and refuse a page of nothing or a token that is none', async () => {
    const first = await history({ run_id: 'long', metric_key: 'é "loss"', max_results: '4000' })
    assert.equal(first.body.metrics!.length, 4000)
    const second = await history({ run_id: 'long', metric_key: 'é "loss"', max_results: '4000', page_token: first.body.next_page_token! })
    assert.deepEqual(second.body.metrics!.map(({ step }) => step), Array.from({ length: 2000 }, (_, index) => 4000 + index))
    assert.equal(second.body.next_page_token, undefined)
    const exact = await history({ run_id: 'long', metric_key: 'é "loss"', max_results: '6000' })
    assert.equal(exact.body.next_page_token, undefined)
    const zero = await history({ run_id: 'b', metric_key: 'loss', max_results: '0' })
    assert.deepEqual([zero.status, zero.body.message], [400, "Invalid value 0 for parameter 'max_results' supplied. It must be a positive integer."])
    assert.equal((await history({ run_id: 'b', metric_key: 'loss', page_token: 'x' })).status, 400)
  })

  it('stream a history that is longer than one piece, whole', async () => {
    const { body } = await history({ run_id: 'long', metric_key: 'é "loss"' })
    assert.deepEqual(body.metrics!.map(({ value }) => value), Array.from({ length: 6000 }, (_, index) => index))
    assert.equal(body.metrics![0]!['key'], 'é "loss"')
  })

  it('go on from where they were when a history takes more than one snapshot', async () => {
    const pieces: Uint8Array[] = []
    const part = { runId: 3, key: 'é "loss"', limit: 5000 }
    for await (const piece of streamHistory(db, part, new AbortController().signal, 0)) pieces.push(piece)
    assert.ok(pieces.length > 3)
    const { metrics, next_page_token: token } = JSON.parse(Buffer.concat(pieces).toString()) as { metrics: { step: number }[]; next_page_token: string }
    assert.deepEqual(metrics.map(({ step }) => step), Array.from({ length: 5000 }, (_, index) => index))
    assert.equal(readToken(token).step, 4999)
  })

  it('answer many runs\' histories by run id, up to a number of points', async () => {
    const { body } = await bulk({ run_id: ['b', 'a', 'nobody', 'b'], metric_key: 'loss' })
    assert.deepEqual(body.metrics!.map(({ run_id: run, step }) => [run, step]), [['a', 0], ['b', 2], ['b', 1], ['b', 3]])
    assert.equal((await bulk({ run_id: ['b', 'a'], metric_key: 'loss', max_results: '2' })).body.metrics!.length, 2)
    assert.equal((await bulk({ run_id: 'nobody', metric_key: 'loss' })).text, '{"metrics": []}')
    assert.equal((await bulk({ metric_key: 'loss' })).body.message, 'GetMetricHistoryBulk request must specify at least one run_id.')
    assert.equal((await bulk({ run_id: 'b' })).body.message, 'GetMetricHistoryBulk request must specify a metric_key.')
    assert.equal((await bulk({ run_id: Array(101).fill('b'), metric_key: 'loss' })).body.message, 'GetMetricHistoryBulk request cannot specify more than 100 run_ids. Received 101 run_ids.')
  })

  it('sample many runs in the order of the request, and say what is wrong in MLflow\'s words', async () => {
    const { body } = await interval({ run_ids: ['b', 'long', 'a'], metric_key: 'loss', max_results: '2' })
    assert.deepEqual(body.metrics!.map(({ run_id: run, step }) => [run, step]), [['b', 1], ['b', 3], ['a', 0]])
    const some = await interval({ run_ids: 'long', metric_key: 'é "loss"', start_step: '10', end_step: '19', max_results: '3' })
    assert.deepEqual(some.body.metrics!.map(({ step }) => step), [10, 14, 19])
    assert.equal((await interval({ run_ids: 'nobody', metric_key: 'loss' })).text, '{}')
    for (const [query, message] of [
      [{ start_step: '1' }, 'If either start step or end step are specified, both must be specified.'],
      [{ start_step: '10', end_step: '0' }, 'end_step must be greater than start_step. Found start_step=10 and end_step=0.'],
      [{ max_results: '2501' }, 'max_results must be between 1 and 2500. See the API docs for more information about request parameters.'],
      [{ run_ids: Array(101).fill('b') as string[] }, 'GetMetricHistoryBulkInterval request must specify at most 100 run_ids. Received 101 run_ids. See the API docs for more information about request parameters.'],
    ] as const) {
      const answer = await interval({ run_ids: 'b', metric_key: 'loss', ...query })
      assert.deepEqual([answer.status, answer.body.message], [400, message])
    }
  })

  it('answer series as JSON and in the binary form, by step, time and time since the start', async () => {
    const ask = (body: unknown) => fetch(`${server!.url}/api/cairn/v1/series`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
    const json = await (await ask({ run_ids: ['a', 'b', 'nobody'], keys: ['loss'], x: 'relative', to: 1000 })).json()
    assert.deepEqual(json, { series: [
      { run_id: 'a', key: 'loss', count: 1, non_finite: { x: [], value: [], count: [] }, points: { x: [50], value: [7] } },
      { run_id: 'b', key: 'loss', count: 2, non_finite: { x: [0], value: ['NaN'], count: [1] }, points: { x: [100], value: [0.5] } },
    ] })
    const response = await ask({ run_ids: ['long'], keys: ['é "loss"'], buckets: 10, format: 'binary' })
    assert.equal(response.headers.get('content-type'), 'application/octet-stream')
    const [series] = decodeSeries(new Uint8Array(await response.arrayBuffer()))
    assert.deepEqual(Array.from(series!.buckets!.max), Array.from({ length: 10 }, (_, index) => 600 * index + 599))
    const smooth = await (await ask({ run_ids: ['long'], keys: ['é "loss"'], buckets: 10, smoothing: 'mean', smoothing_amount: 3, from: 10, to: 12 })).json() as { series: { smooth: { x: number[]; value: number[] } }[] }
    const { x, value } = smooth.series[0]!.smooth
    assert.deepEqual([x, value.map(Math.round)], [[10, 11, 12], [10, 11, 12]])
    for (const wrong of [{ smoothing: 'ema', smoothing_amount: 1 }, { smoothing: 'gaussian', smoothing_amount: 0 }, { smoothing: 'mean', smoothing_amount: 0 }, { smoothing_amount: 3 }, { smoothing: 'median' }]) {
      assert.equal((await ask({ run_ids: ['a'], keys: ['loss'], ...wrong })).status, 400, JSON.stringify(wrong))
    }
    for (const wrong of [{ run_ids: Array.from({ length: 3000 }, (_, index) => String(index)), keys: ['x'] }, { run_ids: ['a'], keys: ['x'], buckets: 0 }, { run_ids: ['a'], keys: ['x'], from: 5, to: 1 }, { run_ids: ['a'] }]) {
      assert.equal((await ask(wrong)).status, 400)
    }
    assert.deepEqual(await (await ask({ run_ids: ['nobody'], keys: ['x'] })).json(), { series: [] })
    assert.deepEqual(await (await ask({ run_ids: ['a'], keys: ['loss'], from: -1e308, to: 1e308, buckets: 1 })).json().then((body) => (body as { series: unknown[] }).series.length), 1)
  })
})
