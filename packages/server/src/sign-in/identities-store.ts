import type { Reader, Writer } from '../platform/db/index.ts'

export const selectIdentity = (tx: Reader, issuer: string, subject: string) =>
  tx.one<{ user_id: number }>('SELECT user_id FROM identities WHERE issuer = ? AND subject = ?', [issuer, subject])

export const insertIdentity = (tx: Writer, issuer: string, subject: string, userId: number) =>
  tx.run('INSERT INTO identities (issuer, subject, user_id) VALUES (?, ?, ?)', [issuer, subject, userId])

export const deleteIdentitiesOf = (tx: Writer, userId: number) => tx.run('DELETE FROM identities WHERE user_id = ?', [userId])
