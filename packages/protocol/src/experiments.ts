import { endpoint } from './endpoint.ts'
import { answer, Empty, Enum, Int64, List, message, Str, type Static } from './schema.ts'

/** Which part of a soft-deleting collection a search sees. Default: `ACTIVE_ONLY`. */
export const ViewType = Enum(['ACTIVE_ONLY', 'DELETED_ONLY', 'ALL'])
export type ViewType = Static<typeof ViewType>

export type LifecycleStage = 'active' | 'deleted'

/** Key up to 250 characters, value up to 20,000; a longer value is refused. */
export const ExperimentTag = message({}, { key: Str, value: Str })
export type ExperimentTag = Static<typeof ExperimentTag>

export const Experiment = answer({
  /** A decimal number as text. */
  experiment_id: Str,
  name: Str,
  /** URI under which its runs' artifacts live. */
  artifact_location: Str,
  /** `active` or `deleted`. */
  lifecycle_stage: Str,
  /** Milliseconds since the epoch. */
  creation_time: Int64,
  last_update_time: Int64,
}, {
  tags: List(answer({ key: Str, value: Str })),
  effective_trace_archival_retention: Str,
  /** `default` where there are no workspaces. */
  workspace: Str,
})
export type Experiment = Static<typeof Experiment>

const group = 'experiments'
const api = 'mlflow'

export const createExperiment = endpoint({
  name: 'createExperiment', method: 'POST', api, path: '/experiments/create', group,
  summary: 'Creates an experiment. RESOURCE_ALREADY_EXISTS when the name is taken, even by a deleted one.',
  request: message({ name: Str }, { artifact_location: Str, tags: List(ExperimentTag) }),
  response: answer({ experiment_id: Str }),
})

/** `max_results` must be given: 1 to 50,000. `order_by` takes `name ASC` and the like. */
const search = message({}, {
  max_results: Int64, page_token: Str, filter: Str, order_by: List(Str), view_type: ViewType,
})
const found = answer({}, { experiments: List(Experiment), next_page_token: Str })

export const searchExperiments = endpoint({
  name: 'searchExperiments', method: 'POST', api, path: '/experiments/search', group,
  summary: 'Finds experiments by a filter, page by page.',
  request: search, response: found,
})

export const searchExperimentsGet = endpoint({
  name: 'searchExperimentsGet', method: 'GET', api, path: '/experiments/search', group,
  summary: 'The same search with its arguments in the query string.',
  request: search, response: found,
})

export const getExperiment = endpoint({
  name: 'getExperiment', method: 'GET', api, path: '/experiments/get', group,
  summary: 'One experiment by id, also a deleted one.',
  request: message({ experiment_id: Str }),
  response: answer({ experiment: Experiment }),
})

export const getExperimentByName = endpoint({
  name: 'getExperimentByName', method: 'GET', api, path: '/experiments/get-by-name', group,
  summary: 'One experiment by name, also a deleted one.',
  request: message({ experiment_name: Str }),
  response: answer({ experiment: Experiment }),
})

export const deleteExperiment = endpoint({
  name: 'deleteExperiment', method: 'POST', api, path: '/experiments/delete', group,
  summary: 'Marks an experiment and all its runs as deleted.',
  request: message({ experiment_id: Str }),
  response: Empty,
})

export const restoreExperiment = endpoint({
  name: 'restoreExperiment', method: 'POST', api, path: '/experiments/restore', group,
  summary: 'Brings a deleted experiment back, with all its runs.',
  request: message({ experiment_id: Str }),
  response: Empty,
})

export const updateExperiment = endpoint({
  name: 'updateExperiment', method: 'POST', api, path: '/experiments/update', group,
  summary: 'Renames an active experiment.',
  request: message({ experiment_id: Str, new_name: Str }),
  response: Empty,
})

export const setExperimentTag = endpoint({
  name: 'setExperimentTag', method: 'POST', api, path: '/experiments/set-experiment-tag', group,
  summary: 'Sets a tag, replacing its old value. An absent value is "". With `expected` only where that is its value so far ("" where there is none): else RESOURCE_CONFLICT.',
  request: message({ experiment_id: Str, key: Str }, { value: Str, expected: Str }),
  response: Empty,
})

export const deleteExperimentTag = endpoint({
  name: 'deleteExperimentTag', method: 'POST', api, path: '/experiments/delete-experiment-tag', group,
  summary: 'Removes a tag. RESOURCE_DOES_NOT_EXIST when it is not there.',
  request: message({ experiment_id: Str, key: Str }),
  response: Empty,
})

export const experimentEndpoints = [
  createExperiment, searchExperiments, searchExperimentsGet, getExperiment, getExperimentByName,
  deleteExperiment, restoreExperiment, updateExperiment, setExperimentTag, deleteExperimentTag,
] as const
