import { brushArea, brushFrame, drawNothing, fillArea, hasPlace, planAxis } from './axes.ts'
import { bySize, nearestHit, type FieldAxis, type Figure, type Hit } from './figure.ts'
import { drawAxes, layoutFrame, type Frame, type Size } from './frame.ts'
import { rampSteps } from './ramp.ts'
import { contourAt, surfaceOf, type Surface } from './surface.ts'
import { linearTicks, numberText } from './ticks.ts'
import { font } from './pen.ts'

export interface ContourSpec {
  /** What stands where there is nothing to draw. */
  readonly empty?: string | undefined
  readonly x: FieldAxis
  readonly y: FieldAxis
  readonly xs: ArrayLike<number>
  readonly ys: ArrayLike<number>
  readonly zs: ArrayLike<number>
}

const mostLevels = 9
const legendWidth = 64

/** A third field over two others: bands of equal height, the lines between them, and the points that it is made from. */
export function contourFigure({ empty, x, y, xs, ys, zs }: ContourSpec): Figure {
  const placed: number[] = []
  for (let at = 0; at < xs.length; at += 1) if (hasPlace(xs[at]!, x) && hasPlace(ys[at]!, y) && Number.isFinite(zs[at]!)) placed.push(at)
  const low = placed.reduce((least, at) => Math.min(least, zs[at]!), Infinity)
  const high = placed.reduce((most, at) => Math.max(most, zs[at]!), -Infinity)
  const levels = placed.length === 0 || low === high ? [] : linearTicks([low, high], mostLevels).filter((level) => level > low && level < high)
  const colors = rampSteps(levels.length + 1)
  const band = (value: number): number => levels.reduce((count, level) => count + (value > level ? 1 : 0), 0)
  // The surface is of pixels: near is what looks near, on a logarithmic axis too.
  let surface: Surface | undefined
  const layout = bySize((size: Size): Frame => {
    const frame = layoutFrame({ width: Math.max(80, size.width - legendWidth), height: size.height }, planAxis(x, placed.map((at) => xs[at]!)), planAxis(y, placed.map((at) => ys[at]!)))
    surface ??= surfaceOf(placed.map((at) => ({ x: (frame.x.at(xs[at]!) - frame.left) / frame.width, y: 1 - (frame.y.at(ys[at]!) - frame.top) / frame.height, z: zs[at]! })))
    return frame
  })
  const places = (frame: Frame): Hit[] => placed.map((index) => ({ index, x: frame.x.at(xs[index]!), y: frame.y.at(ys[index]!) }))
  return {
    draw(pen, size, theme) {
      const frame = layout(size)
      drawAxes(pen, frame, theme)
      if (placed.length === 0) return drawNothing(pen, frame, theme, empty)
      const { left, top, width, height } = frame
      const { columns, rows, values } = surface!
      const [cellWidth, cellHeight] = [width / (columns - 1), height / (rows - 1)]
      pen.save()
      pen.beginPath()
      pen.rect(left, top, width, height)
      pen.clip()
      for (let row = 0; row < rows; row += 1) {
        for (let from = 0; from < columns;) {
          const level = band(values[row * columns + from]!)
          let to = from + 1
          while (to < columns && band(values[row * columns + to]!) === level) to += 1
          pen.fillStyle = colors[level]!
          pen.beginPath()
          // A little too large, so that no seam shows between neighbours.
          pen.rect(left + (from - 0.5) * cellWidth - 0.3, top + height - (row + 0.5) * cellHeight - 0.3, (to - from) * cellWidth + 0.6, cellHeight + 0.6)
          pen.fill()
          from = to
        }
      }
      pen.strokeStyle = theme.color('--bg')
      pen.lineWidth = 1.2
      for (const level of levels) {
        pen.beginPath()
        for (const [ax, ay, bx, by] of contourAt(surface!, level)) {
          pen.moveTo(left + ax * width, top + (1 - ay) * height)
          pen.lineTo(left + bx * width, top + (1 - by) * height)
        }
        pen.stroke()
      }
      pen.globalAlpha = placed.length > 500 ? 0.35 : 0.9
      for (const { x: px, y: py, index } of places(frame)) {
        pen.beginPath()
        pen.arc(px, py, 3, 0, 2 * Math.PI)
        pen.fillStyle = colors[band(zs[index]!)]!
        pen.fill()
        pen.strokeStyle = theme.color('--text')
        pen.lineWidth = 1
        pen.stroke()
      }
      pen.restore()
      pen.save()
      pen.font = font(11)
      pen.textBaseline = 'middle'
      const step = Math.min(22, height / (levels.length + 1))
      for (const [at, color] of colors.entries()) {
        pen.fillStyle = color
        pen.beginPath()
        pen.rect(left + width + 10, top + height - (at + 1) * step, 12, step)
        pen.fill()
        pen.fillStyle = theme.color('--text-soft')
        if (levels[at] !== undefined) pen.fillText(numberText(levels[at], levels.length > 1 ? levels[1]! - levels[0]! : undefined), left + width + 26, top + height - (at + 1) * step)
      }
      pen.restore()
      const area = brushArea(frame, x.brush, y.brush)
      if (area !== undefined) fillArea(pen, area, theme)
    },
    hit: (px, py, size) => nearestHit(places(layout(size)), px, py, 16),
    stops: (size) => places(layout(size)).sort((a, b) => a.x - b.x || a.index - b.index),
    lift(pen, _size, theme, hit) {
      pen.beginPath()
      pen.arc(hit.x, hit.y, 5.5, 0, 2 * Math.PI)
      pen.lineWidth = 2
      pen.strokeStyle = theme.color('--text')
      pen.stroke()
    },
    brush: (from, to, size) => brushFrame(layout(size), 'xy', { x, y }, from, to),
  }
}
