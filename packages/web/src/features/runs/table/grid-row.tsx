import { memo, type MouseEvent, type PointerEvent, type ReactNode, type RefObject } from 'react'
import type { Look } from '@cairn/charts'
import { Icon } from '../../../ui/icon.tsx'
import { CurveCell, MetricCell, MetricText, NameCell, OwnCell, plainText, ValueCell } from './grid-cell.tsx'
import type { Span } from '../sparkline.tsx'
import { gutter, type GridColumn, type Layout } from './grid-columns.ts'
import { useIsPointed } from '../pointed.ts'
import type { Cell, GridRow } from './row-store.ts'
import type { SparkStore } from './spark-store.ts'
import { words } from './words.ts'

/** What is done to a row by the pointer; found anew at every press, for rows are not drawn again for it. */
export interface Hands {
  press(event: PointerEvent, what: 'row' | 'box', row: GridRow | undefined, at: number): void
  /** A finger tapped at the box of a row. */
  tap(row: GridRow, at: number): void
  enter(row: GridRow | undefined, at: number): void
  leave(): void
  toggle(row: GridRow): void
  /** Drawn in the charts or not; `alone` for this one only. */
  eye(row: GridRow, alone: boolean): void
  color(row: GridRow, button: HTMLElement): void
}

export interface GridLineProps {
  /** Undefined while it is on its way. */
  readonly row: GridRow | undefined
  /** Shown in place of a run. */
  readonly note: string | undefined
  readonly depth: number
  readonly id: string | undefined
  readonly at: number
  readonly ariaIndex: number
  readonly top: number
  readonly width: number
  readonly pinnedColumns: readonly GridColumn[]
  readonly sight: Layout['free']
  /** Place of the first column in sight among all. */
  readonly firstPlace: number
  readonly selected: boolean
  readonly active: boolean
  readonly pinned: boolean
  /** Whether its children are shown; undefined where it has none. */
  readonly open: boolean | undefined
  readonly baseline: GridRow | undefined
  /** How it is drawn in the charts; undefined where it is not. */
  readonly look: Look | undefined
  readonly sparks: SparkStore
  /** What bars are measured by, by id of the column. */
  readonly spans: ReadonlyMap<string, Span>
  readonly hands: RefObject<Hands>
}

/** Whether it is drawn in the charts, and in which colour. */
function DrawnMarks({ row, look, hands }: { row: GridRow; look: Look | undefined; hands: RefObject<Hands> }): ReactNode {
  const { run_name } = row.info
  return (
    <>
      <button type="button" tabIndex={-1} className="grid-eye" aria-pressed={look !== undefined} aria-label={words.draw(run_name)} title={words.drawHint} onClick={(event) => hands.current.eye(row, event.altKey)}><Icon name={look === undefined ? 'eye-off' : 'eye'} /></button>
      <button type="button" tabIndex={-1} className="grid-dot" aria-label={words.color(run_name)} title={words.colorHint} onClick={(event) => hands.current.color(row, event.currentTarget)}>
        <span className="run-dot" data-dash={look === undefined ? 'none' : look.dash.length} style={look === undefined ? {} : { color: `var(${look.color})` }} />
      </button>
    </>
  )
}

/** One line of the grid. */
export const GridLine = memo(({ row, note, depth, id, at, ariaIndex, top, width, pinnedColumns, sight, firstPlace, selected, active, pinned, open, baseline, look, sparks, spans, hands }: GridLineProps): ReactNode => {
  const isPointed = useIsPointed(row?.info.run_id)
  const isBaseline = row !== undefined && baseline?.info.run_id === row.info.run_id
  const against = (column: GridColumn): Cell | undefined => (isBaseline ? undefined : baseline?.values.get(column.id))
  const content = (column: GridColumn): ReactNode => {
    if (column.id === 'name') return <NameCell row={row!} depth={depth} open={open} pinned={pinned} baseline={isBaseline} onToggle={() => hands.current.toggle(row!)} />
    if (column.column === undefined) return <OwnCell id={column.id} row={row!} />
    const value = { column, value: row!.values.get(column.id), against: against(column) }
    if (column.column.kind !== 'metric') return <ValueCell {...value} />
    const metric = { ...value, run: row!.info.run_id, metric: column.column.key }
    return column.curve ? <CurveCell {...metric} sparks={sparks} span={spans.get(column.id)} look={look} /> : <MetricCell {...metric} />
  }
  const cell = (column: GridColumn, place: number, left: number | undefined): ReactNode => {
    const value = column.column === undefined ? undefined : row!.values.get(column.id)
    const isMetric = column.column?.kind === 'metric'
    const text = column.column === undefined ? undefined : plainText({ column, value, against: against(column) })
    return (
      <div key={column.id} role="gridcell" aria-colindex={place} className="grid-cell" data-number={column.number} data-curve={column.curve} {...(text !== undefined && { 'data-plain': '', title: String(value) })}
        style={{ width: column.width, ...(left !== undefined && { left }) }}>{text === undefined ? content(column) : isMetric ? <MetricText run={row!.info.run_id} metric={column.column!.key} text={text} /> : text}</div>
    )
  }
  const inButton = (event: MouseEvent): boolean => (event.target as Element).closest('button') !== null
  return (
    <div id={id} role="row" aria-rowindex={ariaIndex} {...(row !== undefined && { 'aria-selected': selected })} className="grid-row" data-active={active} data-pointed={isPointed} data-pinned={pinned} data-run={row?.info.run_id}
      data-gone={row?.info.deleted === true || row?.info.archived === true} style={{ width, top }} onPointerDown={(event) => { if (!inButton(event)) hands.current.press(event, 'row', row, at) }} onPointerEnter={() => hands.current.enter(row, at)} onPointerLeave={() => hands.current.leave()}>
      <div className="grid-fixed" role="none">
        <div role="gridcell" aria-colindex={1} className="grid-cell grid-gutter" style={{ width: gutter }} onPointerDown={(event) => { if (row !== undefined && !inButton(event)) { event.stopPropagation(); hands.current.press(event, 'box', row, at) } }}
          onPointerUp={(event) => { if (row !== undefined && !inButton(event)) hands.current.tap(row, at) }}>
          {row !== undefined && <><input type="checkbox" tabIndex={-1} readOnly checked={selected} aria-label={words.select(row.info.run_name)} onClick={(event) => event.preventDefault()} /><DrawnMarks row={row} look={look} hands={hands} /></>}
        </div>
        {row === undefined
          ? <div role="gridcell" aria-colindex={2} className="grid-cell" style={{ width: pinnedColumns[0]?.width ?? 200 }}>{note === undefined ? <span className="grid-wait" aria-hidden="true" /> : <span className="soft" style={{ paddingLeft: depth * 16 }}>{note}</span>}</div>
          : pinnedColumns.map((column, place) => cell(column, place + 2, undefined))}
      </div>
      {row !== undefined && sight.map(({ column, left }, place) => cell(column, firstPlace + place, left))}
    </div>
  )
}, (before, after) => before.row === after.row && before.note === after.note && before.top === after.top && before.id === after.id && before.at === after.at && before.ariaIndex === after.ariaIndex && before.width === after.width
  && before.pinnedColumns === after.pinnedColumns && before.sight === after.sight && before.firstPlace === after.firstPlace && before.selected === after.selected && before.active === after.active && before.pinned === after.pinned && before.open === after.open
  && before.baseline === after.baseline && before.spans === after.spans && before.depth === after.depth && before.look?.color === after.look?.color && before.look?.dash === after.look?.dash)
