import { client } from '../../../app/server.ts'
import { csvCell } from '../../../ui/csv.ts'
import { columnId, type Column } from '../columns.ts'
import { chunksOf, inList } from './by-id.ts'
import { tableLimits } from '@cairn/protocol'
import type { Which } from './row-store.ts'

/** A column; of a metric perhaps the lowest or highest of its points. */
export type CsvColumn = Column & { readonly of?: 'min' | 'max' }

/** All runs of a question, or those that are chosen, whether or not it finds them, as a file; read window by window. */
export async function downloadCsv(name: string, which: Which, columns: readonly CsvColumn[], only: ReadonlySet<string> | undefined): Promise<void> {
  const lines = [['run_id', 'run_name', 'status', 'start_time', 'end_time', ...columns.map((column) => (column.of === undefined ? columnId(column) : `${column.of}(${columnId(column)})`))].map(csvCell).join(',')]
  const { experiment_ids, order_by } = which
  const questions = only === undefined ? [which] : chunksOf([...only]).map((ids): Which => ({ experiment_ids, ...(order_by !== undefined && { order_by }), filter: inList(ids), run_view_type: 'ALL', archived: true }))
  for (const question of questions) for await (const some of linesOf(question, columns)) lines.push(...some)
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([`${lines.join('\r\n')}\r\n`], { type: 'text/csv;charset=utf-8' }))
  link.download = `${name.replaceAll(/[^\w.-]+/g, '-')}-runs.csv`
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}

async function* linesOf(which: Which, columns: readonly CsvColumn[]): AsyncGenerator<string[]> {
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
    yield rows.map((row) => [row.run_id, row.run_name, row.status, ...[row.start_time, row.end_time].map(timeOf), ...cells.get(row.run_id)!].map(csvCell).join(','))
    token = next_page_token
  } while (token !== undefined)
}

/** A year that no calendar has is told as it was logged. */
function timeOf(ms: number | bigint | undefined): string {
  const time = new Date(Number(ms))
  return ms === undefined ? '' : Number.isNaN(time.getTime()) ? String(ms) : time.toISOString()
}
