import type { SqliteConnection } from './sqlite.ts'
import type { Migration } from './types.ts'

/** A data file that this Cairn must not touch; the message says why and what to do. */
export class DatabaseRefused extends Error {}

/**
 * Refuses a file that belongs to somebody else, and answers the names of its tables. A connection
 * that only reads is enough, so that not even the journal mode of such a file changes.
 */
export function refuseForeign(connection: SqliteConnection): Set<string> {
  const tables = new Set(connection.all<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'").map((row) => row.name))
  if (tables.has('alembic_version')) {
    throw new DatabaseRefused('This file is a database of MLflow itself, whose tables Cairn does not use. Nothing was changed. Point --backend-store-uri at a new file.')
  }
  if (tables.size > 0 && !tables.has('schema_migrations')) {
    throw new DatabaseRefused('This SQLite file holds tables of another program. Nothing was changed. Point --backend-store-uri at a new file.')
  }
  return tables
}

/**
 * Brings the schema up to date in one transaction. Refuses a file that belongs to MLflow or was
 * written by a newer Cairn, before anything in it is changed.
 */
export function migrate(connection: SqliteConnection, migrations: readonly Migration[], now: number): void {
  const tables = refuseForeign(connection)
  const applied = tables.has('schema_migrations')
    ? new Set(connection.all<{ name: string }>('SELECT name FROM schema_migrations').map((row) => row.name))
    : new Set<string>()
  const known = new Set(migrations.map((migration) => migration.name))
  const newer = [...applied].filter((name) => !known.has(name))
  if (newer.length > 0) {
    throw new DatabaseRefused(`The database was written by a newer Cairn (it has ${newer.join(', ')}). Nothing was changed. Start that version, or restore a copy made before the upgrade.`)
  }
  const due = migrations.filter((migration) => !applied.has(migration.name))
  if (due.length === 0) return
  connection.begin()
  try {
    connection.run('CREATE TABLE IF NOT EXISTS schema_migrations (name TEXT PRIMARY KEY, applied_at BIGINT NOT NULL)')
    for (const migration of due) {
      for (const statement of migration.up(connection.dialect)) connection.exec(statement)
      connection.run('INSERT INTO schema_migrations (name, applied_at) VALUES (?, ?)', [migration.name, now])
    }
    connection.commit()
  } catch (error) {
    connection.rollback()
    throw error
  }
}
