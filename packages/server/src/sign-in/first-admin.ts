import type { Author } from '../audit/index.ts'
import { read, write, type Database, type Reader } from '../platform/db/index.ts'
import { addUser, bumpVersion, checkPassword, checkUsername, hasAdmin, type Passwords, type UserOperations } from '../users/index.ts'
import { hashSecret, newSecret } from './sessions.ts'
import { deleteLinks, insertLink, selectLink } from './sessions-store.ts'
import { AuthFileProblem } from './auth-file.ts'

const linkMs = 24 * 3600 * 1000
/** The password that MLflow once gave to every server. */
const wellKnown = 'password1234'

const makeLink = write('setUp.makeLink', (tx, input: { hash: string; expiry: number }) => insertLink(tx, input.hash, input.expiry))

/** An admin may have been made by other ways meanwhile: then no link that was once printed makes another. */
async function isValid(tx: Reader, hash: string, now: number): Promise<boolean> {
  const link = await selectLink(tx, hash)
  return link !== undefined && link.expiry_time > now && !await hasAdmin(tx)
}

const isLink = read('setUp.isLink', (tx, input: { hash: string; now: number }): Promise<boolean> => isValid(tx, input.hash, input.now))

/** Makes the first admin by a link; false when the link is not valid (any more). */
const useLink = write('setUp.useLink', async (tx, input: { hash: string; username: string; password_hash: string; author: Author }): Promise<boolean> => {
  if (!await isValid(tx, input.hash, input.author.now)) return false
  await deleteLinks(tx)
  await addUser(tx, { username: input.username, password_hash: input.password_hash, is_admin: true, kind: 'person', author: input.author })
  await bumpVersion(tx, 'credentials')
  return true
})

export const setUpOperations = { makeLink, isLink, useLink }

/**
 * Sees to it that somebody can sign in to a new server: by the name and password that the operator
 * set, or by a link that works once, for a day. Answers what the link holds, where there is one.
 */
export async function firstAdmin(
  { db, users, passwords, now }: { db: Database; users: UserOperations; passwords: Passwords; now(): number }, given: { username: string | undefined; password: string | undefined },
): Promise<string | undefined> {
  if (await db.read(users.anyAdmin, null)) return undefined
  const username = given.username ?? 'admin'
  if (given.password === undefined) {
    const secret = newSecret()
    await db.write(makeLink, { hash: hashSecret(secret), expiry: now() + linkMs })
    return secret
  }
  if (given.password === wellKnown) throw new AuthFileProblem('The admin\'s password is the one that MLflow once gave to every server. Set MLFLOW_AUTH_ADMIN_PASSWORD or admin_password to another.')
  try {
    checkUsername(username)
    checkPassword(given.password)
  } catch (error) {
    throw new AuthFileProblem(`The first admin cannot be made: ${(error as Error).message} Set MLFLOW_AUTH_ADMIN_USERNAME and MLFLOW_AUTH_ADMIN_PASSWORD.`)
  }
  await db.write(users.createFirst, { username, password_hash: await passwords.hash(given.password), author: { principal: 'server', now: now() } })
  return undefined
}
