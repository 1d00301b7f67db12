import { createHmac, randomBytes } from 'node:crypto'
import { CairnError, type PermissionLevel } from '@cairn/protocol'
import { isOurs } from '../forms/index.ts'
import type { Log } from '../platform/http/index.ts'
import { Access, grantOperations, type AccessVersions, type Caller, type UserRow } from '../users/index.ts'
import { defaultWorkspace } from '../workspaces/index.ts'
import { sessionIn } from './cookies.ts'
import { Proofs, unauthenticated, type Proven, type ProofsOptions } from './proofs.ts'
import { hashSecret, idleMs, newSecret, sessionOperations } from './sessions.ts'
import { tokenOperations } from './tokens.ts'

export interface AccountsOptions extends ProofsOptions {
  /** What somebody may do with whatever nothing is granted on. */
  readonly defaultLevel: PermissionLevel
  /** The same by workspace, by name, where there are some. */
  absentLevel?(workspace: string): PermissionLevel
  readonly log: Log
  /** Told when another request or server may have changed what somebody may do, or moved runs elsewhere. */
  renewed?(): void
}

/** Kept, so that the next request need not hash a password again. */
interface Known extends Proven {
  /** The state of users and grants in which `caller` was made. */
  state: number
  caller: Caller
}

type Headers = Readonly<Record<string, string | string[] | undefined>> & { readonly authorization?: string | undefined }

const keptCredentials = 10_000
/** How old what is known of users and grants may be before the database is asked whether it changed. */
const freshMs = 1000
/** `last used` is written down this often. */
const touchMs = 60_000

/**
 * Who may sign in and what they may do. What was checked is kept in memory, so that a request costs
 * a look into a map; a change made here counts at once, one made by another server within a second,
 * and nobody is refused for something that was granted since.
 */
export class Accounts {
  readonly #options: AccountsOptions
  readonly #proofs: Proofs
  readonly #key = randomBytes(32)
  readonly #known = new Map<string, Known>()
  readonly #access = new Map<string, { state: number; access: Promise<Access | undefined> }>()
  /** Callers in workspaces other than the one that is always there. */
  readonly #elsewhere = new WeakMap<Caller, Map<string, { state: number; caller: Caller | undefined }>>()
  /** Grows whenever users or grants may have changed. */
  #state = 0
  #versions: AccessVersions | undefined
  #checkedAt = -Infinity
  #checking: Promise<void> | undefined

  constructor(options: AccountsOptions) {
    this.#options = options
    this.#proofs = new Proofs(options)
  }

  /** What is kept is old: somebody changed users or grants through this server. */
  changed(): void {
    this.#state += 1
    this.#access.clear()
  }

  /** Who sends a request with these headers; throws UNAUTHENTICATED or REQUEST_LIMIT_EXCEEDED. */
  admit(method: string | undefined, headers: Headers, address: string): Caller | Promise<Caller> {
    if (headers.authorization !== undefined) return this.authenticate(headers.authorization, address)
    const session = sessionIn(headers)
    if (session === undefined || !isOurs(method, headers)) throw unauthenticated()
    return this.#kept(`session ${session}`, () => this.#proofs.ofSession(session))
  }

  /** What the sender of a long request may do as it goes on; undefined once it is not signed in any more. */
  follow(headers: Headers, address: string, access: Access, signal: AbortSignal): () => Access | undefined {
    let latest: Access | undefined = access
    const look = async (): Promise<void> => {
      try {
        latest = (await this.callerIn(await this.admit('GET', headers, address), access.workspace))?.access
      } catch (error) {
        // Not while the database is away: then nobody knows better.
        if (error instanceof CairnError && error.code === 'UNAUTHENTICATED') latest = undefined
      }
    }
    const timer = setInterval(() => void look(), freshMs)
    timer.unref()
    signal.addEventListener('abort', () => clearInterval(timer), { once: true })
    if (signal.aborted) clearInterval(timer)
    return () => latest
  }

  /** Who sends these credentials (an `Authorization` header); throws UNAUTHENTICATED or REQUEST_LIMIT_EXCEEDED. */
  authenticate(header: string, address: string): Caller | Promise<Caller> {
    return this.#kept(header, () => this.#proofs.ofHeader(header, address))
  }

  #kept(credentials: string, prove: () => Promise<Proven>): Caller | Promise<Caller> {
    // Not the password itself: a dump of memory should not hold everybody's.
    const key = createHmac('sha256', this.#key).update(credentials).digest('base64')
    const known = this.#known.get(key)
    if (known !== undefined && known.state === this.#state && this.#fresh && this.#alive(known)) {
      this.#touch(known)
      return known.caller
    }
    return this.#slowly(key, known, prove)
  }

  /** Begins a session; answers what its cookie holds. */
  async begin(user: UserRow): Promise<string> {
    const { db, now } = this.#options
    const secret = newSecret()
    await db.write(sessionOperations.begin, { session_hash: hashSecret(secret), user_id: user.id, author: { principal: user.username, now: now() } })
    return secret
  }

  /** Ends the session of these headers. */
  async end(headers: Headers, principal: string): Promise<void> {
    const session = sessionIn(headers)
    if (session === undefined) return
    await this.#options.db.write(sessionOperations.end, { session_hash: hashSecret(session), author: { principal, now: this.#options.now() } })
    this.changed()
  }

  /** What somebody may do now, whatever was kept; undefined when there is no such user any more. */
  async current(access: Access): Promise<Access | undefined> {
    this.changed()
    return this.accessIn(access, access.workspace)
  }

  /** What the same user may do in a workspace, by its name, by the same token. */
  async accessIn(access: Access, workspace: string): Promise<Access | undefined> {
    return (await this.#load(access.userId, workspace))?.within(access.scope)
  }

  /** The same caller in another workspace; undefined where there is nothing for them. */
  callerIn(caller: Caller, workspace: string): Caller | undefined | Promise<Caller | undefined> {
    if (workspace === caller.access.workspace) return caller
    let known = this.#elsewhere.get(caller)
    const kept = known?.get(workspace)
    if (kept?.state === this.#state) return kept.caller
    if (known === undefined) this.#elsewhere.set(caller, known = new Map())
    const state = this.#state
    return this.accessIn(caller.access, workspace).then((access) => {
      const there = access?.isPresent === true ? { ...caller, access } : undefined
      known.set(workspace, { state, caller: there })
      return there
    })
  }

  /** The user whose password this is; undefined for a wrong one. Guesses are limited. */
  checkPassword(user: string, password: string, address: string): Promise<UserRow | undefined> {
    return this.#proofs.ofPassword(user, password, address)
  }

  #alive({ by, ends, touched }: Proven): boolean {
    const now = this.#options.now()
    return now < ends && (by !== 'session' || now < touched + idleMs)
  }

  get #fresh(): boolean {
    return performance.now() - this.#checkedAt < freshMs
  }

  /** Asks the database whether another server changed something. */
  #refresh(): Promise<void> | undefined {
    if (this.#fresh) return undefined
    return this.#checking ??= (async () => {
      const at = performance.now()
      const versions = await this.#options.db.read(this.#options.users.versions, null)
      if (versions.credentials !== this.#versions?.credentials || versions.grants !== this.#versions.grants) {
        this.changed()
        this.#options.renewed?.()
      }
      this.#versions = versions
      this.#checkedAt = at
    })().finally(() => { this.#checking = undefined })
  }

  #load(userId: number, workspace = defaultWorkspace.name): Promise<Access | undefined> {
    const key = `${userId} ${workspace}`
    const kept = this.#access.get(key)
    if (kept?.state === this.#state) return kept.access
    const state = this.#state
    const { db, defaultLevel: floor, absentLevel } = this.#options
    const defaults = { floor, absent: absentLevel?.(workspace) ?? floor, workspace, confined: absentLevel !== undefined }
    const access = db.read(grantOperations.load, { user_id: userId, workspace }).then((found) =>
      found && new Access({ id: found.user.id, username: found.user.username, is_admin: found.user.is_admin === 1, isService: found.user.kind === 'service' }, found.grants, defaults))
    this.#access.set(key, { state, access })
    access.catch(() => this.#access.delete(key))
    return access
  }

  async #slowly(key: string, known: Known | undefined, prove: () => Promise<Proven>): Promise<Caller> {
    await this.#refresh()
    if (known !== undefined) {
      const again = await this.#stillValid(known)
      if (again !== undefined) return again
      this.#known.delete(key)
    }
    const state = this.#state
    const proven = await prove()
    const access = (await this.#load(proven.userId))?.within(proven.scope)
    if (access === undefined) throw unauthenticated()
    const caller: Caller = { name: access.name, access }
    const entry: Known = { ...proven, touched: proven.touched, state, caller }
    this.#known.delete(key)
    this.#known.set(key, entry)
    if (this.#known.size > keptCredentials) this.#known.delete(this.#known.keys().next().value!)
    this.#touch(entry)
    return caller
  }

  /** The caller, when what was checked once still holds. */
  async #stillValid(known: Known): Promise<Caller | undefined> {
    const state = this.#state
    if (!this.#alive(known)) return undefined
    if (!await this.#proofs.stillHolds(known)) return undefined
    const access = (await this.#load(known.userId))?.within(known.scope)
    if (access === undefined) return undefined
    known.caller = { name: access.name, access }
    known.state = state
    this.#touch(known)
    return known.caller
  }

  /** Writes down that a token or session is in use, and lets the session go on. */
  #touch(known: Known): void {
    const { db, log, now } = this.#options
    const at = now()
    if (known.by === 'password' || at - known.touched < touchMs) return
    known.touched = at
    const written = known.by === 'session'
      ? db.write(sessionOperations.touch, { session_hash: known.proof, now: at })
      : db.write(tokenOperations.touch, { token_id: known.by.token, now: at })
    written.catch((error: unknown) => log.warn('The last use of a token or session could not be written down.', { error: String(error) }))
  }
}
