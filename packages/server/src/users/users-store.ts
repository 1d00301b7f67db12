import type { Reader, Writer } from '../platform/db/index.ts'

export interface UserRow {
  readonly id: number
  readonly username: string
  readonly password_hash: string | null
  readonly is_admin: number
  readonly kind: 'person' | 'service'
  readonly creation_time: number
}

const columns = 'id, username, password_hash, is_admin, kind, creation_time'

export const selectUser = (tx: Reader, username: string) =>
  tx.one<UserRow>(`SELECT ${columns} FROM users WHERE username = ?`, [username])

export const selectUserById = (tx: Reader, id: number) =>
  tx.one<UserRow>(`SELECT ${columns} FROM users WHERE id = ?`, [id])

export const selectUsers = (tx: Reader) => tx.all<UserRow>(`SELECT ${columns} FROM users ORDER BY id`)

export const hasAdmin = async (tx: Reader): Promise<boolean> => await tx.one('SELECT id FROM users WHERE is_admin = 1 LIMIT 1') !== undefined

/** Undefined when the name is taken. */
export async function insertUser(tx: Writer, user: Omit<UserRow, 'id'>): Promise<number | undefined> {
  const { next: id } = (await tx.one<{ next: number }>('UPDATE user_ids SET next = next + 1 RETURNING next - 1 AS next'))!
  const inserted = await tx.run(
    `INSERT INTO users (${columns}) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (username) DO NOTHING`,
    [id, user.username, user.password_hash, user.is_admin, user.kind, user.creation_time],
  )
  return inserted === 1 ? id : undefined
}

export const setPasswordHash = (tx: Writer, id: number, hash: string) => tx.run('UPDATE users SET password_hash = ? WHERE id = ?', [hash, id])

export const setAdmin = (tx: Writer, id: number, isAdmin: boolean) => tx.run('UPDATE users SET is_admin = ? WHERE id = ?', [isAdmin ? 1 : 0, id])

export async function countOtherAdmins(tx: Reader, id: number): Promise<number> {
  return Number((await tx.one<{ count: number }>('SELECT COUNT(*) AS count FROM users WHERE is_admin = 1 AND id <> ?', [id]))!.count)
}

export const deleteUserRow = (tx: Writer, id: number) => tx.run('DELETE FROM users WHERE id = ?', [id])

export interface AccessVersions {
  readonly credentials: number
  readonly grants: number
}

export async function selectVersions(tx: Reader): Promise<AccessVersions> {
  return (await tx.one<{ credentials: number; grants: number }>('SELECT credentials, grants FROM access_versions'))!
}

/** Tells all servers that what they know of users or of grants is old. */
export const bumpVersion = (tx: Writer, what: keyof AccessVersions) => tx.run(`UPDATE access_versions SET ${what} = ${what} + 1`)
