import { CairnError } from '@cairn/protocol'
import type { Database } from '../platform/db/index.ts'
import { longestUsername, type Passwords, type Scope, type UserOperations, type UserRow } from '../users/index.ts'
import { Attempts } from './attempts.ts'
import { hashSecret, isAlive, sessionMs, sessionOperations } from './sessions.ts'
import { isSecretOf, parseToken, scopeOf, tokenOperations, type TokenText } from './tokens.ts'

export interface ProofsOptions {
  readonly db: Database
  readonly users: UserOperations
  readonly passwords: Passwords
  now(): number
  /** Told of every wrong password and every token that is not valid. */
  failed?(attempt: { readonly user: string; readonly address: string; readonly why: string }): void
}

/** What of a caller was checked. */
export interface Proven {
  readonly userId: number
  readonly scope: Scope | undefined
  readonly by: 'password' | 'session' | { readonly token: string }
  /** What the row of the user, token or session held when it was checked: a hash. */
  readonly proof: string
  /** When it ends whatever happens. */
  readonly ends: number
  /** When its use was written down last. */
  touched: number
}

/** What is kept of a name in memory and in the audit trail: nobody's is longer, and a guesser may send any. PostgreSQL takes no NUL. */
function counted(name: string): string {
  const plain = name.replaceAll('\u0000', '\ufffd')
  return plain.length > longestUsername ? `${plain.slice(0, longestUsername)}…` : plain
}

export const unauthenticated = (challenge = true): CairnError => new CairnError(
  'UNAUTHENTICATED',
  'You are not authenticated. Set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN, or sign in on the web page.',
  challenge ? { 'www-authenticate': 'Basic realm="mlflow"' } : {},
)

/** Whether credentials are somebody's: passwords, tokens and sessions. Guesses are limited. */
export class Proofs {
  readonly #options: ProofsOptions
  readonly #attempts: Attempts

  constructor(options: ProofsOptions) {
    this.#options = options
    this.#attempts = new Attempts(options.now)
  }

  /** Who a session belongs to, by what its cookie holds. Throws UNAUTHENTICATED. */
  async ofSession(session: string): Promise<Proven> {
    const { db, now } = this.#options
    const row = await db.read(sessionOperations.find, { session_hash: hashSecret(session) })
    if (row === undefined || !isAlive(row, now())) throw unauthenticated()
    return { userId: row.user_id, scope: undefined, proof: row.session_hash, by: 'session', ends: row.creation_time + sessionMs, touched: row.last_used_time }
  }

  /** Who an `Authorization` header belongs to. Throws UNAUTHENTICATED or REQUEST_LIMIT_EXCEEDED. */
  async ofHeader(header: string, address: string): Promise<Proven> {
    const bearer = /^bearer +(\S+) *$/i.exec(header)?.[1]
    if (bearer !== undefined) return this.#proveToken(parseToken(bearer), undefined, address)
    const basic = /^basic +([A-Za-z0-9+/=_-]+) *$/i.exec(header)?.[1]
    if (basic === undefined) throw unauthenticated()
    const text = Buffer.from(basic, 'base64').toString('utf8')
    const colon = text.indexOf(':')
    if (colon < 0) throw unauthenticated()
    const [name, password] = [text.slice(0, colon), text.slice(colon + 1)]
    const token = parseToken(password)
    if (token !== undefined) return this.#proveToken(token, name, address)
    const user = await this.ofPassword(name, password, address)
    if (user === undefined) throw unauthenticated()
    return { userId: user.id, scope: undefined, proof: user.password_hash!, by: 'password', ends: Infinity, touched: Infinity }
  }

  /** The user whose password this is. A user that there is not costs what a wrong password does. */
  async ofPassword(name: string, password: string, address: string): Promise<UserRow | undefined> {
    const { db, users, passwords } = this.#options
    this.#limit(name, address)
    const user = await db.read(users.find, { username: counted(name) })
    if (await passwords.matches(password, user?.password_hash)) {
      this.#attempts.succeeded(counted(name), address)
      return user
    }
    this.#failed(name, address, 'wrong user name or password')
    return undefined
  }

  /** `name`: the user that the client gave beside the token, if it gave one. */
  async #proveToken(token: TokenText | undefined, name: string | undefined, address: string): Promise<Proven> {
    const { db, users, now } = this.#options
    const shown = name || `token ${token?.id ?? ''}`.trim()
    this.#limit(shown, address)
    const row = token && await db.read(tokenOperations.find, { token_id: token.id })
    if (row === undefined || !isSecretOf(token!.secret, row)) {
      this.#failed(shown, address, 'unknown token')
      throw unauthenticated()
    }
    const expiry = row.expiry_time ?? Infinity
    const user = await db.read(users.find, { id: row.user_id })
    const named = name === undefined || name === '' || name === 'token' || name === '__token__' || name === user?.username
    if (expiry <= now() || user === undefined || !named) {
      this.#failed(shown, address, expiry <= now() ? 'token has expired' : 'token of another user')
      throw unauthenticated()
    }
    return { userId: user.id, scope: { ...scopeOf(row.scopes), ...(row.expiry_time !== null && { ends: row.expiry_time }) }, proof: row.secret_hash, by: { token: row.token_id }, ends: expiry, touched: row.last_used_time ?? 0 }
  }

  #limit(user: string, address: string): void {
    const seconds = this.#attempts.waitSeconds(counted(user), address)
    if (seconds > 0) throw new CairnError('REQUEST_LIMIT_EXCEEDED', `Too many wrong passwords. Try again in ${seconds} seconds.`, { 'retry-after': String(seconds) })
  }

  #failed(user: string, address: string, why: string): void {
    this.#attempts.failed(counted(user), address)
    this.#options.failed?.({ user: counted(user), address, why })
  }

  /** Whether what was proven once is what the database still has. */
  async stillHolds({ userId, by, proof }: Proven): Promise<boolean> {
    const { db, users } = this.#options
    const now = by === 'password' ? (await db.read(users.find, { id: userId }))?.password_hash
      : by === 'session' ? (await db.read(sessionOperations.find, { session_hash: proof }))?.session_hash
        : (await db.read(tokenOperations.find, { token_id: by.token }))?.secret_hash
    return now === proof
  }
}
