import type { PermissionLevel, ResourceType, Role, RolePermission, RoleAssignment, UserPermission } from '@cairn/protocol'
import { inLists, type Reader, type Writer } from '../platform/db/index.ts'

export interface RoleRow {
  readonly id: number
  readonly workspace: string
  readonly name: string
  readonly description: string | null
}

const columns = 'r.id, r.workspace, r.name, r.description'

export const selectRole = (tx: Reader, id: number | bigint) => tx.one<RoleRow>(`SELECT ${columns} FROM roles r WHERE r.id = ?`, [id])

export const selectRoleByName = (tx: Reader, workspace: string, name: string) =>
  tx.one<RoleRow>(`SELECT ${columns} FROM roles r WHERE r.workspace = ? AND r.name = ?`, [workspace, name])

export async function selectRoles(tx: Reader, workspaces: readonly string[] | undefined): Promise<RoleRow[]> {
  if (workspaces === undefined) return tx.all<RoleRow>(`SELECT ${columns} FROM roles r ORDER BY r.id`)
  const rows: RoleRow[] = []
  for (const list of inLists([...new Set(workspaces)])) rows.push(...await tx.all<RoleRow>(`SELECT ${columns} FROM roles r WHERE r.workspace IN ${list.sql} ORDER BY r.id`, list.params))
  return rows.sort((a, b) => a.id - b.id)
}

/** Roles that a user has, alone or by a team, in all workspaces. */
export const selectRolesOfUser = (tx: Reader, userId: number) => tx.all<RoleRow>(
  `SELECT ${columns} FROM roles r WHERE r.id IN (SELECT u.role_id FROM user_roles u WHERE u.user_id = ?
    UNION ALL SELECT o.id FROM team_members m JOIN teams t ON t.id = m.team_id
      JOIN roles o ON o.name = '__team_' || t.name || '__' OR (m.manager = 1 AND o.name = '__team_' || t.name || '__managers')
      WHERE m.user_id = ?) ORDER BY r.id`, [userId, userId],
)

/** The ids of roles in a workspace. */
export const rolesIn = async (tx: Reader, workspace: string): Promise<number[]> =>
  (await tx.rows<[number]>('SELECT id FROM roles WHERE workspace = ? ORDER BY id', [workspace])).map(([id]) => id)

/** The ids of roles of this name, in whatever workspace. */
export const rolesNamed = async (tx: Reader, name: string): Promise<number[]> =>
  (await tx.rows<[number]>('SELECT id FROM roles WHERE name = ? ORDER BY id', [name])).map(([id]) => id)

export async function insertRole(tx: Writer, role: Omit<RoleRow, 'id'>): Promise<RoleRow | undefined> {
  return tx.one<RoleRow>(
    'INSERT INTO roles (workspace, name, description) VALUES (?, ?, ?) ON CONFLICT (workspace, name) DO NOTHING RETURNING id, workspace, name, description',
    [role.workspace, role.name, role.description],
  )
}

export const updateRoleRow = (tx: Writer, role: RoleRow) =>
  tx.run('UPDATE roles SET name = ?, description = ? WHERE id = ?', [role.name, role.description, role.id])

export async function deleteRoleRows(tx: Writer, id: number): Promise<void> {
  await tx.run('DELETE FROM role_permissions WHERE role_id = ?', [id])
  await tx.run('DELETE FROM user_roles WHERE role_id = ?', [id])
  await tx.run('DELETE FROM roles WHERE id = ?', [id])
}

interface PermissionRow {
  id: number
  role_id: number
  resource_type: ResourceType
  resource_pattern: string
  permission: PermissionLevel
}

const permissionColumns = 'p.id, p.role_id, p.resource_type, p.resource_pattern, p.permission'

export const selectPermission = (tx: Reader, id: number | bigint) =>
  tx.one<PermissionRow>(`SELECT ${permissionColumns} FROM role_permissions p WHERE p.id = ?`, [id])

export const selectPermissionOn = (tx: Reader, roleId: number, type: string, pattern: string) =>
  tx.one<PermissionRow>(`SELECT ${permissionColumns} FROM role_permissions p WHERE p.role_id = ? AND p.resource_type = ? AND p.resource_pattern = ?`, [roleId, type, pattern])

export async function selectPermissions(tx: Reader, roleIds: readonly number[]): Promise<Map<number, RolePermission[]>> {
  const found = new Map<number, RolePermission[]>()
  for (const list of inLists(roleIds)) {
    for (const row of await tx.all<PermissionRow>(`SELECT ${permissionColumns} FROM role_permissions p WHERE p.role_id IN ${list.sql} ORDER BY p.id`, list.params)) {
      const own = found.get(row.role_id)
      if (own === undefined) found.set(row.role_id, [{ ...row }])
      else own.push({ ...row })
    }
  }
  return found
}

/** Undefined when the role has one on the same resources. */
export const insertPermission = (tx: Writer, permission: Omit<PermissionRow, 'id'>) =>
  tx.one<PermissionRow>(
    `INSERT INTO role_permissions (role_id, resource_type, resource_pattern, permission) VALUES (?, ?, ?, ?)
      ON CONFLICT (role_id, resource_type, resource_pattern) DO NOTHING RETURNING id, role_id, resource_type, resource_pattern, permission`,
    [permission.role_id, permission.resource_type, permission.resource_pattern, permission.permission],
  )

export const setPermission = (tx: Writer, id: number, permission: PermissionLevel) =>
  tx.run('UPDATE role_permissions SET permission = ? WHERE id = ?', [permission, id])

export const deletePermission = (tx: Writer, id: number) => tx.run('DELETE FROM role_permissions WHERE id = ?', [id])

/** Undefined when the user has the role. */
export const insertAssignment = (tx: Writer, userId: number, roleId: number) =>
  tx.one<{ id: number; user_id: number; role_id: number }>(
    'INSERT INTO user_roles (user_id, role_id) VALUES (?, ?) ON CONFLICT (user_id, role_id) DO NOTHING RETURNING id, user_id, role_id', [userId, roleId],
  )

export const deleteAssignment = (tx: Writer, userId: number, roleId: number) =>
  tx.run('DELETE FROM user_roles WHERE user_id = ? AND role_id = ?', [userId, roleId])

export const selectAssignments = async (tx: Reader, roleId: number): Promise<RoleAssignment[]> =>
  (await tx.all<{ id: number; user_id: number; role_id: number }>('SELECT id, user_id, role_id FROM user_roles WHERE role_id = ? ORDER BY id', [roleId])).map((row) => ({ ...row }))

export const toRoles = async (tx: Reader, rows: readonly RoleRow[]): Promise<Role[]> => {
  const permissions = await selectPermissions(tx, rows.map(({ id }) => id))
  return rows.map(({ id, name, workspace, description }) => ({ id, name, workspace, description, permissions: permissions.get(id) ?? [] }))
}

/** Roles by user, for a listing of all users. */
export async function rolesOfAllUsers(tx: Reader): Promise<Map<number, Role[]>> {
  const roles = new Map((await toRoles(tx, await selectRoles(tx, undefined))).map((role) => [Number(role.id), role]))
  const byUser = new Map<number, Role[]>()
  for (const [userId, roleId] of await tx.rows<[number, number]>('SELECT user_id, role_id FROM user_roles UNION ALL SELECT m.user_id, t.role_id FROM team_members m JOIN teams t ON t.id = m.team_id ORDER BY user_id, role_id')) {
    const role = roles.get(roleId)
    if (role !== undefined) byUser.set(userId, [...byUser.get(userId) ?? [], role])
  }
  return byUser
}

export const permissionsOf = (roles: readonly Role[]): UserPermission[] =>
  roles.flatMap((role) => role.permissions.map(({ resource_type, resource_pattern, permission }) =>
    ({ role_id: role.id, role_name: role.name, workspace: role.workspace, resource_type, resource_pattern, permission })))
