import type { Curve, SeriesBuckets } from '@cairn/protocol'

/** What a line goes through: of each bucket the first, lowest, highest and last point (M4; Jugel et al., VLDB 2014). */
export function corners({ index, first, first_x, min, min_x, max, max_x, last, last_x }: SeriesBuckets): { x: Float64Array; value: Float64Array } {
  const x: number[] = []
  const value: number[] = []
  const add = (px: number, py: number): void => {
    if (x.length > 0 && x.at(-1) === px && value.at(-1) === py) return
    x.push(px)
    value.push(py)
  }
  for (let at = 0; at < index.length; at += 1) {
    add(first_x[at]!, first[at]!)
    const rising = min_x[at]! <= max_x[at]!
    if (rising) add(min_x[at]!, min[at]!)
    add(max_x[at]!, max[at]!)
    if (!rising) add(min_x[at]!, min[at]!)
    add(last_x[at]!, last[at]!)
  }
  return { x: Float64Array.from(x), value: Float64Array.from(value) }
}

/** All curves as one, by x, without what is not finite. Pieces are in the order of steps, in which times may go back. */
export function finiteCurve(curves: readonly Curve[]): Curve {
  const size = curves.reduce((sum, { xs }) => sum + xs.length, 0)
  const xs = new Float64Array(size)
  const values = new Float64Array(size)
  let count = 0
  let sorted = true
  for (const curve of curves) {
    for (let at = 0; at < curve.xs.length; at += 1) {
      if (!Number.isFinite(curve.values[at]!)) continue
      sorted &&= count === 0 || xs[count - 1]! <= curve.xs[at]!
      xs[count] = curve.xs[at]!
      values[count] = curve.values[at]!
      count += 1
    }
  }
  if (sorted) return { xs: xs.subarray(0, count), values: values.subarray(0, count) }
  const order = Uint32Array.from({ length: count }, (_, at) => at).sort((a, b) => xs[a]! - xs[b]! || a - b)
  return { xs: Float64Array.from(order, (at) => xs[at]!), values: Float64Array.from(order, (at) => values[at]!) }
}
