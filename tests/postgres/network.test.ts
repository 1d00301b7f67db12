import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { CairnError } from '@cairn/protocol'
import { openDatabase, type Database } from '../../packages/server/src/platform/db/index.ts'
import { addAgain, timesOf, testMigrations, wordsOf } from '../../packages/server/src/platform/db/testing.ts'
import { startPostgres, type PostgresServer } from '../../tools/postgres.ts'
import { breakableNetwork, type BrokenNetwork } from './broken-network.ts'

let server: PostgresServer
before(async () => { server = await startPostgres() })
after(async () => { await server[Symbol.asyncDispose]() })

/** A database of its own behind a network of its own. */
async function opened(schema: string): Promise<{ db: Database; network: BrokenNetwork } & AsyncDisposable> {
  const network = await breakableNetwork(server.uri)
  const uri = new URL(network.uri)
  uri.searchParams.set('options', `-c search_path=${schema}`)
  const db = await openDatabase({ at: { kind: 'postgres', uri: uri.href }, migrations: testMigrations })
  return {
    db, network,
    async [Symbol.asyncDispose]() {
      await db[Symbol.asyncDispose]()
      await network[Symbol.asyncDispose]()
    },
  }
}
const away = (error: unknown): boolean => error instanceof CairnError && error.code === 'TEMPORARILY_UNAVAILABLE' && error.headers['retry-after'] !== undefined
const timed = async <T>(work: Promise<T>): Promise<{ ms: number; failed: unknown }> => {
  const began = performance.now()
  const failed = await work.then(() => undefined, (error: unknown) => error)
  return { ms: performance.now() - began, failed }
}

it('a commit whose answer was lost is acknowledged, and one that never arrived is made again: each write happens once', { timeout: 60_000 }, async () => {
  await using place = await opened('lost_answers')
  const { db, network } = place
  for (const [round, how] of (['answered', 'asked', 'answered', 'asked'] as const).entries()) {
    network.breakCommit(how)
    const began = performance.now()
    await Promise.all(Array.from({ length: 10 }, (_, index) => db.write(addAgain, { word: `${round}-${index}` })))
    assert.ok(performance.now() - began < 4000, `${how}: took ${Math.round(performance.now() - began)} ms`)
  }
  const times = await db.read(timesOf, null)
  assert.equal(times.length, 40)
  assert.deepEqual(times.filter(([, count]) => count !== 1), [])
})

it('a commit whose answer is lost for good is said to be in doubt, and is not made twice', { timeout: 60_000 }, async () => {
  await using place = await opened('doubt')
  const { db, network } = place
  network.breakCommit('answered', true)
  const outcomes = await Promise.allSettled(Array.from({ length: 5 }, (_, index) => db.write(addAgain, { word: `w${index}` })))
  for (const outcome of outcomes) assert.match(String((outcome as PromiseRejectedResult).reason), /may have been stored, or not/)
  network.heal()
  await sleep(600)
  await db.write(addAgain, { word: 'after' })
  assert.deepEqual(await db.read(timesOf, null), ['after', 'w0', 'w1', 'w2', 'w3', 'w4'].map((word) => [word, 1]))
})

it('a network that hangs is noticed: requests are refused in time, and go on by themselves when it is back', { timeout: 90_000 }, async () => {
  await using place = await opened('hanging')
  const { db, network } = place
  await db.write(addAgain, { word: 'before' })
  await db.read(wordsOf, { like: '%' })
  network.hang()
  const [write, read] = await Promise.all([timed(db.write(addAgain, { word: 'during' })), timed(db.read(wordsOf, { like: '%' }))])
  for (const { ms, failed } of [write, read]) {
    assert.ok(away(failed), String(failed))
    assert.ok(ms < 15_000, `${ms} ms`)
  }
  assert.ok((await timed(db.write(addAgain, { word: 'during' }))).ms < 6000)
  network.heal()
  for (let wait = 0; wait < 60 && (await timed(db.write(addAgain, { word: 'later' }))).failed !== undefined; wait += 1) await sleep(250)
  const times = new Map(await db.read(timesOf, null))
  assert.equal(times.get('before'), 1)
  assert.equal(times.get('during'), undefined, 'what was refused is not there')
  assert.equal(times.get('later'), 1)
})

it('connections that a firewall has forgotten are given up, though new ones work', { timeout: 60_000 }, async () => {
  await using place = await opened('forgotten')
  const { db, network } = place
  await db.write(addAgain, { word: 'before' })
  await db.read(wordsOf, { like: '%' })
  network.hangThese()
  const [write, read] = await Promise.all([timed(db.write(addAgain, { word: 'during' })), timed(db.read(wordsOf, { like: '%' }))])
  for (const { ms } of [write, read]) assert.ok(ms < 10_000, `${ms} ms`)
  await db.write(addAgain, { word: 'after' })
  assert.deepEqual((await db.read(timesOf, null)).filter(([, count]) => count !== 1), [])
})
