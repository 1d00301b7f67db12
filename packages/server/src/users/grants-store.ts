import type { Reader, Value, Writer } from '../platform/db/index.ts'
import type { Grant, Visibility } from './access.ts'

/**
 * Ids of the roles that a user has in a workspace, alone or by a team; takes the user's id and the
 * workspace, twice each. A team has a role by its name in each of its workspaces, and one more for its managers.
 */
const rolesOfUser = `SELECT u.role_id FROM user_roles u JOIN roles r ON r.id = u.role_id WHERE u.user_id = ? AND r.workspace = ?
  UNION ALL SELECT r.id FROM team_members m JOIN teams t ON t.id = m.team_id
    JOIN roles r ON r.name = '__team_' || t.name || '__' OR (m.manager = 1 AND r.name = '__team_' || t.name || '__managers')
    WHERE m.user_id = ? AND r.workspace = ?`
const paramsOfRoles = (userId: number, workspace: string): Value[] => [userId, workspace, userId, workspace]

/** Everything that is granted to a user in a workspace, by all roles. */
export const selectGrants = (tx: Reader, userId: number, workspace: string) =>
  tx.all<Grant>(`SELECT p.resource_type, p.resource_pattern, p.permission FROM role_permissions p WHERE p.role_id IN (${rolesOfUser})`, paramsOfRoles(userId, workspace))

/**
 * The condition that a search adds so that it finds only what its caller may read. Part of the
 * query, so that pages stay full and a page token says nothing of what is hidden. `column` is the
 * id or name of the row as text.
 */
export function visibleSql(visible: Visibility | undefined, column: string): { readonly sql: string; readonly params: readonly Value[] } | undefined {
  if (visible === undefined) return undefined
  if (visible.none || visible.only?.length === 0) return { sql: '1 = 0', params: [] }
  const named = (levels: string): string => `EXISTS (SELECT 1 FROM role_permissions p
    WHERE p.resource_type = ? AND p.resource_pattern = ${column} AND p.permission ${levels} AND p.role_id IN (${rolesOfUser}))`
  const params: Value[] = [visible.type, ...paramsOfRoles(visible.user_id, visible.workspace)]
  // What NO_PERMISSIONS takes away another grant on the same may give back; what DENY takes away nothing does.
  const positive = named("IN ('READ', 'USE', 'EDIT', 'MANAGE')")
  const clauses = [`NOT ${named("= 'DENY'")}`]
  const all = [...params]
  if (!visible.rest) {
    clauses.push(positive)
    all.push(...params)
  } else if (!visible.all) {
    clauses.push(`(NOT ${named("= 'NO_PERMISSIONS'")} OR ${positive})`)
    all.push(...params, ...params)
  }
  if (visible.only !== undefined) {
    clauses.push(`${column} IN (${visible.only.map(() => '?').join(', ')})`)
    all.push(...visible.only)
  }
  return { sql: clauses.join(' AND '), params: all }
}

/** Roles that hold what was granted to single users and teams, rather than those that somebody made. */
const ownRoles = "SELECT r.id FROM roles r WHERE substr(r.name, 1, 7) IN ('__user_', '__team_')"
const inWorkspace = 'r.workspace = ?'

/** Of a resource that is gone: another of its name shall not inherit what was granted on it. In all workspaces where none is given. */
export async function deleteGrantsOn(tx: Writer, workspace: string | undefined, types: readonly string[], pattern: string): Promise<number> {
  let count = 0
  for (const type of types) {
    count += await tx.run(`DELETE FROM role_permissions WHERE resource_type = ? AND resource_pattern = ? AND role_id IN (${ownRoles}${workspace === undefined ? '' : ` AND ${inWorkspace}`})`, [type, pattern, ...(workspace === undefined ? [] : [workspace])])
  }
  return count
}

export async function renameGrantsOn(tx: Writer, workspace: string, types: readonly string[], from: string, to: string): Promise<number> {
  let count = 0
  for (const type of types) {
    // Grants that the new name has from a resource that was deleted without them would be in the way.
    await tx.run(`DELETE FROM role_permissions WHERE resource_type = ? AND resource_pattern = ? AND role_id IN (${ownRoles} AND ${inWorkspace})`, [type, to, workspace])
    count += await tx.run(`UPDATE role_permissions SET resource_pattern = ? WHERE resource_type = ? AND resource_pattern = ? AND role_id IN (${ownRoles} AND ${inWorkspace})`, [to, type, from, workspace])
  }
  return count
}
