import type { ReactNode } from 'react'
import type { Look } from '@cairn/charts'
import { count, metric } from '../../ui/format.ts'
import { words } from './words.ts'

export interface BarRow {
  readonly id: string
  readonly name: string
  readonly look: Look
  readonly value: number
  /** Steps back behind those that are selected. */
  readonly back?: boolean
}

/** Rows of bars; who wants the others finds them in the table. */
const most = 100

/** A value for each run or group, the highest first, from zero or from the lowest below it. */
export function Bars({ name, rows: all }: { name: string; rows: readonly BarRow[] }): ReactNode {
  const rows = all.toSorted((a, b) => (Number.isNaN(a.value) ? 1 : Number.isNaN(b.value) ? -1 : b.value - a.value))
  const finite = rows.map(({ value }) => value).filter(Number.isFinite)
  const low = Math.min(0, ...finite)
  const high = Math.max(0, ...finite)
  const part = (value: number): number => (high === low || !Number.isFinite(value) ? 0 : (value - low) / (high - low))
  return (
    <div className="bars" tabIndex={0} role="region" aria-label={words.ofNameRuns(name, count(rows.length, 'run'))}>
      <ol>
        {rows.slice(0, most).map(({ id, name: row, look, value, back = false }) => (
          <li key={id} {...(back && { 'data-back': '' })}>
            <span title={row}>{row}</span><b>{metric(value)}</b>
            <svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true"><rect x={100 * Math.min(part(0), part(value))} y="0" width={Number.isFinite(value) ? Math.max(0.5, 100 * Math.abs(part(value) - part(0))) : 0} height="6" style={{ fill: `var(${look.color})` }} /></svg>
          </li>
        ))}
      </ol>
      {rows.length > most && <p className="soft">{words.theHighestOf(most, count(rows.length, 'run'))}</p>}
    </div>
  )
}
