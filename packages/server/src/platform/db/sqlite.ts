import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { sqliteDialect } from './dialect.ts'
import type { WriteConnection } from './group-commit.ts'
import type { ReadConnection } from './read-connection.ts'
import type { Value } from './types.ts'

export interface SqliteOptions {
  readonly path: string
  readonly readOnly: boolean
  /** Page cache of this connection, in KiB. */
  readonly cacheKiB: number
  /** The file is another program's: how it is kept stays as that program has it. */
  readonly foreign?: boolean
}

const statementLimit = 512

/**
 * One connection of `node:sqlite`. Statements are kept by their text. Answers are there at once;
 * store functions `await` them all the same, which costs a microtask.
 */
export class SqliteConnection implements WriteConnection, ReadConnection, Disposable {
  readonly dialect = sqliteDialect
  readonly remote = false
  readonly #db: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()
  readonly #caches = new Map<string, unknown>()
  /** Statements that change rows, which with RETURNING may be asked through any of the methods. */
  readonly #writing = new WeakSet<StatementSync>()
  /** Statements that changed something since the connection opened; tells whether an operation wrote. */
  writes = 0
  /** Whether a statement of this transaction has failed, perhaps half way. */
  #failed = false

  constructor(options: SqliteOptions) {
    this.#db = new DatabaseSync(options.path, { readOnly: options.readOnly, enableForeignKeyConstraints: false, timeout: 10_000 })
    if (!options.readOnly && options.foreign !== true) {
      this.#db.exec('PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000')
    }
    this.#db.exec(`PRAGMA cache_size = -${options.cacheKiB}; PRAGMA temp_store = MEMORY; PRAGMA case_sensitive_like = ON`)
  }

  all<Row>(sql: string, params: readonly Value[] = []): Row[] {
    this.#countWrite(sql)
    return this.#collect(this.#prepare(sql, false), params) as Row[]
  }

  rows<Row extends unknown[]>(sql: string, params: readonly Value[] = []): Row[] {
    this.#countWrite(sql)
    return this.#collect(this.#prepare(sql, true), params) as Row[]
  }

  one<Row>(sql: string, params: readonly Value[] = []): Row | undefined {
    this.#countWrite(sql)
    const statement = this.#prepare(sql, false)
    if (this.#writing.has(statement)) return this.#collect(statement, params)[0] as Row | undefined
    try {
      return statement.get(...params as never[]) as Row | undefined
    } catch (error) {
      if (!isOutOfRange(error)) throw error
      return this.#withBigInts(statement, () => statement.all(...params as never[]))[0] as Row | undefined
    }
  }

  *each<Row extends unknown[]>(sql: string, params: readonly Value[] = []): Iterable<Row> {
    // Not from the cache: a statement that is being stepped cannot serve a second loop.
    const statement = this.#db.prepare(cheaper(sql))
    statement.setReturnArrays(true)
    let seen = 0
    try {
      for (const row of statement.iterate(...params as never[])) {
        seen += 1
        yield row as unknown as Row
      }
    } catch (error) {
      if (!isOutOfRange(error)) throw error
      statement.setReadBigInts(true)
      for (const row of statement.iterate(...params as never[])) {
        if (seen-- > 0) continue
        yield narrow(row) as unknown as Row
      }
    }
  }

  run(sql: string, params: readonly Value[] = []): number {
    return Number(this.#change(sql, params).changes)
  }

  insert(sql: string, params: readonly Value[], rows: number): number[] {
    // Rows of one statement are numbered one after the other: nobody else writes meanwhile.
    const last = Number(this.#change(sql, params).lastInsertRowid)
    return rows === 1 ? [last] : Array.from({ length: rows }, (_, index) => last - rows + 1 + index)
  }

  cache<T>(name: string, create: () => T): T {
    let value = this.#caches.get(name) as T | undefined
    if (value === undefined) this.#caches.set(name, value = create())
    return value
  }

  exec(sql: string): void {
    this.#db.exec(sql)
  }

  get healthy(): boolean {
    return this.inTransaction && !this.#failed
  }

  get inTransaction(): boolean {
    return this.#db.isTransaction
  }

  begin(): void {
    this.#failed = false
    this.#prepare('BEGIN IMMEDIATE', false).run()
  }

  commit(): void {
    this.#prepare('COMMIT', false).run()
  }

  rollback(): void {
    this.#caches.clear()
    // SQLite rolls back by itself when the disk is full or the memory short.
    if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
  }

  beginReading(): void {
    this.#db.exec('BEGIN')
  }

  /** Ends a transaction that only read. */
  end(): void {
    if (this.#db.isTransaction) this.#db.exec('COMMIT')
  }

  rollbackTo(savepoint: string): void {
    this.#failed = false
    this.#caches.clear()
    this.#db.exec(`ROLLBACK TO ${savepoint}; RELEASE ${savepoint}`)
  }

  close(): void {
    this[Symbol.dispose]()
  }

  [Symbol.dispose](): void {
    this.#statements.clear()
    if (this.#db.isOpen) this.#db.close()
  }

  #change(sql: string, params: readonly Value[]) {
    // Before: what fails half way has changed something as well.
    this.writes += 1
    const statement = this.#prepare(sql, false)
    this.#failed = true
    const result = statement.run(...params as never[])
    this.#failed = false
    return result
  }

  /** `INSERT … RETURNING` changes rows too, though it is read like a query. */
  #countWrite(sql: string): void {
    if (!/^\s*SELECT\b/.test(sql)) this.writes += 1
  }

  #prepare(sql: string, arrays: boolean): StatementSync {
    const name = arrays ? `[]${sql}` : sql
    let statement = this.#statements.get(name)
    if (statement === undefined) {
      statement = this.#db.prepare(cheaper(sql))
      if (arrays) statement.setReturnArrays(true)
      if (changesRows.test(sql)) {
        // Not to be run a second time for the sake of an integer that did not fit.
        statement.setReadBigInts(true)
        this.#writing.add(statement)
      }
      if (this.#statements.size >= statementLimit) this.#statements.delete(this.#statements.keys().next().value!)
      this.#statements.set(name, statement)
    }
    return statement
  }

  #collect(statement: StatementSync, params: readonly Value[]): unknown[] {
    if (this.#writing.has(statement)) {
      this.writes += 1
      this.#failed = true
      const rows = statement.all(...params as never[]).map(narrow)
      this.#failed = false
      return rows
    }
    try {
      return statement.all(...params as never[])
    } catch (error) {
      if (!isOutOfRange(error)) throw error
      return this.#withBigInts(statement, () => statement.all(...params as never[]))
    }
  }

  // Reading every integer as a bigint costs twice the time, so it is done only for the rows that
  // hold one beyond ±2^53.
  #withBigInts(statement: StatementSync, all: () => unknown[]): unknown[] {
    statement.setReadBigInts(true)
    try {
      return all().map(narrow)
    } finally {
      statement.setReadBigInts(false)
    }
  }
}

/**
 * A statement in words that cost SQLite less.
 *
 * SQLite 3.53 looks at a bare parameter behind LIMIT while it plans, and so plans the statement anew
 * each time that it is bound: 1.6 µs of 2.2 for the plainest one, 50 of 300 for a search.
 *
 * A statement that may fail half way notes the pages that it changes, to undo them. Whoever fails here
 * is undone with its whole transaction (`group-commit.ts`), so it need not: 4 of 41 µs for a run.
 */
function cheaper(sql: string): string {
  return sql.replaceAll(/\bLIMIT \?/g, 'LIMIT (? + 0)').replace(/^\s*INSERT INTO\b/, 'INSERT OR FAIL INTO').replace(/^\s*UPDATE (?=\w+ SET\b)/, 'UPDATE OR FAIL ')
}

/** Too broad rather than too narrow: what is taken for a write wrongly only costs time. */
const changesRows = /\b(?:INSERT|UPDATE|DELETE|REPLACE)\b/i

const isOutOfRange = (error: unknown): boolean => (error as { code?: string }).code === 'ERR_OUT_OF_RANGE'

function narrow(row: unknown): unknown {
  const record = row as Record<string, unknown>
  for (const key of Object.keys(record)) {
    const value = record[key]
    if (typeof value === 'bigint') {
      const number = Number(value)
      if (Number.isSafeInteger(number)) record[key] = number
    }
  }
  return row
}

/** Holds a file until it is disposed or the process ends, however it ends; undefined when another process does. */
export function holdFile(path: string): Disposable | undefined {
  const db = new DatabaseSync(path, { timeout: 0 })
  try {
    db.exec('BEGIN EXCLUSIVE')
    return { [Symbol.dispose]: () => db.close() }
  } catch (error) {
    db.close()
    if ((error as { errcode?: number }).errcode === 5) return undefined
    throw error
  }
}
