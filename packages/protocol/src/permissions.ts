import { endpoint, type Endpoint } from './endpoint.ts'
import { answer, Bool, Empty, Int64, List, message, Str, type Static } from './schema.ts'

/** How much somebody may do with a resource. DENY wins over whatever else is granted. */
export const permissionLevels = ['READ', 'USE', 'EDIT', 'MANAGE', 'NO_PERMISSIONS', 'DENY'] as const
export type PermissionLevel = (typeof permissionLevels)[number]

/** What can be granted on, and whether by id (or name) or only for all of the type (`*`). */
export const resourceTypes = {
  workspace: 'all', experiment: 'each', registered_model: 'each', prompt: 'each', scorer: 'each', gateway_secret: 'each', gateway_endpoint: 'each',
  gateway_model_definition: 'each', mcp_server: 'each', run: 'all', trace: 'all', assessment: 'all', logged_model: 'all', review_queue: 'all',
  registered_model_version: 'all', prompt_version: 'all', scorer_version: 'all', mcp_server_version: 'all',
} as const
export type ResourceType = keyof typeof resourceTypes

/** One grant that a user has by a role. A grant of the user's own stands in the role `__user_<id>__`. */
export const UserPermission = answer({
  role_id: Int64, role_name: Str, workspace: Str, resource_type: Str, resource_pattern: Str, permission: Str,
})
export type UserPermission = Static<typeof UserPermission>

const group = 'permissions'
const api = 'mlflow'
const permissions = answer({ is_admin: Bool, permissions: List(UserPermission) })
const onResource = { username: Str, resource_type: Str, resource_id: Str }

export const listCurrentUserPermissions = endpoint({
  name: 'listCurrentUserPermissions', method: 'GET', api, path: '/users/current/permissions', group,
  summary: 'Every grant that the caller has.', request: Empty, response: permissions,
})

export const listUserPermissions = endpoint({
  name: 'listUserPermissions', method: 'GET', api, path: '/users/permissions/list', group,
  summary: 'Every grant that a user has; for admins and the user.', request: message({ username: Str }), response: permissions,
})

export const grantUserPermission = endpoint({
  name: 'grantUserPermission', method: 'POST', api, path: '/users/permissions/grant', group,
  summary: 'Grants a user a permission on a resource; for whoever may manage the resource.',
  request: message({ ...onResource, permission: Str }), response: Empty,
})

export const revokeUserPermission = endpoint({
  name: 'revokeUserPermission', method: 'POST', api, path: '/users/permissions/revoke', group,
  summary: 'Takes back what was granted to a user on a resource; for whoever may manage the resource.',
  request: message(onResource), response: Empty,
})

export const getUserPermission = endpoint({
  name: 'getUserPermission', method: 'GET', api, path: '/users/permissions/get', group,
  summary: 'What a user may do with a resource, all roles and the default counted; `allowed` from USE on.',
  request: message(onResource), response: answer({ allowed: Bool, permission: Str }),
})

/** The four routes by which clients before MLflow 3.13 handle the grants of users on one type of resource. */
export interface PermissionFamily {
  readonly type: ResourceType
  /** The fields that name the resource; two of them are joined as `<experiment>/<name>`. */
  readonly fields: readonly string[]
  /** Under which name an answer holds the grant. */
  readonly answer: string
  readonly create: Endpoint
  readonly get: Endpoint
  readonly update: Endpoint
  readonly remove: Endpoint
}

function family(type: ResourceType, noun: string, at: string, fields: readonly string[]): PermissionFamily {
  const key = `${type}_permission`
  const named = Object.fromEntries(fields.map((field) => [field, Str]))
  const one = message({ ...named, username: Str })
  const level = message({ ...named, username: Str, permission: Str })
  const held = answer({ [key]: answer({ ...named, user_id: Int64, permission: Str }, type === 'registered_model' ? { workspace: Str } : {}) })
  const path = `/${at}/permissions`
  const what = `permission of a user on one ${type.replaceAll('_', ' ')}`
  return {
    type, fields, answer: key,
    create: endpoint({ name: `create${noun}Permission`, method: 'POST', api, path: `${path}/create`, group, summary: `Grants the ${what}, as clients before MLflow 3.13 do.`, request: level, response: held }),
    get: endpoint({ name: `get${noun}Permission`, method: 'GET', api, path: `${path}/get`, group, summary: `The ${what} that was granted, for clients before MLflow 3.13.`, request: one, response: held }),
    update: endpoint({ name: `update${noun}Permission`, method: 'PATCH', api, path: `${path}/update`, group, summary: `Changes the ${what}, for clients before MLflow 3.13.`, request: level, response: Empty }),
    remove: endpoint({ name: `delete${noun}Permission`, method: 'DELETE', api, path: `${path}/delete`, group, summary: `Takes back the ${what}, for clients before MLflow 3.13.`, request: one, response: Empty }),
  }
}

export const permissionFamilies: readonly PermissionFamily[] = [
  family('experiment', 'Experiment', 'experiments', ['experiment_id']),
  family('registered_model', 'RegisteredModel', 'registered-models', ['name']),
  family('scorer', 'Scorer', 'scorers', ['experiment_id', 'scorer_name']),
  family('gateway_secret', 'GatewaySecret', 'gateway/secrets', ['secret_id']),
  family('gateway_endpoint', 'GatewayEndpoint', 'gateway/endpoints', ['endpoint_id']),
  family('gateway_model_definition', 'GatewayModelDefinition', 'gateway/model-definitions', ['model_definition_id']),
]

export const permissionEndpoints: readonly Endpoint[] = [
  listCurrentUserPermissions, listUserPermissions, grantUserPermission, revokeUserPermission, getUserPermission,
  ...permissionFamilies.flatMap(({ create, get, update, remove }) => [create, get, update, remove]),
]
