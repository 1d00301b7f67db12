import { FileInfo } from './artifacts.ts'
import { endpoint } from './endpoint.ts'
import { Metric } from './metrics.ts'
import { answer, Bool, Empty, Enum, Int64, List, message, Str, type Static } from './schema.ts'

export const LoggedModelStatus = Enum([
  'LOGGED_MODEL_STATUS_UNSPECIFIED', 'LOGGED_MODEL_PENDING', 'LOGGED_MODEL_READY', 'LOGGED_MODEL_UPLOAD_FAILED',
])
export type LoggedModelStatus = Static<typeof LoggedModelStatus>

const KeyValue = answer({ key: Str, value: Str })
export const LoggedModelTag = message({}, { key: Str, value: Str })
export type LoggedModelTag = Static<typeof LoggedModelTag>
export const LoggedModelParameter = message({}, { key: Str, value: Str })
export type LoggedModelParameter = Static<typeof LoggedModelParameter>

export const LoggedModelInfo = answer({
  /** `m-` and 32 hexadecimal digits. */
  model_id: Str,
  experiment_id: Str,
  name: Str,
  creation_timestamp_ms: Int64,
  last_updated_timestamp_ms: Int64,
  artifact_uri: Str,
  status: LoggedModelStatus,
}, {
  creator_id: Int64,
  model_type: Str,
  source_run_id: Str,
  status_message: Str,
  tags: List(KeyValue),
  registrations: List(answer({ name: Str, version: Str })),
})
export type LoggedModelInfo = Static<typeof LoggedModelInfo>

export const LoggedModelData = answer({}, { params: List(KeyValue), metrics: List(Metric) })
export type LoggedModelData = Static<typeof LoggedModelData>

/** A model as an object of its own: what `log_model` makes, before any registration. */
export const LoggedModel = answer({ info: LoggedModelInfo, data: LoggedModelData })
export type LoggedModel = Static<typeof LoggedModel>

/** Only metrics that were measured on these datasets count in a search. */
export const LoggedModelDataset = message({}, { dataset_name: Str, dataset_digest: Str })
export type LoggedModelDataset = Static<typeof LoggedModelDataset>
/** `ascending` is true when absent. */
export const LoggedModelOrderBy = message({}, { field_name: Str, ascending: Bool, dataset_name: Str, dataset_digest: Str })
export type LoggedModelOrderBy = Static<typeof LoggedModelOrderBy>

const group = 'logged-models'
const api = 'mlflow'
const model = answer({ model: LoggedModel })
const modelId = { model_id: Str }

export const createLoggedModel = endpoint({
  name: 'createLoggedModel', method: 'POST', api, path: '/logged-models', group,
  summary: 'Creates a logged model in status PENDING. Without a name it gets a generated one.',
  request: message({ experiment_id: Str }, {
    name: Str, model_type: Str, source_run_id: Str, params: List(LoggedModelParameter), tags: List(LoggedModelTag),
  }),
  response: model,
})

export const finalizeLoggedModel = endpoint({
  name: 'finalizeLoggedModel', method: 'PATCH', api, path: '/logged-models/{model_id}', group,
  summary: 'Sets the status, normally READY or UPLOAD_FAILED.',
  request: message({ ...modelId, status: LoggedModelStatus }),
  response: model,
})

export const getLoggedModel = endpoint({
  name: 'getLoggedModel', method: 'GET', api, path: '/logged-models/{model_id}', group,
  summary: 'One logged model; a deleted one only with allow_deleted.',
  request: message(modelId, { allow_deleted: Bool }),
  response: model,
})

export const deleteLoggedModel = endpoint({
  name: 'deleteLoggedModel', method: 'DELETE', api, path: '/logged-models/{model_id}', group,
  summary: 'Marks a logged model as deleted.',
  request: message(modelId), response: Empty,
})

export const searchLoggedModels = endpoint({
  name: 'searchLoggedModels', method: 'POST', api, path: '/logged-models/search', group,
  summary: 'Finds logged models of the given experiments by a filter; max_results default 50.',
  request: message({ experiment_ids: List(Str) }, {
    filter: Str, datasets: List(LoggedModelDataset), max_results: Int64, order_by: List(LoggedModelOrderBy), page_token: Str,
  }),
  response: answer({}, { models: List(LoggedModel), next_page_token: Str }),
})

export const setLoggedModelTags = endpoint({
  name: 'setLoggedModelTags', method: 'PATCH', api, path: '/logged-models/{model_id}/tags', group,
  summary: 'Sets tags, replacing the old values.',
  request: message(modelId, { tags: List(LoggedModelTag) }),
  response: answer({}, { model: LoggedModel }),
})

export const deleteLoggedModelTag = endpoint({
  name: 'deleteLoggedModelTag', method: 'DELETE', api, path: '/logged-models/{model_id}/tags/{tag_key}', group,
  summary: 'Removes a tag. RESOURCE_DOES_NOT_EXIST when it is not there.',
  request: message({ ...modelId, tag_key: Str }), response: Empty,
})

export const logLoggedModelParams = endpoint({
  name: 'logLoggedModelParams', method: 'POST', api, path: '/logged-models/{model_id}/params', group,
  summary: 'Adds params to a logged model.',
  request: message(modelId, { params: List(LoggedModelParameter) }),
  response: Empty,
})

export const listLoggedModelArtifacts = endpoint({
  name: 'listLoggedModelArtifacts', method: 'GET', api, path: '/logged-models/{model_id}/artifacts/directories', group,
  summary: 'Lists one folder of a logged model\'s artifacts.',
  request: message(modelId, { artifact_directory_path: Str, page_token: Str }),
  response: answer({ root_uri: Str }, { files: List(FileInfo), next_page_token: Str }),
})

export const getLoggedModelArtifact = endpoint({
  name: 'getLoggedModelArtifact', method: 'GET', api: 'ajax', path: '/logged-models/{model_id}/artifacts/files', group,
  summary: 'Downloads one file of a logged model.', body: 'raw',
  request: message(modelId, { artifact_file_path: Str }), response: Empty,
})

export const loggedModelEndpoints = [
  createLoggedModel, finalizeLoggedModel, getLoggedModel, deleteLoggedModel, searchLoggedModels, setLoggedModelTags,
  deleteLoggedModelTag, logLoggedModelParams, listLoggedModelArtifacts, getLoggedModelArtifact,
] as const
