import type { WriteConnection } from './group-commit.ts'
import type { Dialect, Migration, Reader } from './types.ts'

/** A data file that this Cairn must not touch; the message says why and what to do. */
export class DatabaseRefused extends Error {}

/**
 * Refuses a file that belongs to somebody else, and answers the names of its tables. A connection
 * that only reads is enough, so that not even the journal mode of such a file changes.
 */
export async function refuseForeign(connection: Reader): Promise<Set<string>> {
  const sqlite = connection.dialect.name === 'sqlite'
  const tables = new Set((await connection.all<{ name: string }>(sqlite ? sqliteTables : postgresTables)).map((row) => row.name))
  const [what, instead] = sqlite ? ['file', 'a new file'] : ['schema', 'an empty database']
  if (tables.has('alembic_version')) {
    throw new DatabaseRefused(`This ${what} is a database of MLflow itself, whose tables Cairn does not use. Nothing was changed. Point --backend-store-uri at ${instead}; "cairn import mlflow" brings what is in there.`)
  }
  if (tables.size > 0 && !tables.has('schema_migrations')) {
    throw new DatabaseRefused(`This ${sqlite ? 'SQLite file' : 'PostgreSQL schema'} holds tables of another program. Nothing was changed. Point --backend-store-uri at ${instead}.`)
  }
  return tables
}

const sqliteTables = "SELECT name FROM sqlite_master WHERE type = 'table'"
const postgresTables = "SELECT table_name::text AS name FROM information_schema.tables WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'"

/** Text is compared and sorted by its bytes in both databases, which PostgreSQL does where it is told to. */
const inDialect = (statement: string, dialect: Dialect): string =>
  dialect.name === 'sqlite' ? statement : statement.replace(/\bTEXT\b/g, 'TEXT COLLATE "C"')

/** What is still to be done to the schema. Refuses a database of another program or of a newer Cairn. */
export async function dueMigrations(connection: Reader, migrations: readonly Migration[]): Promise<Migration[]> {
  const tables = await refuseForeign(connection)
  const applied = tables.has('schema_migrations')
    ? new Set((await connection.all<{ name: string }>('SELECT name FROM schema_migrations')).map((row) => row.name))
    : new Set<string>()
  const known = new Set(migrations.map((migration) => migration.name))
  const newer = [...applied].filter((name) => !known.has(name))
  if (newer.length > 0) {
    throw new DatabaseRefused(`The database was written by a newer Cairn (it has ${newer.join(', ')}). Nothing was changed. Start that version, or restore a copy made before the upgrade.`)
  }
  return migrations.filter((migration) => !applied.has(migration.name))
}

/**
 * Brings the schema up to date. Refuses a file that belongs to MLflow or was written by a newer Cairn,
 * before anything in it is changed. An SQLite file, which has one server, gets all of it or nothing. In
 * PostgreSQL servers of the version before work on, so there each migration is a step of its own: with all
 * in one transaction they would not get at a table that an early one changed until the last one is done.
 */
export async function migrate(connection: WriteConnection, migrations: readonly Migration[], now: number): Promise<void> {
  const due = await dueMigrations(connection, migrations)
  if (due.length === 0) return
  const isNew = due.length === migrations.length
  for (const step of connection.remote && !isNew ? due.map((one) => [one]) : [due]) await takeStep(connection, step, now)
}

async function takeStep(connection: WriteConnection, migrations: readonly Migration[], now: number): Promise<void> {
  await connection.begin()
  try {
    await connection.exec('CREATE TABLE IF NOT EXISTS schema_migrations (name TEXT PRIMARY KEY, applied_at BIGINT NOT NULL)')
    for (const migration of migrations) {
      for (const statement of migration.up(connection.dialect)) await connection.exec(inDialect(statement, connection.dialect))
      await connection.run('INSERT INTO schema_migrations (name, applied_at) VALUES (?, ?)', [migration.name, now])
    }
    await connection.commit()
  } catch (error) {
    await connection.rollback()
    throw error
  }
}
