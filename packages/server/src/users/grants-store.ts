import type { Reader, Value, Writer } from '../platform/db/index.ts'
import type { Grant, Visibility } from './access.ts'

/** Ids of the roles that a user has, alone or by a team; takes the user's id. */
const rolesOfUser = `SELECT u.role_id FROM user_roles u JOIN roles r ON r.id = u.role_id WHERE u.user_id = ? AND r.workspace = 'default'
  UNION ALL SELECT t.role_id FROM team_members m JOIN teams t ON t.id = m.team_id WHERE m.user_id = ?`
/** How often `rolesOfUser` asks for the user's id. */
const timesUser = 2

/** Everything that is granted to a user, by all roles. */
export const selectGrants = (tx: Reader, userId: number) =>
  tx.all<Grant>(`SELECT p.resource_type, p.resource_pattern, p.permission FROM role_permissions p WHERE p.role_id IN (${rolesOfUser})`, Array<Value>(timesUser).fill(userId))

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
  const params: Value[] = [visible.type, ...Array<Value>(timesUser).fill(visible.user_id)]
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

/** Of a resource that is gone: another of its name shall not inherit what was granted on it. */
export async function deleteGrantsOn(tx: Writer, types: readonly string[], pattern: string): Promise<number> {
  let count = 0
  for (const type of types) {
    count += await tx.run(`DELETE FROM role_permissions WHERE resource_type = ? AND resource_pattern = ? AND role_id IN (${ownRoles})`, [type, pattern])
  }
  return count
}

export async function renameGrantsOn(tx: Writer, types: readonly string[], from: string, to: string): Promise<number> {
  let count = 0
  for (const type of types) {
    // Grants that the new name has from a resource that was deleted without them would be in the way.
    await tx.run(`DELETE FROM role_permissions WHERE resource_type = ? AND resource_pattern = ? AND role_id IN (${ownRoles})`, [type, to])
    count += await tx.run(`UPDATE role_permissions SET resource_pattern = ? WHERE resource_type = ? AND resource_pattern = ? AND role_id IN (${ownRoles})`, [to, type, from])
  }
  return count
}
