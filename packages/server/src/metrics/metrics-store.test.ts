import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { compareInts, compareValues, storedValue, type Spot } from './points.ts'
import { packPoints } from './segment.ts'
import { anySpot, append, latest, openMetricsDatabase } from './testing.ts'

it('the latest value is the greatest by step, timestamp and value, in whatever order points arrive', async () => {
  await using db = await openMetricsDatabase()
  let run = 0
  await fc.assert(fc.asyncProperty(fc.array(fc.array(anySpot, { minLength: 1, maxLength: 8 }), { maxLength: 5 }), async (batches) => {
    run += 1
    let expected: Spot | undefined
    for (const batch of batches) {
      await db.write(append, { run: { id: run, experimentId: 1 }, points: batch.map((spot) => ({ key: 'loss', ...spot })) })
      for (const spot of batch) if (expected === undefined || isLater(spot, expected)) expected = spot
    }
    const rows = await db.read(latest, run)
    assert.deepEqual(rows, expected === undefined ? [] : [{
      key: 'loss', step: expected.step, timestamp: expected.timestamp,
      value: Number.isNaN(expected.value) ? NaN : storedValue(expected.value),
    }])
  }))
})

const isLater = (a: Spot, b: Spot): boolean =>
  (compareInts(a.step, b.step) || compareInts(a.timestamp, b.timestamp) || compareValues(storedValue(a.value), storedValue(b.value))) > 0

it('a batch of many keys stores each, packed elsewhere or not, and runs stay apart', async () => {
  await using db = await openMetricsDatabase()
  const points = Array.from({ length: 100 }, (_, index) => ({ key: `metric ${String(index).padStart(3, '0')}`, value: index, timestamp: 5, step: index }))
  await db.write(append, { run: { id: 1, experimentId: 1 }, points })
  await db.write(append, { run: { id: 2, experimentId: 1 }, points: packPoints(points.slice(0, 40)) })
  assert.deepEqual(await db.read(latest, 1), points)
  assert.deepEqual(await db.read(latest, 2), points.slice(0, 40))
})
