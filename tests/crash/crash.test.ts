import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { CairnClient } from '@cairn/sdk'
import { startServerProcess } from './server-process.ts'

const folder = mkdtempSync(join(tmpdir(), 'cairn-crash-'))
let server: Awaited<ReturnType<typeof startServerProcess>> | undefined
after(async () => {
  // One that a failure left behind would keep this process waiting.
  await server?.kill()
  rmSync(folder, { recursive: true, force: true })
})

// `npm run soak` asks for more of the same.
const longer = Number(process.env['CAIRN_SOAK'] ?? 1)
const kills = 10 * longer
const writers = 12
const keysPerBatch = 8

/** What one writer did to its run: how many batches and single points were acknowledged, and how many were tried. */
interface Writer {
  readonly run: string
  acknowledged: number
  tried: number
}

it(`keeps every acknowledged write and no half batch over ${kills} kills under load`, { timeout: 240_000 * longer }, async () => {
  const all: Writer[] = []
  server = await startServerProcess(folder)
  for (let round = 0; round < kills; round += 1) {
    const client = new CairnClient({ url: server.url, retries: 0 })
    const mine = await Promise.all(Array.from({ length: writers }, async () =>
      ({ run: (await client.runs.create({ experiment_id: '0', start_time: Date.now() })).info.run_id, acknowledged: 0, tried: 0 })))
    all.push(...mine)
    const load = mine.map((writer, index) => write(client, writer, index % 3 === 0))
    // On a busy machine the first answers take their time.
    for (const deadline = Date.now() + 30_000; mine.some((writer) => writer.acknowledged === 0) && Date.now() < deadline;) await sleep(10)
    // Also at moments in which the compactor works, which comes a while after the points.
    await sleep(150 + round % 10 * 120)
    await server.kill()
    await Promise.all(load)
    server = await startServerProcess(folder)
    assert.ok(mine.every((writer) => writer.acknowledged > 0), 'the server was killed before it had done anything')
    await check(new CairnClient({ url: server.url }), all)
  }
  await server[Symbol.asyncDispose]()
  // After an orderly end nothing differs either.
  server = await startServerProcess(folder)
  await check(new CairnClient({ url: server.url }), all)
  await server[Symbol.asyncDispose]()
})

/** Batch `n` holds step `n` of every metric, param `p<n>` and tag `last`; until the server is gone. */
async function write(client: CairnClient, writer: Writer, single: boolean): Promise<void> {
  for (let step = 0; ; step += 1) {
    writer.tried = step + 1
    try {
      if (single) await client.runs.logMetric({ run_id: writer.run, key: 'single', value: step, step, timestamp: step })
      else {
        await client.runs.logBatch({
          run_id: writer.run,
          metrics: Array.from({ length: keysPerBatch }, (_, key) => ({ key: `m${key}`, value: step * 100 + key, step, timestamp: step })),
          params: [{ key: `p${step}`, value: String(step) }],
          tags: [{ key: 'last', value: String(step) }],
        })
      }
      writer.acknowledged = step + 1
    } catch {
      return
    }
  }
}

async function check(client: CairnClient, all: readonly Writer[]): Promise<void> {
  for (const writer of all) {
    const { data } = await client.runs.get(writer.run)
    const params = new Set((data.params ?? []).map(({ key }) => key))
    const keys = (data.metrics ?? []).map(({ key }) => key)
    const single = keys.includes('single')
    if (writer.acknowledged === 0 && keys.length === 0) continue
    const lengths = new Set<number>()
    for (const key of single ? ['single'] : Array.from({ length: keysPerBatch }, (_, index) => `m${index}`)) {
      const steps: number[] = []
      for await (const point of client.metrics.history(writer.run, key)) {
        steps.push(Number(point.step))
        if (!single) assert.equal(point.value, Number(point.step) * 100 + Number(key.slice(1)))
      }
      assert.deepEqual(steps, Array.from(steps, (_, index) => index), `${writer.run} ${key}: steps without gaps`)
      lengths.add(steps.length)
    }
    assert.equal(lengths.size, 1, `${writer.run}: a batch is there by half`)
    const [stored] = lengths
    assert.ok(stored! >= writer.acknowledged, `${writer.run}: ${writer.acknowledged} acknowledged, ${stored} found`)
    assert.ok(stored! <= writer.tried)
    if (!single) {
      assert.equal(params.size, stored)
      assert.equal(data.tags!.find(({ key }) => key === 'last')!.value, String(stored! - 1))
    }
    assert.equal(Number((data.metrics ?? []).find(({ key }) => key === (single ? 'single' : 'm0'))!.step), stored! - 1)
  }
}
