import {
  getMetricHistory, getMetricHistoryBulk, getMetricHistoryBulkInterval, getSeries, invalid, seriesLimits, type RequestOf, type Smoothing,
} from '@cairn/protocol'
import type { Database } from '../platform/db/index.ts'
import { jsonReply, Reply, route, type Route } from '../platform/http/index.ts'
import { bulkHistory, bulkHistoryStream, historyStart, samples, samplesStream, series, seriesStream, streamHistory, type SampleQuery } from './read.ts'
import { rawPerBucket, type SeriesRequest } from './series-json.ts'

const mostRuns = 100
const mostBulkPoints = 25_000
const mostSamples = 2500
/** Answers that may be longer are streamed, so that their making does not hold up other reads. */
const pointsAtOnce = 5000
const linesAtOnce = 16

export function metricsRoutes({ db }: { readonly db: Database }): Route[] {
  return [
    route(getMetricHistory, async ({ run_id, metric_key, page_token, max_results }, { signal }) => {
      if (max_results !== undefined && max_results <= 0) {
        throw invalid(`Invalid value ${max_results} for parameter 'max_results' supplied. It must be a positive integer.`)
      }
      const { bytes, rest } = await db.scan(historyStart, { run_id, metric_key, page_token, max_results })
      return jsonReply(rest === undefined ? bytes : chain(bytes, streamHistory(db, rest, signal)))
    }),

    route(getMetricHistoryBulk, async ({ run_id: run_ids = [], metric_key, max_results = mostBulkPoints }, { signal }) => {
      if (run_ids.length === 0) throw invalid('GetMetricHistoryBulk request must specify at least one run_id.')
      if (run_ids.length > mostRuns) {
        throw invalid(`GetMetricHistoryBulk request cannot specify more than ${mostRuns} run_ids. Received ${run_ids.length} run_ids.`)
      }
      if (metric_key === undefined) throw invalid('GetMetricHistoryBulk request must specify a metric_key.')
      const query = { run_ids, metric_key, limit: Math.min(max_results, mostBulkPoints) }
      return jsonReply(query.limit <= pointsAtOnce ? await db.scan(bulkHistory, query) : db.stream(bulkHistoryStream, query, signal))
    }),

    route(getMetricHistoryBulkInterval, async (input, { signal }) => {
      const query = sampleQuery(input)
      return jsonReply(query.run_ids.length * query.limit <= pointsAtOnce ? await db.scan(samples, query) : db.stream(samplesStream, query, signal))
    }),

    route(getSeries, async (input, { signal }) => {
      const request = seriesRequest(input)
      const few = request.run_ids.length * request.keys.length <= linesAtOnce
      const body = few ? await db.scan(series, request) : db.stream(seriesStream, request, signal)
      return request.format === 'json' ? jsonReply(body) : new Reply({ headers: { 'content-type': 'application/octet-stream' }, body })
    }),
  ]
}

const seeDocs = ' See the API docs for more information about request parameters.'

/** A bulk-interval request, checked as MLflow checks it; GraphQL takes the same. */
export function sampleQuery({ run_ids, metric_key, max_results = mostSamples, start_step, end_step }: RequestOf<typeof getMetricHistoryBulkInterval>): SampleQuery {
  if (run_ids.length > mostRuns) {
    throw invalid(`GetMetricHistoryBulkInterval request must specify at most ${mostRuns} run_ids. Received ${run_ids.length} run_ids.${seeDocs}`)
  }
  if (max_results < 1 || max_results > mostSamples) throw invalid(`max_results must be between 1 and ${mostSamples}.${seeDocs}`)
  if ((start_step === undefined) !== (end_step === undefined)) {
    throw invalid('If either start step or end step are specified, both must be specified.')
  }
  if (start_step === undefined || end_step === undefined) return { run_ids, metric_key, limit: max_results, range: undefined }
  if (start_step > end_step) {
    throw invalid(`end_step must be greater than start_step. Found start_step=${start_step} and end_step=${end_step}.`)
  }
  return { run_ids, metric_key, limit: max_results, range: { from: start_step, to: end_step } }
}

function seriesRequest(input: RequestOf<typeof getSeries>): SeriesRequest {
  const { x = 'step', from, to, buckets = 1000, detail, format = 'json', precision = 'float64' } = input
  const run_ids = [...new Set(input.run_ids)]
  const keys = [...new Set(input.keys)]
  const lines = run_ids.length * keys.length
  if (lines > seriesLimits.series) {
    throw invalid(`A series request can ask for at most ${seriesLimits.series} pairs of run and key. Got ${run_ids.length} runs and ${keys.length} keys. Please split up the request.`)
  }
  if (buckets < 1 || buckets > seriesLimits.buckets) throw invalid(`buckets must be between 1 and ${seriesLimits.buckets}. Got ${buckets}.`)
  if (lines * buckets > seriesLimits.cells) {
    throw invalid(`A series request can ask for at most ${seriesLimits.cells} buckets in all. Got ${lines} pairs of run and key with ${buckets} buckets each.`)
  }
  for (const [name, value] of [['from', from], ['to', to]] as const) {
    if (value !== undefined && !Number.isFinite(value)) throw invalid(`${name} must be a finite number. Got ${value}.`)
  }
  if (from !== undefined && to !== undefined && from > to) throw invalid(`from must not be greater than to. Found from=${from} and to=${to}.`)
  return { run_ids, keys, x, from, to, buckets, rawPerBucket, detail, format, precision, smoothing: smoothingOf(input) }
}

const amounts = { ema: 0.6, gaussian: 5, mean: 11 } as const

function smoothingOf({ smoothing: kind, smoothing_amount: amount }: RequestOf<typeof getSeries>): Smoothing | undefined {
  if (kind === undefined) {
    if (amount !== undefined) throw invalid('smoothing_amount says how much, but smoothing says not what. Add smoothing: one of ema, gaussian, mean.')
    return undefined
  }
  const asked = amount ?? amounts[kind]
  const [good, range] = kind === 'ema' ? [asked > 0 && asked < 1, 'above 0 and below 1']
    : kind === 'gaussian' ? [asked > 0 && asked <= 1000, 'above 0 and at most 1000']
    : [asked >= 1 && asked <= 100_000, 'between 1 and 100000']
  if (!good) throw invalid(`smoothing_amount must be ${range} for ${kind}. Got ${asked}.`)
  return { kind, amount: asked }
}

async function* chain(first: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first
  yield* rest
}
