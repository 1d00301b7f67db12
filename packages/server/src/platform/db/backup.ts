import { existsSync } from 'node:fs'
import { copyFile, link, mkdir, mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { DatabaseRefused, dueMigrations, migrate } from './migrate.ts'
import type { DatabaseLocation } from './open.ts'
import { openReadOnly } from './read-only.ts'
import { holdFile, SqliteConnection } from './sqlite.ts'
import type { Migration, Reader, Value, Writer } from './types.ts'

/**
 * Writes the whole database, as it is at one moment, into a new SQLite file, while servers work with it:
 * of SQLite a copy, of PostgreSQL the same tables with the same rows. Answers the rows of each table.
 */
export async function backupDatabase(at: DatabaseLocation, migrations: readonly Migration[], file: string): Promise<Record<string, number>> {
  if (existsSync(file)) throw new DatabaseRefused(`There is a file ${file} already. Nothing was written.`)
  await mkdir(dirname(file), { recursive: true })
  const partial = `${file}.partial`
  await rm(partial, { force: true })
  try {
    await using db = await openReadOnly(at, migrations)
    if (at.kind === 'sqlite') {
      // Reads in one snapshot and holds back no writer. The copy is packed, too.
      using source = new SqliteConnection({ path: at.path, readOnly: true, cacheKiB: 32_000 })
      source.exec(`VACUUM INTO '${partial.replaceAll("'", "''")}'`)
    } else {
      if (db.due.length > 0) throw new DatabaseRefused(`The database was written by an older Cairn (it lacks ${db.due.join(', ')}). Back it up with that, or run "cairn db migrate" first.`)
      using target = new SqliteConnection({ path: partial, readOnly: false, cacheKiB: 32_000 })
      await migrate(target, migrations, Date.now())
      await db.snapshot((from) => intoSqlite(from, target))
      target.exec('PRAGMA journal_mode = DELETE')
    }
    const rows = checkedRows(partial)
    await publish(partial, file)
    return rows
  } finally {
    await rm(partial, { force: true })
  }
}

/**
 * Puts a backup where there is nothing yet: as an SQLite file, or into an empty PostgreSQL database, in
 * this version's schema. `note` writes down that it was restored: it is there with the rest or not at
 * all. Answers the rows of each table of the backup.
 */
export async function restoreDatabase(file: string, at: DatabaseLocation, migrations: readonly Migration[], note: (tx: Writer) => Promise<void>): Promise<Record<string, number>> {
  if (!existsSync(file)) throw new DatabaseRefused(`There is no file ${file}.`)
  {
    using backup = new SqliteConnection({ path: file, readOnly: true, cacheKiB: 1000 })
    if ((await dueMigrations(backup, migrations)).length === migrations.length) throw new DatabaseRefused(`${file} holds nothing of Cairn.`)
  }
  const rows = checkedRows(file)
  if (at.kind === 'sqlite') await restoreFile(file, at.path, migrations, note)
  else await restorePostgres(file, at.uri, migrations, note)
  return rows
}

async function restoreFile(file: string, path: string, migrations: readonly Migration[], note: (tx: Writer) => Promise<void>): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  if (existsSync(path)) throw new DatabaseRefused(`There is a database at ${path}. Nothing was changed. Move it away first.`)
  using held = holdFile(`${path}-lock`)
  if (held === undefined) throw new DatabaseRefused(`A server uses ${path}. Stop it first.`)
  const partial = `${path}.partial`
  try {
    await copyFile(file, partial)
    {
      using restored = new SqliteConnection({ path: partial, readOnly: false, cacheKiB: 32_000 })
      await migrate(restored, migrations, Date.now())
      restored.begin()
      await note(restored)
      restored.commit()
      restored.exec('PRAGMA journal_mode = DELETE')
    }
    await publish(partial, path)
  } finally {
    await rm(partial, { force: true })
  }
}

async function restorePostgres(file: string, uri: string, migrations: readonly Migration[], note: (tx: Writer) => Promise<void>): Promise<void> {
  const [{ PostgresConnection }, { openPostgres }, { explainStart }] = await Promise.all([import('./postgres.ts'), import('./postgres-database.ts'), import('./postgres-refused.ts')])
  const connection = new PostgresConnection({ uri })
  const folder = await mkdtemp(join(tmpdir(), 'cairn-restore-'))
  try {
    const tables = await connection.rows("SELECT 1 FROM information_schema.tables WHERE table_schema = current_schema()").catch((error: unknown) => { throw explainStart(error, uri) })
    if (tables.length > 0) throw new DatabaseRefused('There are tables in this database. Nothing was changed. Restore into an empty one.')
    // A backup of an older version takes the steps that it lacks as a file.
    const copy = join(folder, basename(file))
    await copyFile(file, copy)
    using source = new SqliteConnection({ path: copy, readOnly: false, cacheKiB: 32_000 })
    await migrate(source, migrations, Date.now())
    // Makes the tables.
    await (await openPostgres({ uri, migrations }))[Symbol.asyncDispose]()
    await connection.begin()
    await intoPostgres(source, connection)
    await note(connection)
    await connection.commit()
    // It would learn what is in the tables within a minute by itself; searches read indexes alone only once it has looked.
    await connection.exec(`VACUUM (ANALYZE) ${[...tablesOf(source).keys()].join(', ')}`)
  } catch (error) {
    await connection.rollback()
    throw error
  } finally {
    await connection.close()
    await rm(folder, { recursive: true, force: true })
  }
}

/** Tables of the file and their columns. What a migration notes of itself is not data. */
function tablesOf(connection: SqliteConnection): Map<string, string[]> {
  const tables = new Map<string, string[]>()
  const rows = connection.rows<[string, string]>(
    "SELECT t.name, c.name FROM sqlite_master t JOIN pragma_table_info(t.name) c WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%' AND t.name <> 'schema_migrations' ORDER BY t.name, c.cid")
  for (const [table, column] of rows) {
    const columns = tables.get(table)
    if (columns === undefined) tables.set(table, [column])
    else columns.push(column)
  }
  return tables
}

async function intoSqlite(from: Reader, target: SqliteConnection): Promise<void> {
  target.begin()
  for (const [table, columns] of tablesOf(target)) {
    // Migrations leave some rows of their own.
    target.run(`DELETE FROM ${table}`)
    const insert = `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`
    for await (const row of from.each(`SELECT ${columns.join(', ')} FROM ${table}`)) target.run(insert, row)
  }
  target.commit()
}

/** Parameters of one statement; PostgreSQL takes 65,535. */
const parametersAtOnce = 8000
/** Bytes of blobs and texts in one statement, about. */
const bytesAtOnce = 4_000_000

async function intoPostgres(source: SqliteConnection, tx: Writer): Promise<void> {
  for (const [table, columns] of tablesOf(source)) {
    await tx.run(`DELETE FROM ${table}`)
    const one = `(${columns.map(() => '?').join(', ')})`
    let waiting: Value[][] = []
    let bytes = 0
    const flush = async (): Promise<void> => {
      if (waiting.length > 0) await tx.run(`INSERT INTO ${table} (${columns.join(', ')}) VALUES ${waiting.map(() => one).join(', ')}`, waiting.flat())
      waiting = []
      bytes = 0
    }
    for (const row of source.each<Value[]>(`SELECT ${columns.join(', ')} FROM ${table}`)) {
      waiting.push(row)
      for (const value of row) bytes += typeof value === 'string' || value instanceof Uint8Array ? value.length : 8
      if (waiting.length * columns.length >= parametersAtOnce || bytes >= bytesAtOnce) await flush()
    }
    await flush()
  }
  // Keys that number themselves go on behind what was put in.
  const identities = await tx.rows<[string, string]>("SELECT table_name::text, column_name::text FROM information_schema.columns WHERE table_schema = current_schema() AND is_identity = 'YES'")
  for (const [table, column] of identities) {
    await tx.rows(`SELECT setval(pg_get_serial_sequence('${table}', '${column}'), COALESCE((SELECT MAX(${column}) FROM ${table}), 0) + 1, false)`)
  }
}

/** How many rows each table of a file has; refuses a file that is damaged. */
function checkedRows(path: string): Record<string, number> {
  using connection = new SqliteConnection({ path, readOnly: true, cacheKiB: 32_000 })
  const [[said]] = connection.rows<[string]>('PRAGMA quick_check(1)') as [[string]]
  if (said !== 'ok') throw new DatabaseRefused(`${path} is damaged: ${said}`)
  return Object.fromEntries([...tablesOf(connection).keys()].map((table) => [table, Number(connection.rows<[number]>(`SELECT COUNT(*) FROM ${table}`)[0]![0])]))
}

/** Gives a finished file its name, on the disk too, unless there is a file of that name. */
async function publish(partial: string, file: string): Promise<void> {
  for (const suffix of ['-wal', '-shm']) await rm(partial + suffix, { force: true })
  const handle = await open(partial, 'r+')
  await handle.sync()
  await handle.close()
  try {
    await link(partial, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw new DatabaseRefused(`There is a file ${file} already. Nothing was changed.`)
    throw error
  }
  const folder = await open(dirname(file), 'r')
  await folder.sync()
  await folder.close()
}
