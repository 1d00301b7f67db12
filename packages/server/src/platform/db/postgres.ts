import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { CairnError, invalid } from '@cairn/protocol'
import type pg from 'pg'
import { postgresDialect } from './dialect.ts'
import { InDoubt, unwritable, type WriteConnection } from './group-commit.ts'
import { openClient } from './postgres-client.ts'
import { types } from './postgres-values.ts'
import { endSession, Watch } from './postgres-watch.ts'
import type { ReadConnection } from './read-connection.ts'
import type { Migration, Value } from './types.ts'

export interface PostgresOptions {
  /** `postgresql://user:password@host:port/database?sslmode=…`; what it does not say comes from PGHOST, PGPASSWORD and the like. */
  readonly uri: string
  /** Milliseconds for the connection to be made; default 5000. */
  readonly connectMs?: number
}

const statementLimit = 512
/** Rows that a cursor brings at once. */
const cursorRows = 1000
/** Names the schema that this is about: one is a database of its own. */
export const schemaLock = "hashtext(coalesce(current_schema(), current_setting('search_path')))"
/** One writes at a time, in whichever process. */
const writeLock = `pg_advisory_xact_lock(1667328370, ${schemaLock})`
export const migrateLock = `(1667328371, ${schemaLock})`

/** The last group that each connection has committed; see `keepCount`. */
export const commitMigrations: Migration[] = [
  { name: 'platform/0002-commits', up: ({ name }) => (name === 'sqlite' ? [] : ['CREATE TABLE writer_commits (writer TEXT PRIMARY KEY, number BIGINT NOT NULL, at BIGINT NOT NULL)']) },
]
const countCommit = `WITH held AS MATERIALIZED (SELECT ${writeLock}) INSERT INTO writer_commits (writer, number, at)
  SELECT ?, ?::bigint, ?::bigint FROM held ON CONFLICT (writer) DO UPDATE SET number = excluded.number, at = excluded.at`
const keptMs = 86_400_000
/** How long to ask what became of a commit. */
const doubtMs = 10_000

/**
 * One connection to PostgreSQL. It is made when it is first needed and made again after it was
 * lost; what it kept is forgotten then.
 */
export class PostgresConnection implements WriteConnection, ReadConnection {
  readonly dialect = postgresDialect
  readonly remote = true
  readonly #options: PostgresOptions
  #client: pg.Client | undefined
  #names = new Map<string, string>()
  readonly #texts = new Map<string, string>()
  readonly #caches = new Map<string, unknown>()
  #open = false
  #failed = false
  /** Names this connection for as long as it is, however often it is made again. */
  readonly #session = `cairn/${randomBytes(9).toString('base64url')}`
  #watch: Watch | undefined
  /** Whether a session of ours may have been left behind. */
  #left = false
  /** Groups begun; undefined where nobody needs to know which was committed. */
  #groups: number | undefined
  #connecting: Promise<pg.Client> | undefined
  #refusedUntil = 0
  #cursors = 0
  #closed = false
  writes = 0

  constructor(options: PostgresOptions) {
    this.#options = options
  }

  get healthy(): boolean {
    return this.#open && !this.#failed
  }
  get inTransaction(): boolean {
    return this.#open && this.#client !== undefined
  }

  async all<Row>(sql: string, params: readonly Value[] = []): Promise<Row[]> {
    return (await this.#query(sql, params)).rows as Row[]
  }
  async rows<Row extends unknown[]>(sql: string, params: readonly Value[] = []): Promise<Row[]> {
    return (await this.#query(sql, params, 'array')).rows as unknown as Row[]
  }
  async one<Row>(sql: string, params: readonly Value[] = []): Promise<Row | undefined> {
    return (await this.#query(sql, params)).rows[0] as Row | undefined
  }
  async run(sql: string, params: readonly Value[] = []): Promise<number> {
    return (await this.#query(sql, params)).rowCount ?? 0
  }

  async insert(sql: string, params: readonly Value[] = []): Promise<number> {
    return (await this.rows<[number]>(`${sql} RETURNING id`, params))[0]![0]
  }

  async *each<Row extends unknown[]>(sql: string, params: readonly Value[] = []): AsyncGenerator<Row> {
    // A cursor of SQL's: several may be open at once, as a search over many experiments needs.
    const name = `rows_${(this.#cursors += 1)}`
    await this.#ask({ text: `DECLARE ${name} NO SCROLL CURSOR FOR ${this.#numbered(sql)}`, values: params as unknown[] })
    try {
      for (;;) {
        const { rows } = await this.#ask({ text: `FETCH ${cursorRows} FROM ${name}`, rowMode: 'array', types } as pg.QueryConfig)
        yield* rows as unknown as Row[]
        if (rows.length < cursorRows) return
      }
    } finally {
      if (this.healthy) await this.#simple(`CLOSE ${name}`)
    }
  }

  cache<T>(name: string, create: () => T): T {
    let value = this.#caches.get(name) as T | undefined
    if (value === undefined) this.#caches.set(name, value = create())
    return value
  }

  async exec(sql: string): Promise<void> {
    await this.#simple(sql)
  }

  /**
   * Begins to write, as the only one: whoever else writes to this database, in this process or
   * another, waits until the commit. So transactions never deadlock, and what one has looked for
   * and not found is not there when it inserts it.
   */
  async begin(): Promise<void> {
    await this.transact('BEGIN')
    if (this.#groups === undefined) await this.#query(`SELECT ${writeLock}`, [])
    else await this.#query(countCommit, [this.#session, this.#groups += 1, Date.now()])
  }

  /**
   * From now on each group leaves its number in the database, so that it can be told whether one was
   * committed when the answer to that was lost. The transaction's own id would not do: after a crash
   * PostgreSQL gives the ids out again that had not reached the disk.
   */
  async keepCount(): Promise<void> {
    this.#groups = 0
    await this.run('DELETE FROM writer_commits WHERE at < ?', [Date.now() - keptMs])
  }

  async beginReading(): Promise<void> {
    await this.transact('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
  }

  /** Begins a transaction by this statement. It ends with the connection, should that be lost. */
  async transact(sql: string): Promise<void> {
    this.#failed = false
    await this.#simple(sql)
    this.#open = true
  }

  async commit(): Promise<void> {
    const group = this.#groups
    try {
      // PostgreSQL would roll back, and answer as if nothing were wrong.
      if (this.#failed) throw new Error('A statement of this transaction had failed.')
      await this.#simple('COMMIT')
    } catch (error) {
      this.#open &&= this.#client !== undefined
      if (this.#open || group === undefined || !await this.#wasCommitted(group)) throw error
    }
    this.#open = false
  }

  async rollback(): Promise<void> {
    this.#caches.clear()
    if (this.#open && this.#client !== undefined) await this.#simple('ROLLBACK').catch(() => this.#drop())
    this.#open = false
  }

  async rollbackTo(savepoint: string): Promise<void> {
    this.#caches.clear()
    await this.#simple(`ROLLBACK TO SAVEPOINT ${savepoint}; RELEASE SAVEPOINT ${savepoint}`)
    this.#failed = false
  }

  /** Ends a transaction that only read. */
  async end(): Promise<void> {
    if (this.#open && this.#client !== undefined) await this.#simple('COMMIT').catch(() => this.#drop())
    this.#open = false
  }

  async close(): Promise<void> {
    this.#closed = true
    const client = this.#client
    this.#client = undefined
    await client?.end().catch(() => {})
    this.#drop()
  }

  /** The connection broke while the server was committing: it has done so, or it has not. */
  async #wasCommitted(group: number): Promise<boolean> {
    const until = Date.now() + doubtMs
    do {
      try {
        // With the lock in our hands the session that was lost has ended, whichever way.
        await this.#simple(`SELECT ${writeLock}`)
        return (await this.rows<[number]>('SELECT number FROM writer_commits WHERE writer = ?', [this.#session]))[0]?.[0] === group
      } catch {
        await delay(250)
      }
    } while (Date.now() < until)
    throw new InDoubt('The database went away while it stored this request, and has not come back: it may have been stored, or not.')
  }

  async #query(sql: string, params: readonly Value[], rowMode?: 'array') {
    const result = await this.#ask({ ...this.#statement(sql), values: params as unknown[], types, ...(rowMode !== undefined && { rowMode }) } as pg.QueryConfig)
    if (changesRows.test(sql)) this.writes += 1
    return result
  }

  #ask(query: pg.QueryConfig): Promise<pg.QueryResult<Record<string, unknown>>> {
    return this.#send((client) => client.query(query))
  }

  async #simple(sql: string): Promise<void> {
    await this.#send((client) => client.query(sql))
  }

  async #send<T>(query: (client: pg.Client) => Promise<T>): Promise<T> {
    const client = await this.#connected()
    const watch = this.#watch
    watch?.asked()
    try {
      return await query(client)
    } catch (error) {
      throw this.#explain(error, client)
    } finally {
      watch?.answered()
    }
  }

  #statement(sql: string): { text: string; name?: string } {
    const text = this.#numbered(sql)
    let name = this.#names.get(text)
    if (name === undefined && this.#names.size < statementLimit) this.#names.set(text, name = `s${this.#names.size}`)
    return name === undefined ? { text } : { text, name }
  }

  /** `?` becomes `$1`, `$2`, …; none stands in a text of ours. */
  #numbered(sql: string): string {
    let text = this.#texts.get(sql)
    if (text === undefined) {
      let number = 0
      text = sql.replace(/'[^']*'|\?/g, (found) => (found === '?' ? `$${(number += 1)}` : found))
      if (this.#texts.size < 4 * statementLimit) this.#texts.set(sql, text)
    }
    return text
  }

  #connected(): pg.Client | Promise<pg.Client> {
    // Two that ask at once share the one connection that is being made.
    return this.#client ?? (this.#connecting ??= this.#connect().finally(() => { this.#connecting = undefined }))
  }

  async #connect(): Promise<pg.Client> {
    if (this.#open || this.#closed) throw unavailable('The connection to the database was lost.')
    if (Date.now() < this.#refusedUntil) throw unavailable('The database does not answer.')
    let client: pg.Client
    try {
      client = await openClient(this.#options.uri, {
        application_name: this.#session, ...(this.#options.connectMs !== undefined && { connectionTimeoutMillis: this.#options.connectMs }),
        // A process that hangs with a transaction open must not hold the others for ever.
        idle_in_transaction_session_timeout: 60_000, lock_timeout: 30_000,
      })
    } catch (error) {
      this.#refusedUntil = Date.now() + 500
      throw Object.assign(unavailable('The database does not answer.'), { cause: error })
    }
    const lost = (): void => this.#drop(client)
    client.on('error', lost)
    client.on('end', lost)
    this.#watch = new Watch(this.#options.uri, this.#session, (sight) => {
      // So that those who wait do not try one after the other.
      if (sight === 'silent') this.#refusedUntil = Date.now() + 1000
      this.#drop(client)
    })
    if (this.#closed) {
      await client.end().catch(() => {})
      throw unavailable('The connection to the database was closed.')
    }
    this.#client = client
    if (this.#left) await this.#ask({ text: endSession, values: [this.#session] })
    this.#left = false
    return client
  }

  /** Forgets the connection, unless there is another already. */
  #drop(client = this.#client): void {
    if (client !== this.#client) return
    // Also when it is only in doubt: a socket that nobody holds would keep the process alive.
    void client?.end().catch(() => {})
    this.#left ||= client !== undefined
    this.#watch?.[Symbol.dispose]()
    this.#client = undefined
    this.#names = new Map()
    this.#caches.clear()
    this.#failed = true
  }

  #explain(error: unknown, client: pg.Client): unknown {
    this.#failed = true
    const { code, message } = error as { code?: string; message: string }
    if (code === '22021') return invalid('Text must not contain the character U+0000: PostgreSQL cannot store it.')
    if (code === '53100') return unwritable('The disk of the database is full.')
    if (code === '55P03') return unavailable('Another server holds the database.')
    if (code === undefined ? /Connection terminated|not queryable|Client has encountered|ECONN|EPIPE|closed/.test(message) : /^(?:08|57P0|25P03|ECONN|EPIPE|ETIMEDOUT)/.test(code)) {
      this.#drop(client)
      return unavailable('The connection to the database was lost.')
    }
    return error
  }
}

const changesRows = /\b(?:INSERT|UPDATE|DELETE)\b/i

const unavailable = (what: string): CairnError =>
  new CairnError('TEMPORARILY_UNAVAILABLE', `${what} Nothing of this request was stored. Try again in a moment.`, { 'retry-after': '1' })
