import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { Series } from './series.ts'
import { decodeSeries, encodeSeries, seriesEnd, seriesHead, type Precision } from './series-binary.ts'

const anyX = fc.oneof(fc.maxSafeInteger(), fc.integer({ min: -5, max: 2000 }), fc.constantFrom(2 ** 60, -(2 ** 63)))
const anyValue = fc.double({ noNaN: true, noDefaultInfinity: true })
const list = <T>(item: fc.Arbitrary<T>, length: number) => fc.array(item, { minLength: length, maxLength: length })

const anyRaw = fc.nat({ max: 20 }).chain((length) => fc.record({ x: list(anyX, length), value: list(anyValue, length) }))
const anyBuckets = fc.record({ from: fc.integer({ min: -100, max: 1_764_000_000_000 }), width: fc.integer({ min: 1, max: 1000 }), gaps: fc.array(fc.nat({ max: 5 }), { maxLength: 20 }) })
  .chain(({ from, width, gaps }) => {
    let at = -1
    const index = gaps.map((gap) => at += 1 + gap)
    const xs = () => fc.tuple(...index.map((bucket) => fc.nat({ max: width - 1 }).map((offset) => from + bucket * width + offset)))
    const values = () => list(anyValue, index.length)
    return fc.record({
      from: fc.constant(from), width: fc.constant(width), index: fc.constant(index), count: list(fc.integer({ min: 1, max: 4 }), index.length),
      mean: values(), min: values(), min_x: xs(), max: values(), max_x: xs(), first: values(), first_x: xs(), last: values(), last_x: xs(),
    })
  })
const anyNonFinite = fc.nat({ max: 3 }).chain((length) =>
  fc.record({ x: list(anyX, length), value: list(fc.constantFrom('NaN' as const, 'Infinity' as const, '-Infinity' as const), length), count: list(fc.nat(), length) }))
const base = { run_id: fc.string(), key: fc.string({ unit: 'grapheme' }), count: fc.maxSafeInteger().map(Math.abs), non_finite: anyNonFinite }
const anyExtremes = fc.tuple(anyBuckets, anyValue, anyValue).map(([{ count, min, min_x, max, max_x, first_x, last_x }, first, last]) => {
  const ends = (pick: (...xs: number[]) => number): number[] => first_x.map((x, at) => pick(x, last_x[at]!, min_x[at]!, max_x[at]!))
  return { count, min, min_x, max, max_x, first_x: ends(Math.min), last_x: ends(Math.max), first, last }
})
const anyLine: fc.Arbitrary<Series> = fc.oneof(fc.record({ ...base, points: anyRaw }), fc.record({ ...base, buckets: anyBuckets }), fc.record({ ...base, extremes: anyExtremes }))
const anySeries = fc.tuple(anyLine, fc.option(anyRaw, { nil: undefined })).map(([series, smooth]): Series =>
  // A smoothed line lies where its points are.
  (smooth === undefined || smooth.x.some((x) => Math.abs(x) > 2 ** 50) ? series : { ...series, smooth }))

const encodeAll = (all: readonly Series[], precision: Precision): Uint8Array =>
  Buffer.concat([seriesHead(precision), ...all.map((series) => encodeSeries(series, precision)), seriesEnd()])

/** As plain arrays, with the columns of a bucket of one point all equal, as the server makes them. */
const plain = (series: Series): unknown => JSON.parse(JSON.stringify(series, (_key, value: unknown) =>
  (value instanceof Float64Array ? [...value] : Object.is(value, -0) ? 0 : value)))

function single(series: Series): Series {
  if (series.extremes !== undefined) {
    const { count, first_x: x, min } = series.extremes
    const pick = (column: ArrayLike<number>, one: ArrayLike<number>) => Array.from(column, (value, at) => (count[at] === 1 ? one[at]! : value))
    const { max, min_x: minX, max_x: maxX, last_x: lastX } = series.extremes
    return { ...series, extremes: { ...series.extremes, max: pick(max, min), min_x: pick(minX, x), max_x: pick(maxX, x), last_x: pick(lastX, x) } }
  }
  if (series.buckets === undefined) return series
  const { first, first_x: firstX, count } = series.buckets
  const pick = (column: ArrayLike<number>, one: ArrayLike<number>) => Array.from(column, (value, at) => (count[at] === 1 ? one[at]! : value))
  const { mean, min, max, last, min_x: minX, max_x: maxX, last_x: lastX } = series.buckets
  return { ...series, buckets: {
    ...series.buckets, mean: pick(mean, first), min: pick(min, first), max: pick(max, first), last: pick(last, first),
    min_x: pick(minX, firstX), max_x: pick(maxX, firstX), last_x: pick(lastX, firstX),
  } }
}

describe('the binary form of series', () => {
  test('gives back what was encoded', () => {
    fc.assert(fc.property(fc.array(anySeries.map(single), { maxLength: 4 }), (all) => {
      assert.deepEqual(decodeSeries(encodeAll(all, 'float64')).map(plain), all.map(plain))
    }))
  })

  const drawn = (...value: number[]): number[] => {
    const series: Series = { run_id: 'r', key: 'k', count: value.length, non_finite: { x: [], value: [], count: [] }, points: { x: value.map((_, at) => at), value } }
    const [decoded, next] = decodeSeries(encodeAll([series, { ...series, points: { x: [0, 1], value: [0.1, 1] } }], 'float32'))
    // What follows is read on its own.
    assert.deepEqual(Array.from(next!.points!.value), [Math.fround(0.1), 1])
    return Array.from(decoded!.points!.value)
  }

  test('with float32 keeps seven digits', () => {
    assert.deepEqual(drawn(0.1, -1e30, 1234567), [Math.fround(0.1), Math.fround(-1e30), 1234567])
  })

  test('with float32 keeps all digits of a line that would be another without them', () => {
    for (const line of [[1.7e9, 1.7e9 + 1, 1.7e9 + 2], [0.5, 0.5 + 1e-10], [1e-50, 3e-50], [0.1, -1e300], [1e308, -1e308, 0.1], [0.1]]) assert.deepEqual(drawn(...line), line)
  })

  test('with float32 is never off by more than a picture shows', () => {
    fc.assert(fc.property(fc.array(anyValue, { minLength: 1, maxLength: 20 }), (line) => {
      const most = (Math.max(...line) / 4096 - Math.min(...line) / 4096) * (1 + 1e-9)
      for (const [at, value] of drawn(...line).entries()) assert.ok(Math.abs(value - line[at]!) <= most, `${value} for ${line[at]}`)
    }))
  })

  test('cut short or foreign is a RangeError', () => {
    fc.assert(fc.property(anySeries, (series) => {
      const bytes = encodeAll([series], 'float64')
      for (let length = 0; length < bytes.length; length += 1) assert.throws(() => decodeSeries(bytes.subarray(0, length)), RangeError)
    }), { numRuns: 20 })
    assert.throws(() => decodeSeries(new TextEncoder().encode('{"series": []}')), RangeError)
  })
})
