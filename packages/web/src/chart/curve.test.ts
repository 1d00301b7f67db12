import assert from 'node:assert/strict'
import { it } from 'node:test'
import { curveOf, joined, withPoints } from './curve.ts'

it('a bucket is drawn with its extremes, so a spike among a thousand points is still there', () => {
  const curve = curveOf({
    run_id: 'r', key: 'k', count: 2000, non_finite: { x: [3], value: ['NaN'], count: [2] },
    buckets: { from: 0, width: 10, index: [0, 5], count: [10, 10], mean: [1, 2], min: [0, 1], max: [2, 99], min_x: [0, 50], max_x: [9, 57], first: [1, 1], first_x: [0, 50], last: [1, 2], last_x: [9, 59] },
  })
  assert.deepEqual(curve.x, [5, 55])
  assert.deepEqual(curve.high, [2, 99])
  assert.deepEqual(curve.marks, [{ x: 3, value: 'NaN' }])
  assert.equal(curve.exact, false)
  assert.deepEqual(curve.last, { x: 59, value: 2 })
})

it('points that come late are drawn where they belong, and those that are not finite as marks', () => {
  const curve = curveOf({ run_id: 'r', key: 'k', count: 2, non_finite: { x: [], value: [], count: [] }, points: { x: [0, 2], value: [1, 3] } })
  const more = withPoints(curve, [{ x: 3, value: 4 }, { x: 1, value: 2 }, { x: 4, value: NaN }])
  assert.deepEqual(more.x, [0, 1, 2, 3])
  assert.deepEqual(more.value, [1, 2, 3, 4])
  assert.deepEqual(more.marks, [{ x: 4, value: 'NaN' }])
  assert.equal(more.count, 5)
  assert.deepEqual(more.last, { x: 3, value: 4 })
})

it('a point that the answer to a read holds already is neither counted nor drawn a second time', () => {
  const raw = curveOf({ run_id: 'r', key: 'k', count: 2, non_finite: { x: [], value: [], count: [] }, points: { x: [0, 1], value: [1, 3] } })
  const more = joined(raw, [{ x: 1, value: 3 }, { x: 2, value: 5 }])
  assert.deepEqual([more.x, more.count], [[0, 1, 2], 3])
  const buckets = curveOf({
    run_id: 'r', key: 'k', count: 20, non_finite: { x: [], value: [], count: [] },
    buckets: { from: 0, width: 10, index: [0, 1], count: [10, 10], mean: [1, 1], min: [0, 0], max: [2, 2], min_x: [0, 10], max_x: [9, 19], first: [1, 1], first_x: [0, 10], last: [1, 1], last_x: [9, 19] },
  })
  const late = joined(buckets, [{ x: 18, value: 1 }, { x: 19, value: 1 }, { x: 20, value: 7 }])
  assert.deepEqual([late.count, late.last, Math.max(...late.high)], [21, { x: 20, value: 7 }, 7])
})
