import type { Token } from '@cairn/protocol'
import type { Reader, Writer } from '../platform/db/index.ts'

export interface TokenRow {
  readonly token_id: string
  readonly user_id: number
  readonly name: string
  readonly secret_hash: string
  /** Separated by spaces. */
  readonly scopes: string
  readonly creation_time: number
  readonly expiry_time: number | null
  readonly last_used_time: number | null
}

const columns = 'token_id, user_id, name, secret_hash, scopes, creation_time, expiry_time, last_used_time'

export const selectToken = (tx: Reader, id: string) => tx.one<TokenRow>(`SELECT ${columns} FROM tokens WHERE token_id = ?`, [id])

export const selectTokensOf = (tx: Reader, userId: number) =>
  tx.all<TokenRow>(`SELECT ${columns} FROM tokens WHERE user_id = ? ORDER BY creation_time DESC, token_id`, [userId])

export async function countTokensOf(tx: Reader, userId: number): Promise<number> {
  return Number((await tx.one<{ count: number }>('SELECT COUNT(*) AS count FROM tokens WHERE user_id = ?', [userId]))!.count)
}

export const insertToken = (tx: Writer, row: TokenRow) =>
  tx.run(`INSERT INTO tokens (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, [
    row.token_id, row.user_id, row.name, row.secret_hash, row.scopes, row.creation_time, row.expiry_time, row.last_used_time,
  ])

export const touchToken = (tx: Writer, id: string, now: number) =>
  tx.run('UPDATE tokens SET last_used_time = ? WHERE token_id = ? AND (last_used_time IS NULL OR last_used_time < ?)', [now, id, now])

export const deleteTokenRow = (tx: Writer, id: string) => tx.run('DELETE FROM tokens WHERE token_id = ?', [id])

export const deleteTokensOf = (tx: Writer, userId: number) => tx.run('DELETE FROM tokens WHERE user_id = ?', [userId])

export const toToken = (row: TokenRow, username: string): Token => ({
  token_id: row.token_id, username, name: row.name, scopes: row.scopes.split(' '), creation_time: row.creation_time,
  ...(row.expiry_time !== null && { expiry_time: row.expiry_time }),
  ...(row.last_used_time !== null && { last_used_time: row.last_used_time }),
})
