import type { ReactNode } from 'react'
import { href } from '../../../app/router.ts'
import { duration, metric } from '../../../ui/format.ts'
import { Icon } from '../../../ui/icon.tsx'
import { Status, Time } from '../../../ui/parts.tsx'
import type { Line, Look } from '@cairn/charts'
import { lessIsBetter } from '../columns.ts'
import type { GridColumn } from './grid-columns.ts'
import type { Cell, GridRow } from './row-store.ts'
import { useValueAt } from '../pointed.ts'
import { SparkBar, Sparkline, type Span } from '../sparkline.tsx'
import type { SparkStore } from './spark-store.ts'
import type { Extreme } from './table-state.ts'
import { useSpark } from './use-sparks.ts'
import { words } from './words.ts'

const none = <span className="soft">–</span>

export interface NameCellProps {
  readonly row: GridRow
  readonly depth: number
  /** Undefined where a run has no children to show. */
  readonly open: boolean | undefined
  readonly pinned: boolean
  readonly baseline: boolean
  onToggle(): void
}

export function NameCell({ row: { info }, depth, open, pinned, baseline, onToggle }: NameCellProps): ReactNode {
  return (
    <span className="grid-name" style={{ paddingLeft: depth * 16 }}>
      {open === undefined ? depth > 0 && <span className="grid-twist" aria-hidden="true" /> : (
        <button type="button" tabIndex={-1} className="grid-twist" aria-expanded={open} aria-label={words.children(info.children, info.run_name)} onClick={onToggle}><Icon name={open ? 'down' : 'right'} /></button>
      )}
      <a href={href.run(info.run_id)} tabIndex={-1} title={info.run_name}>{info.run_name}</a>
      {open !== undefined && <span className="grid-count" aria-hidden="true">{info.children}</span>}
      {baseline && <span className="grid-mark">{words.baseline}</span>}
      {pinned && <Icon name="pin" />}
      {info.archived === true && <span className="grid-mark">{words.archived}</span>}
    </span>
  )
}

export function OwnCell({ id, row: { info } }: { id: string; row: GridRow }): ReactNode {
  const start = Number(info.start_time)
  if (id === 'status') return <Status status={info.status} />
  if (id === 'start') return <Time ms={start} />
  return info.end_time === undefined ? none : duration(Number(info.end_time) - start)
}

export interface ValueCellProps {
  readonly column: GridColumn
  readonly value: Cell | undefined
  readonly against: Cell | undefined
}

/** A value without anything beside it needs no element of its own in its cell; undefined where there is more to it. */
export function plainText({ column, value, against }: ValueCellProps): string | undefined {
  if (column.curve || value === undefined || value === null || (against !== undefined && against !== null)) return undefined
  return shownValue(column, value)
}

// A number with more digits than one reads is cut, whole on the pointer.
const shownValue = (column: GridColumn, value: string | number): string => (column.column?.kind === 'metric' || (column.number && String(value).length > 8) ? metric(value) : String(value))

/** A value that was logged, with its difference from the baseline's where there is one. */
export function ValueCell({ column, value, against }: ValueCellProps): ReactNode {
  if (value === undefined) return <span className="grid-wait" aria-hidden="true" />
  if (value === null) return none
  const shown = shownValue(column, value)
  if (against === undefined || against === null) return <span title={String(value)}>{shown}</span>
  if (typeof value !== 'number' || typeof against !== 'number') return <span title={String(value)} className={value === against ? 'soft' : 'grid-other'}>{shown}</span>
  const by = value - against
  if (by === 0) return <span className="soft" title={String(value)}>{shown}</span>
  const less = column.column === undefined ? undefined : lessIsBetter(column.column.key)
  const part = against === 0 ? '' : ` (${by > 0 ? '+' : '−'}${Math.abs(by / against * 100).toPrecision(2)} %)`
  return (
    <span title={`${value}, ${by > 0 ? '+' : '−'}${metric(Math.abs(by))}${part} ${words.against}`}>
      <span className="grid-delta" data-good={less === undefined ? undefined : less === by < 0}>{by > 0 ? '+' : '−'}{metric(Math.abs(by))}</span> {shown}
    </span>
  )
}

export interface MetricCellProps extends ValueCellProps {
  readonly run: string
  readonly metric: string
}

/** A metric's last value; while the cursor stands in the charts, what it was there. */
export function MetricCell({ run, metric: key, ...value }: MetricCellProps): ReactNode {
  const at = useValueAt(run, key)
  return at === undefined ? <ValueCell {...value} /> : <span className="grid-at">{typeof at === 'number' ? metric(at) : at}</span>
}

/** The same of a value that stands alone in its cell. */
export function MetricText({ run, metric: key, text }: Pick<MetricCellProps, 'run' | 'metric'> & { readonly text: string }): ReactNode {
  const at = useValueAt(run, key)
  return at === undefined ? text : <span className="grid-at">{typeof at === 'number' ? metric(at) : at}</span>
}

export interface CurveCellProps extends MetricCellProps {
  readonly sparks: SparkStore
  readonly look: Look | undefined
  /** What a bar is measured by, of those runs that are known. */
  readonly span: Span | undefined
}

/** The least or the greatest value of a curve; undefined until it is read, null of one without a finite value. */
export function extremeOf(line: Line | undefined, extreme: Extreme): number | null | undefined {
  if (line === undefined) return undefined
  let best: number | null = null
  for (const value of line.y) if (Number.isFinite(value) && (best === null || (extreme === 'min' ? value < best : value > best))) best = value
  // Curves are told with seven digits: the others say nothing.
  return best === null || Math.fround(best) !== best ? best : Number(best.toPrecision(7))
}

/** A metric with its curve, or of one value with a bar, in the colour that the run has in the charts. */
export function CurveCell({ sparks, look, span, ...value }: CurveCellProps): ReactNode {
  const line = useSpark(sparks, value.run, value.metric)
  const { extreme } = value.column
  const least = extreme === undefined ? undefined : extremeOf(line, extreme)
  const single = span !== undefined && line?.x.length === 1 ? line.y[0] : undefined
  return <>{single === undefined ? <Sparkline line={line} color={look?.color} /> : <SparkBar value={single} span={span!} color={look?.color} />}<MetricCell {...value} {...(extreme !== undefined && { value: value.value === null ? null : least, against: undefined })} /></>
}
