import type { Awaitable } from './awaitable.ts'
import type { Value, Writer } from './types.ts'

/** Numbers of rows that have a statement: 1000 rows one by one take 1.9 ms in SQLite, so 1.5, and where statements travel it is the journeys that count. */
const sizes = [64, 16, 4, 1]

/** A statement for some number of rows. Each text is made once, for statements are kept by it. */
export type RowsStatement = (rows: number) => string

/** `INSERT … VALUES (?, …), (?, …) …` for `columns` values a row, with what stands before and behind. */
export function insertRows(into: string, columns: number, behind = ''): RowsStatement {
  const row = `(${Array(columns).fill('?').join(', ')})`
  const texts = new Map(sizes.map((rows) => [rows, `INSERT INTO ${into} VALUES ${Array(rows).fill(row).join(', ')} ${behind}`.trimEnd()]))
  return (rows) => texts.get(rows)!
}

/** Inserts rows in as few statements as there are sizes of them; where they travel, they go together. */
export async function insertMany(tx: Writer, statement: RowsStatement, rows: readonly Value[][]): Promise<void> {
  if (rows.length === 1) await tx.run(statement(1), rows[0])
  else await Promise.all(pieces(rows).map((some) => tx.run(statement(some.length), some.flat())))
}

/** The same for a table that numbers its rows; answers their ids, in their order. */
export async function insertNumbered(tx: Writer, statement: RowsStatement, rows: readonly Value[][]): Promise<number[]> {
  if (rows.length === 1) return tx.insert(statement(1), rows[0]!, 1)
  return (await Promise.all(pieces(rows).map((some): Awaitable<number[]> => tx.insert(statement(some.length), some.flat(), some.length)))).flat()
}

function pieces<Row>(rows: readonly Row[]): (readonly Row[])[] {
  const found: (readonly Row[])[] = []
  let from = 0
  for (const size of sizes) for (; rows.length - from >= size; from += size) found.push(rows.slice(from, from + size))
  return found
}
