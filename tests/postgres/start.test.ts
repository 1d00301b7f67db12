import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import pg from 'pg'
import { DatabaseRefused, openDatabase } from '../../packages/server/src/platform/db/index.ts'
import { openClient } from '../../packages/server/src/platform/db/postgres-client.ts'
import { testMigrations } from '../../packages/server/src/platform/db/testing.ts'
import { cert, key } from '../../packages/server/src/webhooks/testing.ts'
import { startPostgres, type PostgresServer } from '../../tools/postgres.ts'

const folder = mkdtempSync(join(tmpdir(), 'cairn-start-'))
const ca = join(folder, 'ca.pem')
let server: PostgresServer
let admin: pg.Client

before(async () => {
  server = await startPostgres()
  admin = new pg.Client({ connectionString: server.uri })
  await admin.connect()
  writeFileSync(ca, cert)
  const { rows } = await admin.query<{ data_directory: string }>('SHOW data_directory')
  const at = (name: string): string => `'${rows[0]!.data_directory}/${name}'`
  const put = (name: string, text: string) => admin.query(`COPY (SELECT unnest('{${text.trim().split('\n').map((line) => `"${line}"`).join(',')}}'::text[])) TO ${at(name)}`)
  await put('server.crt', cert)
  await put('server.key', key)
  await admin.query(`COPY (SELECT 1) TO PROGRAM ${`'chmod 600 ${rows[0]!.data_directory}/server.key'`}`)
  await put('pg_hba.conf', 'host all secret 127.0.0.1/32 scram-sha-256\nhostssl all sealed 127.0.0.1/32 trust\nhostnossl all sealed 127.0.0.1/32 reject\nhostssl all cairn 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 trust')
  await admin.query("CREATE ROLE secret LOGIN PASSWORD 'right'")
  for (const role of ['sealed', 'guest']) await admin.query(`CREATE ROLE ${role} LOGIN`)
  await admin.query('CREATE SCHEMA future')
  await admin.query("CREATE TABLE future.schema_migrations (name TEXT, applied_at BIGINT); INSERT INTO future.schema_migrations VALUES ('future/0001', 1)")
  await admin.query('CREATE SCHEMA foreign_one CREATE TABLE alembic_version (version_num TEXT)')
  await admin.query('CREATE SCHEMA another CREATE TABLE things (id BIGINT)')
})
after(async () => {
  await admin.end()
  await server[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

const address = (change: (uri: URL) => void): string => {
  const uri = new URL(server.uri)
  change(uri)
  return uri.href
}
const inSchema = (schema: string): string => address((uri) => uri.searchParams.set('options', `-c search_path=${schema}`))
const open = (uri: string) => openDatabase({ at: { kind: 'postgres', uri }, migrations: testMigrations })

it('what is wrong with a database is said at the start, with what to do about it', async () => {
  const cases: [uri: string, says: RegExp][] = [
    [address((uri) => { uri.port = '1' }), /Nothing answers there .*ECONNREFUSED.* Check the host and the port/],
    [address((uri) => { uri.hostname = 'no-such-host.invalid' }), /Nothing answers there .*Check the host/],
    [address((uri) => { uri.pathname = '/none' }), /no such database .*CREATE DATABASE "none"/],
    [address((uri) => { uri.username = 'nobody-known' }), /does not let this user in .*Check the user/],
    [address((uri) => { uri.username = 'secret'; uri.password = 'wrong' }), /did not accept the password .*PGPASSWORD/],
    [address((uri) => { uri.username = 'secret' }), /did not accept the password .*PGPASSWORD/],
    [address((uri) => { uri.username = 'guest' }), /guest may not make tables .*OWNER TO "guest"/],
    [address((uri) => uri.searchParams.set('sslmode', 'require')), /no encryption turned on .*Leave sslmode out/],
    [inSchema('future'), /newer Cairn \(it has future\/0001\)\. Nothing was changed/],
    [inSchema('foreign_one'), /database of MLflow itself/],
    [inSchema('another'), /tables of another program/],
  ]
  // As it is from PostgreSQL 15 on.
  await admin.query('REVOKE CREATE ON SCHEMA public FROM PUBLIC')
  await admin.query('SELECT pg_reload_conf()')
  for (const [uri, says] of cases) {
    await assert.rejects(open(uri), (error: Error) => {
      assert.ok(error instanceof DatabaseRefused, `${uri}: ${error.stack}`)
      assert.match(error.message, says)
      assert.doesNotMatch(error.message, /wrong/, 'no password in the words')
      return true
    })
  }
  const { rows } = await admin.query("SELECT table_schema FROM information_schema.tables WHERE table_name = 'words'")
  assert.deepEqual(rows, [], 'nothing was changed')
})

it('sslmode means what it means to other programs', async () => {
  await admin.query('ALTER SYSTEM SET ssl = on')
  await admin.query('SELECT pg_reload_conf()')
  const encrypted = async (mode: string | undefined, more: Record<string, string> = {}): Promise<unknown> => {
    const client = await openClient(address((uri) => {
      if (mode !== undefined) uri.searchParams.set('sslmode', mode)
      for (const [name, value] of Object.entries(more)) if (name === 'user') uri.username = value; else uri.searchParams.set(name, value)
    }), {})
    const { rows } = await client.query<{ ssl: boolean }>('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()')
    await client.end()
    return rows[0]!.ssl
  }
  for (let wait = 0; wait < 50 && await encrypted('prefer') === false; wait += 1) await new Promise((resolve) => setTimeout(resolve, 100))
  assert.equal(await encrypted(undefined), false)
  assert.equal(await encrypted('disable'), false)
  assert.equal(await encrypted('allow'), false)
  assert.equal(await encrypted('allow', { user: 'sealed' }), true)
  assert.equal(await encrypted('prefer'), true)
  assert.equal(await encrypted('require'), true)
  assert.equal(await encrypted('verify-ca', { sslrootcert: ca }), true)
  await assert.rejects(open(address((uri) => uri.searchParams.set('sslmode', 'verify-full'))), /certificate could not be checked .*sslrootcert/)
  // The certificate names another host.
  await assert.rejects(open(address((uri) => { uri.searchParams.set('sslmode', 'verify-full'); uri.searchParams.set('sslrootcert', ca) })), /certificate could not be checked/)
  await assert.rejects(open(address((uri) => { uri.username = 'sealed' })), /does not let this user in .*sslmode=require/)
})
