import { noLine, type Line } from '@cairn/charts'

/** A line's points at another metric's values at the same steps: between two of these, at a straight line's. */
export function alongLine(line: Line, other: Line | undefined): Line {
  if (other === undefined || other.x.length === 0) return noLine
  const place = reader(other.smooth ?? other)
  const of = (points: { readonly x: readonly number[]; readonly y: readonly number[] }): { x: number[]; y: number[] } => {
    const pairs: [number, number][] = []
    for (const [at, step] of points.x.entries()) {
      const x = place(step)
      if (x !== undefined) pairs.push([x, points.y[at]!])
    }
    // A curve over another metric is read from left to right, whichever way it was run through.
    pairs.sort(([a], [b]) => a - b)
    return { x: pairs.map(([x]) => x), y: pairs.map(([, y]) => y) }
  }
  const { x, y } = of(line)
  return { ...noLine, x, y, count: line.count, exact: line.exact && other.exact, smooth: line.smooth && of(line.smooth) }
}

/** Values at rising steps, in one walk; undefined outside of them. */
function reader({ x, y }: { readonly x: readonly number[]; readonly y: readonly number[] }): (step: number) => number | undefined {
  let at = 0
  return (step) => {
    while (at > 0 && x[at]! > step) at -= 1
    while (at < x.length && x[at]! < step) at += 1
    if (at >= x.length) return undefined
    if (x[at] === step) return y[at]
    if (at === 0) return undefined
    return y[at - 1]! + (y[at]! - y[at - 1]!) * (step - x[at - 1]!) / (x[at]! - x[at - 1]!)
  }
}
