import { endpoint } from './endpoint.ts'
import { ModelVersion } from './model-versions.ts'
import { answer, Empty, Int64, List, message, Str, type Static } from './schema.ts'

/** Key up to 250 characters, value up to 100,000. */
export const RegisteredModelTag = message({}, { key: Str, value: Str })
export type RegisteredModelTag = Static<typeof RegisteredModelTag>

export const RegisteredModelAlias = answer({ alias: Str, version: Str })
export type RegisteredModelAlias = Static<typeof RegisteredModelAlias>

export const RegisteredModel = answer({
  /** Unique; without `/` and `:`. */
  name: Str,
  /** Milliseconds since the epoch. */
  creation_timestamp: Int64,
  last_updated_timestamp: Int64,
}, {
  user_id: Str,
  description: Str,
  /** The newest version of each stage. */
  latest_versions: List(ModelVersion),
  tags: List(answer({ key: Str, value: Str })),
  aliases: List(RegisteredModelAlias),
})
export type RegisteredModel = Static<typeof RegisteredModel>

const group = 'registered-models'
const api = 'mlflow'
const name = { name: Str }
const model = answer({ registered_model: RegisteredModel })

export const createRegisteredModel = endpoint({
  name: 'createRegisteredModel', method: 'POST', api, path: '/registered-models/create', group,
  summary: 'Creates a registered model, or a prompt when the tag mlflow.prompt.is_prompt says so.',
  request: message(name, { tags: List(RegisteredModelTag), description: Str, deployment_job_id: Str }),
  response: model,
})

export const renameRegisteredModel = endpoint({
  name: 'renameRegisteredModel', method: 'POST', api, path: '/registered-models/rename', group,
  summary: 'Renames a model with all its versions. RESOURCE_ALREADY_EXISTS when the name is taken.',
  request: message({ ...name, new_name: Str }), response: model,
})

export const updateRegisteredModel = endpoint({
  name: 'updateRegisteredModel', method: 'PATCH', api, path: '/registered-models/update', group,
  summary: 'Sets the description; without one it is cleared. With `expected` only where that is the description so far: else RESOURCE_CONFLICT.',
  request: message(name, { description: Str, deployment_job_id: Str, expected: Str }), response: model,
})

export const deleteRegisteredModel = endpoint({
  name: 'deleteRegisteredModel', method: 'DELETE', api, path: '/registered-models/delete', group,
  summary: 'Deletes a model with all its versions, tags and aliases.',
  request: message(name), response: Empty,
})

export const getRegisteredModel = endpoint({
  name: 'getRegisteredModel', method: 'GET', api, path: '/registered-models/get', group,
  summary: 'One registered model with its latest versions, tags and aliases.',
  request: message(name), response: model,
})

export const searchRegisteredModels = endpoint({
  name: 'searchRegisteredModels', method: 'GET', api, path: '/registered-models/search', group,
  summary: 'Finds registered models by a filter, page by page; max_results up to 1,000, default 100. Prompts are left out unless asked for.',
  request: message({}, { filter: Str, max_results: Int64, order_by: List(Str), page_token: Str }),
  response: answer({}, { registered_models: List(RegisteredModel), next_page_token: Str }),
})

const latest = {
  request: message(name, { stages: List(Str) }),
  response: answer({}, { model_versions: List(ModelVersion) }),
}

export const getLatestVersions = endpoint({
  name: 'getLatestVersions', method: 'POST', api, path: '/registered-models/get-latest-versions', group,
  summary: 'The newest version of each stage asked for; of every stage by default.', ...latest,
})

export const getLatestVersionsGet = endpoint({
  name: 'getLatestVersionsGet', method: 'GET', api, path: '/registered-models/get-latest-versions', group,
  summary: 'The same with its arguments in the query string.', ...latest,
})

export const setRegisteredModelTag = endpoint({
  name: 'setRegisteredModelTag', method: 'POST', api, path: '/registered-models/set-tag', group,
  summary: 'Sets a tag, replacing its old value.',
  request: message({ ...name, key: Str }, { value: Str }), response: Empty,
})

export const deleteRegisteredModelTag = endpoint({
  name: 'deleteRegisteredModelTag', method: 'DELETE', api, path: '/registered-models/delete-tag', group,
  summary: 'Removes a tag; an absent one is no error.',
  request: message({ ...name, key: Str }), response: Empty,
})

export const setRegisteredModelAlias = endpoint({
  name: 'setRegisteredModelAlias', method: 'POST', api, path: '/registered-models/alias', group,
  summary: 'Points an alias at a version, moving it from where it was.',
  request: message({ ...name, alias: Str, version: Str }), response: Empty,
})

export const deleteRegisteredModelAlias = endpoint({
  name: 'deleteRegisteredModelAlias', method: 'DELETE', api, path: '/registered-models/alias', group,
  summary: 'Removes an alias; an absent one is no error.',
  request: message({ ...name, alias: Str }), response: Empty,
})

export const getModelVersionByAlias = endpoint({
  name: 'getModelVersionByAlias', method: 'GET', api, path: '/registered-models/alias', group,
  summary: 'The version that an alias points at; `latest` is the highest version. INVALID_PARAMETER_VALUE when the alias is not set.',
  request: message({ ...name, alias: Str }), response: answer({ model_version: ModelVersion }),
})

export const registeredModelEndpoints = [
  createRegisteredModel, renameRegisteredModel, updateRegisteredModel, deleteRegisteredModel, getRegisteredModel,
  searchRegisteredModels, getLatestVersions, getLatestVersionsGet, setRegisteredModelTag, deleteRegisteredModelTag,
  setRegisteredModelAlias, deleteRegisteredModelAlias, getModelVersionByAlias,
] as const
