import { LoggedDatasetInput, DatasetInput } from './datasets.ts'
import { endpoint } from './endpoint.ts'
import { ViewType } from './experiments.ts'
import { Metric, MetricInput } from './metrics.ts'
import { answer, Double, Empty, Enum, Int32, Int64, List, message, Str, type Static } from './schema.ts'

export const RunStatus = Enum(['RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED'])
export type RunStatus = Static<typeof RunStatus>

/** Key up to 250 characters, value up to 8,000. */
export const RunTag = message({ key: Str }, { value: Str })
export type RunTag = Static<typeof RunTag>
/** Key up to 250 characters, value up to 6,000. */
export const Param = message({ key: Str }, { value: Str })
export type Param = Static<typeof Param>

const KeyValue = answer({ key: Str, value: Str })
const looseTag = message({}, { key: Str, value: Str })

export const RunInfo = answer({
  run_id: Str,
  /** The same id under its old name. */
  run_uuid: Str,
  run_name: Str,
  experiment_id: Str,
  user_id: Str,
  status: RunStatus,
  /** Milliseconds since the epoch. */
  start_time: Int64,
  artifact_uri: Str,
  /** `active` or `deleted`. */
  lifecycle_stage: Str,
}, { end_time: Int64 })
export type RunInfo = Static<typeof RunInfo>

/** The latest value of each metric, every param and every tag. */
export const RunData = answer({}, { metrics: List(Metric), params: List(KeyValue), tags: List(KeyValue) })
export type RunData = Static<typeof RunData>

export const ModelInput = message({}, { model_id: Str })
export type ModelInput = Static<typeof ModelInput>
/** `step` is 0 when absent. */
export const ModelOutput = message({}, { model_id: Str, step: Int64 })
export type ModelOutput = Static<typeof ModelOutput>

export const RunInputs = answer({}, { dataset_inputs: List(LoggedDatasetInput), model_inputs: List(answer({ model_id: Str })) })
export type RunInputs = Static<typeof RunInputs>
export const RunOutputs = answer({}, { model_outputs: List(answer({ model_id: Str, step: Int64 })) })
export type RunOutputs = Static<typeof RunOutputs>

/** A run that was just created comes without `outputs`, as in MLflow. */
export const Run = answer({ info: RunInfo, data: RunData, inputs: RunInputs }, { outputs: RunOutputs })
export type Run = Static<typeof Run>

const group = 'runs'
const api = 'mlflow'
const run = answer({ run: Run })
const runId = { run_id: Str }
const runUuid = { run_uuid: Str }

export const createRun = endpoint({
  name: 'createRun', method: 'POST', api, path: '/runs/create', group,
  summary: 'Starts a run. Without a name it gets a generated one.',
  request: message({}, { experiment_id: Str, user_id: Str, run_name: Str, start_time: Int64, tags: List(looseTag) }),
  response: run,
})

export const updateRun = endpoint({
  name: 'updateRun', method: 'POST', api, path: '/runs/update', group,
  summary: 'Changes a run\'s status, end time or name.',
  request: message(runId, { ...runUuid, status: RunStatus, end_time: Int64, run_name: Str }),
  response: answer({ run_info: RunInfo }),
})

export const deleteRun = endpoint({
  name: 'deleteRun', method: 'POST', api, path: '/runs/delete', group,
  summary: 'Marks a run as deleted; idempotent.',
  request: message(runId, runUuid), response: Empty,
})

export const restoreRun = endpoint({
  name: 'restoreRun', method: 'POST', api, path: '/runs/restore', group,
  summary: 'Brings a deleted run back; idempotent.',
  request: message(runId, runUuid), response: Empty,
})

export const getRun = endpoint({
  name: 'getRun', method: 'GET', api, path: '/runs/get', group,
  summary: 'One run with its latest metrics, params, tags, inputs and outputs.',
  request: message(runId, runUuid), response: run,
})

export const searchRuns = endpoint({
  name: 'searchRuns', method: 'POST', api, path: '/runs/search', group,
  summary: 'Finds runs of the given experiments by a filter, page by page; max_results 1 to 50,000, default 1,000.',
  request: message({}, {
    experiment_ids: List(Str), filter: Str, run_view_type: ViewType, max_results: Int32, order_by: List(Str), page_token: Str,
  }),
  response: answer({}, { runs: List(Run), next_page_token: Str }),
})

export const logMetric = endpoint({
  name: 'logMetric', method: 'POST', api, path: '/runs/log-metric', group,
  summary: 'Adds one point. The same point again changes nothing.',
  request: message({ ...runId, key: Str, value: Double, timestamp: Int64 }, {
    ...runUuid, step: Int64, model_id: Str, dataset_name: Str, dataset_digest: Str,
  }),
  response: Empty,
})

export const logParam = endpoint({
  name: 'logParam', method: 'POST', api, path: '/runs/log-parameter', group,
  summary: 'Sets a param. The same value again is accepted, another one refused.',
  request: message({ ...runId, key: Str }, { ...runUuid, value: Str }),
  response: Empty,
})

export const setRunTag = endpoint({
  name: 'setRunTag', method: 'POST', api, path: '/runs/set-tag', group,
  summary: 'Sets a tag, replacing its old value. With `expected` only where that is its value so far ("" where there is none): else RESOURCE_CONFLICT.',
  request: message({ ...runId, key: Str }, { ...runUuid, value: Str, expected: Str }),
  response: Empty,
})

export const deleteRunTag = endpoint({
  name: 'deleteRunTag', method: 'POST', api, path: '/runs/delete-tag', group,
  summary: 'Removes a tag. RESOURCE_DOES_NOT_EXIST when it is not there.',
  request: message({ ...runId, key: Str }, runUuid),
  response: Empty,
})

export const logBatch = endpoint({
  name: 'logBatch', method: 'POST', api, path: '/runs/log-batch', group,
  summary: 'Adds up to 1,000 metrics, 100 params and 100 tags, 1,000 in all; all of them or none.',
  request: message(runId, { ...runUuid, metrics: List(MetricInput), params: List(Param), tags: List(RunTag) }),
  response: Empty,
})

export const logModel = endpoint({
  name: 'logModel', method: 'POST', api, path: '/runs/log-model', group,
  summary: 'Appends a model\'s JSON description to the tag mlflow.log-model.history. Only clients before 3.0 call it.',
  request: message({ ...runId, model_json: Str }, runUuid),
  response: Empty,
})

export const logInputs = endpoint({
  name: 'logInputs', method: 'POST', api, path: '/runs/log-inputs', group,
  summary: 'Links datasets and logged models that the run reads; repeating it changes nothing.',
  request: message(runId, { ...runUuid, datasets: List(DatasetInput), models: List(ModelInput) }),
  response: Empty,
})

export const logOutputs = endpoint({
  name: 'logOutputs', method: 'POST', api, path: '/runs/outputs', group,
  summary: 'Links logged models that the run made.',
  request: message({ ...runId, models: List(ModelOutput) }, runUuid),
  response: Empty,
})

export const runEndpoints = [
  createRun, updateRun, deleteRun, restoreRun, getRun, searchRuns, logMetric, logParam, setRunTag, deleteRunTag,
  logBatch, logModel, logInputs, logOutputs,
] as const
