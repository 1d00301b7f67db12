import { existsSync } from 'node:fs'
import { SqliteConnection } from './sqlite.ts'
import type { DatabaseLocation } from './open.ts'
import { DatabaseRefused } from './migrate.ts'
import type { Dialect, Value } from './types.ts'

/** A database that another program wrote. It is only read, and nothing in it changes, not even its journal mode. */
export interface ForeignDatabase extends AsyncDisposable {
  readonly dialect: Dialect
  /** The columns of each table, by the table's name. */
  readonly columns: ReadonlyMap<string, ReadonlySet<string>>
  rows<Row extends unknown[] = Value[]>(sql: string, params?: readonly Value[]): Promise<Row[]>
  /**
   * Rows one after the other. No other question may be asked before the loop has ended. SQLite holds
   * back whoever writes to the database while the loop runs, unless it is in WAL mode.
   */
  each<Row extends unknown[] = Value[]>(sql: string, params?: readonly Value[]): AsyncIterable<Row>
}

export async function openForeign(at: DatabaseLocation): Promise<ForeignDatabase> {
  return at.kind === 'sqlite' ? openSqliteFile(at.path) : openPostgresSchema(at.uri)
}

function openSqliteFile(path: string): ForeignDatabase {
  if (!existsSync(path)) throw new DatabaseRefused(`There is no file ${path}.`)
  const connection = new SqliteConnection({ path, readOnly: true, cacheKiB: 64_000 })
  try {
    const columns = byTable(connection.rows<[string, string]>(sqliteColumns))
    return {
      dialect: connection.dialect,
      columns,
      rows: async <Row extends unknown[]>(sql: string, params: readonly Value[] = []) => connection.rows<Row>(sql, params),
      async *each<Row extends unknown[]>(sql: string, params: readonly Value[] = []) {
        yield* connection.each<Row>(sql, params)
      },
      async [Symbol.asyncDispose]() { connection[Symbol.dispose]() },
    }
  } catch (error) {
    connection[Symbol.dispose]()
    throw (error as { errcode?: number }).errcode === 26 ? new DatabaseRefused(`${path} is no SQLite database.`) : error
  }
}

async function openPostgresSchema(uri: string): Promise<ForeignDatabase> {
  const { PostgresConnection } = await import('./postgres.ts')
  const { explainStart } = await import('./postgres-refused.ts')
  const connection = new PostgresConnection({ uri, foreign: true })
  try {
    const columns = byTable(await connection.rows<[string, string]>(postgresColumns))
    return {
      dialect: connection.dialect,
      columns,
      rows: (sql, params) => connection.rows(sql, params),
      async *each<Row extends unknown[]>(sql: string, params: readonly Value[] = []) {
        await connection.beginReading()
        try {
          yield* connection.each<Row>(sql, params)
        } finally {
          await connection.end()
        }
      },
      [Symbol.asyncDispose]: () => connection.close(),
    }
  } catch (error) {
    await connection.close()
    throw explainStart(error, uri)
  }
}

export const sqliteColumns = "SELECT t.name, c.name FROM sqlite_master t JOIN pragma_table_info(t.name) c WHERE t.type = 'table'"
export const postgresColumns = 'SELECT table_name::text, column_name::text FROM information_schema.columns WHERE table_schema = current_schema()'

/** Columns by table, out of the two names of each. */
export function byTable(rows: readonly (readonly [string, string])[]): Map<string, Set<string>> {
  const tables = new Map<string, Set<string>>()
  for (const [table, column] of rows) {
    const columns = tables.get(table)
    if (columns === undefined) tables.set(table, new Set([column]))
    else columns.add(column)
  }
  return tables
}
