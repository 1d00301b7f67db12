import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { applyCompaction, Compactor, planCompactionOf, startCompactor } from './compactor.ts'
import type { Spot } from './points.ts'
import { append, countRows, historyOf, historyOp as historyScan, openMetricsDatabase, openThreadedTestDatabase } from './testing.ts'
import { limits } from './testing-model.ts'

const quick = { intervalMs: 1, quietMs: 5, segments: 4, bytes: 1000, limits }

describe('the compactor', () => {
  it('loses nothing and shows nothing twice while writers and readers go on', async () => {
    await using db = await openThreadedTestDatabase()
    await using _compactor = startCompactor(db, quick)
    const acknowledged = new Map<number, Spot[]>([[1, []], [2, []], [3, []]])
    const writers = [...acknowledged].map(async ([run, spots]) => {
      for (let request = 0; request < 60; request += 1) {
        // Every third request is late, every fifth is sent twice.
        const start = request % 3 === 2 ? request - 2 : request * 2
        const points = Array.from({ length: 1 + request % 5 }, (_, index): Spot => ({ step: start + index, timestamp: 1000 + request, value: request + index / 10 }))
        const input = { run: { id: run, experimentId: 1 }, points: points.map((spot) => ({ key: request % 2 ? 'odd' : 'even', ...spot })) }
        await Promise.all([db.write(append, input), ...request % 5 === 0 ? [db.write(append, input)] : []])
        if (request % 2 === 1) spots.push(...points)
      }
    })
    let reads = 0
    const reader = (async () => {
      while (reads < 200) {
        for (const [run, spots] of acknowledged) {
          const before = new Set(spots.map((spot) => JSON.stringify(spot)))
          const seen = (await db.scan(historyScan, { run, key: 'odd', bounds: undefined })).map((spot) => JSON.stringify(spot))
          assert.equal(new Set(seen).size, seen.length, 'a point is there twice')
          for (const spot of before) assert.ok(seen.includes(spot), `${spot} was acknowledged and is not there`)
          reads += 1
        }
      }
    })()
    await Promise.all([...writers, reader])
    for (const [run, spots] of acknowledged) assert.equal((await historyOf(db, run, 'odd')).length, new Set(spots.map((spot) => JSON.stringify(spot))).size)
  })

  it('finds what an earlier process left, and leaves no segment of a run that is quiet', async () => {
    await using db = await openMetricsDatabase()
    for (let request = 0; request < 10; request += 1) {
      await db.write(append, { run: { id: request % 2, experimentId: 1 }, points: [{ key: 'loss', value: 1, timestamp: request, step: request }] })
    }
    let now = 0
    await using compactor = new Compactor(db, { ...quick, intervalMs: 60_000, segments: 100, now: () => now })
    assert.equal(await compactor.tick(), 0)
    now += 5
    assert.equal(await compactor.tick(), 2)
    assert.deepEqual(await db.read(countRows, null), { segments: 0, bundles: 2, chunks: 2 })
    // SQLite numbers the next segment 1 again.
    await db.write(append, { run: { id: 1, experimentId: 1 }, points: [{ key: 'loss', value: 1, timestamp: 50, step: 50 }] })
    await compactor.tick()
    now += 5
    assert.equal(await compactor.tick(), 1)
    assert.deepEqual(await db.read(countRows, null), { segments: 0, bundles: 2, chunks: 2 })
  })

  it('waits with a busy run until rewriting its bundles is worth it', async () => {
    await using db = await openMetricsDatabase()
    let now = 0
    await using compactor = new Compactor(db, { intervalMs: 60_000, now: () => now })
    const log = (step: number, keys: number) => db.write(append, {
      run: { id: 1, experimentId: 1 }, points: Array.from({ length: keys }, (_, key) => ({ key: `metric ${key}`, value: 1, timestamp: step, step })),
    })
    for (let step = 0; step < 512; step += 1) await log(step, 20)
    assert.equal(await compactor.tick(), 1)
    const rows = await db.read(countRows, null)
    assert.equal(rows.segments, 0)
    for (let step = 512; step < 532; step += 1) await log(step, 1)
    now += 10_000
    assert.equal(await compactor.tick(), 0)
    now += 3_600_000
    assert.equal(await compactor.tick(), 1)
    assert.equal((await historyOf(db, 1, 'metric 0')).length, 532)
  })

  it('makes no change with a plan that another compactor has overtaken', async () => {
    await using db = await openMetricsDatabase()
    await db.write(append, { run: { id: 1, experimentId: 1 }, points: [{ key: 'loss', value: 1, timestamp: 1, step: 1 }] })
    const plan = await db.read(planCompactionOf, { runId: 1, limits })
    assert.deepEqual(await db.write(applyCompaction, plan!), { applied: true, lastSeq: 0 })
    assert.deepEqual(await db.write(applyCompaction, plan!), { applied: false, lastSeq: 0 })
    assert.deepEqual(await db.read(countRows, null), { segments: 0, bundles: 1, chunks: 0 })
    assert.equal((await historyOf(db, 1, 'loss')).length, 1)
  })
})
