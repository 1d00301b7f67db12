import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { CairnError } from '@cairn/protocol'
import type pg from 'pg'
import { postgresDialect } from './dialect.ts'
import { InDoubt, type WriteConnection } from './group-commit.ts'
import { Batch, PreparedStatements, type Answer, type Asked } from './postgres-batch.ts'
import { openClient } from './postgres-client.ts'
import { readFailure, unavailable, whyNot } from './postgres-errors.ts'
import { endSession, Watch } from './postgres-watch.ts'
import type { ReadConnection } from './read-connection.ts'
import type { Migration, Value } from './types.ts'

export interface PostgresOptions {
  /** `postgresql://user:password@host:port/database?sslmode=…`; what it does not say comes from PGHOST, PGPASSWORD and the like. */
  readonly uri: string
  /** Milliseconds for the connection to be made; default 5000. */
  readonly connectMs?: number
  /** A database of another program: how to read it is left to its server. */
  readonly foreign?: boolean
}

/**
 * Statements are planned once and for all their values, from what the server knew then: planning one
 * with its values takes 0.3 ms, as long as most of them. So plans must not be clever. Ours look rows up
 * in indexes, one after the other, as they do on SQLite, and are right however much there is by the
 * time they are used; a scan of a table that was small when a plan was made would be a disaster.
 */
const planning = `SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off;
  SET random_page_cost = 1.1; SET max_parallel_workers_per_gather = 0; SET jit = off`

const statementLimit = 512
/** How long a transaction that has read may stay open: it holds back what vacuum may clear away. */
const endMs = 20
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
  #statements = new PreparedStatements(statementLimit)
  #waiting: (Asked & { readonly kind: Kind })[] = []
  #sending = false
  readonly #texts = new Map<string, string>()
  readonly #caches = new Map<string, unknown>()
  #open = false
  /** That the lock was taken, which the first statements do not wait for. */
  #begun: Promise<unknown> | undefined
  #failed = false
  /** Why the connection of this transaction was given up, where that says more than that it is gone. */
  #why: CairnError | undefined
  /** Whether the last transaction only read, and is not ended yet. */
  #read = false
  #ending: NodeJS.Timeout | undefined
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
    const { columns, rows } = await this.#query(sql, params)
    return rows.map((row) => Object.fromEntries(columns.map(({ name }, at) => [name, row[at]])) as Row)
  }
  async rows<Row extends unknown[]>(sql: string, params: readonly Value[] = []): Promise<Row[]> {
    return (await this.#query(sql, params)).rows as Row[]
  }
  async one<Row>(sql: string, params: readonly Value[] = []): Promise<Row | undefined> {
    return (await this.all<Row>(sql, params))[0]
  }
  async run(sql: string, params: readonly Value[] = []): Promise<number> {
    return (await this.#query(sql, params)).count
  }

  async insert(sql: string, params: readonly Value[]): Promise<number[]> {
    // Numbers are taken in the order of the rows; in which order they come back is nowhere promised.
    return (await this.rows<[number]>(`${sql} RETURNING id`, params)).map(([id]) => id).sort((one, other) => one - other)
  }

  async *each<Row extends unknown[]>(sql: string, params: readonly Value[] = []): AsyncGenerator<Row> {
    // A cursor of SQL's: several may be open at once, as a search over many experiments needs.
    const name = `rows_${(this.#cursors += 1)}`
    await this.#ask(`DECLARE ${name} NO SCROLL CURSOR FOR ${this.#numbered(sql)}`, params, 'once')
    try {
      for (;;) {
        const { rows } = await this.#ask(`FETCH ${cursorRows} FROM ${name}`, [], 'once')
        yield* rows as Row[]
        if (rows.length < cursorRows) return
      }
    } finally {
      if (this.healthy) await this.#ask(`CLOSE ${name}`, [], 'once')
    }
  }

  cache<T>(name: string, create: () => T): T {
    let value = this.#caches.get(name) as T | undefined
    if (value === undefined) this.#caches.set(name, value = create())
    return value
  }

  async exec(sql: string): Promise<void> {
    await this.#ask(sql, [], 'script')
  }

  /**
   * Begins to write, as the only one: whoever else writes to this database, in this process or
   * another, waits until the commit. So transactions never deadlock, and what one has looked for
   * and not found is not there when it inserts it.
   */
  async begin(): Promise<void> {
    await this.transact('BEGIN ISOLATION LEVEL READ COMMITTED')
    this.#begun = this.#groups === undefined ? this.#query(`SELECT ${writeLock}`, []) : this.#query(countCommit, [this.#session, this.#groups += 1, Date.now()])
    // What is asked first goes with it, and fails with it.
    this.#begun.catch(() => {})
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
    await this.transact(this.#read ? 'COMMIT AND CHAIN' : 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    this.#read = false
  }

  /**
   * Begins a transaction by this statement, which goes out with the first that is asked in it. It
   * ends with the connection, should that be lost.
   */
  async transact(sql: string): Promise<void> {
    await this.#connected()
    this.#failed = false
    this.#why = undefined
    this.#open = true
    // Should it fail, those that go with it do.
    this.#ask(sql, []).catch(() => {})
  }

  async commit(): Promise<void> {
    const group = this.#groups
    try {
      // PostgreSQL would roll back, and answer as if nothing were wrong.
      await this.#begun
      if (this.#failed) throw new Error('A statement of this transaction had failed.')
      await this.exec('COMMIT')
    } catch (error) {
      this.#open &&= this.#client !== undefined
      if (this.#open || group === undefined || !await this.#wasCommitted(group)) throw error
    }
    this.#open = false
  }

  async rollback(): Promise<void> {
    this.#caches.clear()
    if (this.#open && this.#client !== undefined) await this.exec('ROLLBACK').catch(() => this.#drop())
    this.#open = false
  }

  async rollbackTo(savepoint: string): Promise<void> {
    this.#caches.clear()
    await this.exec(`ROLLBACK TO SAVEPOINT ${savepoint}; RELEASE SAVEPOINT ${savepoint}`)
    this.#failed = false
  }

  /** Ends a transaction that only read. That is said with the next, which saves a packet for each; or soon, if none comes. */
  async end(): Promise<void> {
    this.#read = this.#open && this.#client !== undefined
    if (this.#failed) this.#endReading()
    else if (this.#read) this.#ending ??= setTimeout(() => this.#endReading(), endMs)
    this.#open = false
  }

  #endReading(): void {
    clearTimeout(this.#ending)
    this.#ending = undefined
    const client = this.#client
    if (this.#read) this.exec('COMMIT').catch(() => this.#drop(client))
    this.#read = false
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#ending)
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
        await this.#ask(`SELECT ${writeLock}`, [])
        return (await this.rows<[number]>('SELECT number FROM writer_commits WHERE writer = ?', [this.#session]))[0]?.[0] === group
      } catch {
        await delay(250)
      }
    } while (Date.now() < until)
    throw new InDoubt('The database went away while it stored this request, and has not come back: it may have been stored, or not.')
  }

  async #query(sql: string, params: readonly Value[]): Promise<Answer> {
    const answer = await this.#ask(this.#numbered(sql), params)
    if (changesRows.test(sql)) this.writes += 1
    return answer
  }

  /** What is asked in the same turn of one transaction goes out together, and so does what is asked while an answer is out. */
  #ask(text: string, values: readonly Value[], kind: Kind = this.#open ? 'together' : 'alone'): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ text, values, kind, resolve, reject })
      if (this.#sending) return
      this.#sending = true
      process.nextTick(() => void this.#sendAll())
    })
  }

  async #sendAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const other = this.#waiting.findIndex(({ kind }) => kind !== 'together')
      const asked = this.#waiting.splice(0, other < 0 ? this.#waiting.length : Math.max(1, other))
      try {
        await this.#send(asked)
      } catch (error) {
        for (const { reject } of asked) reject(error)
      }
    }
    this.#sending = false
  }

  async #send(asked: readonly (Asked & { readonly kind: Kind })[]): Promise<void> {
    const client = await this.#connected()
    const watch = this.#watch
    watch?.asked()
    try {
      const [first] = asked
      if (first!.kind === 'script') {
        await client.query(first!.text)
        first!.resolve({ columns: [], rows: [], count: 0 })
      } else {
        await new Promise<void>((resolve, reject) => {
          client.query(new Batch(asked, first!.kind === 'once' ? new PreparedStatements(0) : this.#statements, (error) => (error === undefined ? resolve() : reject(error))))
        })
      }
    } catch (error) {
      throw this.#explain(error, client)
    } finally {
      watch?.answered()
    }
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
    if (this.#open || this.#closed) throw this.#why ?? unavailable('The connection to the database was lost.')
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
      throw Object.assign(unavailable(whyNot(error)), { cause: error })
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
    try {
      if (this.#options.foreign !== true) await askFirst(client, planning)
      if (this.#left) await askFirst(client, endSession, [this.#session])
    } catch (error) {
      this.#drop(client)
      throw Object.assign(unavailable(whyNot(error)), { cause: error })
    }
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
    this.#read = false
    this.#statements = new PreparedStatements(statementLimit)
    this.#caches.clear()
    this.#failed = true
  }

  #explain(error: unknown, client: pg.Client): unknown {
    this.#failed = true
    const { heard, lost, why } = readFailure(error)
    if (lost) this.#drop(client)
    this.#why = why
    return heard
  }
}

/**
 * How a statement goes out: with others in one packet; by itself; by itself and not prepared, as it
 * never comes again; or as text that may be several statements.
 */
type Kind = 'together' | 'alone' | 'once' | 'script'

const changesRows = /\b(?:INSERT|UPDATE|DELETE)\b/i

/** Nobody watches over a connection that is being made. */
async function askFirst(client: pg.Client, text: string, values: string[] = []): Promise<void> {
  const asked: pg.QueryConfig & { readonly query_timeout: number } = { text, query_timeout: 5000, ...(values.length > 0 && { values }) }
  await client.query(asked)
}
