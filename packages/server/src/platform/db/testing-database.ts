import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDatabase, type DatabaseLocation, type DatabaseOptions } from './open.ts'
import type { Database } from './types.ts'

/** Where a test's database may be: a place of its own, gone after the test. */
export interface TestPlace extends AsyncDisposable {
  readonly at: DatabaseLocation
}

/**
 * A new place in the database that this run of the tests is about: a schema of the PostgreSQL server
 * that CAIRN_TEST_POSTGRES names (`npm test -- postgres` starts one), else SQLite: in memory where one
 * thread is enough, in a file of its own else.
 */
export async function testPlace({ file }: { file: boolean }): Promise<TestPlace> {
  const server = process.env['CAIRN_TEST_POSTGRES']
  if (server === undefined) {
    if (!file) return { at: { kind: 'sqlite', path: ':memory:' }, async [Symbol.asyncDispose]() {} }
    const folder = mkdtempSync(join(tmpdir(), 'cairn-db-'))
    return { at: { kind: 'sqlite', path: join(folder, 'test.db') }, async [Symbol.asyncDispose]() { rmSync(folder, { recursive: true, force: true }) } }
  }
  const { PostgresConnection } = await import('./postgres.ts')
  const schema = `test_${randomBytes(8).toString('hex')}`
  const admin = async (sql: string): Promise<void> => {
    const connection = new PostgresConnection({ uri: server })
    await connection.exec(sql)
    await connection.close()
  }
  await admin(`CREATE SCHEMA ${schema}`)
  const uri = new URL(server)
  uri.searchParams.set('options', `-c search_path=${schema}`)
  return { at: { kind: 'postgres', uri: uri.href }, [Symbol.asyncDispose]: () => admin(`DROP SCHEMA ${schema} CASCADE`) }
}

/** A new, empty database for a test. It is gone when it is closed. */
export async function openTestDatabase(options: Omit<DatabaseOptions, 'at'>): Promise<Database> {
  const place = await testPlace({ file: options.thread !== undefined })
  const db = await openDatabase({ at: place.at, ...options })
  return {
    get dialect() { return db.dialect },
    write: (operation, input) => db.write(operation, input),
    read: (operation, input) => db.read(operation, input),
    scan: (operation, input) => db.scan(operation, input),
    stream: (operation, input, signal) => db.stream(operation, input, signal),
    warm: () => db.warm(),
    channel: (listener) => db.channel(listener),
    lease: (name) => db.lease(name),
    async [Symbol.asyncDispose]() {
      await db[Symbol.asyncDispose]()
      await place[Symbol.asyncDispose]()
    },
  }
}
