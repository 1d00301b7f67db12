import { createHash, randomBytes } from 'node:crypto'
import { recordChange, type Author } from '../audit/index.ts'
import { read, write } from '../platform/db/index.ts'
import { bumpVersion } from '../users/index.ts'
import { deleteOldSessions, deleteSession, insertSession, selectSession, touchSession, type SessionRow } from './sessions-store.ts'

/** A session ends a week after it began, or after a day without use. */
export const sessionMs = 7 * 24 * 3600 * 1000
export const idleMs = 24 * 3600 * 1000

export const newSecret = (): string => randomBytes(32).toString('base64url')
/** Of a random secret, so that a quick hash is enough. */
export const hashSecret = (secret: string): string => createHash('sha256').update(secret).digest('hex')

export const isAlive = (row: SessionRow, now: number): boolean => row.creation_time > now - sessionMs && row.last_used_time > now - idleMs

const begin = write('sessions.begin', async (tx, input: { session_hash: string; user_id: number; author: Author }): Promise<void> => {
  const { now } = input.author
  await deleteOldSessions(tx, now - sessionMs, now - idleMs)
  await insertSession(tx, { session_hash: input.session_hash, user_id: input.user_id, creation_time: now, last_used_time: now })
  await recordChange(tx, input.author, { entity: 'session', uid: `user:${input.user_id}`, name: input.author.principal, action: 'sign_in' })
})

const end = write('sessions.end', async (tx, input: { session_hash: string; author: Author }): Promise<void> => {
  const row = await selectSession(tx, input.session_hash)
  if (row === undefined) return
  await deleteSession(tx, input.session_hash)
  await bumpVersion(tx, 'credentials')
  await recordChange(tx, input.author, { entity: 'session', uid: `user:${row.user_id}`, name: input.author.principal, action: 'sign_out' })
})

const find = read('sessions.find', async (tx, input: { session_hash: string }): Promise<SessionRow | undefined> => {
  const row = await selectSession(tx, input.session_hash)
  return row && { ...row }
})

const touch = write('sessions.touch', (tx, input: { session_hash: string; now: number }) => touchSession(tx, input.session_hash, input.now))

export const sessionOperations = { begin, end, find, touch }
