import type { Reader, Writer } from '../platform/db/index.ts'

export interface SessionRow {
  readonly session_hash: string
  readonly user_id: number
  readonly creation_time: number
  readonly last_used_time: number
}

const columns = 'session_hash, user_id, creation_time, last_used_time'

export const selectSession = (tx: Reader, hash: string) => tx.one<SessionRow>(`SELECT ${columns} FROM sessions WHERE session_hash = ?`, [hash])

export const insertSession = (tx: Writer, row: SessionRow) =>
  tx.run(`INSERT INTO sessions (${columns}) VALUES (?, ?, ?, ?)`, [row.session_hash, row.user_id, row.creation_time, row.last_used_time])

export const touchSession = (tx: Writer, hash: string, now: number) => tx.run('UPDATE sessions SET last_used_time = ? WHERE session_hash = ?', [now, hash])

export const deleteSession = (tx: Writer, hash: string) => tx.run('DELETE FROM sessions WHERE session_hash = ?', [hash])

export const deleteSessionsOf = (tx: Writer, userId: number) => tx.run('DELETE FROM sessions WHERE user_id = ?', [userId])

/** Sessions that nobody can use any more. */
export const deleteOldSessions = (tx: Writer, createdBefore: number, usedBefore: number) =>
  tx.run('DELETE FROM sessions WHERE creation_time < ? OR last_used_time < ?', [createdBefore, usedBefore])

export const insertLink = (tx: Writer, hash: string, expiry: number) => tx.run('INSERT INTO set_up_links (link_hash, expiry_time) VALUES (?, ?)', [hash, expiry])

export const selectLink = (tx: Reader, hash: string) => tx.one<{ expiry_time: number }>('SELECT expiry_time FROM set_up_links WHERE link_hash = ?', [hash])

export const deleteLinks = (tx: Writer) => tx.run('DELETE FROM set_up_links')
