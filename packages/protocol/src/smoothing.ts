import type { SeriesSmoothing } from './series.ts'

/** Values along an axis, in order. */
export interface Curve {
  readonly xs: Float64Array
  readonly values: Float64Array
}

/** A mean of finite values is finite, whatever the rounding. */
export const clampMean = (mean: number): number => Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, mean))

export interface Smoothing {
  readonly kind: SeriesSmoothing
  /** The weight of what was one usual distance before (ema, 0 to 1), a standard deviation in points (gaussian), a width in points (mean). */
  readonly amount: number
}

/**
 * A curve smoothed over all its points, each of which counts once: smoothing after bucketing would
 * count a bucket of a thousand points like one of a single point, and was wrong by up to a tenth of
 * the height. The values are finite; the x stay where they are.
 */
export function smoothCurve(curve: Curve, { kind, amount }: Smoothing): Curve {
  if (kind === 'ema') return { xs: curve.xs, values: movingAverage(curve, amount) }
  if (kind === 'mean') return { xs: curve.xs, values: runningMean(curve.values, Math.floor(amount / 2)) }
  return gaussian(curve, amount)
}

/**
 * Exponential moving average by distance along the axis: `weight` is left of a point one usual distance
 * later, so after a pause of a hundred nothing of what was before it. Divided by all the weight there
 * is, which is little at the beginning (Kingma and Ba, Adam, section 3). Of points at equal distances it
 * is what TensorBoard's smoothing is.
 */
function movingAverage({ xs, values }: Curve, weight: number): Float64Array {
  const unit = usualDistance(xs)
  let mean = 0
  let mass = 0
  // Nearly every distance is the one before: a power for each point would take longer than all else.
  let [distance, left] = [unit, weight]
  return values.map((value, at) => {
    const now = at === 0 || unit === 0 ? unit : xs[at]! - xs[at - 1]!
    if (now !== distance) [distance, left] = [now, weight ** (now / unit)]
    mass = mass * left + 1
    const part = 1 / mass
    return mean = clampMean(mean * (1 - part) + value * part)
  })
}

/** Distances that are looked at where most are not the same. */
const sampled = 1001

/** The median distance between two neighbours that are not at one place; 0 where there are none. */
export function usualDistance(xs: Float64Array): number {
  // What more than half of them are is found without sorting (Boyer and Moore's vote), and is nearly every line's.
  let [common, lead, all] = [0, 0, 0]
  for (let at = 1; at < xs.length; at += 1) {
    const distance = xs[at]! - xs[at - 1]!
    if (distance <= 0) continue
    all += 1
    if (lead === 0) [common, lead] = [distance, 1]
    else lead += distance === common ? 1 : -1
  }
  let often = 0
  for (let at = 1; lead > 0 && at < xs.length; at += 1) if (xs[at]! - xs[at - 1]! === common) often += 1
  if (often * 2 > all) return common
  const some: number[] = []
  for (let at = 1, step = Math.max(1, Math.floor(xs.length / sampled)); at < xs.length; at += step) if (xs[at]! > xs[at - 1]!) some.push(xs[at]! - xs[at - 1]!)
  return some.sort((a, b) => a - b)[Math.floor((some.length - 1) / 2)] ?? 0
}

/**
 * Mean of a point and `half` on both sides; fewer at the ends. In blocks as wide as the window each
 * window is the end of one block and the beginning of the next, so it needs additions only: a sum
 * that also subtracts would never be rid of one huge value's rounding.
 */
function runningMean(values: Float64Array, half: number): Float64Array {
  const size = values.length
  const width = 2 * half + 1
  const before = new Float64Array(size)
  const behind = new Float64Array(size)
  for (let at = 0; at < size; at += 1) before[at] = values[at]! / width + (at % width === 0 ? 0 : before[at - 1]!)
  for (let at = size - 1; at >= 0; at -= 1) behind[at] = values[at]! / width + (at === size - 1 || (at + 1) % width === 0 ? 0 : behind[at + 1]!)
  return values.map((_, at) => {
    const from = Math.max(0, at - half)
    const to = Math.min(size - 1, at + half)
    // Inside one block lies what begins it, or what the curve's end has cut.
    const sum = Math.floor(from / width) < Math.floor(to / width) ? behind[from]! + before[to]! : from % width === 0 ? before[to]! : behind[from]!
    return clampMean(sum * (width / (to - from + 1)))
  })
}

/** Multiplications for one curve, some 50 ms; beyond it the curve is sampled. */
const mostWork = 5e7

/**
 * Weights of the normal distribution, cut at four standard deviations. A million points of a wide
 * window would cost seconds: then only each nth point is computed, exactly, where n is far below the
 * deviation (0.16 of it at most), between which such a curve is straight to less than 0.4 %.
 */
function gaussian({ xs, values }: Curve, deviation: number): Curve {
  const size = values.length
  const reach = Math.ceil(4 * deviation)
  const weights = Float64Array.from({ length: reach + 1 }, (_, distance) => Math.exp(-0.5 * (distance / deviation) ** 2))
  const total = weights[0]! + 2 * weights.subarray(1).reduce((sum, weight) => sum + weight, 0)
  weights.forEach((weight, distance) => { weights[distance] = weight / total })
  const stride = Math.max(1, Math.ceil(size * (2 * Math.min(reach, size) + 1) / mostWork))
  const count = size === 0 ? 0 : Math.floor((size - 1) / stride) + 1
  const shownXs = stride === 1 ? xs : Float64Array.from({ length: count }, (_, at) => xs[at * stride]!)
  const shown = new Float64Array(count)
  for (let at = 0; at < count; at += 1) {
    const centre = at * stride
    const to = Math.min(size - 1, centre + reach)
    let sum = 0
    let mass = 0
    for (let other = Math.max(0, centre - reach); other <= to; other += 1) {
      const weight = weights[Math.abs(other - centre)]!
      sum += weight * values[other]!
      mass += weight
    }
    shown[at] = clampMean(sum / mass)
  }
  return { xs: shownXs, values: shown }
}
