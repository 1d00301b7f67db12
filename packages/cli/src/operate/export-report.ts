import type { MlflowExport } from '@cairn/server/operate'
import type { Style } from '../framework/io.ts'
import { table } from '../framework/table.ts'
import { printable } from '../framework/text.ts'

/** Names that are told one by one; of more, how many. */
const shownNames = 10

/** What was written, counted on both sides, and what a person should know or do. */
export function exportText({ target, counts, runs, renumbered, merged, left, unreachable, failedFiles }: MlflowExport, style: Style, columns: number | undefined): string {
  const rows = counts.filter((row) => row.here > 0 || row.target > 0)
  const parts = [`To ${target}.`, table(rows, [
    { title: 'WHAT', value: ({ thing }) => thing },
    { title: 'HERE', value: ({ here }) => here, align: 'right' },
    { title: 'THERE', value: (row) => row.target, align: 'right' },
    { title: '', value: (row) => (row.target < row.here ? `${row.here - row.target} missing` : row.target > row.here ? `${row.target - row.here} more, changed there` : 'same'),
      paint: (text, row) => (row.target < row.here ? style.red(text) : row.target > row.here ? style.yellow(text) : style.green(text)) },
  ], style, columns)]
  parts.push(`Runs written: ${runs.new}.${runs.again > 0 ? ` ${runs.again} were there already, and got what they lacked.` : ''}`)
  if (renumbered.length > 0) parts.push(list('These experiments have other ids there; their names are the same:', renumbered.map(({ name, was, is }) => `${was} is ${is} there: ${name}`)))
  if (merged.length > 0) parts.push(list('There were experiments of these names there; the runs went to them:', merged))
  if (left.length > 0) parts.push(`Left here: ${left.map(({ what, count }) => `${count} ${what}`).join(', ')}. They go with --workspace, each workspace into an MLflow of its own.`)
  if (unreachable.length > 0) parts.push(list('Files could not be read or written at these places; copy them by other means:', unreachable))
  if (failedFiles.length > 0) parts.push(list('These files could not be copied:', failedFiles.map(({ file, why }) => `${file}: ${why}`)))
  return parts.join('\n\n')
}

function list(head: string, items: readonly string[]): string {
  const shown = items.slice(0, shownNames).map((item) => `  ${printable(item)}`)
  return [head, ...shown, ...(items.length > shownNames ? [`  and ${items.length - shownNames} more (all of them with --json)`] : [])].join('\n')
}
