import type { ReactNode } from 'react'
import type { Line } from '@cairn/charts'
import './sparkline.css'

const width = 64
const height = 18

/** From the least to the greatest of what bars stand for, and zero. */
export type Span = readonly [low: number, high: number]

/** One value at the size of a word: a bar from zero. One element, for a table has one in every row. */
export function SparkBar({ value, span: [low, high], color }: { value: number; span: Span; color?: string | undefined }): ReactNode {
  const at = (one: number): number => (high === low ? 0 : (one - low) / (high - low) * width)
  const [left, size] = [Math.min(at(0), at(value)), Math.max(1, Math.abs(at(value) - at(0)))].map((one) => Math.round(one * 10) / 10)
  return <span className="sparkline" data-bar="" aria-hidden="true" style={{ backgroundPositionX: `${left}px`, backgroundSize: `${size}px 6px`, ...(color !== undefined && { color: `var(${color})` }) }} />
}

/** A curve at the size of a word; its values are told elsewhere. */
export function Sparkline({ line, color }: { line: Line | undefined; color?: string | undefined }): ReactNode {
  if (line === undefined || line.x.length < 2) return <span className="sparkline" />
  const from = line.x[0]!
  const span = line.x.at(-1)! - from || 1
  let low = Infinity
  let high = -Infinity
  for (const value of line.y) {
    low = Math.min(low, value)
    high = Math.max(high, value)
  }
  const y = (value: number): string => (high === low ? height / 2 : 1 + (high - value) / (high - low) * (height - 2)).toFixed(1)
  // One place of the picture: the extremes of all points that fall on it.
  const places = new Map<number, [number, number]>()
  for (const [index, x] of line.x.entries()) {
    const at = Math.round((x - from) / span * (width - 2))
    const place = places.get(at)
    places.set(at, [Math.min(place?.[0] ?? Infinity, line.y[index]!), Math.max(place?.[1] ?? -Infinity, line.y[index]!)])
  }
  const path = [...places].map(([x, [bottom, top]], index) => `${index === 0 ? 'M' : 'L'}${x + 1} ${y(bottom)}${bottom === top ? '' : `L${x + 1} ${y(top)}`}`).join('')
  return <svg className="sparkline" viewBox={`0 0 ${width} ${height}`} width={width} height={height} aria-hidden="true" style={color === undefined ? {} : { color: `var(${color})` }}><path d={path} /></svg>
}
