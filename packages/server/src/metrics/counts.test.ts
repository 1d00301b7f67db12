import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { read, write } from '../platform/db/index.ts'
import { pointsBehind, type HandedOn } from './all-points.ts'
import { countPoints } from './count.ts'
import { countMissing, runsWithoutCount } from './counts-store.ts'
import { storedValue } from './points.ts'
import { addRun, anySpot, append, compact, openMetricsDatabase } from './testing.ts'
import { limits } from './testing-model.ts'

const counted = read('test.counted', (tx, { run }: { run: number }) => tx.rows<[number]>('SELECT points FROM metric_counts WHERE run_id = ?', [run]))
const waiting = read('test.waiting', (tx, { run }: { run: number }) => tx.rows<[number]>('SELECT COUNT(*) FROM metric_segments WHERE run_id = ?', [run]))
const exact = read('test.exact', async (tx, { run }: { run: number }) => (await countPoints(tx, run)).points)
const forget = write('test.forget', (tx, _input: null) => tx.run('DELETE FROM metric_counts'))
const behind = read('test.behind', (tx, { before, limit }: { before: HandedOn[]; limit: number }) => pointsBehind(tx, 1, new Map(before.map((one) => [one.key, one])), limit))

const batches = fc.array(fc.array(fc.record({ key: fc.constantFrom('a', 'b'), spot: anySpot }), { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 10 })

it('compaction keeps how many points a run has, and what it compacted before that is counted once', async () => {
  await fc.assert(fc.asyncProperty(batches, async (all) => {
    await using db = await openMetricsDatabase()
    await db.write(addRun, { id: 1, runId: 'one', startTime: 1 })
    for (const batch of all) {
      await db.write(append, { run: { id: 1, experimentId: 1 }, points: batch.map(({ key, spot }) => ({ key, ...spot })) })
      await compact(db, 1, limits)
    }
    while ((await db.read(waiting, { run: 1 }))[0]![0] > 0) await compact(db, 1, limits)
    const [[points]] = await db.read(counted, { run: 1 }) as [[number]]
    // Equal points in a bundle and behind it meet when they come into one chunk.
    assert.ok(points >= await db.read(exact, { run: 1 }))
    assert.deepEqual((await db.read(runsWithoutCount, { after: 0 })).runs, [])
    await db.write(forget, null)
    assert.deepEqual((await db.read(runsWithoutCount, { after: 0 })).runs, [1])
    // Nothing is counted in part.
    await db.write(append, { run: { id: 1, experimentId: 1 }, points: [{ key: 'a', value: 1, timestamp: 99_999, step: 99_999 }] })
    await compact(db, 1, limits)
    assert.deepEqual(await db.read(counted, { run: 1 }), [])
    await db.write(countMissing, { runs: [1] })
    assert.deepEqual(await db.read(counted, { run: 1 }), [[points + 1]])
    assert.deepEqual((await db.read(runsWithoutCount, { after: 0 })).runs, [])
  }), { numRuns: 15 })
})

it('what is behind those that were handed on is all that is new, whenever it comes and however it is compacted', async () => {
  await fc.assert(fc.asyncProperty(batches, fc.integer({ min: 1, max: 8 }), async (all, limit) => {
    await using db = await openMetricsDatabase()
    const there = new Set<string>()
    const expected = new Set<string>()
    const before = new Map<string, HandedOn>()
    // An infinity and the largest number are one value where MLflow stores them.
    const text = (key: string, { step, timestamp, value }: { step?: unknown; timestamp: unknown; value: number }): string => `${key} ${String(step)} ${String(timestamp)} ${value !== value ? 'NaN' : storedValue(value)}`
    for (const [at, batch] of all.entries()) {
      await db.write(append, { run: { id: 1, experimentId: 1 }, points: batch.map(({ key, spot }) => ({ key, ...spot })) })
      for (const { key, spot } of batch) expected.add(text(key, spot))
      if (at % 2 === 0) await compact(db, 1, limits)
      for (let more = true; more;) {
        const part = await db.read(behind, { before: [...before.values()], limit })
        for (const point of part.points) there.add(text(point.key, point))
        for (const one of part.handedOn) before.set(one.key, one)
        more = part.more
      }
      assert.deepEqual([...there].toSorted(), [...expected].toSorted())
      assert.deepEqual((await db.read(behind, { before: [...before.values()], limit })).points, [])
    }
  }), { numRuns: 15 })
})
