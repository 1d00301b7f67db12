import type { Table } from '../../artifacts/decode/table.ts'

/** Rows that a file is made of; of longer ones the file itself is downloaded. */
const mostSaved = 100_000
const pageOfRows = 5000

/** The rows of an open table, as many as a file made here can have, under the names of its columns. */
export async function rowsOf(table: Table): Promise<readonly (readonly string[])[]> {
  const rows: (readonly string[])[] = [table.columns.map(({ name }) => name)]
  for (;;) {
    const from = rows.length - 1
    const some = await table.read(from, Math.min(from + pageOfRows, mostSaved))
    rows.push(...some.map((row) => row.map((cell) => cell ?? '')))
    if (rows.length > mostSaved || (some.length === 0 && table.complete)) return rows
    if (some.length === 0) await table.more()
  }
}
