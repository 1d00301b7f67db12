import type { Series } from '@cairn/protocol'

/** One run's curve among others: points in order of x, which a line goes through. */
export interface Line {
  readonly x: readonly number[]
  readonly y: readonly number[]
  /** Points that all this stands for. */
  readonly count: number
}

export const noLine: Line = { x: [], y: [], count: 0 }

/**
 * The line of an answer. Of a bucket it goes through the first, the lowest, the highest and the last
 * point, each where it was: drawn a pixel to a bucket, that is what a line through every point looks
 * like (M4; Jugel et al., VLDB 2014).
 */
export function lineOf(series: Series): Line {
  const count = Number(series.count)
  if (series.points !== undefined) return { x: Array.from(series.points.x), y: Array.from(series.points.value), count }
  const { index, first, first_x, min, min_x, max, max_x, last, last_x } = series.buckets!
  const x: number[] = []
  const y: number[] = []
  for (let at = 0; at < index.length; at += 1) {
    const four: [number, number][] = [[min_x[at]!, min[at]!], [max_x[at]!, max[at]!]]
    four.sort((a, b) => a[0] - b[0])
    for (const [px, py] of [[first_x[at]!, first[at]!] as const, ...four, [last_x[at]!, last[at]!] as const]) {
      if (x.at(-1) === px && y.at(-1) === py) continue
      x.push(px)
      y.push(py)
    }
  }
  return { x, y, count }
}

/** The line with points that came since; those before its end sort themselves in. */
export function withLivePoints(line: Line, points: readonly { readonly x: number; readonly value: number }[]): Line {
  const x = [...line.x]
  const y = [...line.y]
  let { count } = line
  for (const point of points) {
    if (!Number.isFinite(point.value)) {
      count += 1
      continue
    }
    let at = x.length
    while (at > 0 && x[at - 1]! > point.x) at -= 1
    // Told twice: by the answer and by the stream.
    if (x[at - 1] === point.x && y[at - 1] === point.value) continue
    x.splice(at, 0, point.x)
    y.splice(at, 0, point.value)
    count += 1
  }
  return { x, y, count }
}

/**
 * Exponential moving average of weight `weight` (0 to 1, exclusive), divided by what is missing at
 * its beginning, as TensorBoard's: the first value stays what it is.
 */
export function smoothed(values: readonly number[], weight: number): number[] {
  if (weight <= 0) return [...values]
  let last = 0
  let mass = 1
  return values.map((value) => {
    last = last * weight + (1 - weight) * value
    mass *= weight
    return last / (1 - mass)
  })
}
