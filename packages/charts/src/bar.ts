import { brushArea, brushFrame, drawNothing, fillArea } from './axes.ts'
import { bySize, inkOf, nearestHit, type FieldAxis, type Figure, type Hit } from './figure.ts'
import { drawAxes, layoutFrame, type Frame, type Size } from './frame.ts'
import type { Pen, Theme } from './pen.ts'
import type { Range } from './scale.ts'

export interface Bar {
  readonly name: string
  readonly value: number
  readonly color: string
  /** Half the length of its whisker. */
  readonly spread?: number | undefined
}

export interface BarSpec {
  /** What stands where there is nothing to draw. */
  readonly empty?: string | undefined
  readonly label: string
  readonly by: string
  readonly bars: readonly Bar[]
  readonly brush?: Range | undefined
}

/** Standing bars from zero, with whiskers where they stand for several values. */
export function barFigure({ empty, label, by, bars, brush }: BarSpec): Figure {
  const ends = bars.flatMap(({ value, spread = 0 }) => [value - spread, value + spread]).filter(Number.isFinite)
  const low = ends.reduce((least, value) => Math.min(least, value), 0)
  const high = ends.reduce((most, value) => Math.max(most, value), 0)
  const air = (high - low || 1) * 0.06
  const x: FieldAxis = { label: by, kind: 'number', scale: 'linear', names: bars.map(({ name }) => name), brush }
  const y: FieldAxis = { label, kind: 'number', scale: 'linear' }
  const layout = bySize((size: Size): Frame => layoutFrame(size,
    { kind: 'number', scale: 'linear', domain: [-0.5, Math.max(0, bars.length - 1) + 0.5], label: by, names: x.names },
    { kind: 'number', scale: 'linear', domain: [low < 0 ? low - air : 0, high + air], label }))
  const half = (frame: Frame): number => Math.min(40, frame.width / Math.max(1, bars.length) * 0.36)
  const places = (frame: Frame): Hit[] => bars.flatMap(({ value }, index) => (Number.isFinite(value) ? [{ index, x: frame.x.at(index), y: frame.y.at(value) }] : []))
  const drawBar = (pen: Pen, frame: Frame, index: number, theme: Theme, alpha: number): void => {
    const { value, color, spread } = bars[index]!
    if (!Number.isFinite(value)) return
    const zero = frame.y.at(0)
    const end = frame.y.at(value)
    const x = frame.x.at(index)
    pen.beginPath()
    pen.rect(x - half(frame), Math.min(zero, end), 2 * half(frame), Math.max(1, Math.abs(zero - end)))
    pen.fillStyle = inkOf(theme, color)
    pen.globalAlpha = alpha
    pen.fill()
    pen.globalAlpha = 1
    if (spread === undefined || !(spread > 0)) return
    pen.strokeStyle = theme.color('--text')
    pen.lineWidth = 1.2
    pen.beginPath()
    pen.moveTo(x, frame.y.at(value - spread))
    pen.lineTo(x, frame.y.at(value + spread))
    for (const at of [value - spread, value + spread]) {
      pen.moveTo(x - 4, frame.y.at(at))
      pen.lineTo(x + 4, frame.y.at(at))
    }
    pen.stroke()
  }
  return {
    draw(pen, size, theme) {
      const frame = layout(size)
      drawAxes(pen, frame, theme)
      if (bars.length === 0) return drawNothing(pen, frame, theme, empty)
      for (const index of bars.keys()) drawBar(pen, frame, index, theme, brush === undefined || (index >= brush[0] && index <= brush[1]) ? 0.85 : 0.3)
      const area = brushArea(frame, brush, undefined)
      if (area !== undefined) fillArea(pen, area, theme)
    },
    hit: (px, py, size) => {
      const frame = layout(size)
      return places(frame).find(({ x }) => Math.abs(px - x) <= Math.max(half(frame), 4)) ?? nearestHit(places(frame), px, py, 20)
    },
    stops: (size) => places(layout(size)),
    lift: (pen, size, theme, hit) => drawBar(pen, layout(size), hit.index, theme, 1),
    brush: (from, to, size) => brushFrame(layout(size), 'x', { x, y }, from, to),
  }
}
