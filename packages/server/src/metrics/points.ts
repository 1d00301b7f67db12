import type { Int64 } from '@cairn/protocol'

/**
 * Points of one (run, key) in columns: no object per point, so that a thousand cost as much as a
 * few typed arrays. Steps and timestamps are float64, which is exact up to ±2^53; when any of them
 * lies beyond, `exact` holds all of them as int64 too and decides where two floats are equal.
 */
export interface Points {
  readonly count: number
  readonly steps: Float64Array
  readonly timestamps: Float64Array
  readonly values: Float64Array
  readonly exact?: Exact | undefined
}

export interface Exact {
  readonly steps: BigInt64Array
  readonly timestamps: BigInt64Array
}

export interface Spot {
  readonly step: Int64
  readonly timestamp: Int64
  readonly value: number
}

/** Negative, zero or positive as point `i` of `a` comes before, with or after point `j` of `b`. */
export type Order = (a: Points, i: number, b: Points, j: number) => number

export const noPoints: Points = makePoints(0, false)

export function makePoints(count: number, exact: boolean): Points {
  return {
    count,
    steps: new Float64Array(count),
    timestamps: new Float64Array(count),
    values: new Float64Array(count),
    exact: exact ? { steps: new BigInt64Array(count), timestamps: new BigInt64Array(count) } : undefined,
  }
}

const narrow = (value: bigint): Int64 => {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}

export const stepAt = (points: Points, index: number): Int64 =>
  points.exact === undefined ? points.steps[index]! : narrow(points.exact.steps[index]!)

export const timestampAt = (points: Points, index: number): Int64 =>
  points.exact === undefined ? points.timestamps[index]! : narrow(points.exact.timestamps[index]!)

export const spotAt = (points: Points, index: number): Spot =>
  ({ step: stepAt(points, index), timestamp: timestampAt(points, index), value: points.values[index]! })

export function pointsOf(spots: readonly Spot[]): Points {
  const exact = spots.some((spot) => typeof spot.step === 'bigint' || typeof spot.timestamp === 'bigint')
  const points = makePoints(spots.length, exact)
  for (let index = 0; index < spots.length; index += 1) {
    const { step, timestamp, value } = spots[index]!
    points.steps[index] = Number(step)
    points.timestamps[index] = Number(timestamp)
    points.values[index] = value
    if (points.exact !== undefined) {
      points.exact.steps[index] = BigInt(step)
      points.exact.timestamps[index] = BigInt(timestamp)
    }
  }
  return points
}

/**
 * MLflow stores NaN as 0 with a flag and ±Infinity as ±the largest double, and sorts and drops
 * duplicates by that. So NaN comes right after 0, and Infinity equals the largest double.
 */
export function compareValues(a: number, b: number): number {
  const x = storedValue(a)
  const y = storedValue(b)
  return x < y ? -1 : x > y ? 1 : (a !== a ? 1 : 0) - (b !== b ? 1 : 0)
}

/** A value as MLflow stores it: NaN is 0, ±Infinity is ±1.7976931348623157e308. */
export function storedValue(value: number): number {
  return value !== value ? 0 : value > Number.MAX_VALUE ? Number.MAX_VALUE : value < -Number.MAX_VALUE ? -Number.MAX_VALUE : value
}

/** Order of chunks and of MLflow's latest value: step, timestamp, value. */
export const byStep: Order = (a, i, b, j) => {
  const step = a.steps[i]! - b.steps[j]!
  if (step !== 0) return step
  if (a.exact !== undefined || b.exact !== undefined) return compareExact(a, i, b, j, false)
  const timestamp = a.timestamps[i]! - b.timestamps[j]!
  return timestamp !== 0 ? timestamp : compareValues(a.values[i]!, b.values[j]!)
}

/** Order of MLflow's history: timestamp, step, value. */
export const byTime: Order = (a, i, b, j) => {
  const timestamp = a.timestamps[i]! - b.timestamps[j]!
  if (timestamp !== 0) return timestamp
  if (a.exact !== undefined || b.exact !== undefined) return compareExact(a, i, b, j, true)
  const step = a.steps[i]! - b.steps[j]!
  return step !== 0 ? step : compareValues(a.values[i]!, b.values[j]!)
}

function compareExact(a: Points, i: number, b: Points, j: number, timeFirst: boolean): number {
  const step = compareInts(stepAt(a, i), stepAt(b, j))
  const timestamp = compareInts(timestampAt(a, i), timestampAt(b, j))
  return (timeFirst ? timestamp || step : step || timestamp) || compareValues(a.values[i]!, b.values[j]!)
}

/** Numbers and bigints compare exactly with each other. */
export const compareInts = (a: Int64, b: Int64): number => (a < b ? -1 : a > b ? 1 : 0)

export const compareSpots = (a: Spot, b: Spot): number =>
  compareInts(a.step, b.step) || compareInts(a.timestamp, b.timestamp) || compareValues(a.value, b.value)

export function slice(points: Points, from: number, to: number): Points {
  if (from === 0 && to === points.count) return points
  return {
    count: to - from,
    steps: points.steps.subarray(from, to),
    timestamps: points.timestamps.subarray(from, to),
    values: points.values.subarray(from, to),
    exact: points.exact && { steps: points.exact.steps.subarray(from, to), timestamps: points.exact.timestamps.subarray(from, to) },
  }
}

export function concat(parts: readonly Points[]): Points {
  if (parts.length === 1) return parts[0]!
  let count = 0
  let exact = false
  for (const part of parts) {
    count += part.count
    exact ||= part.exact !== undefined
  }
  const all = makePoints(count, exact)
  let at = 0
  for (const part of parts) {
    all.steps.set(part.steps, at)
    all.timestamps.set(part.timestamps, at)
    all.values.set(part.values, at)
    if (all.exact !== undefined) {
      all.exact.steps.set(part.exact?.steps ?? toBigInts(part.steps), at)
      all.exact.timestamps.set(part.exact?.timestamps ?? toBigInts(part.timestamps), at)
    }
    at += part.count
  }
  return all
}

export const toBigInts = (floats: Float64Array): BigInt64Array => BigInt64Array.from(floats, BigInt)

/** The points in the given order; the same object when they are in it already. */
export function sort(points: Points, order: Order): Points {
  let sorted = true
  for (let index = 1; index < points.count && sorted; index += 1) sorted = order(points, index - 1, points, index) <= 0
  if (sorted) return points
  const permutation = new Uint32Array(points.count)
  for (let index = 0; index < permutation.length; index += 1) permutation[index] = index
  permutation.sort((a, b) => order(points, a, points, b) || a - b)
  return gather(points, permutation)
}

/** The points at some indices, in that order. */
export function gather(points: Points, indices: Uint32Array): Points {
  const result = makePoints(indices.length, points.exact !== undefined)
  for (let to = 0; to < indices.length; to += 1) {
    const from = indices[to]!
    result.steps[to] = points.steps[from]!
    result.timestamps[to] = points.timestamps[from]!
    result.values[to] = points.values[from]!
    if (result.exact !== undefined) {
      result.exact.steps[to] = points.exact!.steps[from]!
      result.exact.timestamps[to] = points.exact!.timestamps[from]!
    }
  }
  return result
}

/** Sorted by step, timestamp, value, without exact duplicates. */
export function sortUnique(points: Points): Points {
  const sorted = sort(points, byStep)
  let unique = 1
  while (unique < sorted.count && byStep(sorted, unique - 1, sorted, unique) !== 0) unique += 1
  if (unique >= sorted.count) return sorted
  const kept = new Uint32Array(sorted.count)
  let count = 0
  for (let index = 0; index < sorted.count; index += 1) {
    if (count === 0 || byStep(sorted, kept[count - 1]!, sorted, index) !== 0) kept[count++] = index
    // The largest double and Infinity are one point to MLflow; keep the one that says more.
    else if (!Number.isFinite(sorted.values[index]!)) kept[count - 1] = index
  }
  return gather(sorted, kept.subarray(0, count))
}
