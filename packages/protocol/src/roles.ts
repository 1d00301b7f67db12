import { endpoint } from './endpoint.ts'
import { Any, answer, Empty, Int64, List, message, Str, type Static } from './schema.ts'

/** What a role allows on the resources that match a pattern: an id, a name or `*`. */
export const RolePermission = answer({ id: Int64, role_id: Int64, resource_type: Str, resource_pattern: Str, permission: Str })
export type RolePermission = Static<typeof RolePermission>

/** A named set of permissions that users are given together. */
export const Role = answer({
  id: Int64, name: Str, workspace: Str,
  /** Text or null. */
  description: Any,
  permissions: List(RolePermission),
})
export type Role = Static<typeof Role>

export const RoleAssignment = answer({ id: Int64, user_id: Int64, role_id: Int64 })
export type RoleAssignment = Static<typeof RoleAssignment>

const group = 'roles'
const api = 'mlflow'
const roleId = { role_id: Int64 }
const role = answer({ role: Role })
const rolePermission = answer({ role_permission: RolePermission })

export const createRole = endpoint({
  name: 'createRole', method: 'POST', api, path: '/roles/create', group,
  summary: 'Adds a role to a workspace ("default" where there are no workspaces).',
  request: message({ name: Str, workspace: Str }, { description: Str }), response: role,
})

export const getRole = endpoint({
  name: 'getRole', method: 'GET', api, path: '/roles/get', group,
  summary: 'One role with its permissions.', request: message(roleId), response: role,
})

export const listRoles = endpoint({
  name: 'listRoles', method: 'GET', api, path: '/roles/list', group,
  summary: 'The roles of the given workspaces, or all for admins.',
  request: message({}, { workspace: List(Str) }), response: answer({ roles: List(Role) }),
})

export const updateRole = endpoint({
  name: 'updateRole', method: 'PATCH', api, path: '/roles/update', group,
  summary: 'Changes a role\'s name or description.',
  request: message(roleId, { name: Str, description: Str }), response: role,
})

export const deleteRole = endpoint({
  name: 'deleteRole', method: 'DELETE', api, path: '/roles/delete', group,
  summary: 'Deletes a role: whoever had it loses what it allowed.', request: message(roleId), response: Empty,
})

export const addRolePermission = endpoint({
  name: 'addRolePermission', method: 'POST', api, path: '/roles/permissions/add', group,
  summary: 'Lets a role READ, USE, EDIT or MANAGE resources, or DENYs them whatever other roles allow.',
  request: message({ role_id: Int64, resource_type: Str, resource_pattern: Str, permission: Str }), response: rolePermission,
})

export const updateRolePermission = endpoint({
  name: 'updateRolePermission', method: 'PATCH', api, path: '/roles/permissions/update', group,
  summary: 'Changes how much a permission of a role allows.',
  request: message({ role_permission_id: Int64, permission: Str }), response: rolePermission,
})

export const removeRolePermission = endpoint({
  name: 'removeRolePermission', method: 'DELETE', api, path: '/roles/permissions/remove', group,
  summary: 'Takes a permission from a role.', request: message({ role_permission_id: Int64 }), response: Empty,
})

export const listRolePermissions = endpoint({
  name: 'listRolePermissions', method: 'GET', api, path: '/roles/permissions/list', group,
  summary: 'What a role allows.', request: message(roleId), response: answer({ role_permissions: List(RolePermission) }),
})

export const assignRole = endpoint({
  name: 'assignRole', method: 'POST', api, path: '/roles/assign', group,
  summary: 'Gives a user a role.', request: message({ username: Str, role_id: Int64 }), response: answer({ assignment: RoleAssignment }),
})

export const unassignRole = endpoint({
  name: 'unassignRole', method: 'DELETE', api, path: '/roles/unassign', group,
  summary: 'Takes a role from a user.', request: message({ username: Str, role_id: Int64 }), response: Empty,
})

export const listRoleUsers = endpoint({
  name: 'listRoleUsers', method: 'GET', api, path: '/roles/users/list', group,
  summary: 'Who has a role.', request: message(roleId), response: answer({ assignments: List(RoleAssignment) }),
})

export const listUserRoles = endpoint({
  name: 'listUserRoles', method: 'GET', api, path: '/users/roles/list', group,
  summary: 'The roles of a user; for admins and the user.', request: message({ username: Str }), response: answer({ roles: List(Role) }),
})

export const roleEndpoints = [
  createRole, getRole, listRoles, updateRole, deleteRole, addRolePermission, updateRolePermission, removeRolePermission,
  listRolePermissions, assignRole, unassignRole, listRoleUsers, listUserRoles,
] as const
