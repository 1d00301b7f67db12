/** What an administrator of PostgreSQL, or a failover, does to the sessions of a server that goes on. */
import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { CairnError } from '@cairn/protocol'
import pg from 'pg'
import { openDatabase, read, write, type Database, type Migration } from '../../packages/server/src/platform/db/index.ts'
import { addAgain, testMigrations, timesOf, wordsOf } from '../../packages/server/src/platform/db/testing.ts'
import { startPostgres, type PostgresServer } from '../../tools/postgres.ts'

let server: PostgresServer
let admin: pg.Client
before(async () => {
  server = await startPostgres()
  admin = new pg.Client({ connectionString: server.uri })
  await admin.connect()
})
after(async () => {
  await admin.end()
  await server[Symbol.asyncDispose]()
})

const uriOf = (schema: string, change: (uri: URL) => void = () => {}): string => {
  const uri = new URL(server.uri)
  uri.searchParams.set('options', `-c search_path=${schema}`)
  change(uri)
  return uri.href
}
const open = (uri: string, migrations: readonly Migration[] = testMigrations): Promise<Database> => openDatabase({ at: { kind: 'postgres', uri }, migrations })
const endSessions = (which = "application_name LIKE 'cairn%'") => admin.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${which}`)
const away = (words: RegExp) => (error: unknown): boolean => {
  assert.ok(error instanceof CairnError && error.code === 'TEMPORARILY_UNAVAILABLE' && error.headers['retry-after'] !== undefined, String(error))
  assert.match(error.message, words)
  return true
}
const until = async (what: () => boolean | Promise<boolean>): Promise<void> => {
  for (let wait = 0; !await what(); wait += 1) {
    assert.ok(wait < 400, 'it does not become true')
    await sleep(25)
  }
}

it('sessions that are ended while everybody writes and reads: each write that was acknowledged is there once, and errors say to try again', { timeout: 60_000 }, async () => {
  await using db = await open(uriOf('ended'))
  const stored: string[] = []
  const failed: unknown[] = []
  let working = true
  const load = Array.from({ length: 16 }, async (_, lane) => {
    for (let at = 0; working; at += 1) {
      const word = `${lane}-${at}`
      await (at % 4 === 3 ? db.read(wordsOf, { like: '%' }) : db.write(addAgain, { word }).then(() => { stored.push(word) })).catch((error: unknown) => { failed.push(error) })
    }
  })
  for (let round = 0; round < 12; round += 1) {
    const before = stored.length
    await endSessions()
    await until(() => stored.length > before + 20)
  }
  working = false
  await Promise.all(load)
  for (const error of failed) away(/database/)(error)
  const times = new Map(await db.read(timesOf, null))
  assert.deepEqual(stored.filter((word) => times.get(word) !== 1), [])
  assert.deepEqual([...times].filter(([, count]) => count !== 1), [])
})

it('messages that are lost with their session: who watches at another server is told to read anew, and hears what comes after', { timeout: 60_000 }, async () => {
  const uri = uriOf('lost_messages')
  await using here = await open(uri)
  await using there = await open(uri)
  const heard: string[] = []
  await using from = (await here.channel({ message() {}, gap() {} }))!
  await using to = (await there.channel({ message: ({ body }) => heard.push(body), gap: (reason) => heard.push(`gap: ${reason}`) }))!
  await to.attend()
  from.send(() => 'first')
  await until(() => heard.includes('first'))
  const before = to.position
  // Its turn does not come, as when another server hangs that has it.
  await admin.query("BEGIN; SELECT pg_advisory_xact_lock(1667328372, hashtext('lost_messages'))")
  from.send(() => 'second')
  const waits = "application_name LIKE 'cairn/%' AND wait_event_type = 'Lock'"
  await until(async () => (await admin.query(`SELECT 1 FROM pg_stat_activity WHERE ${waits}`)).rowCount! > 0)
  await endSessions(waits)
  await admin.query('COMMIT')
  await until(() => heard.length > 1)
  from.send(() => 'third')
  await until(() => heard.includes('third'))
  assert.deepEqual(heard, ['first', 'gap: messages were lost', 'third'])
  assert.equal(await to.since(before), undefined, 'who comes back from before is told as well')
})

it('a database that only reads after a failover: writes say so, and go on as soon as it writes, on other connections', { timeout: 60_000 }, async () => {
  await admin.query('CREATE ROLE moved LOGIN SUPERUSER')
  await using db = await open(uriOf('moved', (uri) => { uri.username = 'moved' }))
  await db.write(addAgain, { word: 'before' })
  await admin.query('ALTER ROLE moved SET default_transaction_read_only = on')
  await endSessions("usename = 'moved'")
  await until(async () => (await admin.query("SELECT 1 FROM pg_stat_activity WHERE usename = 'moved'")).rowCount === 0)
  // The first may still find that its session has ended.
  let said = ''
  await until(async () => {
    await assert.rejects(db.write(addAgain, { word: 'during' }), away(/only reads|was lost/))
    await db.write(addAgain, { word: 'during' }).catch((error: Error) => { said = error.message })
    return /only reads/.test(said)
  })
  assert.deepEqual(await db.read(timesOf, null), [['before', 1]])
  await admin.query('ALTER ROLE moved RESET default_transaction_read_only')
  await db.write(addAgain, { word: 'after' })
  assert.deepEqual(await db.read(timesOf, null), [['after', 1], ['before', 1]])
})

it('statements that a session does not know any more, or that answer other columns, cost one answer', { timeout: 60_000 }, async () => {
  await using db = await open(uriOf('forgotten'))
  const all = read('test.all', (tx, _input: null) => tx.all('SELECT * FROM again'))
  const forget = write('test.forget', async (tx, _input: null) => { await tx.run('DEALLOCATE ALL') })
  await db.write(addAgain, { word: 'a' })
  assert.deepEqual(await db.read(all, null), [{ word: 'a' }])
  await admin.query('ALTER TABLE forgotten.again ADD COLUMN more BIGINT')
  await assert.rejects(db.read(all, null), away(/changed under this connection/))
  assert.deepEqual(await db.read(all, null), [{ word: 'a', more: null }])
  await db.write(forget, null)
  await db.write(addAgain, { word: 'b' }).catch((error: unknown) => away(/changed under this connection/)(error))
  await db.write(addAgain, { word: 'c' })
  assert.equal((await db.read(all, null)).filter((row) => (row as { word: string }).word === 'c').length, 1)
})

it('a request that is cancelled in the database says so', { timeout: 60_000 }, async () => {
  await using db = await open(uriOf('cancelled'))
  const slow = read('test.slow', (tx, _input: null) => tx.rows('SELECT pg_sleep(60)::text'))
  const asked = assert.rejects(db.read(slow, null), away(/gave up what it was asked/))
  await until(async () => (await admin.query("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'")).rowCount! > 0)
  await asked
  assert.deepEqual(await db.read(timesOf, null), [])
})

it('a database without connections to spare: who gets none hears why, and the others work', { timeout: 60_000 }, async () => {
  await admin.query('CREATE ROLE limited LOGIN CONNECTION LIMIT 2')
  await admin.query('GRANT CREATE ON DATABASE postgres TO limited')
  await using db = await open(uriOf('few', (uri) => { uri.username = 'limited' }))
  const slow = read('test.slow', (tx, _input: null) => tx.rows('SELECT pg_sleep(0.5)::text'))
  const outcomes = await Promise.allSettled(Array.from({ length: 4 }, () => db.read(slow, null)))
  assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1)
  for (const outcome of outcomes) if (outcome.status === 'rejected') away(/no connection left|does not answer/)(outcome.reason)
  assert.ok(outcomes.some((outcome) => outcome.status === 'rejected' && /no connection left/.test(String(outcome.reason))))
  await db.write(addAgain, { word: 'works' })
  await admin.query('ALTER ROLE limited CONNECTION LIMIT 10')
  await until(async () => (await Promise.allSettled(Array.from({ length: 4 }, () => db.read(slow, null)))).every(({ status }) => status === 'fulfilled'))
})

it('all that one server does for all hangs on one session: with that session another gets it', { timeout: 60_000 }, async () => {
  const uri = uriOf('leases')
  await using here = await open(uri)
  await using there = await open(uri)
  const names = ['compaction', 'retention', 'quotas']
  const [mine, theirs] = [here, there].map((db) => names.map((name) => db.lease(name))) as [ReturnType<Database['lease']>[], ReturnType<Database['lease']>[]]
  const held = async (leases: typeof mine): Promise<boolean[]> => {
    const all: boolean[] = []
    for (const lease of leases) all.push(await lease.held())
    return all
  }
  assert.deepEqual(await Promise.all(mine.map((lease) => lease.held())), [true, true, true])
  assert.deepEqual(await held(theirs), [false, false, false])
  assert.deepEqual(await held(mine), [true, true, true])
  const holder = "pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted)"
  const { rows } = await admin.query(`SELECT pid FROM pg_stat_activity WHERE ${holder}`)
  assert.equal(rows.length, 1)
  await endSessions(holder)
  await until(async () => (await admin.query(`SELECT 1 FROM pg_stat_activity WHERE ${holder}`)).rowCount === 0)
  assert.deepEqual(await held(theirs), [true, true, true])
  await held(mine).catch(away(/lost/))
  assert.deepEqual(await held(mine), [false, false, false])
})

it('a schema is changed step by step: servers of the version before get at what an early step changed while a later one is at work', { timeout: 60_000 }, async () => {
  const uri = uriOf('steps')
  await using before = await open(uri)
  await before.write(addAgain, { word: 'a' })
  await admin.query('SELECT pg_advisory_lock(7)')
  const steps: Migration[] = [
    { name: 'test/0003-renamed', up: () => ['ALTER TABLE words ADD COLUMN more BIGINT'] },
    { name: 'test/0004-long', up: () => ['CREATE TABLE later (id BIGINT)', 'DO $$ BEGIN PERFORM pg_advisory_xact_lock(7); END $$'] },
  ]
  const opening = open(uri, [...testMigrations, ...steps])
  await until(async () => (await admin.query("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'advisory' AND query LIKE '%PERFORM%'")).rowCount! > 0)
  assert.deepEqual(await Promise.race([before.read(wordsOf, { like: '%' }), sleep(5000, 'waits', { ref: false })]), [])
  await admin.query('SELECT pg_advisory_unlock(7)')
  await using after = await opening
  await before.write(addAgain, { word: 'b' })
  assert.deepEqual(await after.read(timesOf, null), [['a', 1], ['b', 1]])
})

it('a step that fails leaves those before it, and the next start goes on there', { timeout: 60_000 }, async () => {
  const uri = uriOf('halfway')
  await using before = await open(uri)
  const first = { name: 'test/0003-good', up: () => ['CREATE TABLE good (id BIGINT)'] }
  await assert.rejects(open(uri, [...testMigrations, first, { name: 'test/0004-bad', up: () => ['CREATE TABLE bad (id BIGINT)', 'CREATE TABLE good (id BIGINT)'] }]), /already exists/)
  const { rows } = await admin.query("SELECT name FROM halfway.schema_migrations WHERE name LIKE 'test/%' ORDER BY name")
  assert.deepEqual(rows.map(({ name }) => name), ['test/0001-words', 'test/0002-again', 'test/0003-good'])
  await before.write(addAgain, { word: 'goes on' })
  await using after = await open(uri, [...testMigrations, first, { name: 'test/0004-bad', up: () => ['CREATE TABLE bad (id BIGINT)'] }])
  assert.deepEqual(await after.read(timesOf, null), [['goes on', 1]])
})
