import { allColumns, columnId, isLogged, ownIds, usualColumns, type AnyColumn, type Keys } from '../columns.ts'
import type { TableState } from './table-state.ts'

/** Which columns are shown. Of twelve thousand an address cannot name each: `every` says all, but for those that are hidden. */
export type ColumnChoice = Pick<TableState, 'columns' | 'every' | 'hiddenColumns'>

/** Columns that were logged and stand before the times of a run: they say more of it, and beside charts there is room for little else. */
const before = 4

/** Columns with what every run has where it usually stands, as far as it is not among them: the status first, the times behind the first few. */
export function withOwn(columns: readonly AnyColumn[], hidden: ReadonlySet<string>): AnyColumn[] {
  const there = new Set(columns.map(columnId))
  const missing = ownIds.filter((key) => !there.has(key) && !hidden.has(key)).map((key): AnyColumn => ({ kind: 'own', key }))
  const isFirst = ({ key }: AnyColumn): boolean => key === 'status'
  let at = columns.length
  for (let [place, logged] = [0, 0]; place < columns.length && logged < before; place += 1) {
    if (!isLogged(columns[place]!)) continue
    at = place + 1
    logged += 1
  }
  return [...missing.filter(isFirst), ...columns.slice(0, at), ...missing.filter((column) => !isFirst(column)), ...columns.slice(at)].filter((column) => isLogged(column) || !hidden.has(column.key))
}

/** As an address keeps them: without what stands where it usually does. */
function asNamed(columns: readonly AnyColumn[]): readonly AnyColumn[] {
  const there = new Set(columns.map(columnId))
  const logged = columns.filter(isLogged)
  const usual = withOwn(logged, new Set(ownIds.filter((key) => !there.has(key))))
  return usual.every((column, at) => columnId(column) === columnId(columns[at]!)) ? logged : columns
}

/** The columns that are shown beside the name, in their order. */
export function chosenColumns({ columns, every, hiddenColumns }: ColumnChoice, keys: Keys): readonly AnyColumn[] {
  const named = columns ?? usualColumns(keys)
  const hidden = new Set(hiddenColumns)
  if (!every) return withOwn(named, hidden)
  const known = new Set(named.map(columnId))
  return withOwn([...named, ...allColumns(keys).filter((column) => !known.has(columnId(column)))].filter((column) => !hidden.has(columnId(column))), hidden)
}

const idsOf = (columns: readonly AnyColumn[]): ReadonlySet<string> => new Set(columns.map(columnId))

export function withColumns(choice: ColumnChoice, shown: readonly AnyColumn[], more: readonly AnyColumn[]): ColumnChoice {
  const ids = idsOf(more)
  const hiddenColumns = choice.hiddenColumns.filter((id) => !ids.has(id))
  const known = idsOf(shown)
  const added = more.filter((column) => isLogged(column) && !known.has(columnId(column)))
  return choice.every || added.length === 0 ? { ...choice, hiddenColumns } : { ...choice, hiddenColumns, columns: asNamed([...shown, ...added]) }
}

export function withoutColumns(choice: ColumnChoice, shown: readonly AnyColumn[], fewer: readonly AnyColumn[]): ColumnChoice {
  const hidden = choice.every ? fewer : fewer.filter((column) => !isLogged(column))
  const hiddenColumns = [...new Set([...choice.hiddenColumns, ...hidden.map(columnId)])]
  if (choice.every || !fewer.some(isLogged)) return { ...choice, hiddenColumns }
  const ids = idsOf(fewer)
  return { ...choice, hiddenColumns, columns: asNamed(shown.filter((column) => !ids.has(columnId(column)))) }
}

/** With a column in another place. Where every column is shown, those up to that place are named, the others follow as they do. */
export function movedColumn(choice: ColumnChoice, shown: readonly AnyColumn[], column: AnyColumn, to: number): ColumnChoice {
  const rest = shown.filter((one) => columnId(one) !== columnId(column))
  const next = rest.toSpliced(to, 0, column)
  if (!choice.every) return { ...choice, columns: asNamed(next) }
  const named = idsOf(choice.columns ?? [])
  return { ...choice, columns: next.slice(0, Math.max(to, next.findLastIndex((one) => named.has(columnId(one)))) + 1) }
}
