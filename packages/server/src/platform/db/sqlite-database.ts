import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import type { Telemetry } from '../telemetry/index.ts'
import type { Tracing } from '../tracing/index.ts'
import { QueuedDatabase, type GroupWriter, type LocalReader, type Waiting } from './database.ts'
import { commitGroup, InDoubt, joinOutcomes, receiveError, type Call, type Outcome } from './group-commit.ts'
import { DatabaseRefused, migrate, refuseForeign } from './migrate.ts'
import { holdFile, SqliteConnection } from './sqlite.ts'
import { ReaderPool, Thread } from './threads.ts'
import type { Database, Migration, ReadOperation, StreamOperation } from './types.ts'

export interface SqliteDatabaseOptions {
  /** File of the SQLite database; made when it does not exist. */
  readonly path: string
  readonly migrations: readonly Migration[]
  /** A file that a new one starts as a copy of, which is quicker than all migrations. */
  readonly template?: string | undefined
  /** Writes that are made before anybody else's. */
  readonly first?: readonly Call[] | undefined
  /**
   * The module that database threads run: it calls `serveDatabaseThread` with all operations.
   * Without it everything runs on the calling thread, which is what store tests want.
   */
  readonly thread?: URL | undefined
  /**
   * Reader threads at most, started as they are needed (8 MB each). Default 1: with two on two cores
   * four searchers got 300 instead of 280 pages/s and sixteen writers 3k instead of 11k points/s.
   */
  readonly readers?: number | undefined
  /** Writes that may wait for the writer before new ones are refused with 503; default 20,000. */
  readonly queueLimit?: number | undefined
  readonly telemetry?: Telemetry | undefined
  readonly tracing?: Tracing | undefined
}

/*
 * Most of the pages that are kept stay in the system's cache as well. With twice as much for the writer and for what is
 * read on the server's own thread logging costs the same at 100,000 runs, and memory after a load is 14 MB more.
 */
const writerCacheKiB = 16_000
const localCacheKiB = 8_000
const readerCacheKiB = 16_000

/** Opens the database, brings its schema up to date and starts its threads. */
export async function openSqlite({ path, migrations, template, first = [], thread, readers = 1, queueLimit = 20_000, telemetry, tracing }: SqliteDatabaseOptions): Promise<Database> {
  if (statSync(path, { throwIfNoEntry: false })?.size) {
    using existing = new SqliteConnection({ path, readOnly: true, cacheKiB: 100 })
    await refuseForeign(existing)
  }
  const lock = thread === undefined ? undefined : lockForServer(path)
  if (template !== undefined) startAs(template, path)
  const connection = new SqliteConnection({ path, readOnly: false, cacheKiB: localCacheKiB })
  try {
    await migrate(connection, migrations, Date.now())
    for (const outcome of first.length === 0 ? [] : await commitGroup(connection, first)) if (!outcome.ok) throw receiveError(outcome.error)
  } catch (error) {
    connection[Symbol.dispose]()
    lock?.[Symbol.dispose]()
    throw error
  }
  const local = new OneConnection(connection, lock)
  if (thread === undefined) return new QueuedDatabase({ local, writer: new LocalWriter(connection), readers: undefined, queueLimit, telemetry, tracing })
  const writer = new ThreadWriter(() => new Thread(thread, { role: 'writer', path, cacheKiB: writerCacheKiB }))
  const pool = new ReaderPool(thread, { role: 'reader', database: { kind: 'sqlite', path, cacheKiB: readerCacheKiB } }, readers)
  return new QueuedDatabase({ local, writer, readers: pool, queueLimit, telemetry, tracing })
}

/** Makes a new database of the copy of another; on the disk before anything is written into it. */
function startAs(template: string, path: string): void {
  // A server that was killed may have left what belongs to a database and not the database.
  if ([path, `${path}-wal`].some((file) => statSync(file, { throwIfNoEntry: false }) !== undefined)) return
  const made = `${path}-new`
  writeFileSync(made, readFileSync(template), { flush: true })
  renameSync(made, path)
}

/** A second server would not hear of this one's writes: its live pages, compactor and webhooks would go wrong. */
function lockForServer(path: string): Disposable {
  const held = holdFile(`${path}-lock`)
  if (held === undefined) {
    throw new DatabaseRefused('Another server uses this database. Stop it first, or give this one a place of its own (--data-dir). For several servers on one database use PostgreSQL.')
  }
  return held
}

class OneConnection implements LocalReader {
  readonly #connection: SqliteConnection
  /** Without one, writes run on the same connection. */
  readonly #lock: Disposable | undefined
  #reads: Promise<unknown> = Promise.resolve()

  constructor(connection: SqliteConnection, lock: Disposable | undefined) {
    this.#connection = connection
    this.#lock = lock
  }

  get dialect() {
    return this.#connection.dialect
  }

  read<In, Out>(operation: ReadOperation<In, Out>, input: In): Promise<Out> {
    // One after the other: each runs in a snapshot of the one connection of this thread.
    const result = this.#reads.then(async () => {
      if (this.#lock === undefined && this.#connection.inTransaction) return operation.run(this.#connection, input)
      this.#connection.exec('BEGIN')
      try {
        return await operation.run(this.#connection, input)
      } finally {
        this.#connection.exec('COMMIT')
      }
    })
    this.#reads = result.catch(() => undefined)
    return result
  }

  stream<In>(operation: StreamOperation<In>, input: In): AsyncIterable<Uint8Array> {
    return operation.run(this.#connection, input) as AsyncIterable<Uint8Array>
  }

  async close(): Promise<void> {
    await this.#reads
    this.#connection[Symbol.dispose]()
    this.#lock?.[Symbol.dispose]()
  }
}

class LocalWriter implements GroupWriter {
  readonly #connection: SqliteConnection
  constructor(connection: SqliteConnection) {
    this.#connection = connection
  }
  commit(group: readonly Waiting[]): Promise<readonly Outcome[]> {
    return commitGroup(this.#connection, group)
  }
  async close(): Promise<void> {}
}

/** Sends groups to a thread, which commits them in the order in which they were sent. */
class ThreadWriter implements GroupWriter {
  readonly takesAhead = true
  readonly #start: () => Thread
  #thread: Thread | undefined
  /** Of the groups that are on their way, the oldest first. */
  readonly #settle: { resolve(outcomes: readonly Outcome[]): void; reject(error: Error): void }[] = []

  /** The thread starts with the first group: a server that nobody writes to has no use for its 12 MB. */
  constructor(start: () => Thread) {
    this.#start = start
  }

  commit(group: readonly Waiting[]): Promise<readonly Outcome[]> {
    return new Promise((resolve, reject) => {
      this.#settle.push({ resolve, reject })
      const names: string[] = []
      const which: number[] = []
      for (const { operation } of group) {
        let index = names.indexOf(operation.name)
        if (index < 0) index = names.push(operation.name) - 1
        which.push(index)
      }
      this.#thread ??= this.#started()
      this.#thread.send({ type: 'write', names, which, inputs: group.map((waiting) => waiting.input) })
    })
  }

  async close(): Promise<void> {
    await this.#thread?.close()
  }

  #started(): Thread {
    const thread = this.#start()
    thread.onMessage((message) => {
      if (message.type === 'wrote') this.#settle.shift()?.resolve(joinOutcomes(message.values, message.failures))
    })
    thread.onExit(() => {
      if (this.#thread !== thread) return
      // The next group starts another.
      this.#thread = undefined
      for (const { reject } of this.#settle.splice(0)) reject(new InDoubt('The thread that stored this request has ended: it may have been stored, or not.'))
    })
    return thread
  }
}
