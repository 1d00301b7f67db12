import { client } from '../../../app/server.ts'
import { csvCell } from '../../../ui/csv.ts'
import { columnId, type Column } from '../columns.ts'
import { tableLimits } from '@cairn/protocol'
import type { Which } from './row-store.ts'

/** A column; of a metric perhaps the lowest or highest of its points. */
export type CsvColumn = Column & { readonly of?: 'min' | 'max' }

/** All runs of a question, or those of them that are chosen, as a file; read window by window. */
export async function downloadCsv(name: string, which: Which, columns: readonly CsvColumn[], only: ReadonlySet<string> | undefined, progress: (rows: number) => void): Promise<void> {
  const lines = [['run_id', 'run_name', 'status', 'start_time', 'end_time', ...columns.map((column) => (column.of === undefined ? columnId(column) : `${column.of}(${columnId(column)})`))].map(csvCell).join(',')]
  let token: string | undefined
  do {
    // So many cells that an answer stays small, and no more columns than it can have.
    const max_results = Math.max(10, Math.min(tableLimits.rows, Math.floor(200_000 / Math.max(columns.length, 1))))
    const ask = (from: number): ReturnType<typeof client.runs.table> => client.runs.table({ ...which, columns: columns.slice(from, from + tableLimits.columns), max_results, whole: true, count: false, ...(token !== undefined && { page_token: token }) })
    const { rows, next_page_token } = await ask(0)
    const cells = new Map(rows.map(({ run_id }) => [run_id, Array<unknown>(columns.length).fill(null)]))
    for (let from = 0; from === 0 || from < columns.length; from += tableLimits.columns) {
      for (const { run_id, values } of from === 0 ? rows : (await ask(from)).rows) for (const [at, value] of values.entries()) cells.get(run_id)?.splice(from + at, 1, value)
    }
    for (const row of rows) {
      if (only !== undefined && !only.has(row.run_id)) continue
      const times = [row.start_time, row.end_time].map((ms) => (ms === undefined ? '' : new Date(Number(ms)).toISOString()))
      lines.push([row.run_id, row.run_name, row.status, ...times, ...cells.get(row.run_id)!].map(csvCell).join(','))
    }
    progress(lines.length - 1)
    token = next_page_token
  } while (token !== undefined && (only === undefined || lines.length - 1 < only.size))
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([`${lines.join('\r\n')}\r\n`], { type: 'text/csv;charset=utf-8' }))
  link.download = `${name.replaceAll(/[^\w.-]+/g, '-')}-runs.csv`
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}
