import { test } from 'node:test'
import assert from 'node:assert/strict'
import { curvePoint, fraction, narrowRuns, runData, spikes, wideRuns } from './dataset.ts'

test('a run is the same whenever it is made, and differs from its neighbour', () => {
  assert.deepEqual(runData(7, wideRuns), runData(7, wideRuns))
  assert.notDeepEqual(runData(7, wideRuns).metrics, runData(8, wideRuns).metrics)
  assert.equal(runData(7, narrowRuns).metrics.length, 8)
})

test('metric values fill [0, 1) evenly enough to filter by', () => {
  const high = Array.from({ length: 10_000 }, (_, i) => fraction(i, 3)).filter(value => value > 0.9).length
  assert.ok(high > 900 && high < 1100, String(high))
})

test('every spike of the curve is in the list of spikes, and nothing else is', () => {
  const outside = Array.from({ length: 200_000 }, (_, i) => curvePoint(i).value).filter(value => value < 1 || value > 1.1)
  assert.deepEqual(outside, spikes(200_000))
  assert.ok(outside.length > 5 && outside.some(value => value < 0))
})
