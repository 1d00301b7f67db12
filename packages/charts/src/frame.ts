import { fitText, font, textWidth, type Pen, type Theme } from './pen.ts'
import { makeScale, type Range, type Scale, type ScaleKind } from './scale.ts'
import { ticksOf, type AxisKind, type Tick } from './ticks.ts'

export interface Size {
  readonly width: number
  readonly height: number
}

/** Where the data is drawn, and what its axes say. */
export interface Frame {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
  readonly x: Scale
  readonly y: Scale
  readonly xTicks: readonly Tick[]
  readonly yTicks: readonly Tick[]
  readonly xLabel: string | undefined
  readonly yLabel: string | undefined
}

export interface AxisPlan {
  readonly kind: AxisKind
  readonly scale: ScaleKind
  readonly domain: Range
  readonly label?: string | undefined
  /** What stands at 0, 1, 2 … instead of numbers. */
  readonly names?: readonly string[] | undefined
}

/** Ticks at names; so many that each has room. */
function nameTicks(names: readonly string[], most: number, width: number): Tick[] {
  const every = Math.max(1, Math.ceil(names.length / Math.max(1, most)))
  return names.flatMap((name, value) => (value % every === 0 ? [{ value, text: fitText(name, width) }] : []))
}

const fontSize = 11
const topMargin = 8
const rightMargin = 12
const bottomMargin = 22
const labelSize = 16

/** Room for the texts of both axes, and the rest for the data. */
export function layoutFrame({ width, height }: Size, x: AxisPlan, y: AxisPlan): Frame {
  const bottom = bottomMargin + (x.label === undefined ? 0 : labelSize)
  const plotHeight = Math.max(20, height - topMargin - bottom)
  const yTicks = y.names === undefined ? ticksOf(y.kind, y.scale, y.domain, Math.max(2, Math.floor(plotHeight / 28))) : nameTicks(y.names, Math.floor(plotHeight / 14), Math.min(120, width / 3))
  const widest = Math.max(16, ...yTicks.map(({ text }) => textWidth(text, fontSize)))
  const left = Math.round(widest + 12 + (y.label === undefined ? 0 : labelSize))
  const plotWidth = Math.max(20, width - left - rightMargin)
  const wide = x.kind === 'duration' ? 84 : 64
  const xTicks = x.names === undefined ? ticksOf(x.kind, x.scale, x.domain, Math.max(1, Math.floor(plotWidth / wide))) : nameTicks(x.names, Math.floor(plotWidth / 44), Math.max(40, plotWidth / x.names.length - 8))
  return {
    left, top: topMargin, width: plotWidth, height: plotHeight, xTicks, yTicks, xLabel: x.label, yLabel: y.label,
    x: makeScale(x.scale, x.domain, [left, left + plotWidth]),
    y: makeScale(y.scale, y.domain, [topMargin + plotHeight, topMargin]),
  }
}

/** Grid lines and their texts; texts that would run into the one before are left out. */
export function drawAxes(pen: Pen, frame: Frame, theme: Theme): void {
  const { left, top, width, height, x, y, xTicks, yTicks } = frame
  pen.save()
  pen.font = font(fontSize)
  pen.lineWidth = 1
  pen.strokeStyle = theme.color('--line')
  pen.fillStyle = theme.color('--text-soft')
  pen.textAlign = 'right'
  pen.textBaseline = 'middle'
  for (const { value, text } of yTicks) {
    const at = Math.round(y.at(value)) + 0.5
    pen.beginPath()
    pen.moveTo(left, at)
    pen.lineTo(left + width, at)
    pen.stroke()
    pen.fillText(text, left - 6, at)
  }
  pen.textAlign = 'center'
  pen.textBaseline = 'top'
  let free = -Infinity
  for (const { value, text } of xTicks) {
    const at = Math.round(x.at(value)) + 0.5
    pen.beginPath()
    pen.moveTo(at, top + height)
    pen.lineTo(at, top + height + 4)
    pen.stroke()
    const half = textWidth(text, fontSize) / 2
    const centre = Math.min(at, left + width + rightMargin - half)
    if (centre - half < free) continue
    pen.fillText(text, centre, top + height + 7)
    free = centre + half + 8
  }
  pen.beginPath()
  pen.moveTo(left, Math.round(top + height) + 0.5)
  pen.lineTo(left + width, Math.round(top + height) + 0.5)
  pen.stroke()
  if (frame.xLabel !== undefined) pen.fillText(frame.xLabel, left + width / 2, top + height + 23)
  if (frame.yLabel !== undefined) {
    pen.translate(4, top + height / 2)
    pen.rotate(-Math.PI / 2)
    pen.fillText(frame.yLabel, 0, 0)
  }
  pen.restore()
}

export function clipTo(pen: Pen, { left, top, width, height }: Frame, air = 0): void {
  pen.beginPath()
  pen.rect(left - air, top - air, width + 2 * air, height + 2 * air)
  pen.clip()
}
