import { existsSync } from 'node:fs'
import { DatabaseRefused, dueMigrations } from './migrate.ts'
import type { DatabaseLocation } from './open.ts'
import type { ReadConnection } from './read-connection.ts'
import { SqliteConnection } from './sqlite.ts'
import type { Awaitable } from './awaitable.ts'
import type { Dialect, Migration, Reader, Value } from './types.ts'

/** A database of this program that is only read, also while servers work with it. */
export interface ReadOnlyDatabase extends AsyncDisposable {
  readonly dialect: Dialect
  /** Names of what is still to be done to its schema. */
  readonly due: readonly string[]
  /** What the database itself finds wrong with its pages and indexes; PostgreSQL looks after its own. */
  integrity(): Promise<readonly string[]>
  /** Each question by itself: for work that takes its time between two of them. */
  readonly loose: Reader
  /** Everything that `work` asks is answered from one state of the database. One at a time. */
  snapshot<T>(work: (tx: Reader) => Promise<T>): Promise<T>
}

/** Opens a database without changing it. Refuses one that is not there, of another program, or of a newer version. */
export async function openReadOnly(at: DatabaseLocation, migrations: readonly Migration[]): Promise<ReadOnlyDatabase> {
  const { connection, all, explain } = await connect(at, migrations)
  try {
    const due = await dueMigrations(connection, all)
    if (due.length === all.length) throw new DatabaseRefused('There is nothing in this database.')
    return {
      dialect: connection.dialect, due: due.map(({ name }) => name), loose: new LooseReader(connection),
      integrity: async () => (connection.dialect.name === 'sqlite'
        ? (await connection.rows<[string]>('PRAGMA integrity_check')).map(([said]) => said).filter((said) => said !== 'ok') : []),
      snapshot: (work) => within(connection, () => work(connection)),
      async [Symbol.asyncDispose]() { await connection.close() },
    }
  } catch (error) {
    await connection.close()
    throw explain(error)
  }
}

async function connect(at: DatabaseLocation, migrations: readonly Migration[]): Promise<{ connection: ReadConnection; all: readonly Migration[]; explain: (error: unknown) => unknown }> {
  if (at.kind === 'sqlite') {
    if (!existsSync(at.path)) throw new DatabaseRefused(`There is no such file: ${at.path}`)
    return { connection: new SqliteConnection({ path: at.path, readOnly: true, cacheKiB: 32_000 }), all: migrations, explain: (error) => error }
  }
  const [{ commitMigrations, PostgresConnection }, { channelMigrations }, { explainStart }] =
    await Promise.all([import('./postgres.ts'), import('./postgres-channel.ts'), import('./postgres-refused.ts')])
  return {
    connection: new PostgresConnection({ uri: at.uri }), all: [...channelMigrations, ...commitMigrations, ...migrations], explain: (error) => explainStart(error, at.uri),
  }
}

async function within<T>(connection: ReadConnection, work: () => Awaitable<T>): Promise<T> {
  await connection.beginReading()
  try {
    return await work()
  } finally {
    await connection.end()
  }
}

/** Has one transaction at a time, so that what is asked at once is done one after the other. */
class LooseReader implements Reader {
  readonly #connection: ReadConnection
  readonly remote = false
  #last: Promise<unknown> = Promise.resolve()
  constructor(connection: ReadConnection) {
    this.#connection = connection
  }
  get dialect() {
    return this.#connection.dialect
  }
  all<Row>(sql: string, params?: readonly Value[]) {
    return this.#next(() => this.#connection.all<Row>(sql, params))
  }
  rows<Row extends unknown[]>(sql: string, params?: readonly Value[]) {
    return this.#next(() => this.#connection.rows<Row>(sql, params))
  }
  one<Row>(sql: string, params?: readonly Value[]) {
    return this.#next(() => this.#connection.one<Row>(sql, params))
  }
  #next<T>(work: () => Awaitable<T>): Promise<T> {
    const next = this.#last.then(() => within(this.#connection, work))
    this.#last = next.catch(() => {})
    return next
  }
  async *each<Row extends unknown[]>(sql: string, params?: readonly Value[]) {
    await this.#connection.beginReading()
    try {
      yield* this.#connection.each<Row>(sql, params)
    } finally {
      await this.#connection.end()
    }
  }
  cache<T>(name: string, create: () => T): T {
    return this.#connection.cache(name, create)
  }
}
