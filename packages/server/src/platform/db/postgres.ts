import { CairnError, invalid } from '@cairn/protocol'
import type pg from 'pg'
import { postgresDialect } from './dialect.ts'
import type { WriteConnection } from './group-commit.ts'
import { openClient } from './postgres-client.ts'
import type { ReadConnection } from './read-connection.ts'
import type { Value } from './types.ts'

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

/** What PostgreSQL sends as text, by its type's number: integers as SQLite gives them, booleans as 0 and 1. */
const parsers: Readonly<Record<number, (text: string) => unknown>> = {
  16: (text) => (text === 't' ? 1 : 0),
  // Not a Buffer: those lie in a pool, and a transfer to another thread would take the pool along.
  17: (text) => Uint8Array.fromHex(text.slice(2)),
  20: integer, 21: Number, 23: Number, 26: Number, 700: Number, 701: Number,
  1700: (text) => (text.includes('.') ? Number(text) : integer(text)),
}
const asText = (text: string): string => text
const types = { getTypeParser: (oid: number) => parsers[oid] ?? asText }

function integer(text: string): number | bigint {
  const number = Number(text)
  return Number.isSafeInteger(number) ? number : BigInt(text)
}

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
  #transaction: string | undefined
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
    await this.#begin('BEGIN')
    const row = (await this.#query(`SELECT ${writeLock}, pg_current_xact_id()::text AS transaction`, [])).rows[0] as { transaction: string }
    this.#transaction = row.transaction
  }

  async beginReading(): Promise<void> {
    await this.#begin('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
  }

  async #begin(sql: string): Promise<void> {
    this.#failed = false
    this.#transaction = undefined
    await this.#simple(sql)
    this.#open = true
  }

  async commit(): Promise<void> {
    const transaction = this.#transaction
    try {
      await this.#simple('COMMIT')
    } catch (error) {
      if (this.#client !== undefined || transaction === undefined || !await this.#wasCommitted(transaction)) throw error
    } finally {
      this.#open = false
    }
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

  /**
   * The connection broke while the server was committing: it has done so, or it has not. It keeps
   * the answer for as long as it takes to ask.
   */
  async #wasCommitted(transaction: string): Promise<boolean> {
    for (let attempt = 0; attempt < 20; attempt += 1) {
      try {
        const { rows } = await (await this.#connected()).query<{ status: string | null }>('SELECT pg_xact_status($1::xid8) AS status', [transaction])
        if (rows[0]!.status === 'committed') return true
        if (rows[0]!.status === 'aborted') return false
      } catch {
        // Not back yet.
      }
      await new Promise((resolve) => setTimeout(resolve, 250))
    }
    throw new CairnError('TEMPORARILY_UNAVAILABLE', 'The database went away while it stored this request, and has not come back: it may have been stored, or not.', { 'retry-after': '5' })
  }

  async #query(sql: string, params: readonly Value[], rowMode?: 'array') {
    const result = await this.#ask({ ...this.#statement(sql), values: params as unknown[], types, ...(rowMode !== undefined && { rowMode }) } as pg.QueryConfig)
    if (changesRows.test(sql)) this.writes += 1
    return result
  }

  async #ask(query: pg.QueryConfig): Promise<pg.QueryResult<Record<string, unknown>>> {
    const client = await this.#connected()
    try {
      return await client.query(query)
    } catch (error) {
      throw this.#explain(error)
    }
  }

  async #simple(sql: string): Promise<void> {
    const client = await this.#connected()
    try {
      await client.query(sql)
    } catch (error) {
      throw this.#explain(error)
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
        application_name: 'cairn', ...(this.#options.connectMs !== undefined && { connectionTimeoutMillis: this.#options.connectMs }),
        // A process that hangs with a transaction open must not hold the others for ever.
        idle_in_transaction_session_timeout: 60_000, lock_timeout: 30_000,
      })
    } catch (error) {
      this.#refusedUntil = Date.now() + 500
      throw Object.assign(unavailable('The database does not answer.'), { cause: error })
    }
    const lost = (): void => { if (this.#client === client) this.#drop() }
    client.on('error', lost)
    client.on('end', lost)
    if (this.#closed) {
      await client.end().catch(() => {})
      throw unavailable('The connection to the database was closed.')
    }
    return this.#client = client
  }

  #drop(): void {
    // Also when it is only in doubt: a socket that nobody holds would keep the process alive.
    void this.#client?.end().catch(() => {})
    this.#client = undefined
    this.#names = new Map()
    this.#caches.clear()
    this.#failed = true
  }

  #explain(error: unknown): unknown {
    this.#failed = true
    const { code, message } = error as { code?: string; message: string }
    if (code === '22021') return invalid('Text must not contain the character U+0000: PostgreSQL cannot store it.')
    if (code === '55P03') return unavailable('Another server holds the database.')
    if (code === undefined ? /Connection terminated|not queryable|Client has encountered|ECONN|EPIPE|closed/.test(message) : /^(?:08|57P0|25P03|ECONN|EPIPE|ETIMEDOUT)/.test(code)) {
      this.#drop()
      return unavailable('The connection to the database was lost.')
    }
    return error
  }
}

const changesRows = /\b(?:INSERT|UPDATE|DELETE)\b/i

const unavailable = (what: string): CairnError =>
  new CairnError('TEMPORARILY_UNAVAILABLE', `${what} Nothing of this request was stored. Try again in a moment.`, { 'retry-after': '1' })
