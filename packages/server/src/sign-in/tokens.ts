import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { CairnError, invalid, notFound, resourceTypes, type ResourceType, type Token } from '@cairn/protocol'
import { recordChange, type Author } from '../audit/index.ts'
import { read, write } from '../platform/db/index.ts'
import { bumpVersion, requireUser, selectUserById, type Scope } from '../users/index.ts'
import { countTokensOf, deleteTokenRow, insertToken, selectToken, selectTokensOf, toToken, touchToken, type TokenRow } from './tokens-store.ts'

const longestName = 100
const mostTokens = 1000
const mostScopes = 50
const dayMs = 24 * 3600 * 1000
const levels = ['read', 'write', 'admin'] as const

/** `cairn_<id>_<secret>`: the id finds the row, the prefix lets scanners for leaked secrets know it. */
export interface TokenText {
  readonly id: string
  readonly secret: string
}

export function parseToken(text: string): TokenText | undefined {
  const match = /^cairn_([0-9a-f]{16})_([A-Za-z0-9_-]{43})$/.exec(text)
  return match === null ? undefined : { id: match[1]!, secret: match[2]! }
}

const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('hex')

/** Whether a token's text belongs to a row. */
export const isSecretOf = (secret: string, row: TokenRow): boolean =>
  timingSafeEqual(Buffer.from(hashOf(secret), 'hex'), Buffer.from(row.secret_hash, 'hex'))

/** Checked and in one order: the level, then what the token is limited to. */
export function checkScopes(scopes: readonly string[] = []): string[] {
  if (scopes.length > mostScopes) throw invalid(`A token can have at most ${mostScopes} scopes. Got ${scopes.length}.`)
  const chosen = scopes.filter((scope) => (levels as readonly string[]).includes(scope))
  if (chosen.length > 1) throw invalid(`A token has one of the scopes ${levels.join(', ')}. Got ${chosen.join(', ')}.`)
  const resources = scopes.filter((scope) => !chosen.includes(scope))
  for (const scope of resources) {
    const at = scope.indexOf(':')
    const type = scope.slice(0, at)
    if (at < 0 || !Object.hasOwn(resourceTypes, type) || resourceTypes[type as ResourceType] !== 'each' || /\s/.test(scope) || scope.length > 300 || at === scope.length - 1) {
      throw invalid(`'${scope.slice(0, 100)}' is no scope. Give read, write or admin, or what the token is limited to: experiment:5, registered_model:churn.`)
    }
  }
  if (resources.length > 0 && chosen[0] === 'admin') throw invalid('A token with the scope admin cannot be limited to single resources.')
  return [chosen[0] ?? 'write', ...new Set(resources)]
}

export function scopeOf(scopes: string): Scope {
  const [level, ...resources] = scopes.split(' ')
  if (resources.length === 0) return { level: level as Scope['level'] }
  const only: Partial<Record<ResourceType, string[]>> = {}
  for (const resource of resources) {
    const at = resource.indexOf(':')
    const list = only[resource.slice(0, at) as ResourceType] ??= []
    list.push(resource.slice(at + 1))
  }
  return { level: level as Scope['level'], only }
}

interface NewToken {
  readonly username: string
  readonly name: string
  readonly scopes: readonly string[]
  readonly secret_hash: string
  readonly token_id: string
  /** When it ends, in milliseconds since the epoch; null for never. */
  readonly expiry_time: number | null
  readonly author: Author
}

/**
 * What is sent to the database for a new token, and its text, which only the answer holds. `own` is the token
 * by which it was asked for, if it was: what that makes may not more, and ends no later.
 */
export function newToken(input: { username: string; name: string; scopes?: readonly string[] | undefined; expires_in_days?: number | bigint | undefined; own?: Scope | undefined; author: Author }): { text: string; row: NewToken } {
  const { own } = input
  checkNotWider(input.scopes ?? [], own)
  const name = input.name.trim()
  if (name === '' || name.length > longestName || /\p{Cc}/u.test(name)) throw invalid(`A token's name has 1 to ${longestName} characters. It says what the token is for.`)
  const days = Number(input.expires_in_days ?? 90)
  if (!Number.isInteger(days) || days < 0 || days > 3650) throw invalid(`expires_in_days must be between 0 (no end) and 3650. Got ${input.expires_in_days}.`)
  const asked = days === 0 ? Infinity : input.author.now + days * dayMs
  if (own?.ends !== undefined && asked > own.ends && input.expires_in_days !== undefined) throw new CairnError('PERMISSION_DENIED', 'A token cannot make a token that lasts longer than itself. Sign in with your password, or ask for fewer days.')
  const ends = Math.min(asked, own?.ends ?? Infinity)
  const id = randomBytes(8).toString('hex')
  const secret = randomBytes(32).toString('base64url')
  return {
    text: `cairn_${id}_${secret}`,
    row: { username: input.username, name, scopes: checkScopes(input.scopes), secret_hash: hashOf(secret), token_id: id, expiry_time: ends === Infinity ? null : ends, author: input.author },
  }
}

const audited = ({ token_id }: { token_id: string }) => ({ entity: 'token', uid: `token:${token_id}`, name: token_id }) as const

const create = write('tokens.create', async (tx, input: NewToken): Promise<Token> => {
  const user = await requireUser(tx, input.username)
  if (await countTokensOf(tx, user.id) >= mostTokens) throw invalid(`'${user.username}' has ${mostTokens} tokens, the most that a user can have. Delete some that are not used any more.`)
  const { now } = input.author
  const row: TokenRow = {
    token_id: input.token_id, user_id: user.id, name: input.name, secret_hash: input.secret_hash, scopes: input.scopes.join(' '), creation_time: now,
    expiry_time: input.expiry_time, last_used_time: null,
  }
  await insertToken(tx, row)
  await recordChange(tx, input.author, { ...audited(row), action: 'create', item: user.username, after: { name: row.name, scopes: input.scopes, expiry_time: row.expiry_time } })
  return toToken(row, user.username)
})

const list = read('tokens.list', async (tx, input: { username: string }): Promise<Token[]> => {
  const user = await requireUser(tx, input.username)
  return (await selectTokensOf(tx, user.id)).map((row) => toToken(row, user.username))
})

/** `owner`: whose it must be, where the caller is no admin. Whoever may not delete it does not learn that it is there. */
const remove = write('tokens.delete', async (tx, input: { token_id: string; owner: string | undefined; author: Author }): Promise<void> => {
  const row = await selectToken(tx, input.token_id)
  const user = row && await selectUserById(tx, row.user_id)
  if (row === undefined || (input.owner !== undefined && user?.username !== input.owner)) throw notFound(`Token with id=${input.token_id} not found`)
  await deleteTokenRow(tx, row.token_id)
  await bumpVersion(tx, 'credentials')
  await recordChange(tx, input.author, { ...audited(row), action: 'delete', ...(user !== undefined && { item: user.username }), before: { name: row.name, scopes: row.scopes.split(' ') } })
})

const find = read('tokens.find', async (tx, input: { token_id: string }): Promise<TokenRow | undefined> => {
  const row = await selectToken(tx, input.token_id)
  return row && { ...row }
})

const touch = write('tokens.touch', (tx, input: { token_id: string; now: number }) => touchToken(tx, input.token_id, input.now))

export const tokenOperations = { create, list, remove, find, touch }

/** A token by which a request was sent does not make tokens that may more than it. */
export function checkNotWider(scopes: readonly string[], own: Scope | undefined): void {
  if (own === undefined) return
  const wanted = scopeOf(checkScopes(scopes).join(' '))
  const covers = levels.indexOf(own.level) >= levels.indexOf(wanted.level) && (own.only === undefined || (wanted.only !== undefined
    && Object.entries(wanted.only).every(([type, ids]) => ids.every((id) => own.only![type as ResourceType]?.includes(id) === true))))
  if (!covers) throw new CairnError('PERMISSION_DENIED', 'A token cannot make a token that may more than itself. Sign in with your password, or ask for less.')
}
