import type { Cell, Table, TableColumn } from '../artifacts/decode/table.ts'

/** How rows of two tables are matched: by their place, or by the value of a column. */
export type Match = { readonly by: 'place' } | { readonly by: 'column'; readonly name: string }

/** A row of both tables; undefined on the side that lacks it. */
export interface PairRow {
  readonly left: readonly Cell[] | undefined
  readonly right: readonly Cell[] | undefined
  /** Columns in which the two differ; empty where a side is missing or both are equal. */
  readonly changed: readonly number[]
}

export interface TableDiff {
  /** Columns of both, those of the left first. */
  readonly columns: readonly (TableColumn & { readonly side: 'both' | 'left' | 'right' })[]
  readonly rows: readonly PairRow[]
  readonly equal: number
  readonly changed: number
  readonly onlyLeft: number
  readonly onlyRight: number
}

/** Columns that both have and whose values tell the rows of each apart, those that are called like a key first. */
export function keyColumns(left: Pick<Table, 'columns'>, right: Pick<Table, 'columns'>, leftRows: readonly (readonly Cell[])[], rightRows: readonly (readonly Cell[])[]): string[] {
  const unique = (rows: readonly (readonly Cell[])[], at: number): boolean => {
    const seen = new Set<string>()
    for (const row of rows) {
      // As they are matched: 007 and 7 are one.
      const key = keyOf(row[at])
      if ((row[at] ?? null) === null || seen.has(key)) return false
      seen.add(key)
    }
    return true
  }
  const likeKey = (name: string): number => (/^(?:id|key|index|uuid|name)$|[_ -]?(?:id|key|uuid)$|^__index_level_0__$/i.test(name) ? 0 : 1)
  return left.columns.flatMap(({ name }, at) => {
    const other = right.columns.findIndex((one) => one.name === name)
    return other >= 0 && name !== '' && unique(leftRows, at) && unique(rightRows, other) ? [name] : []
  }).toSorted((a, b) => likeKey(a) - likeKey(b))
}

/** Two tables row by row: rows that only one has stand where they stand in it. */
export function diffTables(left: Pick<Table, 'columns'>, right: Pick<Table, 'columns'>, leftRows: readonly (readonly Cell[])[], rightRows: readonly (readonly Cell[])[], match: Match): TableDiff {
  const names = [...new Set([...left.columns, ...right.columns].map(({ name }) => name))]
  const places = names.map((name) => [left.columns.findIndex((one) => one.name === name), right.columns.findIndex((one) => one.name === name)] as const)
  const columns = names.map((name, at) => {
    const [a, b] = places[at]!
    const column = a < 0 ? right.columns[b]! : left.columns[a]!
    return { ...column, name, side: a < 0 ? 'right' as const : b < 0 ? 'left' as const : 'both' as const }
  })
  const shared = places.flatMap(([a, b], at) => (a >= 0 && b >= 0 ? [[a, b, at] as const] : []))
  const take = (row: readonly Cell[] | undefined, side: 0 | 1): readonly Cell[] | undefined => (row === undefined ? undefined : places.map((place) => row[place[side]] ?? null))
  const pair = (a: readonly Cell[] | undefined, b: readonly Cell[] | undefined): PairRow => ({
    left: take(a, 0), right: take(b, 1),
    changed: a === undefined || b === undefined ? [] : shared.flatMap(([one, other, at]) => (sameCell(a[one] ?? null, b[other] ?? null) ? [] : [at])),
  })
  const rows = match.by === 'place'
    ? Array.from({ length: Math.max(leftRows.length, rightRows.length) }, (_, at) => pair(leftRows[at], rightRows[at]))
    : matched(leftRows, rightRows, left.columns.findIndex(({ name }) => name === match.name), right.columns.findIndex(({ name }) => name === match.name)).map(([a, b]) => pair(a, b))
  const onlyLeft = rows.filter((row) => row.right === undefined).length
  const onlyRight = rows.filter((row) => row.left === undefined).length
  const changed = rows.filter((row) => row.changed.length > 0).length
  return { columns, rows, onlyLeft, onlyRight, changed, equal: rows.length - onlyLeft - onlyRight - changed }
}

/** `1` and `1.0` are one value: a column that became one of floats has not changed for that. */
const sameCell = (a: Cell, b: Cell): boolean => a === b || (a !== null && b !== null && a.trim() !== '' && b.trim() !== '' && Number(a) === Number(b))

/** What a value is matched by: a number by what it is. */
const keyOf = (cell: Cell | undefined): string => (cell === null || cell === undefined ? '' : cell.trim() !== '' && Number.isFinite(Number(cell)) ? String(Number(cell)) : cell)

type RowPair = readonly [left: readonly Cell[] | undefined, right: readonly Cell[] | undefined]

/** In the order of the left; what only the right has stands behind the row that it follows there. */
function matched(leftRows: readonly (readonly Cell[])[], rightRows: readonly (readonly Cell[])[], leftKey: number, rightKey: number): RowPair[] {
  const known = new Set(leftRows.map((row) => keyOf(row[leftKey])))
  const byKey = new Map(rightRows.map((row) => [keyOf(row[rightKey]), row]))
  const following = new Map<string | undefined, (readonly Cell[])[]>()
  let last: string | undefined
  for (const row of rightRows) {
    const key = keyOf(row[rightKey])
    if (known.has(key)) last = key
    else following.set(last, [...following.get(last) ?? [], row])
  }
  const added = (after: string | undefined): RowPair[] => (following.get(after) ?? []).map((row) => [undefined, row] as const)
  return [...added(undefined), ...leftRows.flatMap((row): RowPair[] => {
    const key = keyOf(row[leftKey])
    return [[row, byKey.get(key)], ...added(key)]
  })]
}
