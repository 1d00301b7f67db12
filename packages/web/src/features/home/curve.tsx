import type { ReactNode } from 'react'
import type { Line } from '@cairn/charts'

const width = 240
const height = 46
const edge = 2

/** A curve as wide as its place; of all points that fall on one place of it, the extremes. Its values are told elsewhere. */
export function Curve({ line, label }: { line: Line; label: string }): ReactNode {
  const { x, y } = line
  if (x.length === 0) return <span className="home-curve" />
  const from = x[0]!
  const span = x.at(-1)! - from || 1
  const [low, high] = y.reduce<[number, number]>(([least, most], value) => [Math.min(least, value), Math.max(most, value)], [Infinity, -Infinity])
  const up = (value: number): string => (high === low ? height / 2 : edge + (high - value) / (high - low) * (height - 2 * edge)).toFixed(1)
  const places = new Map<number, [number, number]>()
  for (const [index, at] of x.entries()) {
    const place = Math.round((at - from) / span * width)
    const [least, most] = places.get(place) ?? [Infinity, -Infinity]
    places.set(place, [Math.min(least, y[index]!), Math.max(most, y[index]!)])
  }
  const path = [...places].map(([place, [bottom, top]], index) => `${index === 0 ? 'M' : 'L'}${place} ${up(bottom)}${bottom === top ? '' : `L${place} ${up(top)}`}`).join('')
  return <svg className="home-curve" viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" role="img" aria-label={label} data-points={x.length}><path d={path} vectorEffect="non-scaling-stroke" /></svg>
}
