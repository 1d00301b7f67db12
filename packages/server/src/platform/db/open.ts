import type { Telemetry } from '../telemetry/index.ts'
import type { Tracing } from '../tracing/index.ts'
import type { Call } from './group-commit.ts'
import type { Database, Migration } from './types.ts'
import { openSqlite } from './sqlite-database.ts'

export type DatabaseLocation =
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'postgres'; readonly uri: string }

export interface DatabaseOptions {
  readonly at: DatabaseLocation
  readonly migrations: readonly Migration[]
  /** An SQLite file that a new one starts as a copy of, rather than as an empty one; its schema may be older. */
  readonly template?: string | undefined
  /** Writes that are made before anybody else's: what every database holds. */
  readonly first?: readonly Call[] | undefined
  /**
   * The module that database threads run: it calls `serveDatabaseThread` with all operations.
   * Without it everything runs on the calling thread, which is what store tests want.
   */
  readonly thread?: URL
  /** Reader threads at most; default 1. */
  readonly readers?: number
  /** Writes that may wait before new ones are refused with 503; default 20,000. */
  readonly queueLimit?: number
  /** Counts commits and what waits for them. */
  readonly telemetry?: Telemetry
  /** Tells a collector of reads, writes and commits. */
  readonly tracing?: Tracing | undefined
}

/** Opens a database and brings its schema up to date. */
export async function openDatabase({ at, ...options }: DatabaseOptions): Promise<Database> {
  if (at.kind === 'sqlite') return openSqlite({ path: at.path, ...options })
  // A third of a start with SQLite would be the loading of a driver that it does not use.
  const { openPostgres } = await import('./postgres-database.ts')
  const { first = [], ...others } = options
  const db = await openPostgres({ uri: at.uri, ...others })
  try {
    await Promise.all(first.map(({ operation, input }) => db.write(operation, input as never)))
  } catch (error) {
    await db[Symbol.asyncDispose]()
    throw error
  }
  return db
}
