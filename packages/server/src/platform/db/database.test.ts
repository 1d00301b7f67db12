import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, describe, it } from 'node:test'
import { threadId } from 'node:worker_threads'
import { CairnError } from '@cairn/protocol'
import { Telemetry } from '../telemetry/index.ts'
import { DatabaseRefused, openDatabase, type Database } from './index.ts'
import { openTestDatabase } from './testing-database.ts'
import { addWord, addReturningThenFail, allWords, endReader, endWriter, swallowError, testMigrations, threadOf, wordsOf } from './testing.ts'

for (const threads of [true, false]) {
  describe(`the database ${threads ? 'with its threads' : 'on one thread'}`, () => {
    let db: Database
    before(async () => {
      db = await openTestDatabase({ migrations: testMigrations, ...(threads && { thread: new URL('./testing-thread.ts', import.meta.url) }) })
    })
    after(async () => {
      await db[Symbol.asyncDispose]()
    })

    it('commits concurrent writes together and keeps those whose neighbours fail', async () => {
      const results = await Promise.allSettled([
        db.write(addWord, { word: 'cairn' }), db.write(addWord, { word: '' }), db.write(addWord, { word: 'half', failAfter: true }),
        db.write(addWord, { word: 'stone' }), db.write(addWord, { word: 'cairn' }), db.write(addWord, { word: 'trail' }),
      ])
      assert.deepEqual(results.map((result) => result.status), ['fulfilled', 'rejected', 'rejected', 'fulfilled', 'rejected', 'fulfilled'])
      assert.ok((results[1] as PromiseRejectedResult).reason instanceof CairnError)
      assert.deepEqual((await db.read(wordsOf, { like: '%' })).map((row) => row.word), ['cairn', 'stone', 'trail'])
    })

    it('keeps nothing of a failed write whose statements answered rows', async () => {
      await Promise.allSettled([db.write(addReturningThenFail, { word: 'ghost' }), db.write(addWord, { word: 'pass' })])
      assert.equal((await db.read(wordsOf, { like: 'ghost' })).length, 0)
      assert.equal((await db.read(wordsOf, { like: 'pass' })).length, 1)
    })

    it('sees in every kind of read what was acknowledged', async () => {
      await db.write(addWord, { word: 'summit' })
      assert.equal((await db.scan(wordsOf, { like: 'sum%' })).length, 1)
      assert.equal((await db.scan(wordsOf, { like: 'SUM%' })).length, 0)
      const pieces: string[] = []
      for await (const piece of db.stream(allWords, null)) pieces.push(Buffer.from(piece).toString())
      assert.equal(pieces.join(''), 'cairn\nstone\ntrail\npass\nsummit\n')
    })

    it('undoes a failed write that asked for what it wrote, and runs one that succeeds once', async () => {
      await assert.rejects(db.write(addWord, { word: 'gone', returning: true, failAfter: true }))
      assert.deepEqual(await db.write(addWord, { word: 'huge', size: 9_007_199_254_740_995n, returning: true }), { word: 'huge', size: 9_007_199_254_740_995n })
      assert.deepEqual((await db.read(wordsOf, { like: '%g%e' })).map((row) => row.word), ['huge'])
      assert.equal((await db.read(wordsOf, { like: 'gone' })).length, 0)
    })

    it('keeps the neighbours of a write that goes on after an error of the database', async () => {
      const [swallowed, near] = await Promise.allSettled([db.write(swallowError, { word: 'twice' }), db.write(addWord, { word: 'near' })])
      assert.equal(near.status, 'fulfilled', String((near as PromiseRejectedResult).reason))
      if (swallowed.status === 'fulfilled') assert.equal(swallowed.value, 'as if nothing had been')
      assert.deepEqual((await db.read(wordsOf, { like: '%' })).filter(({ word }) => word === 'near' || word === 'twice').map(({ word }) => word), ['near'])
    })

    it('answers writes in the order in which they came, however many groups are on their way', async () => {
      const ended: number[] = []
      const all: Promise<unknown>[] = []
      for (let at = 0; at < 400; at += 1) {
        all.push(db.write(addWord, { word: `turn-${at}` }).then(() => ended.push(at)))
        if (at % 7 === 0) await new Promise((resolve) => setImmediate(resolve))
      }
      await Promise.all(all)
      assert.deepEqual(ended, Array.from({ length: 400 }, (_, at) => at))
      assert.deepEqual((await db.read(wordsOf, { like: 'turn-%' })).map(({ word }) => word), Array.from({ length: 400 }, (_, at) => `turn-${at}`))
    })

    it('keeps integers beyond 2^53 exact', async () => {
      await db.write(addWord, { word: 'big', size: 9_007_199_254_740_993n })
      assert.equal((await db.read(wordsOf, { like: 'big' }))[0]!.size, 9_007_199_254_740_993n)
      assert.equal((await db.read(wordsOf, { like: 'cairn' }))[0]!.size, 5)
    })
  })
}

it('a short question to another process needs no thread of its own while nobody else is served', async () => {
  await using db = await openTestDatabase({ migrations: testMigrations, thread: new URL('./testing-thread.ts', import.meta.url) })
  assert.notEqual(await db.scan(threadOf, { short: false }), threadId)
  assert.equal(await db.scan(threadOf, { short: true }) === threadId, db.dialect.name === 'postgres')
  const writing = db.write(addWord, { word: 'at the same time' })
  await new Promise((resolve) => setImmediate(resolve))
  assert.notEqual(await db.scan(threadOf, { short: true }), threadId, 'who writes comes first')
  await writing
})

it('a database that is warmed has a thread to read with before anybody reads, and one alone', async () => {
  const telemetry = new Telemetry()
  await using db = await openTestDatabase({ migrations: testMigrations, thread: new URL('./testing-thread.ts', import.meta.url), readers: 2, telemetry })
  const threads = (): string | undefined => /^cairn_db_pool_open\{pool="threads"\} (\d+)$/m.exec(telemetry.expose())?.[1]
  assert.equal(threads(), '0')
  for (let time = 0; time < 2; time += 1) db.warm()
  assert.equal(threads(), '1')
  assert.equal((await db.scan(wordsOf, { like: '%' })).length, 0)
  assert.equal(threads(), '1')
})

it('a thread that ends takes what it was doing with it and nothing else: the next to ask gets another', { timeout: 30_000 }, async () => {
  await using db = await openTestDatabase({ migrations: testMigrations, thread: new URL('./testing-thread.ts', import.meta.url), readers: 2 })
  await db.write(addWord, { word: 'before' })
  const other = db.scan(wordsOf, { like: '%' })
  const ended = () => assert.rejects(db.scan(endReader, null), /ends here|has ended/)
  await ended()
  assert.equal((await other).length, 1)
  await Promise.all([ended(), ended()])
  for (let at = 0; at < 3; at += 1) assert.equal((await db.scan(wordsOf, { like: '%' })).length, 1)
  // PostgreSQL is written from the server's own thread.
  if (db.dialect.name === 'postgres') return
  await assert.rejects(db.write(endWriter, { word: 'during' }), (error: unknown) => error instanceof CairnError && error.code === 'TEMPORARILY_UNAVAILABLE' && /may have been stored, or not/.test(error.message))
  await db.write(addWord, { word: 'after' })
  assert.deepEqual((await db.read(wordsOf, { like: '%' })).map(({ word }) => word), ['before', 'after'])
})

it('a file of MLflow or of a newer Cairn is refused and left as it was', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cairn-db-'))
  for (const [table, words] of [['alembic_version', /MLflow/], ['schema_migrations', /newer Cairn/], ['other', /another program/]] as const) {
    const path = join(folder, `${table}.db`)
    const raw = new DatabaseSync(path)
    raw.exec(`CREATE TABLE ${table} (name TEXT); INSERT INTO ${table} VALUES ('future/0001')`)
    raw.close()
    await assert.rejects(openDatabase({ at: { kind: 'sqlite', path }, migrations: testMigrations }), (error: Error) => error instanceof DatabaseRefused && words.test(error.message))
  }
  rmSync(folder, { recursive: true })
})

it('a new database starts as the copy of a template, to which what is missing is added, and one that is there is left alone', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cairn-db-'))
  const [template, path] = [join(folder, 'template.db'), join(folder, 'words.db')]
  const made = await openDatabase({ at: { kind: 'sqlite', path: template }, migrations: testMigrations })
  await made.write(addWord, { word: 'copied' })
  await made[Symbol.asyncDispose]()
  const later = { name: 'test/9999', up: () => ['CREATE TABLE later (id INTEGER PRIMARY KEY)'] }
  for (const words of [['copied', 'first'], ['copied', 'first', 'second']]) {
    const db = await openDatabase({ at: { kind: 'sqlite', path }, template, migrations: [...testMigrations, later] })
    await db.write(addWord, { word: words.at(-1)! })
    assert.deepEqual((await db.read(wordsOf, { like: '%' })).map(({ word }) => word), words)
    assert.deepEqual(await db.read({ kind: 'read', name: 'x', run: (tx) => tx.all('SELECT * FROM later') }, null), [])
    await db[Symbol.asyncDispose]()
  }
  rmSync(folder, { recursive: true })
})

it('closing waits for every write that was begun', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cairn-db-'))
  const open = () => openDatabase({ at: { kind: 'sqlite', path: join(folder, 'words.db') }, migrations: testMigrations, thread: new URL('./testing-thread.ts', import.meta.url) })
  const first = await open()
  const all = Array.from({ length: 50 }, (_, at) => first.write(addWord, { word: `a${at}` }))
  await new Promise((resolve) => setImmediate(resolve))
  for (let at = 0; at < 50; at += 1) all.push(first.write(addWord, { word: `b${at}` }))
  await first[Symbol.asyncDispose]()
  await Promise.all(all)
  const second = await open()
  assert.equal((await second.read(wordsOf, { like: '%' })).length, 100)
  await second[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

it('a second server on one SQLite database is refused, and taken once the first has ended', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cairn-db-'))
  const open = () => openDatabase({ at: { kind: 'sqlite', path: join(folder, 'words.db') }, migrations: testMigrations, thread: new URL('./testing-thread.ts', import.meta.url) })
  const first = await open()
  await assert.rejects(open(), (error: Error) => error instanceof DatabaseRefused && /Another server/.test(error.message))
  await first[Symbol.asyncDispose]()
  const second = await open()
  await second[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})
