import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { joined, ledOn, lineOf, markAt, nearestIndex, noLine, valueAt, withPoints, type ToldLine } from './lines.ts'

const none = { x: [], value: [], count: [] }
const raw = (x: number[], value = x): ToldLine => ({ count: x.length, non_finite: none, points: { x, value } })

describe('a line', () => {
  test('keeps of a bucket the first, the lowest, the highest and the last point, where they were', () => {
    const line = lineOf({ count: 100, non_finite: { x: [7], value: ['NaN'], count: [2] }, buckets: {
      count: [50, 50], min: [-9, 2], min_x: [30, 50], max: [7, 2], max_x: [10, 50], first: [0, 2], first_x: [0, 50], last: [1, 2], last_x: [49, 50],
    } })
    assert.deepEqual([line.x, line.y, line.exact], [[0, 10, 30, 49, 50], [0, 7, -9, 1, 2], false])
    assert.deepEqual(line.marks, [{ x: 7, value: 'NaN', count: 2 }])
  })

  test('of extremes goes through the lowest and highest of each bucket, from its first point to its last', () => {
    const line = lineOf({ count: 101, non_finite: none, extremes: {
      count: [50, 1, 50], min: [-9, 2, 0], min_x: [30, 50, 60], max: [7, 2, 3], max_x: [10, 50, 100], first_x: [0, 50, 51], last_x: [49, 50, 100], first: 1, last: 3,
    } })
    assert.deepEqual([line.x, line.y, line.exact, line.count, line.gaps, line.spacing], [[0, 10, 30, 50, 60, 100], [1, 7, -9, 2, 0, 3], false, 101, [], 1])
  })

  test('takes live points in order of x, and none twice', () => {
    const line = withPoints(lineOf(raw([1, 3], [10, 30])), [{ x: 4, value: 40 }, { x: 2, value: 20 }, { x: 3, value: 30 }, { x: 5, value: NaN }, { x: 5, value: NaN }])
    assert.deepEqual([line.x, line.y, line.count, line.marks.length], [[1, 2, 3, 4], [10, 20, 30, 40], 5, 1])
    fc.assert(fc.property(fc.array(fc.record({ x: fc.integer({ min: 0, max: 50 }), value: fc.integer({ min: 0, max: 3 }) })), (points) => {
      const { x, count } = withPoints(noLine, points)
      assert.deepEqual(x, x.toSorted((a, b) => a - b))
      assert.equal(count, new Set(points.map((point) => `${point.x} ${point.value}`)).size)
    }))
  })

  test('that answers a read counts no point twice that came while it was on its way', () => {
    const exact = joined(lineOf(raw([0, 1], [1, 3])), [{ x: 1, value: 3 }, { x: 2, value: 5 }])
    assert.deepEqual([exact.x, exact.count], [[0, 1, 2], 3])
    const two = [0, 10]
    const buckets = lineOf({ count: 20, non_finite: none, buckets: {
      count: [10, 10], min: two, min_x: two, max: [2, 2], max_x: [9, 19], first: two, first_x: two, last: [1, 1], last_x: [9, 19],
    } })
    const late = joined(buckets, [{ x: 18, value: 1 }, { x: 19, value: 1 }, { x: 20, value: 7 }])
    assert.deepEqual([late.count, late.x.at(-1), Math.max(...late.y)], [21, 20, 10])
  })

  test('has a gap where points are missing, and none where they are only rare or grow rare', () => {
    assert.deepEqual(lineOf(raw([0, 1, 2, 3, 9, 10, 11])).gaps, [[3, 9]])
    assert.deepEqual(lineOf(raw([0, 100, 200, 300, 400])).gaps, [])
    assert.deepEqual(lineOf(raw([1, 2, 4, 8, 16, 32, 64, 128])).gaps, [])
    assert.deepEqual(lineOf(raw([0, 1, 90])).gaps, [])
    const one = [1, 1, 1]
    const bucketed = lineOf({ count: 30, non_finite: none, buckets: {
      count: [10, 10, 10], min: one, min_x: [0, 10, 90], max: one, max_x: [9, 19, 99], first: one, first_x: [0, 10, 90], last: one, last_x: [9, 19, 99],
    } })
    assert.deepEqual(bucketed.gaps, [[19, 90]])
    assert.deepEqual(withPoints(lineOf(raw([0, 1, 2, 3, 4])), [{ x: 9, value: 1 }, { x: 10, value: 1 }]).gaps, [[4, 9]])
    // A late point fills the gap.
    assert.deepEqual(withPoints(lineOf(raw([0, 1, 2, 3, 7, 8])), [{ x: 5, value: 1 }]).gaps, [])
  })

  test('of every so-manyth step has a gap where even one is missing, and the same if its points come one by one', () => {
    // A step of the axis, a first step, and steps left out between others that are there.
    const series = fc.record({ every: fc.constantFrom(1, 2, 50, 0.1), from: fc.integer({ min: -5, max: 1000 }), runs: fc.array(fc.record({ before: fc.integer({ min: 12, max: 40 }), missing: fc.integer({ min: 1, max: 9 }) }), { minLength: 1, maxLength: 5 }), after: fc.integer({ min: 2, max: 40 }) })
    fc.assert(fc.property(series, ({ every, from, runs, after }) => {
      const x: number[] = []
      const gaps: [number, number][] = []
      let at = from
      for (const { before, missing } of runs) {
        for (let n = 0; n < before; n += 1) x.push(every * at++)
        gaps.push([x.at(-1)!, every * (at + missing)])
        at += missing
      }
      for (let n = 0; n < after; n += 1) x.push(every * at++)
      assert.deepEqual(lineOf(raw(x)).gaps, gaps)
      assert.deepEqual(x.reduce((line, value) => withPoints(line, [{ x: value, value }]), noLine).gaps, gaps)
    }))
  })

  test('whose distances vary has no gap unless one stands out', () => {
    const distances = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 10, maxLength: 60 })
      .filter((all) => [1, 2, 3].every((one) => all.filter((distance) => distance === one).length < all.length * 0.9) && all.toSorted((a, b) => a - b)[Math.floor((all.length - 1) / 2)]! > 1)
    const along = (all: readonly number[]): number[] => all.reduce((x, distance) => [...x, x.at(-1)! + distance], [0])
    fc.assert(fc.property(distances, (all) => { assert.deepEqual(lineOf(raw(along(all))).gaps, []) }))
    // Where a rhythm changes, nothing is missing: every step, then every second one; and a last one out of turn.
    assert.deepEqual(lineOf(raw(along([...Array<number>(60).fill(1), ...Array<number>(6).fill(2)]))).gaps, [])
    assert.deepEqual(lineOf(raw(along([...Array<number>(30).fill(10), 9]))).gaps, [])
    assert.deepEqual(lineOf(raw(along([...Array<number>(30).fill(10), 14, ...Array<number>(30).fill(10)]))).gaps, [])
  })

  test('is at the cursor its nearest point, and nothing in a gap or beyond its ends', () => {
    const line = lineOf(raw([0, 1, 2, 3, 19, 20, 21]))
    assert.deepEqual(valueAt(line, line.gaps, 2.2, 1), { x: 2, value: 2 })
    assert.equal(valueAt(line, line.gaps, 10, 1), undefined)
    assert.equal(valueAt(line, line.gaps, 30, 1), undefined)
    assert.equal(nearestIndex([], 3), -1)
    fc.assert(fc.property(fc.uniqueArray(fc.integer(), { minLength: 1 }), fc.integer(), (x, at) => {
      const sorted = x.toSorted((a, b) => a - b)
      assert.equal(Math.abs(sorted[nearestIndex(sorted, at)]! - at), Math.min(...x.map((one) => Math.abs(one - at))))
    }))
  })
})

test('a mark is at the cursor where no point is nearer, or where one cannot tell them apart', () => {
  const marks = [{ x: 10, value: 'NaN' as const, count: 1 }, { x: 14, value: 'Infinity' as const, count: 1 }]
  const wide = { at: (x: number) => x * 20 }
  const dense = { at: (x: number) => x / 5 }
  assert.equal(markAt(marks, wide, 13, 5, undefined)?.value, 'Infinity')
  assert.equal(markAt(marks, wide, 12.4, 5, { x: 12, value: 1 }), undefined)
  assert.equal(markAt(marks, wide, 10.3, 5, { x: 11, value: 1 })?.value, 'NaN')
  assert.equal(markAt(marks, dense, 12.4, 5, { x: 12, value: 1 })?.value, 'Infinity')
  assert.equal(markAt(marks, wide, 20, 5, { x: 20, value: 1 }), undefined)
})

test('a smoothed line is led on as if all its points had been smoothed at once', () => {
  fc.assert(fc.property(fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 2, maxLength: 30 }), fc.double({ min: 0.05, max: 0.95, noNaN: true }), (values, weight) => {
    const plain = (at: number): number => {
      let sum = 0, mass = 0
      for (let from = 0; from <= at; from += 1) {
        sum += weight ** (at - from) * values[from]!
        mass += weight ** (at - from)
      }
      return sum / mass
    }
    const half = Math.floor(values.length / 2)
    const known = { x: Array.from({ length: half }, (_, at) => at), y: Array.from({ length: half }, (_, at) => plain(at)) }
    const { y } = ledOn(known, half, weight, 1, values.slice(half).map((value, at) => ({ x: half + at, value })))
    y.forEach((value, at) => assert.ok(Math.abs(value - plain(at)) < 1e-9))
  }))
})
