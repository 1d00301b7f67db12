import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { clampMean, decodeSeries, smoothCurve, type Series, type SeriesAxis } from '@cairn/protocol'
import fc from 'fast-check'
import { compactionLimits } from './compaction.ts'
import { type Spot } from './points.ts'
import { series as seriesOp } from './read.ts'
import type { SeriesQuery } from './series.ts'
import { addRun, anySpot, append, compact, openMetricsDatabase } from './testing.ts'
import { anyCommands, byStep, byTime, keys, runCommands, unique } from './testing-model.ts'

type Db = Awaited<ReturnType<typeof openMetricsDatabase>>

// Beyond 2^53 a chart's x is rounded: that is not what is tested here.
const anyDrawnSpot = anySpot.map((spot): Spot => ({ ...spot, step: small(spot.step), timestamp: small(spot.timestamp) }))
const small = (value: number | bigint): number => (typeof value === 'bigint' || Math.abs(value) > 2 ** 50 ? 99 : value)

const starts = [0, 1, 7] as const
const anyQuery = fc.record({
  x: fc.constantFrom<SeriesAxis[]>('step', 'time', 'relative'),
  from: fc.option(fc.integer({ min: -4, max: 40 }), { nil: undefined }),
  length: fc.option(fc.double({ min: 0, max: 100, noNaN: true }), { nil: undefined }),
  buckets: fc.integer({ min: 1, max: 6 }),
  rawPerBucket: fc.constantFrom(0, 0, 4),
})

describe('series against a list of points', () => {
  it('have the count, the mean and every extreme of each bucket, or all points when they are few', async () => {
    await fc.assert(fc.asyncProperty(anyCommands(anyDrawnSpot), fc.array(anyQuery, { minLength: 1, maxLength: 4 }), async (commands, queries) => {
      await using db = await openMetricsDatabase()
      for (const id of [1, 2] as const) await db.write(addRun, { id, runId: `run ${id}`, startTime: starts[id] })
      const model = await runCommands(db, commands)
      for (const { x, from, length, buckets, rawPerBucket } of queries) {
        const query = { run_ids: ['run 1', 'nobody', 'run 2'], keys: [...keys, 'nothing'], x, from, to: length === undefined ? undefined : (from ?? 0) + length, buckets, rawPerBucket }
        const actual = await ask(db, query)
        assertClose(actual, expectedSeries(model, query))
        assertClose(await askBinary(db, query), actual)
        assert.deepEqual(plain(await askBinary(db, { ...query, detail: 'extremes' })), plain(actual.map(extremes)))
        assert.deepEqual(plain(await ask(db, { ...query, detail: 'extremes' })), plain(actual.map(extremes)))
      }
    }), { numRuns: 200 })
  })

  it('draw a million points with no spike lost and the last point exact', async () => {
    await using db = await openMetricsDatabase()
    await db.write(addRun, { id: 1, runId: 'long', startTime: 0 })
    const spikes = new Map([[123_456, 50], [500_000, -80], [999_998, 7]])
    for (let start = 0; start < 1_000_000; start += 20_000) {
      const points = Array.from({ length: 20_000 }, (_, index) => {
        const step = start + index
        return { key: 'loss', step, timestamp: step * 10, value: spikes.get(step) ?? Math.sin(step / 1000) }
      })
      await db.write(append, { run: { id: 1, experimentId: 1 }, points })
      await compact(db, 1, compactionLimits)
    }
    for (const x of ['step', 'time'] as const) {
      const [line] = await ask(db, { run_ids: ['long'], keys: ['loss'], x, from: undefined, to: undefined, buckets: 777, rawPerBucket: 4 })
      const { buckets } = line!
      assert.equal(line!.count, 1_000_000)
      assert.equal(Array.from(buckets!.count).reduce((a, b) => a + b), 1_000_000)
      const scale = x === 'step' ? 1 : 10
      for (const [step, value] of spikes) {
        const column = value > 0 ? 'max' : 'min'
        const at = Array.from(buckets![column]).indexOf(value)
        assert.equal(buckets![`${column}_x`][at], step * scale)
      }
      assert.equal(Array.from(buckets!.last).at(-1), Math.sin(999_999 / 1000))
      assert.equal(Array.from(buckets!.last_x).at(-1), 999_999 * scale)
    }
    // A smoothed line through a million points, drawn 300 pixels wide and 200 high from 400 buckets as a panel is, is where the whole one is.
    const values = Float64Array.from({ length: 1_000_000 }, (_, step) => spikes.get(step) ?? Math.sin(step / 1000))
    for (const [smoothing, length] of [[{ kind: 'ema', amount: 0.97 }, 1_000_000], [{ kind: 'mean', amount: 101 }, 1_000_000], [{ kind: 'ema', amount: 0.97 }, 10_000]] as const) {
      const [line] = await ask(db, { run_ids: ['long'], keys: ['loss'], x: 'step', from: 0, to: length - 1, buckets: 400, rawPerBucket: 4, smoothing })
      const whole = smoothCurve({ xs: Float64Array.from({ length: 1_000_000 }, (_, step) => step), values }, smoothing)
      const exact = extents(whole.xs.subarray(0, length), whole.values.subarray(0, length), 300)
      const drawn = extents(line!.smooth!.x, line!.smooth!.value, 300)
      const [low, high] = [Math.min(...exact.map(([least]) => least)), Math.max(...exact.map(([, most]) => most))]
      // Each column of the one lies within that of the other and its neighbours, and a pixel above and below.
      for (const [inner, outer] of [[exact, drawn], [drawn, exact]] as const) {
        for (const [column, [least, most]] of inner.entries()) {
          const around = outer.slice(Math.max(0, column - 1), column + 2)
          const pixel = (high - low) / 200
          assert.ok(least >= Math.min(...around.map(([value]) => value)) - pixel && most <= Math.max(...around.map(([, value]) => value)) + pixel, `${smoothing.kind} of ${length} at ${column}`)
        }
      }
    }
    const [zoomed] = await ask(db, { run_ids: ['long'], keys: ['loss'], x: 'step', from: 500_000, to: 500_999.5, buckets: 777, rawPerBucket: 4 })
    assert.deepEqual(Array.from(zoomed!.points!.x), Array.from({ length: 1000 }, (_, index) => 500_000 + index))
  })
})

/** The lowest and the highest place of a line in each of equal columns. */
function extents(xs: ArrayLike<number>, ys: ArrayLike<number>, columns: number): [low: number, high: number][] {
  const all = Array.from({ length: columns }, (): [number, number] => [Infinity, -Infinity])
  const [from, width] = [xs[0]!, (xs[xs.length - 1]! - xs[0]!) / columns]
  const add = (column: number, value: number): void => {
    const one = all[Math.max(0, Math.min(columns - 1, column))]!
    if (value < one[0]) one[0] = value
    if (value > one[1]) one[1] = value
  }
  for (let at = 0; at < xs.length; at += 1) {
    const here = Math.floor((xs[at]! - from) / width)
    add(here, ys[at]!)
    if (at === 0) continue
    // Where it goes over the edges of columns between two points.
    for (let column = Math.floor((xs[at - 1]! - from) / width) + 1; column <= here && column < columns; column += 1) {
      const value = ys[at - 1]! + (ys[at]! - ys[at - 1]!) * (from + column * width - xs[at - 1]!) / (xs[at]! - xs[at - 1]!)
      add(column - 1, value)
      add(column, value)
    }
  }
  return all
}

async function ask(db: Db, query: SeriesQuery): Promise<Series[]> {
  const bytes = await db.read(seriesOp, { ...query, format: 'json', precision: 'float64' })
  return (JSON.parse(new TextDecoder().decode(bytes)) as { series: Series[] }).series
}

const askBinary = async (db: Db, query: SeriesQuery): Promise<Series[]> =>
  decodeSeries(await db.read(seriesOp, { ...query, format: 'binary', precision: 'float64' }))

/** The same from the list, point by point. */
function expectedSeries(model: ReadonlyMap<string, readonly Spot[]>, query: SeriesQuery): Series[] {
  const xOf = (spot: Spot, run: number): number =>
    (query.x === 'step' ? Number(spot.step) : query.x === 'time' ? Number(spot.timestamp) : Number(spot.timestamp) - starts[run]!)
  const all: Series[] = []
  for (const key of keys) {
    const xs = [1, 2].flatMap((run) => (model.get(`${run} ${key}`) ?? []).map((spot) => xOf(spot, run)))
    const from = query.from === undefined ? Math.min(...xs) : Math.ceil(query.from)
    const to = query.to === undefined ? Math.max(...xs) : Math.floor(query.to)
    const width = Math.max(1, Math.ceil((to - from + 1) / query.buckets))
    for (const run of [1, 2]) {
      const spots = unique(unique(model.get(`${run} ${key}`) ?? [], byStep), query.x === 'step' ? byStep : byTime)
        .map((spot) => ({ x: xOf(spot, run), value: preferInfinity(model.get(`${run} ${key}`)!, spot) }))
        .filter(({ x }) => x >= from && x <= to)
      if (spots.length === 0) continue
      const few = spots.length <= query.buckets * query.rawPerBucket
      const finite = spots.filter(({ value }) => Number.isFinite(value))
      const others = new Map<string, number>()
      spots.forEach(({ x, value }, index) => {
        if (Number.isFinite(value)) return
        const name = `${few ? x : from + Math.floor((x - from) / width) * width} ${value} ${few ? index : ''}`
        others.set(name, (others.get(name) ?? 0) + 1)
      })
      const order = ['NaN', 'Infinity', '-Infinity']
      const entries = [...others].map(([name, count]) => ({ x: Number(name.split(' ')[0]), value: name.split(' ')[1]!, count }))
      if (!few) entries.sort((a, b) => a.x - b.x || order.indexOf(a.value) - order.indexOf(b.value))
      const base = {
        run_id: `run ${run}`, key, count: spots.length,
        non_finite: { x: entries.map(({ x }) => x), value: entries.map(({ value }) => value as 'NaN'), count: entries.map(({ count }) => count) },
      }
      if (few) all.push({ ...base, points: { x: finite.map(({ x }) => x), value: finite.map(({ value }) => value) } })
      else {
        const groups = Map.groupBy(finite, ({ x }) => Math.floor((x - from) / width))
        const rows = [...groups].sort(([a], [b]) => a - b).map(([index, group]) => {
          const values = group.map(({ value }) => value)
          const min = Math.min(...values), max = Math.max(...values)
          const first = group[0]!, last = group.at(-1)!
          const xWith = (value: number): number => group.find((point) => point.value === value)!.x
          return {
            index, count: group.length, mean: clampMean(values.reduce((sum, value) => sum + value / values.length, 0)),
            min, min_x: xWith(min), max, max_x: xWith(max), first: first.value, first_x: first.x, last: last.value, last_x: last.x,
          }
        })
        const column = (name: keyof (typeof rows)[number]): number[] => rows.map((row) => row[name])
        all.push({ ...base, buckets: {
          from, width, index: column('index'), count: column('count'), mean: column('mean'), min: column('min'), min_x: column('min_x'),
          max: column('max'), max_x: column('max_x'), first: column('first'), first_x: column('first_x'), last: column('last'), last_x: column('last_x'),
        } })
      }
    }
  }
  return all
}

/** Of Infinity and the largest double at one place, which are one point to MLflow, Infinity is kept. */
const preferInfinity = (spots: readonly Spot[], kept: Spot): number =>
  spots.find((spot) => byStep(spot, kept) === 0 && !Number.isFinite(spot.value))?.value ?? kept.value

/** What is told of the buckets when only their extremes are asked for. */
function extremes({ buckets, ...series }: Series): Series {
  if (buckets === undefined) return series
  const { count, min, min_x, max, max_x, first, first_x, last, last_x } = buckets
  return { ...series, extremes: { count, min, min_x, max, max_x, first_x, last_x, first: first[0] ?? 0, last: Array.from(last).at(-1) ?? 0 } }
}

const plain = (all: readonly Series[]): unknown => JSON.parse(JSON.stringify(all, (name, value: unknown) =>
  (name === 'mean' ? undefined : value instanceof Float64Array ? [...value] : value)))

/** Equal but for the last digits of a mean. */
function assertClose(actual: readonly Series[], expected: readonly Series[]): void {
  assert.deepEqual(plain(actual), plain(expected))
  for (const [at, series] of actual.entries()) {
    for (let index = 0; index < (series.buckets?.mean.length ?? 0); index += 1) {
      const scale = Math.max(Math.abs(series.buckets!.min[index]!), Math.abs(series.buckets!.max[index]!))
      assert.ok(Math.abs(series.buckets!.mean[index]! / 2 - expected[at]!.buckets!.mean[index]! / 2) <= scale * 1e-9)
    }
  }
}
