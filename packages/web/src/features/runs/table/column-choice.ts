import { allColumns, columnId, usualColumns, type Column, type Keys } from '../columns.ts'
import type { TableState } from './table-state.ts'

/** Which columns are shown. Of twelve thousand an address cannot name each: `every` says all, but for those that are hidden. */
export type ColumnChoice = Pick<TableState, 'columns' | 'every' | 'hiddenColumns'>

/** The columns that are shown, in their order. */
export function chosenColumns({ columns, every, hiddenColumns }: ColumnChoice, keys: Keys): readonly Column[] {
  const named = columns ?? usualColumns(keys)
  if (!every) return named
  const known = new Set(named.map(columnId))
  const hidden = new Set(hiddenColumns)
  return [...named, ...allColumns(keys).filter((column) => !known.has(columnId(column)))].filter((column) => !hidden.has(columnId(column)))
}

export function withColumns(choice: ColumnChoice, shown: readonly Column[], more: readonly Column[]): ColumnChoice {
  const ids = new Set(more.map(columnId))
  if (choice.every) return { ...choice, hiddenColumns: choice.hiddenColumns.filter((id) => !ids.has(id)) }
  return { ...choice, columns: [...shown, ...more.filter((column) => !shown.some((one) => columnId(one) === columnId(column)))] }
}

export function withoutColumns(choice: ColumnChoice, shown: readonly Column[], fewer: readonly Column[]): ColumnChoice {
  const ids = new Set(fewer.map(columnId))
  if (choice.every) return { ...choice, hiddenColumns: [...new Set([...choice.hiddenColumns, ...ids])] }
  return { ...choice, columns: shown.filter((column) => !ids.has(columnId(column))) }
}

/** With a column in another place. Where every column is shown, those up to that place are named, the others follow as they do. */
export function movedColumn(choice: ColumnChoice, shown: readonly Column[], column: Column, to: number): ColumnChoice {
  const rest = shown.filter((one) => columnId(one) !== columnId(column))
  const next = rest.toSpliced(to, 0, column)
  return { ...choice, columns: choice.every ? next.slice(0, Math.max(to + 1, choice.columns?.length ?? 0)) : next }
}
