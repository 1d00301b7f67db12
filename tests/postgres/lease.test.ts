import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { CairnClient } from '@cairn/sdk'
import pg from 'pg'
import { startPostgres } from '../../tools/postgres.ts'
import { startServerProcess } from '../crash/server-process.ts'

const folder = mkdtempSync(join(tmpdir(), 'cairn-lease-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const until = async (what: () => Promise<boolean>, words: string): Promise<void> => {
  for (let wait = 0; !await what(); wait += 1) {
    assert.ok(wait < 600, words)
    await sleep(100)
  }
}

it('who compacts for all is killed at it: another goes on, and each point is there once', { timeout: 180_000 }, async () => {
  await using postgres = await startPostgres({ durable: true })
  const start = () => startServerProcess(folder, { MLFLOW_BACKEND_STORE_URI: postgres.uri })
  const admin = new pg.Client({ connectionString: postgres.uri })
  await admin.connect()
  try {
    const holder = async (): Promise<string | undefined> => (await admin.query<{ pid: string }>(
      "SELECT pid::text FROM pg_locks WHERE locktype = 'advisory' AND classid::bigint = hashtext('compaction')::bigint & 4294967295 AND granted")).rows[0]?.pid
    const count = async (table: string): Promise<number> => Number((await admin.query<{ n: string }>(`SELECT count(*) AS n FROM ${table}`)).rows[0]!.n)
    const first = await start()
    await until(async () => await holder() !== undefined, 'the first compacts')
    const was = await holder()
    await using second = await start()
    const client = new CairnClient({ url: second.url })
    const runs = await Promise.all(Array.from({ length: 40 }, async () => (await client.runs.create({ experiment_id: '0', start_time: 1 })).info.run_id))
    const steps = 60
    for (let step = 0; step < steps; step += 1) {
      await Promise.all(runs.map((run_id) => client.runs.logBatch({ run_id, metrics: ['a', 'b'].map((key) => ({ key, value: step, step, timestamp: step })) })))
    }
    // It has begun, and there is more to do.
    await until(async () => await count('metric_chunks') > 0, 'compaction begins')
    await first.kill()
    await until(async () => ![undefined, was].includes(await holder()), 'the other takes over')
    await until(async () => await count('metric_segments') === 0, 'the other finishes it')
    for (const run of runs) {
      assert.deepEqual((await Array.fromAsync(client.metrics.history(run, 'a'))).map((point) => Number(point.step)), Array.from({ length: steps }, (_, step) => step))
    }
  } finally {
    await admin.end()
  }
})

/** A process and all that it has started. */
function tree(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter((text) => text !== '').map(Number)
  return [pid, ...children.flatMap(tree)]
}

it('PostgreSQL that hangs and wakes: clear errors in time, all go on by themselves, and nothing is lost or stored twice', { timeout: 180_000, skip: process.platform === 'linux' ? false : 'reads /proc' }, async () => {
  await using postgres = await startPostgres()
  await using server = await startServerProcess(folder, { MLFLOW_BACKEND_STORE_URI: postgres.uri })
  const client = new CairnClient({ url: server.url, retries: 0 })
  const runs = await Promise.all(Array.from({ length: 16 }, async () => (await client.runs.create({ experiment_id: '0', start_time: 1 })).info.run_id))
  const acknowledged = runs.map(() => 0)
  const refused = new Set<string>()
  const inDoubt = runs.map(() => new Set<number>())
  let logging = true
  let longest = 0
  const load = runs.map(async (run_id, at) => {
    for (let step = 0; logging;) {
      const began = performance.now()
      try {
        await client.runs.logMetric({ run_id, key: 'loss', value: 1, step, timestamp: step })
        acknowledged[at] = step += 1
      } catch (error) {
        const { status, message } = error as { status?: number; message: string }
        refused.add(`${status}`)
        if (/may have been stored, or not/.test(message)) inDoubt[at]!.add(step)
        await sleep(50)
      }
      longest = Math.max(longest, performance.now() - began)
    }
  })
  const goOn = async (): Promise<void> => {
    const before = [...acknowledged]
    await until(async () => acknowledged.every((count, at) => count > before[at]! + 3), 'all log')
  }
  await goOn()
  for (let outage = 0; outage < 2; outage += 1) {
    const stopped = tree(postgres.pid)
    for (const pid of stopped) process.kill(pid, 'SIGSTOP')
    await assert.rejects(client.runs.get(runs[0]!), { status: 503, message: /database/ })
    await until(async () => refused.size > 0, 'writers are told')
    for (const pid of stopped.reverse()) process.kill(pid, 'SIGCONT')
    await goOn()
  }
  logging = false
  await Promise.all(load)
  assert.deepEqual([...refused], ['503'])
  assert.ok(longest < 25_000, `${longest} ms for one answer`)
  for (const [at, run] of runs.entries()) {
    const found = (await Array.fromAsync(client.metrics.history(run, 'loss'))).map((point) => Number(point.step))
    const times = Map.groupBy(found, (step) => step)
    for (let step = 0; step < acknowledged[at]!; step += 1) {
      const count = times.get(step)?.length ?? 0
      assert.ok(count === 1 || (count === 2 && inDoubt[at]!.has(step)), `step ${step} is there ${count} times`)
    }
  }
})
