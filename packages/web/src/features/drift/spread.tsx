import type { ReactNode } from 'react'
import type { ColumnDrift } from '@cairn/protocol'
import { sharesOf } from './moved-part.ts'

const [width, height] = [190, 34]

/** A bar for what is asked now in each part of a column, and over them the line of the profile. What it says stands beside it in words. */
export function Spread({ column }: { column: ColumnDrift }): ReactNode {
  const [then, now] = [sharesOf(column.reference), sharesOf(column.served)]
  // Parts that nothing is in say nothing and take room.
  const shown = then.map((_, part) => part).filter((part) => then[part]! > 0 || now[part]! > 0)
  const top = Math.max(...then, ...now, Number.MIN_VALUE)
  const step = width / Math.max(1, shown.length)
  const y = (share: number): string => (height - 1 - (share / top) * (height - 2)).toFixed(2)
  const line = shown.map((part, at) => `${at === 0 ? 'M' : 'H'}${(at * step).toFixed(2)}${at === 0 ? ' ' : 'V'}${y(then[part]!)}`).join('')
  return (
    <svg className="spread" viewBox={`0 0 ${width} ${height}`} width={width} height={height} aria-hidden="true">
      {shown.map((part, at) => <rect key={part} className="now" x={(at * step + step * 0.1).toFixed(2)} y={y(now[part]!)} width={(step * 0.8).toFixed(2)} height={(height - Number(y(now[part]!))).toFixed(2)} />)}
      <path className="then" d={`${line}H${width}`} />
    </svg>
  )
}
