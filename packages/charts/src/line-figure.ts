import { clipTo, drawAxes, layoutFrame, type Frame, type Size } from './frame.ts'
import type { Line, Mark } from './lines.ts'
import { font, type Pen, type Theme } from './pen.ts'
import { padded, type Range, type ScaleKind } from './scale.ts'
import type { AxisKind } from './ticks.ts'

/** How something is drawn, the same wherever it appears. */
export interface Look {
  /** A custom property that holds the colour. */
  readonly color: string
  /** Lengths of dash and gap in pixels; empty for a line that goes through. */
  readonly dash: readonly number[]
}

export interface Band {
  readonly x: readonly number[]
  readonly low: readonly number[]
  readonly high: readonly number[]
}

export interface DrawnLine {
  readonly id: string
  readonly name: string
  readonly look: Look
  readonly line: Line
  readonly band?: Band | undefined
  /** What it is the middle of: seen when it is raised. */
  readonly members?: readonly Line[] | undefined
  /** Steps back behind those that one looks at. */
  readonly back?: boolean | undefined
}

export interface LinesFigure {
  readonly lines: readonly DrawnLine[]
  readonly xKind: AxisKind
  readonly xScale: 'linear' | 'log'
  /** The part of the axis that is shown; undefined for all there is. */
  readonly xRange?: Range | undefined
  readonly yScale: ScaleKind
  /** The axis leaves out the outermost 2 % of the values; what lies beyond is marked at the edge. */
  readonly clip: boolean
  readonly xLabel?: string | undefined
  readonly yLabel?: string | undefined
}

/** What of a line is drawn strongly: the smoothed one where there is one. */
export const shownOf = ({ line }: DrawnLine): { readonly x: readonly number[]; readonly y: readonly number[] } => line.smooth ?? line

/** All of the x axis that has points, those that are only marked included. */
export function xExtent(lines: readonly DrawnLine[]): Range | undefined {
  let low = Infinity
  let high = -Infinity
  for (const { line, band } of lines) {
    for (const x of [line.x, band?.x ?? []]) {
      if (x.length === 0) continue
      low = Math.min(low, x[0]!)
      high = Math.max(high, x.at(-1)!)
    }
    for (const { x } of line.marks) {
      low = Math.min(low, x)
      high = Math.max(high, x)
    }
  }
  return low > high ? undefined : [low, high]
}

/** A part of the outermost values, on both sides, that outlier clipping leaves out. */
const outlierPart = 0.01

function yExtent({ lines, yScale, clip }: LinesFigure, [from, to]: Range): Range {
  const values: number[] = []
  let low = Infinity
  let high = -Infinity
  const take = (value: number): void => {
    if (yScale === 'log' && value <= 0) return
    if (clip) values.push(value)
    if (value < low) low = value
    if (value > high) high = value
  }
  for (const { line, band } of lines) {
    for (const { x, y } of line.smooth === undefined ? [line] : [line, line.smooth]) {
      for (let at = 0; at < x.length; at += 1) if (x[at]! >= from && x[at]! <= to) take(y[at]!)
    }
    for (const column of band === undefined ? [] : [band.low, band.high]) {
      for (let at = 0; at < column.length; at += 1) if (band!.x[at]! >= from && band!.x[at]! <= to) take(column[at]!)
    }
  }
  if (low > high) return yScale === 'log' ? [1, 10] : [0, 1]
  if (!clip || values.length < 20) return [low, high]
  const sorted = Float64Array.from(values).sort()
  const cut = Math.max(1, Math.floor(sorted.length * outlierPart))
  return [sorted[cut]!, sorted[sorted.length - 1 - cut]!]
}

export interface LinesLayout extends Frame {
  readonly figure: LinesFigure
}

export function layoutLines(figure: LinesFigure, size: Size): LinesLayout {
  let xRange = figure.xRange ?? xExtent(figure.lines) ?? [0, 1]
  if (figure.xScale === 'log') xRange = [firstPositive(figure.lines, xRange), Math.max(xRange[1], firstPositive(figure.lines, xRange) * 2)]
  const xDomain: Range = xRange[0] === xRange[1] ? [xRange[0] - 1, xRange[1] + 1] : xRange
  const yDomain = padded(figure.yScale, yExtent(figure, xRange))
  return {
    figure,
    ...layoutFrame(size, { kind: figure.xKind, scale: figure.xScale, domain: xDomain, label: figure.xLabel }, { kind: 'number', scale: figure.yScale, domain: yDomain, label: figure.yLabel }),
  }
}

/** Step 0 has no place on a logarithmic axis: it begins at the first that has. */
function firstPositive(lines: readonly DrawnLine[], [from]: Range): number {
  if (from > 0) return from
  let least = Infinity
  for (const { line } of lines) {
    const first = line.x.find((x) => x > 0)
    if (first !== undefined && first < least) least = first
  }
  return Number.isFinite(least) ? least : 1
}

const bandAlpha = 0.18
/** How much is seen of lines that step back. */
const backPart = 0.22
const faintAlpha = 0.28
const memberAlpha = 0.35

export function drawLines(pen: Pen, layout: LinesLayout, theme: Theme): void {
  drawAxes(pen, layout, theme)
  drawCurves(pen, layout, theme)
}

/** What lies on the axes: bands, lines and marks. */
export function drawCurves(pen: Pen, layout: LinesLayout, theme: Theme): void {
  const { figure } = layout
  pen.save()
  clipTo(pen, layout, 1)
  const many = figure.lines.length > manyLines
  pen.lineJoin = many ? 'bevel' : 'round'
  const seen = ({ back = false }: DrawnLine): number => (back ? backPart : 1)
  const lines = figure.lines.some(({ back }) => back) ? figure.lines.toSorted((a, b) => seen(a) - seen(b)) : figure.lines
  for (const drawn of lines) if (drawn.band !== undefined) drawBand(pen, layout, drawn, drawn.band, theme.color(drawn.look.color), bandAlpha * seen(drawn))
  for (const drawn of lines) {
    pen.globalAlpha = faintAlpha * seen(drawn)
    if (drawn.line.smooth !== undefined) strokeLine(pen, layout, drawn.line, drawn, theme, 1)
  }
  for (const drawn of lines) {
    pen.globalAlpha = seen(drawn)
    strokeLine(pen, layout, shownOf(drawn), drawn, theme, many ? 1 : 1.6)
  }
  pen.restore()
  pen.save()
  for (const drawn of lines) {
    pen.globalAlpha = seen(drawn)
    pen.fillStyle = pen.strokeStyle = theme.color(drawn.look.color)
    drawBeyond(pen, layout, shownOf(drawn))
    drawMarks(pen, layout, drawn.line.marks)
  }
  pen.restore()
  drawMarkNames(pen, layout, theme)
}

/** One line once more, with its members, to lie over the others. Answers whether there is such a line. */
export function drawRaised(pen: Pen, layout: LinesLayout, id: string, theme: Theme): boolean {
  const drawn = layout.figure.lines.find((line) => line.id === id)
  if (drawn === undefined) return false
  pen.save()
  clipTo(pen, layout, 1)
  pen.lineJoin = 'bevel'
  pen.globalAlpha = memberAlpha
  for (const line of drawn.members ?? []) strokeLine(pen, layout, line.smooth ?? line, { ...drawn, line }, theme, 1)
  pen.globalAlpha = 1
  strokeLine(pen, layout, shownOf(drawn), drawn, theme, 1, raisedOffsets)
  pen.restore()
  return true
}

function drawBand(pen: Pen, { x, y }: Frame, { line: { gaps } }: DrawnLine, { x: xs, low, high }: Band, color: string, alpha: number): void {
  pen.globalAlpha = alpha
  pen.fillStyle = color
  let from = 0
  for (let end = 1; end <= xs.length; end += 1) {
    if (end < xs.length && !gaps.some((gap) => gap[0] === xs[end - 1] && gap[1] === xs[end])) continue
    if (end - from > 1) {
      pen.beginPath()
      for (let at = from; at < end; at += 1) (at === from ? pen.moveTo : pen.lineTo).call(pen, x.at(xs[at]!), limited(y.at(high[at]!)))
      for (let at = end - 1; at >= from; at -= 1) pen.lineTo(x.at(xs[at]!), limited(y.at(low[at]!)))
      pen.closePath()
      pen.fill()
    }
    from = end
  }
}

/** A canvas draws nothing at places that are too far away. */
const limited = (pixel: number): number => Math.max(-1e5, Math.min(1e5, pixel))

/**
 * Where lines are many, they are a pixel wide: fifty of 400 points that are wider cost a browser without a
 * graphics card 70 times the time (250 ms; their corners are worked out one by one), and hide each other.
 */
const manyLines = 16
/** A raised line is three of a pixel beside each other, some 2.4 px: a wide one takes twice as long, in twelve charts with every move of the pointer. */
const raisedOffsets = [[-0.7, -0.4], [0.7, -0.4], [0, 0.8]] as const

/** Points that are shown as dots too while there are no more than so many on the screen. */
const fewDots = 60

/** A pen that strokes what was traced apart from it. */
type PathPen = Pen & { stroke(path: Path2D): void }
const takesPaths = (pen: Pen): pen is PathPen => typeof CanvasRenderingContext2D !== 'undefined' && pen instanceof CanvasRenderingContext2D

type Points = { readonly x: readonly number[]; readonly y: readonly number[] }

/** Once, or once at each of some offsets: a canvas is told the way but once. */
function strokeLine(pen: Pen, frame: Frame, points: Points, { look, line: { gaps } }: DrawnLine, theme: Theme, weight: number, offsets?: readonly (readonly [x: number, y: number])[]): void {
  pen.strokeStyle = pen.fillStyle = theme.color(look.color)
  pen.lineWidth = weight
  pen.setLineDash([...look.dash])
  let dots: readonly number[] = []
  if (offsets === undefined) {
    pen.beginPath()
    dots = traceLine(pen, frame, points, gaps)
    pen.stroke()
  } else {
    const path = takesPaths(pen) ? new Path2D() : undefined
    if (path !== undefined) dots = traceLine(path, frame, points, gaps)
    for (const [dx, dy] of offsets) {
      pen.save()
      pen.translate(dx, dy)
      if (path !== undefined) (pen as PathPen).stroke(path)
      else {
        pen.beginPath()
        dots = traceLine(pen, frame, points, gaps)
        pen.stroke()
      }
      pen.restore()
    }
  }
  pen.setLineDash([])
  for (const at of dots) {
    pen.beginPath()
    pen.arc(limited(frame.x.at(points.x[at]!)), limited(frame.y.at(points.y[at]!)), weight + (offsets === undefined ? 0.8 : 1.5), 0, 2 * Math.PI)
    pen.fill()
  }
}

/** The way of a line, from one point beyond each edge to one beyond the other. Answers which of its points are dots. */
function traceLine(path: Pick<Pen, 'moveTo' | 'lineTo'>, { x, y, width }: Frame, { x: xs, y: ys }: Points, gaps: readonly Range[]): number[] {
  const first = Math.max(0, firstFrom(xs, x.domain[0]) - 1)
  const end = Math.min(xs.length, firstFrom(xs, x.domain[1], true) + 1)
  const few = (end - first) * 6 < width && end - first < fewDots
  const dots: number[] = []
  let gap = 0
  let run = 0
  for (let at = first; at < end; at += 1) {
    const value = xs[at]!
    const crossed = gap < gaps.length && gaps[gap]![1] <= value
    while (gap < gaps.length && gaps[gap]![1] <= value) gap += 1
    const place = x.at(value)
    // Step 0 on a logarithmic axis: a dashed line that came from there had dashes for 100,000 pixels.
    if (place === -Infinity) continue
    const px = limited(place)
    const py = limited(y.at(ys[at]!))
    if (run === 0 || crossed) {
      if (run === 1 && !few) dots.push(at - 1)
      path.moveTo(px, py)
      run = 1
    } else {
      path.lineTo(px, py)
      run += 1
    }
    if (few) dots.push(at)
  }
  if (run === 1 && !few) dots.push(end - 1)
  return dots
}

/** The first index whose value is not below `bound`, or with `above` the first that is greater. */
function firstFrom(xs: readonly number[], bound: number, above = false): number {
  let low = 0
  let high = xs.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (above ? xs[middle]! <= bound : xs[middle]! < bound) low = middle + 1
    else high = middle
  }
  return low
}

/** Where a line leaves the axis (clipped outliers, no logarithm): a small arrow at the edge. */
function drawBeyond(pen: Pen, { x, y, top, height, left, width }: Frame, { x: xs, y: ys }: { readonly x: readonly number[]; readonly y: readonly number[] }): void {
  const drawn = new Set<number>()
  for (let at = 0; at < xs.length; at += 1) {
    const py = y.at(ys[at]!)
    const above = py < top - 0.5
    if (!above && py <= top + height + 0.5) continue
    const px = x.at(xs[at]!)
    if (px < left - 1 || px > left + width + 1) continue
    // One arrow for each few pixels.
    const place = Math.round(px / 8) * (above ? 1 : -1)
    if (drawn.has(place)) continue
    drawn.add(place)
    triangle(pen, px, above ? top + 1 : top + height - 1, 3.5, above ? 5 : -5)
  }
}

/** Infinity at the top, -Infinity at the bottom, NaN as a cross on the axis. */
function drawMarks(pen: Pen, { x, top, height, left, width }: Frame, marks: readonly Mark[]): void {
  pen.lineWidth = 1.6
  pen.setLineDash([])
  for (const { x: value, value: kind } of marks) {
    const px = x.at(value)
    if (!(px >= left - 1 && px <= left + width + 1)) continue
    if (kind === 'Infinity') triangle(pen, px, top, 4.5, 7)
    else if (kind === '-Infinity') triangle(pen, px, top + height, 4.5, -7)
    else {
      const py = top + height - 5
      pen.beginPath()
      pen.moveTo(px - 3.5, py - 3.5)
      pen.lineTo(px + 3.5, py + 3.5)
      pen.moveTo(px - 3.5, py + 3.5)
      pen.lineTo(px + 3.5, py - 3.5)
      pen.stroke()
    }
  }
}

const markNames = { 'Infinity': '∞', '-Infinity': '−∞', 'NaN': 'NaN' } as const

/** The name of each kind of mark, once, beside its first. */
function drawMarkNames(pen: Pen, { x, top, height, left, width, figure }: LinesLayout, theme: Theme): void {
  pen.save()
  pen.font = font(11, 600)
  pen.fillStyle = theme.color('--bad')
  pen.textBaseline = 'middle'
  for (const kind of ['Infinity', '-Infinity', 'NaN'] as const) {
    const places = figure.lines.flatMap(({ line }) => line.marks.filter((mark) => mark.value === kind).map((mark) => x.at(mark.x))).filter((px) => px >= left - 1 && px <= left + width + 1)
    if (places.length === 0) continue
    const px = Math.min(...places)
    const right = px > left + width - 40
    pen.textAlign = right ? 'right' : 'left'
    // Beside -Infinity, which is at the bottom too, NaN is written higher.
    pen.fillText(markNames[kind], px + (right ? -8 : 8), kind === 'Infinity' ? top + 5 : kind === 'NaN' ? top + height - 7 : top + height - 20)
  }
  pen.restore()
}

function triangle(pen: Pen, x: number, tip: number, half: number, down: number): void {
  pen.beginPath()
  pen.moveTo(x, tip)
  pen.lineTo(x - half, tip + down)
  pen.lineTo(x + half, tip + down)
  pen.closePath()
  pen.fill()
}
