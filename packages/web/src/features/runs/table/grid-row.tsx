import { memo, type PointerEvent, type ReactNode } from 'react'
import { NameCell, OwnCell, ValueCell } from './grid-cell.tsx'
import { gutter, type GridColumn, type Layout } from './grid-columns.ts'
import type { GridRow } from './row-store.ts'
import { words } from './words.ts'

export interface GridLineProps {
  /** Undefined while it is on its way. */
  readonly row: GridRow | undefined
  /** Shown in place of a run. */
  readonly note: string | undefined
  readonly depth: number
  readonly id: string | undefined
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
  onPress(event: PointerEvent, what: 'row' | 'box'): void
  onEnter(): void
  onToggle(): void
}

/** One line of the grid. */
export const GridLine = memo(({ row, note, depth, id, ariaIndex, top, width, pinnedColumns, sight, firstPlace, selected, active, pinned, open, baseline, onPress, onEnter, onToggle }: GridLineProps): ReactNode => {
  const isBaseline = row !== undefined && baseline?.info.run_id === row.info.run_id
  const content = (column: GridColumn): ReactNode => {
    if (column.id === 'name') return <NameCell row={row!} depth={depth} open={open} pinned={pinned} baseline={isBaseline} onToggle={onToggle} />
    if (column.column === undefined) return <OwnCell id={column.id} row={row!} />
    return <ValueCell column={column} value={row!.values.get(column.id)} against={isBaseline ? undefined : baseline?.values.get(column.id)} />
  }
  const cell = (column: GridColumn, place: number, left: number | undefined): ReactNode => (
    <div key={column.id} role="gridcell" aria-colindex={place} className="grid-cell" data-number={column.number} style={{ width: column.width, ...(left !== undefined && { left }) }}>{content(column)}</div>
  )
  return (
    <div id={id} role="row" aria-rowindex={ariaIndex} {...(row !== undefined && { 'aria-selected': selected })} className="grid-row" data-active={active} data-pinned={pinned}
      data-gone={row?.info.deleted === true || row?.info.archived === true} style={{ width, top }} onPointerDown={(event) => onPress(event, 'row')} onPointerEnter={onEnter}>
      <div className="grid-fixed" role="none">
        <div role="gridcell" aria-colindex={1} className="grid-cell grid-gutter" style={{ width: gutter }} onPointerDown={(event) => { if (row !== undefined) { event.stopPropagation(); onPress(event, 'box') } }}>
          {row !== undefined && <input type="checkbox" tabIndex={-1} readOnly checked={selected} aria-label={words.select(row.info.run_name)} onClick={(event) => event.preventDefault()} />}
        </div>
        {row === undefined
          ? <div role="gridcell" aria-colindex={2} className="grid-cell" style={{ width: pinnedColumns[0]?.width ?? 200 }}>{note === undefined ? <span className="grid-wait" aria-hidden="true" /> : <span className="soft" style={{ paddingLeft: depth * 16 }}>{note}</span>}</div>
          : pinnedColumns.map((column, at) => cell(column, at + 2, undefined))}
      </div>
      {row !== undefined && sight.map(({ column, left }, at) => cell(column, firstPlace + at, left))}
    </div>
  )
}, (before, after) => before.row === after.row && before.note === after.note && before.top === after.top && before.id === after.id && before.ariaIndex === after.ariaIndex && before.width === after.width
  && before.pinnedColumns === after.pinnedColumns && before.sight === after.sight && before.selected === after.selected && before.active === after.active && before.open === after.open && before.baseline === after.baseline && before.depth === after.depth)
