import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { CairnClient, diskQueue, fluent, resendQueued, type Batch } from './node.ts'
import { folderOfServer } from './node-queue.ts'
import { startGate, startTestServer, type Gate, type TestServer } from './testing.ts'

const batchOf = (run_id: string, step: number): Batch => ({ run_id, metrics: [{ key: 'm', value: step, timestamp: step, step }], params: [], tags: [{ key: 'last', value: String(step) }] })
const kept = async (folder: string, end = '.json'): Promise<string[]> => (await readdir(folder).catch(() => [])).filter((name) => name.endsWith(end))

describe('the queue on disk', () => {
  let server: TestServer
  let gate: Gate
  let client: CairnClient
  let folder: string
  let run: string
  before(async () => {
    server = await startTestServer()
    gate = await startGate(server.url)
    client = new CairnClient({ url: gate.url, retries: 0 })
  })
  beforeEach(async () => {
    gate.mode = 'open'
    folder = await mkdtemp(join(tmpdir(), 'cairn-queue-'))
    run = (await client.runs.create({ experiment_id: '0', start_time: 1 })).info.run_id
  })
  afterEach(() => rm(folder, { recursive: true }))
  after(async () => {
    await gate[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  })

  const steps = async (): Promise<number[]> => (await Array.fromAsync(client.metrics.history(run, 'm'))).map(({ step }) => Number(step))

  it('keeps points and the end of the run while the server is away, and sends them before what comes later', async () => {
    const going = await fluent(client, { store: diskQueue(folder), flushMs: 1 }).startRun()
    run = going.id
    gate.mode = 'busy'
    going.logMetric('m', 0, { step: 0 })
    going.setTag('state', 'old')
    await going.flush()
    assert.equal((await kept(folder)).length, 1)
    going.logMetric('m', 1, { step: 1 })
    await going.flush()
    gate.mode = 'open'
    going.logMetric('m', 2, { step: 2 })
    going.setTag('state', 'new')
    await going.flush()
    assert.deepEqual(await kept(folder), [])
    assert.deepEqual(await steps(), [0, 1, 2])
    assert.equal((await client.runs.get(run)).data.tags!.find(({ key }) => key === 'state')!.value, 'new')

    gate.mode = 'gone'
    going.logMetric('m', 3, { step: 3 })
    await going.end('FAILED')
    gate.mode = 'open'
    assert.equal((await client.runs.get(run)).info.status, 'RUNNING')
    assert.equal(await resendQueued(client, folder), 0)
    assert.deepEqual([(await client.runs.get(run)).info.status, await steps()], ['FAILED', [0, 1, 2, 3]])
  })

  it('survives a process that is killed; the next one sends what it left, in order', async () => {
    const program = `
      import { CairnClient, diskQueue, fluent } from ${JSON.stringify(new URL('./node.ts', import.meta.url).href)}
      const run = await fluent(new CairnClient({ url: ${JSON.stringify(gate.url)}, retries: 0 }), { store: diskQueue(${JSON.stringify(folder)}), flushMs: 1 }).startRun()
      console.log(run.id)
      process.stdin.once('data', async () => {
        for (let step = 0; step < 2500; step += 1) run.logMetric('m', step, { step, timestamp: step })
        await run.flush()
        console.log('safe')
        setInterval(() => run.logMetric('later', 1), 1)
      })`
    const child = spawn(process.execPath, ['--conditions=source', '--input-type=module-typescript', '--eval', program], { stdio: ['pipe', 'pipe', 'inherit'] })
    const exited = new Promise((resolve) => child.once('exit', resolve))
    let said = ''
    for await (const chunk of child.stdout) {
      said += String(chunk)
      if (said.includes('safe')) child.kill('SIGKILL')
      else if (said.includes('\n')) {
        run = said.trim()
        gate.mode = 'gone'
        child.stdin.write('go')
      }
    }
    await exited
    gate.mode = 'open'
    assert.equal((await steps()).length, 0)
    assert.equal(await resendQueued(client, folder), 0)
    assert.deepEqual(await steps(), Array.from({ length: 2500 }, (_, step) => step))
  })

  it('lets one process at a time send, and takes over from one that died', async () => {
    const store = diskQueue(folder)
    for (let step = 0; step < 3; step += 1) await store.save(batchOf(run, step))
    await writeFile(join(folder, 'sending.lock'), `${hostname()} ${process.ppid}`)
    assert.equal(await resendQueued(client, folder), 3, 'the parent process lives')
    await writeFile(join(folder, 'sending.lock'), `${hostname()} 2147483646`)
    const sent: string[] = []
    const [first, second] = await Promise.all([1, 2].map(() => store.drain(async (batch) => {
      sent.push(String(batch.tags[0]!.value))
      await client.runs.logBatch(batch)
    })))
    assert.deepEqual([first, second, sent], [true, true, ['0', '1', '2']])
    assert.deepEqual(await readdir(folder), [])
  })

  it('sets aside what the server refuses, and nothing when it is busy or does not know who asks', async () => {
    const store = diskQueue(folder)
    await store.save({ ...batchOf(run, 0), run_id: 'f'.repeat(32) })
    await store.save(batchOf(run, 1))
    for (const mode of ['busy', 'unknown', 'gone'] as const) {
      gate.mode = mode
      assert.equal(await resendQueued(client, folder), 2)
    }
    gate.mode = 'open'
    await writeFile(join(folder, '00000000000000-broken.json'), '{"run_id":')
    assert.equal(await resendQueued(client, folder), 0)
    assert.equal((await kept(folder, '.refused')).length, 2)
    assert.deepEqual(await steps(), [1])
  })

  it('holds so many bytes and no more', async () => {
    const store = diskQueue(folder, { limit: 400 })
    await store.save(batchOf(run, 0))
    await store.save(batchOf(run, 1))
    await assert.rejects(store.save(batchOf(run, 2)), /is full \(400 bytes\)/)
    assert.equal(await resendQueued(client, folder), 0)
    await store.save(batchOf(run, 2))
  })

  it('keeps the batches of servers apart', () => {
    assert.notEqual(folderOfServer('/q', 'http://a:5000'), folderOfServer('/q', 'http://b:5000'))
    assert.notEqual(folderOfServer('/q', 'http://a:5000/x'), folderOfServer('/q', 'http://a:5000_x'))
  })
})
