import { drawNothing, hasPlace, planAxis } from './axes.ts'
import { bySize, inkOf, type FieldAxis, type Figure, type Ground, type Hit } from './figure.ts'
import type { Size } from './frame.ts'
import { fitText, font, textWidth, type Pen, type Theme } from './pen.ts'
import { makeScale, type Range, type Scale } from './scale.ts'
import type { Ink } from './scatter.ts'
import { ticksOf } from './ticks.ts'

export interface ParallelAxis extends FieldAxis {
  /** Whether it begins at the top. */
  readonly flip: boolean
  /** One value for each strand; what has no place on the axis (NaN, ±Infinity, none) runs through the lane below it. */
  readonly values: ArrayLike<number>
}

export interface ParallelSpec {
  /** What stands where there is nothing to draw. */
  readonly empty?: string | undefined
  /** What the lane below the axes is called. */
  readonly lacking: string
  readonly axes: readonly ParallelAxis[]
  readonly count: number
  readonly ink: ArrayLike<number>
  readonly inks: readonly Ink[]
  /** 1 where every brush lets the strand through. */
  readonly chosen?: ArrayLike<number> | undefined
}

export interface ParallelLayout {
  /** Pixels of each axis from the left. */
  readonly xs: readonly number[]
  readonly scales: readonly Scale[]
  readonly top: number
  readonly bottom: number
  /** Where the lane of what has no value lies; undefined when everything has one. */
  readonly lane: number | undefined
}

const sideMargin = 56
const topMargin = 12
const bottomMargin = 12
const laneHeight = 22

export function layoutParallel({ axes, count }: Pick<ParallelSpec, 'axes' | 'count'>, { width, height }: Size): ParallelLayout {
  const lacking = axes.some((axis) => {
    for (let at = 0; at < count; at += 1) if (!hasPlace(axis.values[at]!, axis)) return true
    return false
  })
  const top = topMargin
  const bottom = Math.max(top + 20, height - bottomMargin - (lacking ? laneHeight : 0))
  const side = Math.min(sideMargin, width / (2 * Math.max(2, axes.length)))
  const xs = axes.map((_, at) => (axes.length === 1 ? width / 2 : side + (width - 2 * side) * at / (axes.length - 1)))
  const scales = axes.map((axis) => {
    const { scale, domain } = planAxis(axis, axis.values)
    return makeScale(scale, domain, axis.flip ? [top, bottom] : [bottom, top])
  })
  return { xs, scales, top, bottom, lane: lacking ? bottom + laneHeight : undefined }
}

/** Whether a value lies in the chosen part. What has no value does not. */
export const inBrush = (value: number, brush: Range | undefined): boolean => brush === undefined || (value >= brush[0] && value <= brush[1])

/** More strands are drawn straight, all of a colour in one stroke. */
const many = 800

/** What may change while all strands stay where they are: which of them are chosen, and the part of each axis that chose them. */
export interface ParallelChoice {
  readonly chosen?: ArrayLike<number> | undefined
  readonly brushes: readonly (Range | undefined)[]
}

export const parallelFigure = (spec: ParallelSpec): Figure => parallelOf(spec).figure({ chosen: spec.chosen, brushes: spec.axes.map(({ brush }) => brush) })

/** A line for each thing through its values on standing axes. What is worked out of all of them is worked out here, once; a figure for each choice comes of it. */
export function parallelOf(spec: Omit<ParallelSpec, 'chosen'>): { layout(size: Size): ParallelLayout; figure(choice: ParallelChoice): Figure } {
  const { axes, count, ink, inks, empty, lacking } = spec
  const laid = bySize((size: Size) => {
    const layout = layoutParallel(spec, size)
    const ys = axes.map((axis, at) => {
      const places = new Float64Array(count)
      for (let strand = 0; strand < count; strand += 1) places[strand] = hasPlace(axis.values[strand]!, axis) ? layout.scales[at]!.at(axis.values[strand]!) : layout.lane!
      return places
    })
    return { layout, ys }
  })
  type Laid = ReturnType<typeof laid>
  const strands = Array.from({ length: count }, (_, at) => at)
  const curved = count <= many
  const trace = (pen: Pen, { layout: { xs }, ys }: Laid, strand: number): void => {
    for (const [at, x] of xs.entries()) {
      const y = ys[at]![strand]!
      if (at === 0) pen.moveTo(x, y)
      else if (curved) {
        const from = xs[at - 1]!
        const middle = (x - from) * 0.42
        pen.bezierCurveTo(from + middle, ys[at - 1]![strand]!, x - middle, y, x, y)
      } else pen.lineTo(x, y)
    }
  }
  const drawFaint = (pen: Pen, all: Laid, theme: Theme, which: readonly number[]): void => {
    pen.save()
    pen.lineJoin = 'round'
    pen.beginPath()
    for (const strand of which) trace(pen, all, strand)
    pen.strokeStyle = theme.color('--line')
    pen.globalAlpha = curved ? 0.8 : 0.5
    pen.lineWidth = 1
    pen.stroke()
    pen.restore()
  }
  const drawShown = (pen: Pen, all: Laid, size: Size, theme: Theme, shown: readonly number[], brushes: ParallelChoice['brushes']): void => {
    pen.save()
    pen.lineJoin = 'round'
    pen.globalAlpha = curved ? 0.8 : shown.length > many ? 0.35 : 0.7
    pen.lineWidth = curved ? 1.5 : 1
    for (const [index, { color }] of inks.entries()) {
      pen.strokeStyle = inkOf(theme, color)
      pen.beginPath()
      for (const strand of shown) if (ink[strand] === index) trace(pen, all, strand)
      pen.stroke()
    }
    pen.restore()
    for (const [at, axis] of axes.entries()) drawAxis(pen, all.layout, at, { ...axis, brush: brushes[at] }, theme, size, lacking)
  }
  // Of thousands all are drawn faintly, those too that are drawn once more over it: so it stays whatever is chosen.
  const ground: Ground = { draw: (pen, size, theme) => drawFaint(pen, laid(size), theme, strands) }
  const figure = ({ chosen, brushes }: ParallelChoice): Figure => ({
    draw(pen, size, theme) {
      if (axes.length === 0 || count === 0) return drawNothing(pen, { left: 0, top: 0, width: size.width, height: size.height }, theme, empty)
      const shown = chosen === undefined ? strands : strands.filter((at) => chosen[at] === 1)
      if (chosen !== undefined && shown.length < count) drawFaint(pen, laid(size), theme, strands.filter((at) => chosen[at] !== 1))
      drawShown(pen, laid(size), size, theme, shown, brushes)
    },
    layers: chosen === undefined || curved || axes.length === 0 ? undefined : {
      ground,
      over: (pen, size, theme) => drawShown(pen, laid(size), size, theme, strands.filter((at) => chosen[at] === 1), brushes),
    },
    hit(px, py, size) {
      const { layout: { xs }, ys } = laid(size)
      const right = xs.findIndex((x) => x >= px)
      if (right < 1) return undefined
      const part = (px - xs[right - 1]!) / (xs[right]! - xs[right - 1]!)
      // About the curve that is drawn: flat at both ends.
      const eased = curved ? part * part * (3 - 2 * part) : part
      let found: Hit | undefined
      let least = 14
      for (const index of strands) {
        if (chosen !== undefined && chosen[index] !== 1) continue
        const from = ys[right - 1]![index]!
        const distance = Math.abs(from + (ys[right]![index]! - from) * eased - py)
        if (distance < least) [found, least] = [{ index, x: px, y: py }, distance]
      }
      return found
    },
    stops(size) {
      const { layout: { xs }, ys } = laid(size)
      return strands.filter((at) => chosen === undefined || chosen[at] === 1).map((index) => ({ index, x: xs.at(-1)!, y: ys.at(-1)![index]! })).sort((a, b) => a.y - b.y || a.index - b.index)
    },
    lift(pen, size, theme, { index }) {
      pen.lineJoin = 'round'
      for (const [color, width] of [['--bg', 6], [inks[ink[index]!]!.color, 3]] as const) {
        pen.strokeStyle = inkOf(theme, color)
        pen.lineWidth = width
        pen.beginPath()
        trace(pen, laid(size), index)
        pen.stroke()
      }
    },
  })
  return { layout: (size) => laid(size).layout, figure }
}

function drawAxis(pen: Pen, { xs, scales, top, bottom, lane }: ParallelLayout, at: number, { names, kind, scale: scaleKind, brush }: ParallelAxis, theme: Theme, size: Size, lacking: string): void {
  const x = Math.round(xs[at]!) + 0.5
  const scale = scales[at]!
  pen.save()
  pen.strokeStyle = theme.color('--text-soft')
  pen.lineWidth = 1
  pen.beginPath()
  pen.moveTo(x, top)
  pen.lineTo(x, bottom)
  if (lane !== undefined) {
    pen.moveTo(x, lane - 4)
    pen.lineTo(x, lane + 4)
  }
  pen.stroke()
  if (brush !== undefined) {
    const ends = [scale.at(brush[0]), scale.at(brush[1])].map((y) => Math.max(top, Math.min(bottom, y)))
    const from = Math.min(...ends)
    pen.fillStyle = theme.color('--accent')
    pen.globalAlpha = 0.32
    pen.beginPath()
    pen.rect(x - 6, from, 12, Math.max(3, Math.max(...ends) - from))
    pen.fill()
    pen.globalAlpha = 1
  }
  const room = Math.max(30, (xs.length > 1 ? xs[1]! - xs[0]! : size.width / 2) - 16)
  const most = Math.max(2, Math.floor((bottom - top) / 40))
  const every = names === undefined ? 1 : Math.max(1, Math.ceil(names.length * 15 / (bottom - top)))
  const ticks = names === undefined ? ticksOf(kind, scaleKind, scale.domain, most) : names.flatMap((text, value) => (value % every === 0 ? [{ text, value }] : []))
  pen.font = font(11)
  pen.textBaseline = 'middle'
  // Words at the last axis stand before it, where there is room.
  const last = at === xs.length - 1 && xs.length > 1
  pen.textAlign = last ? 'right' : 'left'
  const word = (text: string, y: number): void => {
    const fitted = fitText(text, Math.min(room, last ? room : size.width - x - 8))
    const width = textWidth(fitted) + 4
    pen.fillStyle = theme.color('--bg')
    pen.globalAlpha = 0.75
    pen.beginPath()
    pen.rect(last ? x - 6 - width : x + 6, y - 7, width, 14)
    pen.fill()
    pen.globalAlpha = 1
    pen.fillStyle = theme.color('--text-soft')
    pen.fillText(fitted, last ? x - 8 : x + 8, y)
  }
  for (const { value, text } of ticks) {
    const y = scale.at(value)
    word(text, y)
    pen.beginPath()
    pen.moveTo(x - 3, y)
    pen.lineTo(x + 3, y)
    pen.stroke()
  }
  if (lane !== undefined && at === 0) word(lacking, lane)
  pen.restore()
}
