import { client } from '../../../app/server.ts'
import { columnId, type Column } from '../columns.ts'
import type { Which } from './row-store.ts'

/** RFC 4180; what a spreadsheet would take for a formula gets a quote before it. */
export function csvCell(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (typeof value !== 'string') return String(value)
  const text = /^[=+@\t\r]|^-(?![\d.])/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** All runs of a question, or those of them that are chosen, as a file; read window by window. */
export async function downloadCsv(name: string, which: Which, columns: readonly Column[], only: ReadonlySet<string> | undefined, progress: (rows: number) => void): Promise<void> {
  const lines = [['run_id', 'run_name', 'status', 'start_time', 'end_time', ...columns.map(columnId)].map(csvCell).join(',')]
  let token: string | undefined
  do {
    const { rows, next_page_token } = await client.runs.table({ ...which, columns: [...columns], max_results: 1000, whole: true, count: false, ...(token !== undefined && { page_token: token }) })
    for (const row of rows) {
      if (only !== undefined && !only.has(row.run_id)) continue
      const times = [row.start_time, row.end_time].map((ms) => (ms === undefined ? '' : new Date(Number(ms)).toISOString()))
      lines.push([row.run_id, row.run_name, row.status, ...times, ...row.values].map(csvCell).join(','))
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
