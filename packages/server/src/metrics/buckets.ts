import { clampMean, type Curve, type NonFiniteValue, type Series, type SeriesBuckets } from '@cairn/protocol'
import type { Summary } from './chunk.ts'
import type { Spot } from './points.ts'

/** Equal parts of an axis: bucket `i` holds `from + i·width ≤ x < from + (i+1)·width`. */
export interface Grid {
  readonly from: number
  readonly width: number
  readonly count: number
}

/** The grid over the integers from `from` to `to`; with one bucket per integer when they are that few. */
export function makeGrid(from: number, to: number, buckets: number): Grid {
  const width = Math.max(1, Math.ceil((to - from + 1) / buckets))
  return { from, width, count: Math.min(buckets, Math.floor((to - from) / width) + 1) }
}

// Beyond 2^53 the last edge may be rounded down.
export const bucketOf = (grid: Grid, x: number): number => Math.min(grid.count - 1, Math.floor((x - grid.from) / grid.width))

/**
 * One line's buckets while they fill. Points and whole chunks may come in any order: what is first
 * or last is decided by x.
 */
export class Buckets {
  readonly grid: Grid
  readonly #count: Float64Array
  readonly #mean: Float64Array
  readonly #min: Float64Array
  readonly #minX: Float64Array
  readonly #max: Float64Array
  readonly #maxX: Float64Array
  readonly #first: Float64Array
  readonly #firstX: Float64Array
  readonly #last: Float64Array
  readonly #lastX: Float64Array
  /** NaN, Infinity and -Infinity of each bucket, once there is one. */
  #others: Float64Array | undefined

  constructor(grid: Grid) {
    const column = (): Float64Array => new Float64Array(grid.count)
    this.grid = grid
    this.#count = column()
    this.#mean = column()
    this.#min = column()
    this.#minX = column()
    this.#max = column()
    this.#maxX = column()
    this.#first = column()
    this.#firstX = column()
    this.#last = column()
    this.#lastX = column()
  }

  /** A chunk that lies in one bucket wholly, in the order of x. */
  addSummary(bucket: number, { finite, nan, positiveInfinity, negativeInfinity }: Summary, x: (spot: Spot) => number): void {
    if (nan > 0) this.#addOther(bucket, 0, nan)
    if (positiveInfinity > 0) this.#addOther(bucket, 1, positiveInfinity)
    if (negativeInfinity > 0) this.#addOther(bucket, 2, negativeInfinity)
    if (finite === undefined) return
    this.#extend(bucket, finite.min.value, x(finite.min), finite.max.value, x(finite.max))
    this.#place(bucket, finite.first.value, x(finite.first), finite.last.value, x(finite.last))
    this.#blend(bucket, finite.count, finite.mean)
  }

  /** Points `from` to `to`, all of one bucket, sorted by x. */
  addPoints(bucket: number, { xs, values }: Curve, from: number, to: number): void {
    let first = -1, last = -1, min = -1, max = -1
    let low = Infinity, high = -Infinity, sum = 0, count = 0
    for (let index = from; index < to; index += 1) {
      const value = values[index]!
      if (value - value !== 0) {
        this.#addOther(bucket, value !== value ? 0 : value > 0 ? 1 : 2, 1)
        continue
      }
      if (first < 0) first = index
      last = index
      count += 1
      sum += value
      if (value < low) { low = value; min = index }
      if (value > high) { high = value; max = index }
    }
    if (count === 0) return
    this.#extend(bucket, low, xs[min]!, high, xs[max]!)
    this.#place(bucket, values[first]!, xs[first]!, values[last]!, xs[last]!)
    if (Number.isFinite(sum)) this.#blend(bucket, count, sum / count)
    else for (let index = from; index < to; index += 1) if (Number.isFinite(values[index]!)) this.#blend(bucket, 1, values[index]!)
  }

  #extend(bucket: number, min: number, minX: number, max: number, maxX: number): void {
    const empty = this.#count[bucket] === 0
    if (empty || min < this.#min[bucket]! || (min === this.#min[bucket] && minX < this.#minX[bucket]!)) {
      this.#min[bucket] = min
      this.#minX[bucket] = minX
    }
    if (empty || max > this.#max[bucket]! || (max === this.#max[bucket] && maxX < this.#maxX[bucket]!)) {
      this.#max[bucket] = max
      this.#maxX[bucket] = maxX
    }
  }

  /** Of equal x the one that comes first stays first, and the one that comes last is last. */
  #place(bucket: number, first: number, firstX: number, last: number, lastX: number): void {
    const empty = this.#count[bucket] === 0
    if (empty || firstX < this.#firstX[bucket]!) {
      this.#first[bucket] = first
      this.#firstX[bucket] = firstX
    }
    if (empty || lastX >= this.#lastX[bucket]!) {
      this.#last[bucket] = last
      this.#lastX[bucket] = lastX
    }
  }

  /** Weighted means, because a sum may overflow; rounding may still carry one past the largest double. */
  #blend(bucket: number, count: number, mean: number): void {
    const before = this.#count[bucket]!
    const total = before + count
    this.#mean[bucket] = before === 0 ? mean : clampMean(this.#mean[bucket]! * (before / total) + mean * (count / total))
    this.#count[bucket] = total
  }

  #addOther(bucket: number, kind: number, count: number): void {
    this.#others ??= new Float64Array(3 * this.grid.count)
    this.#others[3 * bucket + kind]! += count
  }

  /** The filled buckets, with `shift` taken from every x, and the points that no bucket draws. */
  finish(shift: number): { buckets: SeriesBuckets; non_finite: Series['non_finite']; count: number } {
    const { grid } = this
    let filled = 0
    for (let bucket = 0; bucket < grid.count; bucket += 1) if (this.#count[bucket]! > 0) filled += 1
    const index = new Float64Array(filled)
    for (let bucket = 0, at = 0; bucket < grid.count; bucket += 1) if (this.#count[bucket]! > 0) index[at++] = bucket
    const pick = (column: Float64Array): Float64Array => index.map((bucket) => column[bucket]!)
    const pickX = (column: Float64Array): Float64Array => index.map((bucket) => column[bucket]! - shift)
    const others = { x: [] as number[], value: [] as NonFiniteValue[], count: [] as number[] }
    let total = 0
    for (const count of this.#count) total += count
    for (const [at, count] of (this.#others ?? []).entries()) {
      if (count === 0) continue
      total += count
      others.x.push(grid.from + Math.floor(at / 3) * grid.width - shift)
      others.value.push(otherNames[at % 3]!)
      others.count.push(count)
    }
    return {
      count: total, non_finite: others,
      buckets: {
        from: grid.from - shift, width: grid.width, index, count: pick(this.#count), mean: pick(this.#mean),
        min: pick(this.#min), min_x: pickX(this.#minX), max: pick(this.#max), max_x: pickX(this.#maxX),
        first: pick(this.#first), first_x: pickX(this.#firstX), last: pick(this.#last), last_x: pickX(this.#lastX),
      },
    }
  }
}

const otherNames = ['NaN', 'Infinity', '-Infinity'] as const

export const otherName = (value: number): NonFiniteValue => (Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity')
