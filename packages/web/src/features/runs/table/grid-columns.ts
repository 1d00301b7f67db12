import { columnId, isLogged, searchKey, type AnyColumn, type Column } from '../columns.ts'
import type { Extreme, TableState } from './table-state.ts'
import { words } from './words.ts'

/** A column as the grid draws it: of the run itself, or of something that was logged. */
export interface GridColumn {
  readonly id: string
  readonly label: string
  readonly width: number
  /** At the right, in figures of one width. */
  readonly number: boolean
  readonly pinned: boolean
  /** As `order_by` wants it; undefined where the server cannot sort by it. */
  readonly sortKey: string | undefined
  readonly column: Column | undefined
  /** Whether its values have small curves. */
  readonly curve: boolean
  /** Which of a run's values is shown; undefined for the last. */
  readonly extreme?: Extreme | undefined
}

/** What every run has. Its name is always shown. */
export const ownColumns = [
  { id: 'name', label: words.run, width: 190, sortKey: 'attributes.run_name' },
  { id: 'status', label: words.status, width: 94, sortKey: 'attributes.status' },
  { id: 'start', label: words.started, width: 122, sortKey: 'attributes.start_time' },
  { id: 'duration', label: words.duration, width: 96, sortKey: undefined },
] as const

/** On a phone: of the status its colour and shape. */
const narrowWidths: Readonly<Record<string, number>> = { name: 156, status: 34 }
/** What is left beside them of 390 pixels: the value of the first metric is in sight, whatever its name. */
const narrowLogged = 116
/** Room at least for a value; with its curve; and with what it differs by from a baseline. */
const [leastValue, leastCurve, forDifference] = [88, 160, 60]

/** Columns in the order in which they are drawn: the name and pinned ones first. `narrow` is for a phone. */
export function gridColumns(columns: readonly AnyColumn[], { pinnedColumns, widths, curves, extremes, baseline }: Pick<TableState, 'pinnedColumns' | 'widths' | 'curves' | 'extremes' | 'baseline'>, numbers: ReadonlySet<string>, narrow: boolean): GridColumn[] {
  const curved = new Set(curves ?? columns.filter(({ kind }) => kind === 'metric').slice(0, narrow ? 0 : 1).map(columnId))
  const own = ({ id, label, width, sortKey }: (typeof ownColumns)[number]): GridColumn => ({
    id, label, width: widths.get(id) ?? (narrow ? narrowWidths[id] ?? width : width), number: id === 'duration', pinned: id === 'name' || (!narrow && pinnedColumns.includes(id)), sortKey, column: undefined, curve: false,
  })
  const logged = (column: Column): GridColumn => {
    const id = columnId(column)
    const extreme = column.kind === 'metric' ? extremes.get(id) : undefined
    // It is read from the curve, which keeps it.
    const curve = column.kind === 'metric' && (curved.has(id) || extreme !== undefined)
    const least = (curve ? leastCurve : leastValue) + (baseline !== '' && extreme === undefined && column.kind === 'metric' ? forDifference : 0)
    return {
      id, label: column.key, width: widths.get(id) ?? Math.max(least, Math.min(narrow ? narrowLogged : 220, 44 + column.key.length * 7)), number: column.kind === 'metric' || numbers.has(id),
      pinned: !narrow && pinnedColumns.includes(id), sortKey: extreme === undefined ? searchKey(column) : `${extreme}(${searchKey(column)})`, column, curve, extreme,
    }
  }
  const all = [own(ownColumns[0]), ...columns.map((column) => (isLogged(column) ? logged(column) : own(ownColumns.find(({ id }) => id === column.key)!)))]
  return [...all.filter(({ pinned }) => pinned), ...all.filter(({ pinned }) => !pinned)]
}

/** Room for checkbox, eye and colour before the first column. */
export const gutter = 82

export interface Layout {
  readonly pinned: readonly GridColumn[]
  readonly pinnedWidth: number
  /** The others, each with its distance from the left edge of the table. */
  readonly free: readonly { readonly column: GridColumn; readonly left: number }[]
  readonly width: number
}

export function layOut(columns: readonly GridColumn[]): Layout {
  const pinned = columns.filter((column) => column.pinned)
  const pinnedWidth = pinned.reduce((sum, { width }) => sum + width, gutter)
  let left = pinnedWidth
  const free = columns.filter((column) => !column.pinned).map((column) => {
    const place = { column, left }
    left += column.width
    return place
  })
  return { pinned, pinnedWidth, free, width: left }
}

/** Columns of the free part that are in sight of a window, with some beside it. */
export function columnsInSight({ free, pinnedWidth }: Layout, left: number, width: number, beside = 240): Layout['free'] {
  const from = left + pinnedWidth - beside
  const to = left + width + beside
  // By bisection: a table of two thousand columns is asked at every scroll.
  let low = 0
  let high = free.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (free[middle]!.left + free[middle]!.column.width < from) low = middle + 1
    else high = middle
  }
  let end = low
  while (end < free.length && free[end]!.left < to) end += 1
  return free.slice(low, end)
}
