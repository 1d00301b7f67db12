import { brushArea, brushFrame, drawNothing, fillArea } from './axes.ts'
import { bySize, inkOf, type FieldAxis, type Figure, type Hit } from './figure.ts'
import { drawAxes, layoutFrame, type Frame, type Size } from './frame.ts'
import type { Pen } from './pen.ts'
import type { Range } from './scale.ts'
import type { AxisKind } from './ticks.ts'

/** One bin of a histogram of several groups, which stand on each other. */
export interface Stack {
  readonly from: number
  readonly to: number
  /** How many of each group. */
  readonly counts: readonly number[]
}

export interface HistogramSpec {
  /** What stands where there is nothing to draw. */
  readonly empty?: string | undefined
  readonly label: string
  /** What stands in the bins, for the axis of their heights. */
  readonly counted: string
  readonly kind: AxisKind
  readonly bins: readonly Stack[]
  /** A colour for each group. */
  readonly colors: readonly string[]
  /** How many of each bin there are in all, drawn behind where only some are chosen. */
  readonly all?: readonly number[] | undefined
  readonly brush?: Range | undefined
}

/**
 * The values' range in bins of equal width, with how many of each group lie in each; the last holds its
 * end too. The edges are those of `edges`, the bins of all values together.
 */
export function stacked(edges: readonly { readonly from: number; readonly to: number }[], groups: readonly ArrayLike<number>[]): Stack[] {
  const counts = edges.map(() => groups.map(() => 0))
  const from = edges[0]?.from ?? 0
  const to = edges.at(-1)?.to ?? 0
  for (const [group, values] of groups.entries()) {
    for (let at = 0; at < values.length; at += 1) {
      const value = values[at]!
      if (!(value >= from && value <= to)) continue
      counts[to === from ? 0 : Math.min(edges.length - 1, Math.floor((value - from) / (to - from) * edges.length))]![group]! += 1
    }
  }
  return edges.map((edge, at) => ({ from: edge.from, to: edge.to, counts: counts[at]! }))
}

/** The bin of each value, by the same rule; -1 of what lies in none. For counting again and again, each time other values of them. */
export function binned(edges: readonly { readonly from: number; readonly to: number }[], values: ArrayLike<number>): Int16Array {
  const from = edges[0]?.from ?? 0
  const to = edges.at(-1)?.to ?? 0
  return Int16Array.from(values, (value) => (edges.length === 0 || !(value >= from && value <= to) ? -1 : to === from ? 0 : Math.min(edges.length - 1, Math.floor((value - from) / (to - from) * edges.length))))
}

/** How many of the chosen values lie in each bin; of all, where none is chosen. */
export function counted(edges: readonly { readonly from: number; readonly to: number }[], places: Int16Array, chosen: ArrayLike<number> | undefined): Stack[] {
  const counts = new Uint32Array(edges.length)
  for (let at = 0; at < places.length; at += 1) if (places[at]! >= 0 && (chosen === undefined || chosen[at] === 1)) counts[places[at]!]! += 1
  return edges.map(({ from, to }, at) => ({ from, to, counts: [counts[at]!] }))
}

export function histogramFigure({ empty, label, counted, kind, bins, colors, all, brush }: HistogramSpec): Figure {
  const total = (bin: Stack): number => bin.counts.reduce((sum, count) => sum + count, 0)
  const most = Math.max(1, ...bins.map(total), ...(all ?? []))
  const from = bins[0]?.from ?? 0
  const to = bins.at(-1)?.to ?? 1
  const x: FieldAxis = { label, kind, scale: 'linear', brush }
  const y: FieldAxis = { label: counted, kind: 'whole', scale: 'linear' }
  const layout = bySize((size: Size): Frame => layoutFrame(size, { kind, scale: 'linear', domain: from === to ? [from - 0.5, to + 0.5] : [from, to], label }, { kind: 'whole', scale: 'linear', domain: [0, most * 1.06], label: counted }))
  const edges = ({ x }: Frame, bin: Stack): Range => (bins.length === 1 ? [x.at(from) - 20, x.at(to) + 20] : [x.at(bin.from), x.at(bin.to)])
  const places = (frame: Frame): Hit[] => bins.map((bin, index) => ({ index, x: (edges(frame, bin)[0] + edges(frame, bin)[1]) / 2, y: frame.y.at(total(bin)) }))
  const drawPart = (pen: Pen, frame: Frame, bin: Stack, below: number, above: number): void => {
    const [left, right] = edges(frame, bin)
    pen.beginPath()
    pen.rect(left + 0.75, frame.y.at(above), Math.max(1, right - left - 1.5), frame.y.at(below) - frame.y.at(above))
    pen.fill()
  }
  return {
    draw(pen, size, theme) {
      const frame = layout(size)
      drawAxes(pen, frame, theme)
      if (bins.length === 0) return drawNothing(pen, frame, theme, empty)
      pen.save()
      for (const [at, bin] of bins.entries()) {
        if (all !== undefined) {
          pen.globalAlpha = 0.55
          pen.fillStyle = theme.color('--line')
          drawPart(pen, frame, bin, 0, all[at]!)
        }
        pen.globalAlpha = 0.85
        let below = 0
        for (const [group, count] of bin.counts.entries()) {
          if (count === 0) continue
          pen.fillStyle = inkOf(theme, colors[group]!)
          drawPart(pen, frame, bin, below, below + count)
          below += count
        }
      }
      pen.restore()
      const area = brushArea(frame, brush, undefined)
      if (area !== undefined) fillArea(pen, area, theme)
    },
    hit(px, _py, size) {
      const frame = layout(size)
      const index = bins.findIndex((bin) => px >= edges(frame, bin)[0] && px <= edges(frame, bin)[1])
      return index < 0 ? undefined : places(frame)[index]
    },
    stops: (size) => places(layout(size)),
    lift(pen, size, theme, hit) {
      pen.strokeStyle = theme.color('--text')
      pen.lineWidth = 1.5
      const frame = layout(size)
      const [left, right] = edges(frame, bins[hit.index]!)
      pen.beginPath()
      pen.rect(left + 0.75, hit.y, Math.max(1, right - left - 1.5), frame.y.at(0) - hit.y)
      pen.stroke()
    },
    brush: (from, to, size) => brushFrame(layout(size), 'x', { x, y }, from, to),
  }
}
