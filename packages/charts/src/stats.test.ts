import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { bandOf } from './bands.ts'
import { lineOf } from './lines.ts'
import { boxStats, correlation, density, histogram, mean, quantile, rankCorrelation, ranks, spread } from './stats.ts'

const close = (actual: number, expected: number): void => assert.ok(Math.abs(actual - expected) < 1e-12, `${actual} is not ${expected}`)
const anyValues = fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { minLength: 1, maxLength: 50 })

// The figures are NumPy's and SciPy's for the same columns.
test('quantiles, spread and correlation agree with NumPy and SciPy', () => {
  const values = [3, 1, 4, 1, 5, 9, 2, 6]
  const sorted = values.toSorted((a, b) => a - b)
  for (const [part, expected] of [[0.25, 1.75], [0.5, 3.5], [0.75, 5.25], [0.9, 6.9]] as const) close(quantile(sorted, part), expected)
  close(spread(values), 2.748376143938713)
  const other = [2, 7, 1, 8, 2, 8, 1, 8]
  close(correlation(values, other), 0.20965531907301216)
  close(rankCorrelation(values, other), 0.19885368120992467)
  assert.deepEqual(ranks([3, 1, 1]), [3, 1.5, 1.5])
})

test('a box reaches to the last value near it and names those beyond', () => {
  assert.deepEqual(boxStats([1, 2, 3, 4, 5, 100]), { low: 1, first: 2.25, median: 3.5, third: 4.75, high: 5, outliers: [100] })
  assert.deepEqual(boxStats([7]).outliers, [])
})

test('values with no number between them are one bin of a histogram', () => {
  assert.equal(histogram([5.4e-323, 6e-323], 16).length, 1)
  assert.equal(histogram([1, 1 + Number.EPSILON]).length, 1)
})

test('a histogram counts every value once, and a density has an area of one', () => {
  fc.assert(fc.property(anyValues, fc.option(fc.integer({ min: 1, max: 20 }), { nil: undefined }), (values, bins) => {
    const counted = histogram(values, bins)
    assert.equal(counted.reduce((sum, { count }) => sum + count, 0), values.length)
    for (const { from, to, count } of counted.slice(0, -1)) assert.ok(count === 0 || to > from)
  }))
  const places = Array.from({ length: 400 }, (_, at) => -20 + at / 10)
  close(Math.round(density([1, 2, 3, 4, 2, 2], places).reduce((sum, value) => sum + value / 10, 0) * 1e6) / 1e6, 1)
})

test('a group of lines is their mean between its lowest and highest, over those that are there', () => {
  const line = (x: number[], value: number[]) => lineOf({ count: x.length, non_finite: { x: [], value: [], count: [] }, points: { x, value } })
  const group = [line([0, 1, 2], [0, 2, 4]), line([0, 2], [2, 2]), line([2, 3], [9, 9])]
  const { line: centre, band } = bandOf(group, 'range')
  assert.deepEqual(centre.x, [0, 1, 2, 3])
  centre.y.forEach((value, at) => close(value, [1, 2, 5, 9][at]!))
  assert.deepEqual([band.low, band.high], [[0, 2, 2, 9], [2, 2, 9, 9]])
  assert.deepEqual(bandOf(group, 'quartiles').line.y, [1, 2, 4, 9])
  const deviation = bandOf(group, 'deviation').band
  close(deviation.high[0]!, 1 + Math.SQRT2)
  assert.equal(centre.count, 7)
})

test('a group has a gap where none of its lines is, and none where one of them is', () => {
  const line = (x: number[]) => lineOf({ count: x.length, non_finite: { x: [], value: [], count: [] }, points: { x, value: x.map(() => 1) } })
  assert.deepEqual(bandOf([line([0, 1, 2]), line([8, 9])], 'range').line.gaps, [[2, 8]])
  assert.deepEqual(bandOf([line([0, 1, 2]), line([1, 9])], 'range').line.gaps, [])
  const steps = (from: number): number[] => Array.from({ length: 400 }, (_, at) => from + at)
  const [gap] = bandOf([line(steps(0)), line(steps(10_000))], 'quartiles').line.gaps
  assert.ok(gap![0] <= 399 && gap![0] > 300 && gap![1] >= 10_000 && gap![1] < 10_100, String(gap))
})

test('the band of a group of long lines reaches to every spike, wherever it lies', () => {
  fc.assert(fc.property(fc.nat({ max: 4999 }), fc.boolean(), (spike, down) => {
    const x = Array.from({ length: 5000 }, (_, at) => at)
    const lines = [0, 1].map((own) => lineOf({ count: 5000, non_finite: { x: [], value: [], count: [] }, points: { x, value: x.map((at) => (own === 1 && at === spike ? (down ? -50 : 50) : own)) } }))
    const { band } = bandOf(lines, 'range')
    assert.equal(down ? Math.min(...band.low) : Math.max(...band.high), down ? -50 : 50)
    // And no further than to the place beside it.
    assert.ok(band.x.filter((_, at) => band.high[at]! > 1 || band.low[at]! < 0).every((at) => Math.abs(at - spike) <= 21))
  }), { numRuns: 30 })
})

test('the mean of a group equals the mean of the values at every x that all its lines have', () => {
  fc.assert(fc.property(fc.array(fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { minLength: 5, maxLength: 5 }), { minLength: 1, maxLength: 6 }), (rows) => {
    const lines = rows.map((value) => lineOf({ count: 5, non_finite: { x: [], value: [], count: [] }, points: { x: [0, 1, 2, 3, 4], value } }))
    bandOf(lines, 'range').line.y.forEach((value, at) => assert.ok(Math.abs(value - mean(rows.map((row) => row[at]!))) < 1e-9))
  }))
})
