import type { ReactNode } from 'react'
import { metric } from '../../ui/format.ts'
import { lessIsBetter } from '../runs/columns.ts'
import './metric-cell.css'

export interface MetricCellProps {
  readonly name: string
  readonly value: number | undefined
  /** The value that it is measured against. */
  readonly against: number | undefined
  /** Whether the difference is also told as a part of that value. */
  readonly percent?: boolean
}

/** A value, and how far it is from another's; whether that is better is shown where the metric's name says it. */
export function MetricCell({ name, value, against, percent = false }: MetricCellProps): ReactNode {
  if (value === undefined) return <span className="soft">–</span>
  const difference = against === undefined ? undefined : value - against
  if (difference === undefined || !Number.isFinite(difference)) return metric(value)
  const less = lessIsBetter(name)
  const direction = less === undefined || difference === 0 ? undefined : (difference < 0) === less ? 'better' : 'worse'
  const text = difference === 0 ? '±0' : `${difference > 0 ? '+' : '−'}${metric(Math.abs(Number(difference.toPrecision(3))))}`
  const part = percent && difference !== 0 && against !== 0 ? Math.abs(difference / against!) * 100 : Number.NaN
  const share = Number.isFinite(part) && part < 1000 ? ` (${part < 0.1 ? '<0.1' : Number(part.toPrecision(part < 1 ? 1 : part < 100 ? 2 : 3))} %)` : ''
  return <>{metric(value)}<span className="delta" data-direction={direction}>{text}{share}{direction !== undefined && <span className="visually-hidden"> {direction}</span>}</span></>
}
