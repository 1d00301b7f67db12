import { endpoint } from './endpoint.ts'
import { answer, Double, Int32, Int64, List, message, Str, type Static } from './schema.ts'

/** A point that a client sends. */
export const MetricInput = message({
  key: Str,
  value: Double,
  /** Milliseconds since the epoch, at least 0. */
  timestamp: Int64,
}, {
  /** Any sign; default 0. */
  step: Int64,
  dataset_name: Str,
  dataset_digest: Str,
  /** The logged model that the point also belongs to. */
  model_id: Str,
  /** Sent by clients, not used. */
  run_id: Str,
})
export type MetricInput = Static<typeof MetricInput>

/** A point that the server sends. Model and dataset are there only on a logged model's metrics. */
export const Metric = answer({ key: Str, value: Double, timestamp: Int64, step: Int64 }, {
  dataset_name: Str, dataset_digest: Str, model_id: Str, run_id: Str,
})
export type Metric = Static<typeof Metric>

export const MetricWithRunId = answer({ key: Str, value: Double, timestamp: Int64, step: Int64, run_id: Str })
export type MetricWithRunId = Static<typeof MetricWithRunId>

const group = 'metrics'

export const getMetricHistory = endpoint({
  name: 'getMetricHistory', method: 'GET', api: 'mlflow', path: '/metrics/get-history', group,
  summary: 'Every point of one metric, ordered by timestamp, step and value. Pages only when max_results is sent.',
  request: message({ run_id: Str, metric_key: Str }, { run_uuid: Str, page_token: Str, max_results: Int32 }),
  response: answer({}, { metrics: List(Metric), next_page_token: Str }),
})

export const getMetricHistoryBulk = endpoint({
  name: 'getMetricHistoryBulk', method: 'GET', api: 'ajax', path: '/metrics/get-history-bulk', group,
  summary: 'One metric of up to 100 runs, at most 25,000 points in all.',
  request: message({}, { run_id: List(Str), metric_key: Str, max_results: Int32 }),
  response: answer({ metrics: List(MetricWithRunId) }),
})

export const getMetricHistoryBulkInterval = endpoint({
  name: 'getMetricHistoryBulkInterval', method: 'GET', api: 'mlflow', path: '/metrics/get-history-bulk-interval', group,
  summary: 'One metric of up to 100 runs, thinned to at most max_results points a run (1 to 2,500, default 2,500).',
  request: message({ run_ids: List(Str), metric_key: Str }, { start_step: Int32, end_step: Int32, max_results: Int32 }),
  response: answer({}, { metrics: List(MetricWithRunId) }),
})

export const metricEndpoints = [getMetricHistory, getMetricHistoryBulk, getMetricHistoryBulkInterval] as const
