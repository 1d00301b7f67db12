import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Series } from '@cairn/protocol'
import fc from 'fast-check'
import { lineOf, noLine, smoothed, withLivePoints } from './lines.ts'

test('of a bucket the line keeps the first, the lowest, the highest and the last point, where they were', () => {
  const series = {
    run_id: 'r', key: 'k', count: 100, non_finite: { x: [], value: [], count: [] },
    buckets: {
      from: 0, width: 50, index: [0, 1], count: [50, 50], mean: [1, 2], min: [-9, 2], min_x: [30, 50], max: [7, 2], max_x: [10, 50],
      first: [0, 2], first_x: [0, 50], last: [1, 2], last_x: [49, 50],
    },
  } as unknown as Series
  assert.deepEqual(lineOf(series), { x: [0, 10, 30, 49, 50], y: [0, 7, -9, 1, 2], count: 100 })
})

test('live points join in order of x, and none is there twice', () => {
  const line = withLivePoints({ x: [1, 3], y: [10, 30], count: 2 }, [{ x: 4, value: 40 }, { x: 2, value: 20 }, { x: 3, value: 30 }, { x: 5, value: NaN }])
  assert.deepEqual([line.x, line.y, line.count], [[1, 2, 3, 4], [10, 20, 30, 40], 5])
  fc.assert(fc.property(fc.array(fc.record({ x: fc.integer({ min: 0, max: 50 }), value: fc.double({ noNaN: true, noDefaultInfinity: true }) })), (points) => {
    const { x } = withLivePoints(noLine, points)
    assert.deepEqual(x, x.toSorted((a, b) => a - b))
  }))
})

test('smoothing leaves a constant as it is, stays between the extremes, and equals the plain sum of weights', () => {
  fc.assert(fc.property(fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 40 }), fc.double({ min: 0.01, max: 0.98, noNaN: true }), (values, weight) => {
    const smooth = smoothed(values, weight)
    smooth.forEach((value, at) => {
      let sum = 0
      let mass = 0
      for (let back = 0; back <= at; back += 1) {
        const w = weight ** back
        sum += w * values[at - back]!
        mass += w
      }
      assert.ok(Math.abs(value - sum / mass) <= 1e-6 * Math.max(1, ...values.map(Math.abs)))
    })
  }))
  assert.deepEqual(smoothed([3, 3, 3].map(Number), 0).map(Number), [3, 3, 3])
})
