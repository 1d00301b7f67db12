import type { Range, Scale } from './scale.ts'

export type Column = ArrayLike<number>

/** A value that has no place on the axis. */
export interface Mark {
  readonly x: number
  readonly value: 'NaN' | 'Infinity' | '-Infinity'
  readonly count: number
}

export interface Point {
  readonly x: number
  readonly value: number
}

/** Points in order of x, which a line goes through. */
export interface Line {
  readonly x: readonly number[]
  readonly y: readonly number[]
  /** Points that all this stands for, those that are only marked included. */
  readonly count: number
  /** Whether x and y are every point there is. */
  readonly exact: boolean
  readonly marks: readonly Mark[]
  /** Where points are missing: the last x before and the first behind. */
  readonly gaps: readonly Range[]
  /** The usual distance between two points; undefined while there are too few to tell. */
  readonly spacing: number | undefined
  /** How many of the distances are that one exactly, and how many there are. */
  readonly regular: Regular
  readonly smooth: { readonly x: readonly number[]; readonly y: readonly number[] } | undefined
}

export interface Regular {
  readonly usual: number
  readonly all: number
}

const unknown: Regular = { usual: 0, all: 0 }

export const noLine: Line = { x: [], y: [], count: 0, exact: true, marks: [], gaps: [], spacing: undefined, regular: unknown, smooth: undefined }

/** A line as it is told: every point, or of each of some equal parts of the axis its first, lowest, highest and last, or its lowest and highest alone. */
export interface ToldLine {
  readonly count: number
  readonly non_finite: { readonly x: Column; readonly value: readonly Mark['value'][]; readonly count: Column }
  readonly points?: { readonly x: Column; readonly value: Column } | undefined
  readonly buckets?: {
    readonly count: Column
    readonly first: Column
    readonly first_x: Column
    readonly min: Column
    readonly min_x: Column
    readonly max: Column
    readonly max_x: Column
    readonly last: Column
    readonly last_x: Column
  } | undefined
  readonly extremes?: {
    readonly count: Column
    readonly min: Column
    readonly min_x: Column
    readonly max: Column
    readonly max_x: Column
    readonly first_x: Column
    readonly last_x: Column
    readonly first: number
    readonly last: number
  } | undefined
  readonly smooth?: { readonly x: Column; readonly value: Column } | undefined
}

/**
 * Of a bucket the line goes through its first, lowest, highest and last point, each where it was:
 * drawn a pixel to a bucket, that is what a line through every point looks like (M4; Jugel et al.,
 * VLDB 2014). Of extremes it goes through these and its ends: half as many points, which differ from
 * the former by what lies between two buckets.
 */
export function lineOf(told: ToldLine): Line {
  const marks = Array.from(told.non_finite.x, (x, at): Mark => ({ x, value: told.non_finite.value[at]!, count: told.non_finite.count[at]! }))
  const smooth = told.smooth && { x: Array.from(told.smooth.x), y: Array.from(told.smooth.value) }
  if (told.points !== undefined) {
    const x = Array.from(told.points.x)
    return { x, y: Array.from(told.points.value), count: Number(told.count), exact: true, marks, smooth, ...gapsIn(x) }
  }
  const x: number[] = []
  const y: number[] = []
  const add = (px: number, py: number): void => {
    if (x.length > 0 && x[x.length - 1] === px && y[y.length - 1] === py) return
    x.push(px)
    y.push(py)
  }
  const { count, first_x, min, min_x, max, max_x, last_x } = (told.buckets ?? told.extremes)!
  const { buckets, extremes } = told
  if (extremes !== undefined && count.length > 0) add(first_x[0]!, extremes.first)
  for (let at = 0; at < count.length; at += 1) {
    if (buckets !== undefined) add(first_x[at]!, buckets.first[at]!)
    const rising = min_x[at]! <= max_x[at]!
    if (rising) add(min_x[at]!, min[at]!)
    add(max_x[at]!, max[at]!)
    if (!rising) add(min_x[at]!, min[at]!)
    if (buckets !== undefined) add(last_x[at]!, buckets.last[at]!)
  }
  if (extremes !== undefined && count.length > 0) add(last_x[count.length - 1]!, extremes.last)
  const steps = Array.from(count, (points, at): Step => ({ from: first_x[at]!, to: last_x[at]!, steps: points - 1 }))
  return { x, y, count: Number(told.count), exact: false, marks, smooth, ...gapsBetween(steps) }
}

/** The line with points that came since; those before its end sort themselves in, and none is there twice. */
export function withPoints(line: Line, points: readonly Point[]): Line {
  const x = [...line.x]
  const y = [...line.y]
  const marks = [...line.marks]
  let { count, gaps, spacing, regular } = line
  let late = false
  // Whether a hole has got its second end, or what counts as one has changed.
  let settled = false
  for (const { x: px, value } of points) {
    if (!Number.isFinite(value)) {
      const name = String(value) as Mark['value']
      if (marks.some((mark) => mark.x === px && mark.value === name)) continue
      marks.push({ x: px, value: name, count: 1 })
      count += 1
      continue
    }
    let at = x.length
    while (at > 0 && x[at - 1]! > px) at -= 1
    let told = false
    for (let back = at - 1; back >= 0 && x[back] === px && !told; back -= 1) told = y[back] === value
    if (told) continue
    if (at < x.length) late = true
    else if (at > 0 && spacing !== undefined && px > x[at - 1]!) {
      const distance = px - x[at - 1]!
      if (distance > gapFactor * spacing) gaps = [...gaps, [x[at - 1]!, px]]
      const now = { usual: regular.usual + (isTimes(distance, spacing, 1) ? 1 : 0), all: regular.all + 1 }
      if (isRegular(now) ? !isRegular(regular) || (at > 1 && x[at - 1]! - x[at - 2]! > spacing) : isRegular(regular)) settled = true
      regular = now
    }
    x.splice(at, 0, px)
    y.splice(at, 0, value)
    count += 1
  }
  if (line.exact && (late || settled || spacing === undefined)) ({ gaps, spacing, regular } = gapsIn(x))
  else if (late) gaps = gaps.filter(([from, to]) => !points.some((point) => point.x > from && point.x < to))
  return { ...line, x, y, count, marks, gaps, spacing, regular }
}

/**
 * An answer, with points that came while it was on its way and that it may hold already. Points are
 * told apart; of what lies in buckets everything is drawn, which twice shows nothing new, and those
 * count that are beyond its end: exact for whoever logs in order.
 */
export function joined(answer: Line, points: readonly Point[]): Line {
  const more = withPoints(answer, points)
  if (answer.exact) return more
  const end = answer.x.at(-1) ?? -Infinity
  return { ...more, count: answer.count + points.filter(({ x }) => x > end).length }
}

/**
 * A smoothed line led on over points that came since, for exponential weights by distance: `seen` finite
 * points are in it already, as if at equal distances, and `weight` is left of one `spacing` later.
 */
export function ledOn(smooth: { readonly x: readonly number[]; readonly y: readonly number[] }, seen: number, weight: number, spacing: number | undefined, points: readonly Point[]): { x: number[]; y: number[] } {
  const x = [...smooth.x]
  const y = [...smooth.y]
  let mass = (1 - weight ** seen) / (1 - weight)
  let mean = y.at(-1) ?? 0
  for (const point of points) {
    if (!Number.isFinite(point.value)) continue
    const before = x.at(-1)
    mass = mass * weight ** (spacing === undefined || before === undefined ? 1 : (point.x - before) / spacing) + 1
    mean = mean * (1 - 1 / mass) + point.value / mass
    x.push(point.x)
    y.push(mean)
  }
  return { x, y }
}

/** Points further apart than so many usual distances, and than so many of the distances beside, miss some in between. */
const gapFactor = 3
/** Distances that have to be known before one is called unusual. */
const fewest = 4
/** Of so many distances in a hundred being the same exactly, whoever logs does so at every so-manyth step: then even one that was left out is missed. */
const regularPercent = 90
/** What distances that are the same may differ by, as a part of them: times in seconds are no whole numbers. */
const exactly = 1e-6

const isTimes = (distance: number, spacing: number, times: number): boolean => Math.abs(distance - times * spacing) <= exactly * spacing
const isRegular = ({ usual, all }: Regular): boolean => all >= fewest && usual * 100 >= all * regularPercent

interface Step {
  readonly from: number
  readonly to: number
  /** Distances between the points from `from` to `to`. */
  readonly steps: number
}

type Told = Pick<Line, 'gaps' | 'spacing' | 'regular'>

const gapsIn = (x: readonly number[]): Told => gapsBetween(x.map((at) => ({ from: at, to: at, steps: 0 })))

/**
 * Where points are missing. A metric that is logged every hundredth step has no gaps, and neither has
 * one whose distances grow by and by: a gap stands out from the usual distance and from both neighbours.
 * Where nearly all distances are the same, a gap is one that is a multiple of it, between two of them.
 */
function gapsBetween(parts: readonly Step[]): Told {
  const distances: number[] = []
  const times: number[] = []
  let total = 0
  let [least, most] = [Infinity, 0]
  const know = (distance: number, often: number): void => {
    distances.push(distance)
    times.push(often)
    total += often
    if (distance < least) least = distance
    if (distance > most) most = distance
  }
  for (let at = 0; at < parts.length; at += 1) {
    const { from, to, steps } = parts[at]!
    if (steps > 0 && to > from) know((to - from) / steps, steps)
    if (at > 0 && from > parts[at - 1]!.to) know(from - parts[at - 1]!.to, 1)
  }
  if (total < fewest) return { gaps: [], spacing: undefined, regular: unknown }
  // Nearly always every step is logged, or every hundredth: then there is nothing to look for.
  if (least === most) return { gaps: [], spacing: least, regular: { usual: total, all: total } }
  const order = distances.map((_, at) => at).sort((a, b) => distances[a]! - distances[b]!)
  let below = 0
  const spacing = distances[order.find((at) => (below += times[at]!) * 2 >= total)!]!
  const regular = { usual: distances.reduce((sum, distance, at) => sum + (isTimes(distance, spacing, 1) ? times[at]! : 0), 0), all: total }
  // What is missing within a bucket, which is about a pixel, is seen once it is zoomed into.
  const strict = isRegular(regular) && parts.every(({ steps }) => steps === 0)
  const inside = (part: Step | undefined): number => (part !== undefined && part.steps > 0 ? (part.to - part.from) / part.steps : NaN)
  const gaps: Range[] = []
  for (let at = 1; at < parts.length; at += 1) {
    const here = parts[at - 1]!
    const next = parts[at]!
    const distance = next.from - here.to
    if (distance <= (strict ? 1 + exactly : gapFactor) * spacing) continue
    const left = inside(here) || (at > 1 ? here.from - parts[at - 2]!.to : 0)
    const right = inside(next) || (at + 1 < parts.length ? parts[at + 1]!.from - next.to : 0)
    const far = distance > gapFactor * spacing && distance > gapFactor * left && distance > gapFactor * right
    const missed = strict && isTimes(left, spacing, 1) && isTimes(right, spacing, 1) && isTimes(distance, spacing, Math.round(distance / spacing))
    if (far || missed) gaps.push([here.to, next.from])
  }
  return { gaps, spacing, regular }
}

/** The index of the point nearest to `at`; -1 of none. */
export function nearestIndex(x: readonly number[], at: number): number {
  let low = 0
  let high = x.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (x[middle]! < at) low = middle + 1
    else high = middle
  }
  if (low === x.length) return low - 1
  return low > 0 && at - x[low - 1]! < x[low]! - at ? low - 1 : low
}

/** Pixels within which a mark is at the cursor, though a point may be nearer to it. */
const markReach = 2

/** What is marked at `x`: the nearest mark within `near`, unless a point is nearer and they are told apart on the screen. */
export function markAt(marks: readonly Mark[], scale: Pick<Scale, 'at'>, at: number, near: number, point: Point | undefined): Mark | undefined {
  let found: Mark | undefined
  for (const mark of marks) if (Math.abs(mark.x - at) <= (found === undefined ? near : Math.abs(found.x - at))) found = mark
  if (found === undefined || point === undefined || Math.abs(found.x - at) <= Math.abs(point.x - at)) return found
  return Math.abs(scale.at(found.x) - scale.at(at)) <= markReach ? found : undefined
}

/** What the line is at `x`: its nearest point that is not too far away; nothing in a gap, before it begins or after it ended. */
export function valueAt({ x, y }: { readonly x: readonly number[]; readonly y: readonly number[] }, gaps: readonly Range[], at: number, near: number): Point | undefined {
  const index = nearestIndex(x, at)
  if (index < 0) return undefined
  const found = { x: x[index]!, value: y[index]! }
  if ((at < x[0]! || at > x.at(-1)!) && Math.abs(found.x - at) > near) return undefined
  return gaps.some(([from, to]) => at > from + near && at < to - near) ? undefined : found
}
