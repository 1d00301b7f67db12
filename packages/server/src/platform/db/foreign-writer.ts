import { existsSync } from 'node:fs'
import { byTable, postgresColumns, sqliteColumns } from './foreign.ts'
import type { WriteConnection } from './group-commit.ts'
import { DatabaseRefused } from './migrate.ts'
import type { DatabaseLocation } from './open.ts'
import { SqliteConnection } from './sqlite.ts'
import type { Dialect, Reader, Writer } from './types.ts'

/** A database of another program, into whose tables rows are written. Nothing else in it changes. */
export interface ForeignWriter extends AsyncDisposable {
  readonly dialect: Dialect
  readonly columns: ReadonlyMap<string, ReadonlySet<string>>
  readonly reader: Reader
  /** All of `work` or nothing. One at a time. */
  write<T>(work: (tx: Writer) => Promise<T>): Promise<T>
  /** Rows were written with numbers that the table would have given out itself: it shall go on behind them. */
  numbersTaken(table: string, column: string): Promise<void>
}

export async function openForeignWriter(at: DatabaseLocation): Promise<ForeignWriter> {
  if (at.kind === 'sqlite') {
    if (!existsSync(at.path)) throw new DatabaseRefused(`There is no file ${at.path}. Let the program that it is for make it first.`)
    const connection = new SqliteConnection({ path: at.path, readOnly: false, cacheKiB: 32_000, foreign: true })
    try {
      return writerOn(connection, byTable(connection.rows<[string, string]>(sqliteColumns)), async () => connection[Symbol.dispose](), async () => {})
    } catch (error) {
      connection[Symbol.dispose]()
      throw (error as { errcode?: number }).errcode === 26 ? new DatabaseRefused(`${at.path} is no SQLite database.`) : error
    }
  }
  const [{ PostgresConnection }, { explainStart }] = await Promise.all([import('./postgres.ts'), import('./postgres-refused.ts')])
  const connection = new PostgresConnection({ uri: at.uri, foreign: true })
  try {
    const columns = byTable(await connection.rows<[string, string]>(postgresColumns))
    return writerOn(connection, columns, () => connection.close(), async (table, column) => {
      await connection.rows(`SELECT setval(s, GREATEST((SELECT COALESCE(MAX(${column}), 0) FROM ${table}), 1)) FROM pg_get_serial_sequence('${table}', '${column}') s WHERE s IS NOT NULL`)
    })
  } catch (error) {
    await connection.close()
    throw explainStart(error, at.uri)
  }
}

function writerOn(connection: WriteConnection, columns: ForeignWriter['columns'], close: () => Promise<void>, numbersTaken: ForeignWriter['numbersTaken']): ForeignWriter {
  return {
    dialect: connection.dialect, columns, reader: connection, numbersTaken, [Symbol.asyncDispose]: close,
    async write(work) {
      await connection.begin()
      try {
        const value = await work(connection)
        await connection.commit()
        return value
      } catch (error) {
        await connection.rollback()
        throw error
      }
    },
  }
}
