import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { ApiError, CairnClient, NetworkError, isTransient, type Batch } from './index.ts'
import { Outbox } from './outbox.ts'
import { startGate, startTestServer, type Gate, type TestServer } from './testing.ts'

describe('what is on its way out', () => {
  let server: TestServer
  let gate: Gate
  let client: CairnClient
  let run: string
  before(async () => {
    server = await startTestServer()
    gate = await startGate(server.url)
    client = new CairnClient({ url: gate.url, retries: 1, backoffMs: 1 })
  })
  beforeEach(async () => {
    gate.mode = 'open'
    gate.delayMs = 0
    gate.now.most = 0
    gate.batches.length = 0
    run = (await client.runs.create({ experiment_id: '0', start_time: 1 })).info.run_id
  })
  after(async () => {
    await gate[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  })

  const metric = (step: number) => ({ metric: { key: 'm', value: step, step, timestamp: step } })
  const steps = async (): Promise<number[]> => (await Array.fromAsync(client.metrics.history(run, 'm'))).map(({ step }) => Number(step))
  const upTo = (count: number): number[] => Array.from({ length: count }, (_, step) => step)

  it('sends a request at a time, 1000 entries at most in each, in the order of logging', async () => {
    gate.delayMs = 20
    const outbox = new Outbox(client, run, { flushMs: 1 })
    const flushes: Promise<void>[] = []
    for (let step = 0; step < 3500; step += 1) {
      outbox.add(metric(step))
      if (step % 500 === 0) flushes.push(outbox.flush())
      if (step % 1000 === 0) await setTimeout(5)
    }
    await Promise.all([...flushes, outbox.flush()])
    assert.equal(gate.now.most, 1)
    assert.ok(gate.batches.every(({ metrics }) => metrics!.length <= 1000))
    assert.deepEqual(gate.batches.flatMap(({ metrics }) => metrics!.map(({ step }) => step)), upTo(3500))
  })

  it('loses nothing when flushes, timers and full batches meet while the server is away', async () => {
    const patient = new CairnClient({ url: gate.url, retries: 5, backoffMs: 20 })
    const outbox = new Outbox(patient, run, { flushMs: 1 })
    gate.mode = 'gone'
    let step = 0
    const flushing: Promise<unknown>[] = []
    for (let round = 0; round < 60; round += 1) {
      for (let more = 0; more < 10; more += 1) outbox.add(metric(step++))
      flushing.push(outbox.flush().catch((error: unknown) => assert.ok(error instanceof NetworkError)))
      await setTimeout(20)
      if (round === 45) {
        gate.mode = 'open'
        gate.delayMs = 20
      }
    }
    await Promise.all(flushing)
    await outbox.flush()
    assert.deepEqual(await steps(), upTo(step))
    assert.equal(gate.now.most, 1)
  })

  it('does not drop what a busy server put off', async () => {
    const refused: unknown[] = []
    const outbox = new Outbox(client, run, { onError: (error) => refused.push(error) })
    gate.mode = 'busy'
    outbox.add(metric(0))
    await assert.rejects(outbox.flush(), (error) => isTransient(error) && error instanceof ApiError && error.status === 503)
    gate.mode = 'open'
    await outbox.flush()
    assert.deepEqual([await steps(), refused], [[0], []])
  })

  it('tries again by itself when nobody flushes', async () => {
    const outbox = new Outbox(client, run, { flushMs: 1 })
    gate.mode = 'gone'
    outbox.add(metric(0))
    await setTimeout(50)
    gate.mode = 'open'
    for (let wait = 0; wait < 500 && (await steps()).length === 0; wait += 1) await setTimeout(20)
    assert.deepEqual(await steps(), [0])
  })

  it('drops only what is wrong of a batch, and tells which', async () => {
    const refused: Batch[] = []
    const outbox = new Outbox(client, run, {
      onError: (_error, batch) => {
        refused.push(batch)
        throw new Error('listeners may throw')
      },
    })
    outbox.add({ param: { key: 'lr', value: '1' } })
    await outbox.flush()
    for (let step = 0; step < 900; step += 1) {
      outbox.add(metric(step))
      if (step === 450) outbox.add({ param: { key: 'lr', value: '2' } })
    }
    await assert.rejects(outbox.flush(), /Changing param values/)
    assert.deepEqual(refused, [{ run_id: run, metrics: [], params: [{ key: 'lr', value: '2' }], tags: [] }])
    assert.deepEqual(await steps(), upTo(900))
    await outbox.flush()
  })

  it('asks a bounded number of times about a run that is gone', async () => {
    await client.runs.delete(run)
    let lost = 0
    const outbox = new Outbox(client, run, { onError: (_error, batch) => { lost += batch.metrics.length } })
    for (let step = 0; step < 1000; step += 1) outbox.add(metric(step))
    await assert.rejects(outbox.flush(), ApiError)
    assert.equal(lost, 1000)
    assert.ok(gate.batches.length <= 65, `${gate.batches.length} requests`)
  })

  it('holds so much and no more, and says so', async () => {
    gate.mode = 'gone'
    const outbox = new Outbox(client, run, { limit: 3, flushMs: 60_000 })
    for (let step = 0; step < 3; step += 1) outbox.add(metric(step))
    assert.throws(() => outbox.add(metric(3)), /More than 3 entries wait/)
    gate.mode = 'open'
    await outbox.flush()
    outbox.add(metric(3))
    await outbox.flush()
    assert.deepEqual(await steps(), upTo(4))
  })
})
