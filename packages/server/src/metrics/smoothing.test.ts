import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { smoothCurve, usualDistance, type Series, type Smoothing } from '@cairn/protocol'
import fc from 'fast-check'
import { compactionLimits } from './compaction.ts'
import { series as seriesOp } from './read.ts'
import { addRun, append, compact, openMetricsDatabase } from './testing.ts'

/** The definitions, summed up point by point; of points at equal distances. */
const reference: Record<Smoothing['kind'], (values: readonly number[], amount: number, at: number) => number> = {
  ema: (values, weight, at) => weighted(values.slice(0, at + 1).map((value, from) => [weight ** (at - from), value])),
  mean: (values, width, at) => weighted(values.slice(Math.max(0, at - Math.floor(width / 2)), at + Math.floor(width / 2) + 1).map((value) => [1, value])),
  gaussian: (values, deviation, at) => weighted(values.flatMap((value, from): [number, number][] =>
    (Math.abs(from - at) <= Math.ceil(4 * deviation) ? [[Math.exp(-((from - at) ** 2) / (2 * deviation ** 2)), value]] : []))),
}
const weighted = (pairs: readonly (readonly [weight: number, value: number])[]): number =>
  pairs.reduce((sum, [weight, value]) => sum + weight * value, 0) / pairs.reduce((sum, [weight]) => sum + weight, 0)

const anySmoothing: fc.Arbitrary<Smoothing> = fc.oneof(
  fc.record({ kind: fc.constant('ema' as const), amount: fc.double({ min: 0.01, max: 0.99, noNaN: true }) }),
  fc.record({ kind: fc.constant('gaussian' as const), amount: fc.double({ min: 0.1, max: 12, noNaN: true }) }),
  fc.record({ kind: fc.constant('mean' as const), amount: fc.integer({ min: 1, max: 40 }) }),
)

describe('smoothing', () => {
  it('equals the sum of weights over every point, at every point', () => {
    fc.assert(fc.property(fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { maxLength: 60 }), anySmoothing, (values, smoothing) => {
      const { xs, values: actual } = smoothCurve({ xs: Float64Array.from(values.keys()), values: Float64Array.from(values) }, smoothing)
      assert.deepEqual([...xs], [...values.keys()])
      const scale = Math.max(1, ...values.map(Math.abs))
      actual.forEach((value, at) => assert.ok(Math.abs(value - reference[smoothing.kind](values, smoothing.amount, at)) <= 1e-9 * scale, `${smoothing.kind} at ${at}`))
    }))
  })

  it('of a moving average goes by distance: what lies further back counts less, and a pause is as long as it is', () => {
    const distances = fc.array(fc.tuple(fc.integer({ min: 1, max: 400 }), fc.double({ min: -1e6, max: 1e6, noNaN: true })), { minLength: 1, maxLength: 60 })
    fc.assert(fc.property(distances, fc.double({ min: 0.01, max: 0.99, noNaN: true }), (points, weight) => {
      let x = 0
      const xs = Float64Array.from(points, ([distance]) => (x += distance))
      const values = points.map(([, value]) => value)
      const sorted = points.slice(1).map(([distance]) => distance).sort((a, b) => a - b)
      const unit = usualDistance(xs)
      assert.equal(unit, sorted[Math.floor((sorted.length - 1) / 2)] ?? 0)
      const scale = Math.max(1, ...values.map(Math.abs))
      const { values: actual } = smoothCurve({ xs, values: Float64Array.from(values) }, { kind: 'ema', amount: weight })
      actual.forEach((value, at) => {
        const plain = weighted(values.slice(0, at + 1).map((one, from) => [unit === 0 ? 1 : weight ** ((xs[at]! - xs[from]!) / unit), one]))
        assert.ok(Math.abs(value - plain) <= 1e-9 * scale, `at ${at}`)
      })
    }))
    const xs = Float64Array.of(0, 1, 2, 3, 1000, 1001, 1001)
    const { values } = smoothCurve({ xs, values: Float64Array.of(5, 5, 5, 5, 1, 1, 3) }, { kind: 'ema', amount: 0.5 })
    // Nothing is left of the fives, and of two at one place each counts.
    assert.deepEqual(Array.from(values.subarray(4), (value) => Math.round(value * 1e9) / 1e9), [1, 1, 1.8])
  })

  it('forgets one huge value as soon as it has left the window', () => {
    const values = Float64Array.from({ length: 50 }, (_, at) => (at === 10 ? 1e300 : 1))
    assert.deepEqual(Array.from(smoothCurve({ xs: values, values }, { kind: 'mean', amount: 5 }).values.subarray(13), (value) => Math.round(value * 1e9) / 1e9), Array.from({ length: 37 }, () => 1))
  })

  it('of a long curve with a wide window leaves points out, and is exact at those that are there', () => {
    const values = Float64Array.from({ length: 40_000 }, (_, at) => Math.sin(at / 500) + ((at * 7919) % 100) / 100)
    const { xs, values: actual } = smoothCurve({ xs: Float64Array.from(values.keys()), values }, { kind: 'gaussian', amount: 400 })
    assert.ok(xs.length < values.length && xs.length > 5000)
    for (const at of [0, 100, xs.length - 1]) assert.ok(Math.abs(actual[at]! - reference.gaussian([...values], 400, xs[at]!)) < 1e-9)
  })

  it('is done before bucketing: ten thousand points in forty buckets show the line through all of them', async () => {
    await using db = await openMetricsDatabase()
    await db.write(addRun, { id: 1, runId: 'noisy', startTime: 7 })
    const values = Array.from({ length: 10_000 }, (_, step) => (step === 4321 ? NaN : Math.exp(-step / 900) + ((step * 7919) % 1000) / 900))
    for (let from = 0; from < values.length; from += 2500) {
      await db.write(append, { run: { id: 1, experimentId: 1 }, points: values.slice(from, from + 2500).map((value, at) => ({ key: 'loss', step: from + at, timestamp: 1000 + from + at, value })) })
      await compact(db, 1, compactionLimits)
    }
    const finite = values.map((value, step) => ({ value, step })).filter(({ value }) => Number.isFinite(value))
    for (const smoothing of [{ kind: 'ema', amount: 0.97 }, { kind: 'gaussian', amount: 25 }, { kind: 'mean', amount: 101 }] as const) {
      for (const [x, from, to, shift] of [['step', undefined, undefined, 0], ['relative', 5000, 9000, 993]] as const) {
        const bytes = await db.read(seriesOp, { run_ids: ['noisy'], keys: ['loss'], x, from, to, buckets: 40, rawPerBucket: 4, smoothing, format: 'json', precision: 'float64' })
        const [line] = (JSON.parse(new TextDecoder().decode(bytes)) as { series: Series[] }).series
        assert.ok(line!.buckets !== undefined && line!.smooth!.x.length <= 160)
        const plain = finite.map(({ value }) => value)
        const whole = smoothCurve({ xs: Float64Array.from(finite, ({ step }) => step), values: Float64Array.from(plain) }, smoothing)
        const inside = [...whole.values].filter((_, at) => whole.xs[at]! + shift >= (from ?? 0) && whole.xs[at]! + shift <= (to ?? Infinity))
        const shown = Array.from(line!.smooth!.value)
        // No extreme of the smoothed line is lost, its ends are there, and each point lies on it.
        assert.equal(Math.max(...shown), Math.max(...inside))
        assert.equal(Math.min(...shown), Math.min(...inside))
        assert.equal(shown[0], inside[0])
        assert.equal(shown.at(-1), inside.at(-1))
        for (const at of [3, Math.floor(shown.length / 2), shown.length - 2]) {
          const place = finite.findIndex(({ step }) => step === line!.smooth!.x[at]! - shift)
          assert.ok(Math.abs(shown[at]! - reference[smoothing.kind](plain, smoothing.amount, place)) < 1e-9)
        }
      }
    }
  })
})
