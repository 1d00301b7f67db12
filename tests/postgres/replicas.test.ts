import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { CairnClient } from '@cairn/sdk'
import pg from 'pg'
import { startPostgres } from '../../tools/postgres.ts'
import { startServerProcess, type ServerProcess } from '../crash/server-process.ts'
import { startBalancer } from './balancer.ts'

const folder = mkdtempSync(join(tmpdir(), 'cairn-replicas-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const loggers = 9
// `npm run soak` asks for more of the same.
const longer = Number(process.env['CAIRN_SOAK'] ?? 1)
const kills = 4 * longer
const portOf = (server: ServerProcess): number => Number(new URL(server.url).port)

it('three servers lose nothing that was acknowledged, and tell those who watch, while one after the other is killed', { timeout: 180_000 * longer }, async () => {
  await using postgres = await startPostgres({ durable: true })
  await using balancer = await startBalancer()
  const start = (): Promise<ServerProcess> => startServerProcess(folder, { MLFLOW_BACKEND_STORE_URI: postgres.uri })
  const servers = await Promise.all([start(), start(), start()])
  const listed = (): void => { balancer.backends = servers.map(portOf) }
  listed()

  const client = new CairnClient({ url: balancer.url, retries: 12, backoffMs: 50 })
  const runs = await Promise.all(Array.from({ length: loggers }, async () => (await client.runs.create({ experiment_id: '0', start_time: Date.now() })).info.run_id))
  const acknowledged = new Map(runs.map((run) => [run, 0]))
  const stop = new AbortController()

  const seen = new Map(runs.map((run) => [run, new Set<number>()]))
  let resyncs = 0
  const stepsOf = async (run: string): Promise<number[]> => (await Array.fromAsync(client.metrics.history(run, 'loss'))).map((point) => Number(point.step))
  const watcher = (async () => {
    for await (const message of client.live({ runIds: runs, signal: stop.signal, maxWaitMs: 200 })) {
      if (message.type === 'points') for (const point of message.data.points) seen.get(message.data.run_id)!.add(Number(point.step))
      if (message.type === 'resync') {
        resyncs += 1
        for (const run of runs) for (const step of await stepsOf(run)) seen.get(run)!.add(step)
      }
    }
  })()
  await sleep(500)

  let logging = true
  const load = runs.map(async (run, index) => {
    for (let step = 0; logging; step += 1) {
      const point = { key: 'loss', value: step / 2, step, timestamp: step }
      if (index % 3 === 0) await client.runs.logMetric({ run_id: run, ...point })
      else await client.runs.logBatch({ run_id: run, metrics: [point], params: [{ key: `p${step % 50}`, value: 'same' }], tags: [{ key: 'shared', value: String(step) }] })
      acknowledged.set(run, step + 1)
      await sleep(2)
    }
  })
  for (let kill = 0; kill < kills; kill += 1) {
    await sleep(1500)
    const index = kill % servers.length
    await servers[index]!.kill()
    await sleep(700)
    servers[index] = await start()
    listed()
  }
  await sleep(1000)
  logging = false
  await Promise.all(load)
  // Whoever watches hears of the last ones, or that it has to read again.
  for (let wait = 0; wait < 100 && runs.some((run) => seen.get(run)!.size < acknowledged.get(run)!); wait += 1) await sleep(100)
  stop.abort()
  await watcher

  for (const run of runs) {
    const steps = await stepsOf(run)
    const count = acknowledged.get(run)!
    assert.ok(count > 50, `${count} points in all that time`)
    assert.deepEqual(steps, Array.from({ length: steps.length }, (_, step) => step), 'each once, without gaps')
    assert.ok(steps.length >= count, `${count} acknowledged, ${steps.length} found`)
    assert.deepEqual(Array.from({ length: count }, (_, step) => step).filter((step) => !seen.get(run)!.has(step)), [], 'points that the watcher never saw')
  }
  assert.ok(resyncs <= 4 * kills, `${resyncs} times told to read everything again`)
  await compactsAlone(postgres.uri)
  for (const server of servers) await server[Symbol.asyncDispose]()
})

/** One server compacts for all: the lease is a lock of one session. */
async function compactsAlone(uri: string): Promise<void> {
  const db = new pg.Client({ connectionString: uri })
  await db.connect()
  const { rows } = await db.query<{ n: string }>("SELECT count(*) AS n FROM pg_locks WHERE locktype = 'advisory' AND classid::bigint = hashtext('compaction')::bigint & 4294967295 AND granted")
  await db.end()
  assert.equal(rows[0]!.n, '1')
}

it('an event reaches its webhook once, whichever of the servers delivers it', { timeout: 60_000 }, async () => {
  await using postgres = await startPostgres()
  const env = { MLFLOW_BACKEND_STORE_URI: postgres.uri, MLFLOW_WEBHOOK_ALLOWED_SCHEMES: 'http', MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS: 'true' }
  const calls: string[] = []
  const receiver = createServer((request, response) => {
    calls.push(String(request.headers['x-mlflow-delivery-id']))
    request.resume().on('end', () => response.end())
  })
  receiver.listen(0, '127.0.0.1')
  await once(receiver, 'listening')
  await using first = await startServerProcess(folder, env)
  await using second = await startServerProcess(folder, env)
  await using third = await startServerProcess(folder, env)
  const clients = [first, second, third].map(({ url }) => new CairnClient({ url }))
  await clients[0]!.webhooks.create({ name: 'all', url: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`, events: [{ entity: 'REGISTERED_MODEL', action: 'CREATED' }] })
  await Promise.all(Array.from({ length: 60 }, (_, index) => clients[index % 3]!.models.create({ name: `model-${index}` })))
  for (let wait = 0; wait < 150 && calls.length < 60; wait += 1) await sleep(100)
  await sleep(1000)
  assert.equal(calls.length, 60)
  assert.equal(new Set(calls).size, 60)
  receiver.close()
})

it('many batches on the same run, from two servers at once, never deadlock', { timeout: 60_000 }, async () => {
  await using postgres = await startPostgres()
  await using first = await startServerProcess(folder, { MLFLOW_BACKEND_STORE_URI: postgres.uri })
  await using second = await startServerProcess(folder, { MLFLOW_BACKEND_STORE_URI: postgres.uri })
  const clients = [first, second].map(({ url }) => new CairnClient({ url, retries: 0 }))
  const run = (await clients[0]!.runs.create({ experiment_id: '0', start_time: 1 })).info.run_id
  const other = (await clients[1]!.runs.create({ experiment_id: '0', start_time: 1 })).info.run_id
  const batches = Array.from({ length: 120 }, async (_, index) => {
    // Keys, params and tags in opposite orders, new ones on both sides.
    const names = Array.from({ length: 20 }, (_, name) => `k${(index % 2 === 0 ? name : 19 - name) + 10 * Math.floor(index / 20)}`)
    await clients[index % 2]!.runs.logBatch({
      run_id: index % 3 === 0 ? other : run,
      metrics: names.map((key) => ({ key, value: index, step: index, timestamp: index })),
      params: names.map((key) => ({ key, value: 'v' })), tags: names.map((key) => ({ key, value: String(index) })),
    })
  })
  await Promise.all(batches)
  const { data } = await clients[0]!.runs.get(run)
  assert.equal(data.metrics!.length, 70)
  assert.equal(data.params!.length, 70)
  // A name that two servers would both give an experiment goes to one of them.
  const made = await Promise.allSettled(clients.map((client) => client.experiments.create({ name: 'both' })))
  assert.deepEqual(made.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
})

it('a server outlives its database while 64 clients log: clear errors while it is away, and nothing acknowledged is lost', { timeout: 180_000 * longer }, async () => {
  await using postgres = await startPostgres({ durable: true })
  await using server = await startServerProcess(folder, { MLFLOW_BACKEND_STORE_URI: postgres.uri })
  const client = new CairnClient({ url: server.url, retries: 0 })
  const runs = await Promise.all(Array.from({ length: 64 }, async () => (await client.runs.create({ experiment_id: '0', start_time: 1 })).info.run_id))
  const acknowledged = runs.map(() => 0)
  const errors = new Set<string>()
  let logging = true
  const load = runs.map(async (run_id, at) => {
    for (let step = 0; logging; ) {
      try {
        await client.runs.logMetric({ run_id, key: 'loss', value: 1, step, timestamp: step })
        acknowledged[at] = step += 1
      } catch (error) {
        errors.add(`${(error as { status?: number }).status} ${(error as { code?: string }).code}`)
        await sleep(50)
      }
    }
  })
  for (let outage = 0; outage < 3 * longer; outage += 1) {
    await sleep(400)
    await postgres.kill()
    await sleep(1200)
    await assert.rejects(client.runs.get(runs[0]!), { status: 503, message: /database/ })
    await postgres.restart()
  }
  const before = [...acknowledged]
  const goOn = (): boolean => acknowledged.every((count, at) => count > before[at]!)
  for (let wait = 0; wait < 300 && !goOn(); wait += 1) await sleep(100)
  logging = false
  await Promise.all(load)
  assert.ok(goOn(), 'all of them go on by themselves')
  assert.deepEqual([...errors], ['503 TEMPORARILY_UNAVAILABLE'])
  for (const [at, run] of runs.entries()) {
    const steps = (await Array.fromAsync(client.metrics.history(run, 'loss'))).map((point) => Number(point.step))
    assert.deepEqual(steps.slice(0, acknowledged[at]), Array.from({ length: acknowledged[at]! }, (_, step) => step))
  }
})
