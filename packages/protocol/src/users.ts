import { endpoint } from './endpoint.ts'
import { Role } from './roles.ts'
import { answer, Bool, Empty, Int64, List, message, Str, type Static } from './schema.ts'

/** Somebody who may sign in, or a service account, which only has tokens. */
export const User = answer({ id: Int64, username: Str, is_admin: Bool }, {
  /** `service` for an account that has tokens only; left out for people. */
  kind: Str,
  /** What clients before MLflow 3.13 read of a user: the grants of its own. */
  experiment_permissions: List(answer({ experiment_id: Str, user_id: Int64, permission: Str })),
  registered_model_permissions: List(answer({ workspace: Str, name: Str, user_id: Int64, permission: Str })),
  scorer_permissions: List(answer({ experiment_id: Str, scorer_name: Str, user_id: Int64, permission: Str })),
})
export type User = Static<typeof User>

/** A user with the roles that the caller may see. */
export const UserWithRoles = answer({ id: Int64, username: Str, is_admin: Bool, roles: List(Role) }, { kind: Str })
export type UserWithRoles = Static<typeof UserWithRoles>

const group = 'users'
const api = 'mlflow'
const username = { username: Str }
const user = answer({ user: User })

export const createUser = endpoint({
  name: 'createUser', method: 'POST', api, path: '/users/create', group,
  summary: 'Adds a user with a password of at least 12 characters; for admins.',
  request: message({ username: Str, password: Str }), response: user,
})

export const createServiceAccount = endpoint({
  name: 'createServiceAccount', method: 'POST', api: 'cairn', path: '/service-accounts', group,
  summary: 'Adds a user without a password, for programs, which sign in by tokens; for admins.',
  request: message(username), response: user,
})

export const getUser = endpoint({
  name: 'getUser', method: 'GET', api, path: '/users/get', group,
  summary: 'One user; for admins and the user.', request: message(username), response: user,
})

export const listUsers = endpoint({
  name: 'listUsers', method: 'GET', api, path: '/users/list', group,
  summary: 'All users with their roles; for admins.', request: Empty, response: answer({ users: List(UserWithRoles) }),
})

export const getCurrentUser = endpoint({
  name: 'getCurrentUser', method: 'GET', api, path: '/users/current', group,
  summary: 'The user who asks.', request: Empty, response: answer({ user: User, is_basic_auth: Bool }),
})

export const updateUserPassword = endpoint({
  name: 'updateUserPassword', method: 'PATCH', api, path: '/users/update-password', group,
  summary: 'Changes a password. Users give their current one, admins need not for others. Ends the user\'s sessions.',
  request: message({ username: Str, password: Str }, { current_password: Str }), response: Empty,
})

export const updateUserAdmin = endpoint({
  name: 'updateUserAdmin', method: 'PATCH', api, path: '/users/update-admin', group,
  summary: 'Makes a user an admin, or no longer one; for admins.',
  request: message({ username: Str, is_admin: Bool }), response: Empty,
})

export const deleteUser = endpoint({
  name: 'deleteUser', method: 'DELETE', api, path: '/users/delete', group,
  summary: 'Deletes a user with tokens, sessions and grants; for admins, who cannot delete themselves.',
  request: message(username), response: Empty,
})

export const userEndpoints = [
  createUser, createServiceAccount, getUser, listUsers, getCurrentUser, updateUserPassword, updateUserAdmin, deleteUser,
] as const
