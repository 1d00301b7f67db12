import type { Band } from './line-figure.ts'
import { noLine, type Line } from './lines.ts'
import type { Range } from './scale.ts'
import { mean, quantile, spread } from './stats.ts'

export const bandKinds = ['range', 'deviation', 'quartiles'] as const
/** The mean with the lowest and highest; with the standard deviation on both sides; the median with the quartiles. */
export type BandKind = (typeof bandKinds)[number]

/** Places at which lines of different x are compared. */
const mostPlaces = 240

/**
 * Many lines as one with a band: at each place over those lines that are there (between their first
 * and their last point, and in no gap), interpolated between their points.
 */
export function bandOf(lines: readonly Line[], kind: BandKind): { line: Line; band: Band } {
  const shown = lines.map((line) => ({ ...(line.smooth ?? line), gaps: line.gaps })).filter(({ x }) => x.length > 0)
  const x: number[] = []
  const middle: number[] = []
  const low: number[] = []
  const high: number[] = []
  const cursors = shown.map(() => 0)
  const { places, half } = placesOf(shown.map((line) => line.x))
  const around = shown.map(() => 0)
  const gaps: Range[] = []
  for (const place of places) {
    const values: number[] = []
    let [least, most] = [Infinity, -Infinity]
    for (const [at, line] of shown.entries()) {
      const value = interpolated(line, place, cursors, at)
      if (value !== undefined) values.push(value)
      // Points between this place and those beside it belong to it: a spike among them is one of the group.
      for (; half > 0 && around[at]! < line.x.length && line.x[around[at]!]! <= place + half; around[at]! += 1) {
        const y = line.y[around[at]!]!
        if (y < least) least = y
        if (y > most) most = y
      }
    }
    if (values.length === 0 && least <= most) values.push(least, most)
    if (values.length === 0) continue
    const before = x.at(-1)
    if (before !== undefined && !shown.some((line) => leads(line, before, place))) gaps.push([before, place])
    x.push(place)
    const [centre, bottom, top] = summary(values, kind)
    middle.push(centre)
    low.push(kind === 'range' ? Math.min(bottom, least) : bottom)
    high.push(kind === 'range' ? Math.max(top, most) : top)
  }
  const count = lines.reduce((sum, line) => sum + line.count, 0)
  return { line: { ...noLine, x, y: middle, count, exact: false, gaps, marks: lines.flatMap(({ marks }) => marks) }, band: { x, low, high } }
}

/** Whether a line goes from one place to the next: what none of the lines does is no line of the group either. */
const leads = ({ x, gaps }: Pick<Line, 'x' | 'gaps'>, from: number, to: number): boolean => x[0]! <= from && x.at(-1)! >= to && !gaps.some((gap) => gap[0] <= from && gap[1] >= to)

function summary(values: number[], kind: BandKind): [centre: number, low: number, high: number] {
  if (kind === 'quartiles') {
    values.sort((a, b) => a - b)
    return [quantile(values, 0.5), quantile(values, 0.25), quantile(values, 0.75)]
  }
  const centre = mean(values)
  if (kind === 'range') return [centre, values.reduce((least, value) => Math.min(least, value), Infinity), values.reduce((most, value) => Math.max(most, value), -Infinity)]
  const deviation = spread(values)
  return [centre, centre - deviation, centre + deviation]
}

/** Every x that some line has, or when these are many, as many at equal distances, with half of that distance. */
function placesOf(columns: readonly (readonly number[])[]): { readonly places: readonly number[]; readonly half: number } {
  const all = new Set<number>()
  let from = Infinity
  let to = -Infinity
  for (const x of columns) {
    from = Math.min(from, x[0]!)
    to = Math.max(to, x.at(-1)!)
    if (all.size <= mostPlaces) for (const one of x) all.add(one)
  }
  if (all.size <= mostPlaces) return { places: [...all].sort((a, b) => a - b), half: 0 }
  return { places: Array.from({ length: mostPlaces }, (_, at) => from + (to - from) * at / (mostPlaces - 1)), half: (to - from) / (mostPlaces - 1) / 2 }
}

/** Places come in order, so each line is walked through once. */
function interpolated({ x, y, gaps }: Pick<Line, 'x' | 'y' | 'gaps'>, place: number, cursors: number[], line: number): number | undefined {
  let at = cursors[line]!
  while (at < x.length && x[at]! < place) at += 1
  cursors[line] = at
  if (at === x.length) return undefined
  if (x[at] === place) return y[at]
  if (at === 0) return undefined
  const from = x[at - 1]!
  const to = x[at]!
  if (gaps.some((gap) => gap[0] <= from && gap[1] >= to)) return undefined
  return y[at - 1]! + (y[at]! - y[at - 1]!) * (place - from) / (to - from)
}
