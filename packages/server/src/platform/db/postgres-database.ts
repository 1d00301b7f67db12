import type { Channel, ChannelListener, Lease } from './channel.ts'
import type { Telemetry } from '../telemetry/index.ts'
import type { Tracing } from '../tracing/index.ts'
import { QueuedDatabase, type GroupWriter, type LocalReader, type Sharing, type Waiting } from './database.ts'
import { postgresDialect } from './dialect.ts'
import { commitGroup, type Outcome } from './group-commit.ts'
import { DatabaseRefused, migrate } from './migrate.ts'
import { commitMigrations, migrateLock, PostgresConnection, schemaLock } from './postgres.ts'
import { channelMigrations, openPostgresChannel } from './postgres-channel.ts'
import { explainStart } from './postgres-refused.ts'
import { ReadPool, type PoolLoad } from './read-connection.ts'
import { ReaderPool } from './threads.ts'
import type { Database, Migration, ReadOperation, StreamOperation } from './types.ts'

export interface PostgresDatabaseOptions {
  /** `postgresql://…`, also with SQLAlchemy's `+driver` behind the scheme. */
  readonly uri: string
  readonly migrations: readonly Migration[]
  /** The module that reader threads run; without it everything is read on the calling thread. */
  readonly thread?: URL | undefined
  /** Reader threads at most; default 1. */
  readonly readers?: number | undefined
  /** Connections of each reader thread, and of the server's own thread; default 4. */
  readonly connections?: number | undefined
  readonly queueLimit?: number | undefined
  readonly telemetry?: Telemetry | undefined
  readonly tracing?: Tracing | undefined
}

/** Connects, brings the schema up to date (one process at a time) and starts what reads. */
export async function openPostgres({ uri, migrations, thread, readers = 1, connections = 4, queueLimit = 20_000, telemetry, tracing }: PostgresDatabaseOptions): Promise<Database> {
  const writer = new PostgresConnection({ uri })
  try {
    await writer.exec(`SELECT pg_advisory_lock${migrateLock}`)
    const version = (await writer.one<{ server_version_num: string }>('SHOW server_version_num'))!.server_version_num
    if (Number(version) < 140_000) throw new DatabaseRefused(`This PostgreSQL is version ${Math.floor(Number(version) / 10_000)}. Cairn needs 14 or newer.`)
    // A search_path that names a schema which is not there would send the tables nowhere.
    await writer.exec("DO $$ BEGIN IF current_schema() IS NULL THEN EXECUTE 'CREATE SCHEMA ' || quote_ident(split_part(current_setting('search_path'), ',', 1)); END IF; END $$")
    await migrate(writer, [...channelMigrations, ...commitMigrations, ...migrations], Date.now())
    await writer.keepCount()
    await writer.exec(`SELECT pg_advisory_unlock${migrateLock}`)
  } catch (error) {
    await writer.close()
    throw explainStart(error, uri)
  }
  const pool = thread === undefined ? undefined : new ReaderPool(thread, { role: 'reader', database: { kind: 'postgres', uri, connections } }, readers, connections)
  return new QueuedDatabase({ local: new PooledReader(uri, connections), writer: new PostgresWriter(writer), readers: pool, queueLimit, telemetry, tracing, sharing: new PostgresSharing(uri) })
}

class PooledReader implements LocalReader {
  readonly dialect = postgresDialect
  readonly #pool: ReadPool

  constructor(uri: string, connections: number) {
    this.#pool = new ReadPool(() => new PostgresConnection({ uri }), connections)
  }
  read<In, Out>(operation: ReadOperation<In, Out>, input: In): Promise<Out> {
    return this.#pool.use((connection) => operation.run(connection, input))
  }
  async *stream<In>(operation: StreamOperation<In>, input: In): AsyncIterable<Uint8Array> {
    const connection = await this.#pool.take()
    try {
      await connection.beginReading()
      yield* operation.run(connection, input)
    } finally {
      await this.#pool.give(connection)
    }
  }
  get load(): PoolLoad {
    return this.#pool.load
  }
  close(): Promise<void> {
    return this.#pool.close()
  }
}

class PostgresWriter implements GroupWriter {
  readonly #connection: PostgresConnection
  constructor(connection: PostgresConnection) {
    this.#connection = connection
  }
  commit(group: readonly Waiting[]): Promise<readonly Outcome[]> {
    return commitGroup(this.#connection, group)
  }
  close(): Promise<void> {
    return this.#connection.close()
  }
}

/** A lease is a lock of a session: it ends with the connection, however that ends. */
class PostgresSharing implements Sharing {
  readonly #uri: string
  /** One session has all leases: a server takes enough of them. */
  #leases: PostgresConnection | undefined

  constructor(uri: string) {
    this.#uri = uri
  }

  channel(listener: ChannelListener): Promise<Channel> {
    return openPostgresChannel(this.#uri, listener)
  }

  lease(name: string): Lease {
    const connection = this.#leases ??= new PostgresConnection({ uri: this.#uri })
    let holds: string | undefined
    return {
      async held() {
        // The same session still has it; a new one has to ask.
        const [[session]] = await connection.rows<[string]>('SELECT pg_backend_pid()::text') as [[string]]
        if (session === holds) return true
        const [[got]] = await connection.rows<[number]>(`SELECT pg_try_advisory_lock(hashtext(?), ${schemaLock})`, [name]) as [[number]]
        holds = got === 1 ? session : undefined
        return got === 1
      },
    }
  }

  async close(): Promise<void> {
    await this.#leases?.close()
  }
}
