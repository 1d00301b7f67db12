import type { Area, Brushed, FieldAxis, Place } from './figure.ts'
import type { AxisPlan, Frame } from './frame.ts'
import { font, type Pen, type Theme } from './pen.ts'
import { padded, type Range, type Scale } from './scale.ts'

/** Whether a value has a place on the axis. */
export const hasPlace = (value: number, { scale }: Pick<FieldAxis, 'scale'>): boolean => Number.isFinite(value) && (scale !== 'log' || value > 0)

/** The part of an axis that some values take, with air; those that have no place on it left out. */
export function planAxis(axis: FieldAxis, values: ArrayLike<number>): AxisPlan {
  const { names, kind, label } = axis
  if (names !== undefined) return { kind, scale: 'linear', domain: [-0.5, Math.max(1, names.length) - 0.5], label, names }
  let low = Infinity
  let high = -Infinity
  for (let at = 0; at < values.length; at += 1) {
    const value = values[at]!
    if (!hasPlace(value, axis)) continue
    if (value < low) low = value
    if (value > high) high = value
  }
  return { kind, scale: axis.scale, domain: padded(axis.scale, low > high ? (axis.scale === 'log' ? [1, 10] : [0, 1]) : [low, high], 0.06), label }
}

/** Says that there is nothing to draw, if the words for it were given. */
export function drawNothing(pen: Pen, { left, top, width, height }: Pick<Frame, 'left' | 'top' | 'width' | 'height'>, theme: Theme, text: string | undefined): void {
  if (text === undefined) return
  pen.save()
  pen.font = font(12)
  pen.fillStyle = theme.color('--text-soft')
  pen.textAlign = 'center'
  pen.textBaseline = 'middle'
  pen.fillText(text, left + width / 2, top + height / 2)
  pen.restore()
}

export function fillArea(pen: Pen, { x, y, width, height }: Area, theme: Theme): void {
  pen.save()
  pen.beginPath()
  pen.rect(x, y, Math.max(1, width), Math.max(1, height))
  pen.globalAlpha = 0.13
  pen.fillStyle = theme.color('--accent')
  pen.fill()
  pen.globalAlpha = 0.8
  pen.strokeStyle = theme.color('--accent')
  pen.lineWidth = 1
  pen.stroke()
  pen.restore()
}

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value))

/** The values between two pixels of a scale; of names, all that the drag touches. */
function rangeOf(scale: Scale, from: number, to: number, names: readonly string[] | undefined): Range {
  const [a, b] = [scale.invert(from), scale.invert(to)]
  const [low, high] = a < b ? [a, b] : [b, a]
  return names === undefined ? [low, high] : [clamp(Math.round(low), 0, names.length - 1) - 0.5, clamp(Math.round(high), 0, names.length - 1) + 0.5]
}

/** The part of the axes that a drag chooses: along x, along y, or both. */
export function brushFrame(frame: Frame, along: 'x' | 'y' | 'xy', axes: { readonly x: FieldAxis; readonly y: FieldAxis }, from: Place, to: Place): Brushed {
  const { left, top, width, height } = frame
  const [x1, x2] = [clamp(from.x, left, left + width), clamp(to.x, left, left + width)]
  const [y1, y2] = [clamp(from.y, top, top + height), clamp(to.y, top, top + height)]
  const x = along === 'y' ? undefined : rangeOf(frame.x, x1, x2, axes.x.names)
  const y = along === 'x' ? undefined : rangeOf(frame.y, y1, y2, axes.y.names)
  return { ...(x !== undefined && { x }), ...(y !== undefined && { y }), area: brushArea(frame, x, y)! }
}

/** Where chosen parts of the axes lie. */
export function brushArea(frame: Frame, x: Range | undefined, y: Range | undefined): Area | undefined {
  if (x === undefined && y === undefined) return undefined
  const { left, top, width, height } = frame
  const x1 = x === undefined ? left : clamp(frame.x.at(x[0]), left, left + width)
  const x2 = x === undefined ? left + width : clamp(frame.x.at(x[1]), left, left + width)
  const y1 = y === undefined ? top : clamp(frame.y.at(y[1]), top, top + height)
  const y2 = y === undefined ? top + height : clamp(frame.y.at(y[0]), top, top + height)
  return { x: x1, y: y1, width: x2 - x1, height: y2 - y1 }
}
