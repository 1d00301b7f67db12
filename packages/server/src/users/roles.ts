import { CairnError, invalid, notFound, type Int64, type PermissionLevel, type ResourceType, type Role, type RoleAssignment, type RolePermission, type UserPermission } from '@cairn/protocol'
import { recordChange, type Author } from '../audit/index.ts'
import { read, write, type Reader } from '../platform/db/index.ts'
import { checkGrant, checkPattern } from './levels.ts'
import {
  deleteAssignment, deletePermission, deleteRoleRows, insertAssignment, insertPermission, insertRole, permissionsOf, selectAssignments, selectPermission, selectPermissions,
  selectRole, selectRoleByName, selectRoles, selectRolesOfUser, setPermission, toRoles, updateRoleRow, type RoleRow,
} from './roles-store.ts'
import { requireUser } from './users.ts'
import { bumpVersion } from './users-store.ts'

const longestName = 255
const longestDescription = 1024

async function requireRole(tx: Reader, id: Int64): Promise<RoleRow> {
  const role = await selectRole(tx, id)
  if (role === undefined) throw notFound(`Role with id=${id} not found`)
  return role
}

/** Roles that belong to one user or team are only changed through its grants. */
async function requireNamedRole(tx: Reader, id: Int64): Promise<RoleRow> {
  const role = await requireRole(tx, id)
  if (isOwn(role.name)) throw invalid(`Role ${id} holds what was granted to one user or team. Grant and revoke by the user or team instead.`)
  return role
}

const isOwn = (name: string): boolean => name.startsWith('__user_') || name.startsWith('__team_')

function checkRoleName(name: string): void {
  if (name.trim() === '') throw invalid('Role name cannot be empty.')
  if (name.length > longestName) throw invalid(`Role name must be at most ${longestName} characters.`)
  if (name.startsWith('__user_')) throw invalid(`Role name '${name}' uses the reserved '__user_' prefix, which is held for the per-user permission representation. Choose a different name.`)
  if (name.startsWith('__team_')) throw invalid(`Role name '${name}' uses the reserved '__team_' prefix, under which the grants of teams are kept. Choose a different name.`)
}

function checkDescription(description: string | undefined): void {
  if (description !== undefined && description.length > longestDescription) throw invalid(`Role description must be at most ${longestDescription} characters.`)
}

const audited = ({ id, name }: RoleRow) => ({ entity: 'role', uid: `role:${id}`, name }) as const
const whole = async (tx: Reader, row: RoleRow): Promise<Role> => (await toRoles(tx, [row]))[0]!

const create = write('roles.create', async (tx, input: { name: string; workspace: string; description?: string | undefined; author: Author }): Promise<Role> => {
  const { name, workspace, description } = input
  checkRoleName(name)
  if (workspace.trim() === '') throw invalid('Workspace cannot be empty.')
  checkDescription(description)
  const row = await insertRole(tx, { name, workspace, description: description ?? null })
  if (row === undefined) throw new CairnError('RESOURCE_ALREADY_EXISTS', `Role (name=${name}, workspace=${workspace}) already exists.`)
  await recordChange(tx, input.author, { ...audited(row), action: 'create', after: { workspace, description: row.description } })
  return whole(tx, row)
})

const get = read('roles.get', async (tx, input: { role_id: Int64 }): Promise<Role> => whole(tx, await requireRole(tx, input.role_id)))

const list = read('roles.list', async (tx, input: { workspaces?: readonly string[] | undefined }): Promise<Role[]> => toRoles(tx, await selectRoles(tx, input.workspaces)))

const update = write('roles.update', async (tx, input: { role_id: Int64; name?: string | undefined; description?: string | undefined; author: Author }): Promise<Role> => {
  const { name, description } = input
  if (name === undefined && description === undefined) throw invalid("At least one of 'name' or 'description' must be provided to update a role.")
  if (name !== undefined) checkRoleName(name)
  checkDescription(description)
  const role = await requireNamedRole(tx, input.role_id)
  if (name !== undefined) {
    const holder = await selectRoleByName(tx, role.workspace, name)
    if (holder !== undefined && holder.id !== role.id) throw new CairnError('RESOURCE_ALREADY_EXISTS', `Role with name=${name} already exists in workspace=${role.workspace}`)
  }
  const changed = { ...role, name: name ?? role.name, description: description ?? role.description }
  await updateRoleRow(tx, changed)
  await recordChange(tx, input.author, { ...audited(changed), action: 'update', before: { name: role.name, description: role.description }, after: { name: changed.name, description: changed.description } })
  return whole(tx, changed)
})

const remove = write('roles.delete', async (tx, input: { role_id: Int64; author: Author }): Promise<void> => {
  const role = await requireNamedRole(tx, input.role_id)
  const before = await whole(tx, role)
  await deleteRoleRows(tx, role.id)
  await bumpVersion(tx, 'grants')
  await recordChange(tx, input.author, { ...audited(role), action: 'delete', before })
})

interface NewPermission {
  readonly role_id: Int64
  readonly resource_type: string
  readonly resource_pattern: string
  readonly permission: string
  readonly author: Author
}

const addPermission = write('roles.addPermission', async (tx, input: NewPermission): Promise<RolePermission> => {
  const { role_id, resource_type, resource_pattern, permission } = input
  checkGrant(resource_type, permission)
  checkPattern(resource_pattern, resource_type)
  const role = await requireNamedRole(tx, role_id)
  const row = await insertPermission(tx, { role_id: role.id, resource_type: resource_type as ResourceType, resource_pattern, permission: permission as PermissionLevel })
  if (row === undefined) throw new CairnError('RESOURCE_ALREADY_EXISTS', `Role permission (role_id=${role_id}, resource_type=${resource_type}, resource_pattern=${resource_pattern}) already exists.`)
  await bumpVersion(tx, 'grants')
  await recordChange(tx, input.author, { ...audited(role), action: 'add_permission', item: `${resource_type}:${resource_pattern}`, after: permission })
  return { ...row }
})

async function requirePermission(tx: Reader, id: Int64) {
  const row = await selectPermission(tx, id)
  if (row === undefined) throw notFound(`Role permission with id=${id} not found`)
  return row
}

const updatePermission = write('roles.updatePermission', async (tx, input: { role_permission_id: Int64; permission: string; author: Author }): Promise<RolePermission> => {
  const row = await requirePermission(tx, input.role_permission_id)
  checkGrant(row.resource_type, input.permission)
  const permission = input.permission as typeof row.permission
  await setPermission(tx, row.id, permission)
  await bumpVersion(tx, 'grants')
  await recordChange(tx, input.author, { ...audited(await requireRole(tx, row.role_id)), action: 'update_permission', item: `${row.resource_type}:${row.resource_pattern}`, before: row.permission, after: permission })
  return { ...row, permission }
})

const removePermission = write('roles.removePermission', async (tx, input: { role_permission_id: Int64; author: Author }): Promise<void> => {
  const row = await requirePermission(tx, input.role_permission_id)
  await deletePermission(tx, row.id)
  await bumpVersion(tx, 'grants')
  await recordChange(tx, input.author, { ...audited(await requireRole(tx, row.role_id)), action: 'remove_permission', item: `${row.resource_type}:${row.resource_pattern}`, before: row.permission })
})

const listPermissions = read('roles.listPermissions', async (tx, input: { role_id: Int64 }): Promise<RolePermission[]> => {
  const role = await requireRole(tx, input.role_id)
  return (await selectPermissions(tx, [role.id])).get(role.id) ?? []
})

const assign = write('roles.assign', async (tx, input: { username: string; role_id: Int64; author: Author }): Promise<RoleAssignment> => {
  const user = await requireUser(tx, input.username)
  const role = await requireNamedRole(tx, input.role_id)
  const assignment = await insertAssignment(tx, user.id, role.id)
  if (assignment === undefined) throw new CairnError('RESOURCE_ALREADY_EXISTS', `User role assignment (user_id=${user.id}, role_id=${role.id}) already exists`)
  await bumpVersion(tx, 'grants')
  await recordChange(tx, input.author, { ...audited(role), action: 'assign', item: user.username })
  return { ...assignment }
})

const unassign = write('roles.unassign', async (tx, input: { username: string; role_id: Int64; author: Author }): Promise<void> => {
  const user = await requireUser(tx, input.username)
  const role = await selectRole(tx, input.role_id)
  if (role !== undefined && isOwn(role.name)) await requireNamedRole(tx, role.id)
  if (role === undefined || await deleteAssignment(tx, user.id, role.id) === 0) throw notFound(`User role assignment (user_id=${user.id}, role_id=${input.role_id}) not found`)
  await bumpVersion(tx, 'grants')
  await recordChange(tx, input.author, { ...audited(role), action: 'unassign', item: user.username })
})

const listUsers = read('roles.listUsers', async (tx, input: { role_id: Int64 }): Promise<RoleAssignment[]> => selectAssignments(tx, (await requireRole(tx, input.role_id)).id))

const ofUser = read('roles.ofUser', async (tx, input: { username: string }): Promise<Role[]> =>
  toRoles(tx, await selectRolesOfUser(tx, (await requireUser(tx, input.username)).id)))

const permissionsOfUser = read('roles.permissionsOfUser', async (tx, input: { username: string }): Promise<{ is_admin: boolean; permissions: UserPermission[] }> => {
  const user = await requireUser(tx, input.username)
  return { is_admin: user.is_admin === 1, permissions: permissionsOf(await toRoles(tx, await selectRolesOfUser(tx, user.id))) }
})

/** The workspace of a role, or of the role that has a permission; undefined where there is none. */
const workspaceOf = read('roles.workspaceOf', async (tx, input: { role_id?: Int64 | undefined; role_permission_id?: Int64 | undefined }): Promise<string | undefined> => {
  const id = input.role_id ?? (input.role_permission_id === undefined ? undefined : (await selectPermission(tx, input.role_permission_id))?.role_id)
  return id === undefined ? undefined : (await selectRole(tx, id))?.workspace
})

/** The names of workspaces in which something is granted to a user. */
const workspacesOfUser = read('roles.workspacesOfUser', async (tx, input: { user_id: number }): Promise<string[]> => {
  const roles = await selectRolesOfUser(tx, input.user_id)
  const held = await selectPermissions(tx, roles.map(({ id }) => id))
  return [...new Set(roles.filter(({ id }) => held.has(id)).map(({ workspace }) => workspace))]
})

const holds = read('roles.holds', async (tx, input: { role_id?: Int64 | undefined; user_id: number }): Promise<boolean> =>
  input.role_id !== undefined && (await selectRolesOfUser(tx, input.user_id)).some(({ id }) => id === Number(input.role_id)))

export const roleOperations = {
  workspacesOfUser, holds,
  create, get, list, update, remove, addPermission, updatePermission, removePermission, listPermissions, assign, unassign, listUsers, ofUser, permissionsOfUser, workspaceOf,
}
