import { endpoint } from './endpoint.ts'
import { answer, Bool, Double, Empty, Enum, Int64, List, message, Str, type Static } from './schema.ts'

export const ModelVersionStatus = Enum(['PENDING_REGISTRATION', 'FAILED_REGISTRATION', 'READY'])
export type ModelVersionStatus = Static<typeof ModelVersionStatus>

/** Stages as they are written; input may use any case. */
export const stages = ['None', 'Staging', 'Production', 'Archived'] as const
export type Stage = (typeof stages)[number]

/** Key up to 250 characters, value up to 100,000. */
export const ModelVersionTag = message({}, { key: Str, value: Str })
export type ModelVersionTag = Static<typeof ModelVersionTag>

export const ModelParam = answer({ name: Str, value: Str })
export const ModelMetric = answer({ key: Str, value: Double, timestamp: Int64, step: Int64 }, {
  dataset_name: Str, dataset_digest: Str, model_id: Str, run_id: Str,
})

export const ModelVersion = answer({
  name: Str,
  /** 1, 2, 3 … as text; a number is never used again. */
  version: Str,
  /** Milliseconds since the epoch. */
  creation_timestamp: Int64,
  last_updated_timestamp: Int64,
  /** One of `stages`. */
  current_stage: Str,
  source: Str,
  status: ModelVersionStatus,
}, {
  description: Str,
  user_id: Str,
  run_id: Str,
  status_message: Str,
  run_link: Str,
  tags: List(answer({ key: Str, value: Str })),
  aliases: List(Str),
  /** The logged model it was registered from. */
  model_id: Str,
  model_params: List(ModelParam),
  model_metrics: List(ModelMetric),
})
export type ModelVersion = Static<typeof ModelVersion>

const group = 'model-versions'
const api = 'mlflow'
const version = answer({ model_version: ModelVersion })
const key = { name: Str, version: Str }

export const createModelVersion = endpoint({
  name: 'createModelVersion', method: 'POST', api, path: '/model-versions/create', group,
  summary: 'Registers the model at a source as the next version. The source must belong to the run or logged model that is named.',
  request: message({ name: Str, source: Str }, {
    run_id: Str, tags: List(ModelVersionTag), run_link: Str, description: Str, model_id: Str,
  }),
  response: version,
})

export const updateModelVersion = endpoint({
  name: 'updateModelVersion', method: 'PATCH', api, path: '/model-versions/update', group,
  summary: 'Sets the description; without one it is cleared. With `expected` only where that is the description so far: else RESOURCE_CONFLICT.',
  request: message(key, { description: Str, expected: Str }), response: version,
})

export const transitionModelVersionStage = endpoint({
  name: 'transitionModelVersionStage', method: 'POST', api, path: '/model-versions/transition-stage', group,
  summary: 'Moves a version to a stage; archive_existing_versions archives those that are in it.',
  request: message({ ...key, stage: Str }, { archive_existing_versions: Bool }), response: version,
})

export const deleteModelVersion = endpoint({
  name: 'deleteModelVersion', method: 'DELETE', api, path: '/model-versions/delete', group,
  summary: 'Deletes a version and its aliases. Its files stay.',
  request: message(key), response: Empty,
})

export const getModelVersion = endpoint({
  name: 'getModelVersion', method: 'GET', api, path: '/model-versions/get', group,
  summary: 'One version.', request: message(key), response: version,
})

export const searchModelVersions = endpoint({
  name: 'searchModelVersions', method: 'GET', api, path: '/model-versions/search', group,
  summary: 'Finds versions by a filter, page by page; max_results 1 to 200,000, default 200,000.',
  request: message({}, { filter: Str, max_results: Int64, order_by: List(Str), page_token: Str }),
  response: answer({}, { model_versions: List(ModelVersion), next_page_token: Str }),
})

export const getModelVersionDownloadUri = endpoint({
  name: 'getModelVersionDownloadUri', method: 'GET', api, path: '/model-versions/get-download-uri', group,
  summary: 'The URI from which a version\'s files are downloaded.',
  request: message({}, key), response: answer({ artifact_uri: Str }),
})

export const setModelVersionTag = endpoint({
  name: 'setModelVersionTag', method: 'POST', api, path: '/model-versions/set-tag', group,
  summary: 'Sets a tag, replacing its old value.',
  request: message({ ...key, key: Str }, { value: Str }), response: Empty,
})

export const deleteModelVersionTag = endpoint({
  name: 'deleteModelVersionTag', method: 'DELETE', api, path: '/model-versions/delete-tag', group,
  summary: 'Removes a tag; an absent one is no error.',
  request: message({ ...key, key: Str }), response: Empty,
})

export const modelVersionEndpoints = [
  createModelVersion, updateModelVersion, transitionModelVersionStage, deleteModelVersion, getModelVersion,
  searchModelVersions, getModelVersionDownloadUri, setModelVersionTag, deleteModelVersionTag,
] as const
