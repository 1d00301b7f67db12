import { brushArea, brushFrame, drawNothing, fillArea, planAxis } from './axes.ts'
import { bySize, inkOf, type FieldAxis, type Figure, type Hit } from './figure.ts'
import { drawAxes, layoutFrame, type Frame, type Size } from './frame.ts'
import type { Pen, Theme } from './pen.ts'
import type { Range } from './scale.ts'
import { boxStats, density, type BoxStats } from './stats.ts'

export interface Group {
  readonly name: string
  readonly color: string
  readonly values: readonly number[]
}

export interface BoxSpec {
  /** What stands where there is nothing to draw. */
  readonly empty?: string | undefined
  readonly label: string
  /** What the groups are of. */
  readonly by: string
  readonly scale: 'linear' | 'log'
  readonly groups: readonly Group[]
  readonly violin: boolean
  /** Chosen parts of the names and of the values. */
  readonly xBrush?: Range | undefined
  readonly yBrush?: Range | undefined
}

/** Groups of more values than this are not drawn value by value. */
const mostDots = 60

/** A box for each group, or its density on both sides of a thin box; each value as a dot while they are few. */
export function boxFigure({ empty, label, by, scale, groups: all, violin, xBrush, yBrush }: BoxSpec): Figure {
  const groups = all.map((group) => ({ ...group, values: scale === 'log' ? group.values.filter((value) => value > 0) : group.values }))
  const values = groups.flatMap((group) => group.values)
  const x: FieldAxis = { label: by, kind: 'number', scale: 'linear', names: groups.map(({ name }) => name) }
  const y: FieldAxis = { label, kind: 'number', scale }
  const layout = bySize((size: Size): Frame => layoutFrame(size, planAxis(x, []), planAxis(y, values)))
  const stats = groups.map((group) => boxStats(group.values))
  const places = (frame: Frame): Hit[] => groups.flatMap((group, index) => (group.values.length === 0 ? [] : [{ index, x: frame.x.at(index), y: frame.y.at(stats[index]!.median) }]))
  return {
    draw(pen, size, theme) {
      const frame = layout(size)
      drawAxes(pen, frame, theme)
      if (values.length === 0) return drawNothing(pen, frame, theme, empty)
      const half = Math.min(36, frame.width / groups.length * 0.32)
      for (const [index, group] of groups.entries()) if (group.values.length > 0) drawBox(pen, frame, frame.x.at(index), half, group, stats[index]!, violin, theme)
      const area = brushArea(frame, xBrush, yBrush)
      if (area !== undefined) fillArea(pen, area, theme)
    },
    hit(px, _py, size) {
      const frame = layout(size)
      const index = Math.round(frame.x.invert(px))
      return places(frame).find((place) => place.index === index)
    },
    stops: (size) => places(layout(size)),
    brush: (from, to, size) => brushFrame(layout(size), 'xy', { x, y }, from, to),
  }
}

function drawBox(pen: Pen, { y }: Frame, centre: number, half: number, { values, color }: Group, { low, first, median, third, high, outliers }: BoxStats, violin: boolean, theme: Theme): void {
  const ink = inkOf(theme, color)
  pen.save()
  pen.strokeStyle = pen.fillStyle = ink
  pen.lineWidth = 1.5
  const narrow = violin ? Math.min(6, half / 3) : half
  if (violin && values.length > 1) {
    const reach: Range = [values.reduce((least, value) => Math.min(least, value), Infinity), values.reduce((most, value) => Math.max(most, value), -Infinity)]
    const places = Array.from({ length: 41 }, (_, at) => y.invert(y.at(reach[0]) + (y.at(reach[1]) - y.at(reach[0])) * at / 40))
    const dense = density(values, places)
    const most = Math.max(...dense)
    if (most > 0) {
      pen.beginPath()
      for (const [at, place] of places.entries()) (at === 0 ? pen.moveTo : pen.lineTo).call(pen, centre + dense[at]! / most * half, y.at(place))
      for (let at = places.length - 1; at >= 0; at -= 1) pen.lineTo(centre - dense[at]! / most * half, y.at(places[at]!))
      pen.closePath()
      pen.globalAlpha = 0.22
      pen.fill()
      pen.globalAlpha = 1
      pen.stroke()
    }
  }
  const line = (ax: number, ay: number, bx: number, by: number): void => {
    pen.beginPath()
    pen.moveTo(ax, ay)
    pen.lineTo(bx, by)
    pen.stroke()
  }
  line(centre, y.at(high), centre, y.at(third))
  line(centre, y.at(low), centre, y.at(first))
  if (!violin) {
    line(centre - half / 2, y.at(high), centre + half / 2, y.at(high))
    line(centre - half / 2, y.at(low), centre + half / 2, y.at(low))
  }
  pen.beginPath()
  pen.rect(centre - narrow, y.at(third), 2 * narrow, Math.max(1, y.at(first) - y.at(third)))
  pen.globalAlpha = violin ? 0.5 : 0.22
  pen.fill()
  pen.globalAlpha = 1
  pen.stroke()
  pen.lineWidth = 2.5
  line(centre - narrow, y.at(median), centre + narrow, y.at(median))
  if (!violin) for (const value of values.length <= mostDots ? values : outliers) {
    // Beside each other by their own value: drawn again, they stand where they stood.
    const shift = ((Math.abs(Math.sin(value * 12_345.678)) % 1) - 0.5) * half * 0.9
    pen.beginPath()
    pen.arc(centre + shift, y.at(value), 2.2, 0, 2 * Math.PI)
    pen.globalAlpha = 0.75
    pen.fill()
  }
  pen.restore()
}
