import type { GcReport } from '@cairn/server/operate'
import { formatBytes } from '../framework/format.ts'
import type { Style } from '../framework/io.ts'
import { table } from '../framework/table.ts'
import { printable } from '../framework/text.ts'

/** Names that are told one by one; of more, how many. */
const shownNames = 20

/** What was removed, or would be, and what stays though it is due. */
export function gcText({ dry_run, removed, left, database_bytes, complete }: GcReport, style: Style, columns: number | undefined): string {
  const parts: string[] = []
  if (removed.length === 0) parts.push(dry_run ? 'There is nothing to remove.' : 'There was nothing to remove.')
  else {
    parts.push(dry_run ? 'This would be removed (--dry-run: nothing was):' : 'Removed for good:', table(removed, [
      { title: 'WHAT', value: ({ kind }) => kind },
      { title: 'COUNT', value: ({ count }) => count, align: 'right' },
      { title: 'SIZE', value: ({ bytes }) => (bytes === undefined ? '' : formatBytes(bytes)), align: 'right' },
    ], style, columns))
  }
  if (database_bytes !== undefined) parts.push(`The database gave ${formatBytes(database_bytes)} back to the disk.`)
  if (left.length > 0) {
    const lines = left.slice(0, shownNames).map(({ kind, id, why }) => printable(`  ${kind === 'files' ? 'files of' : kind} ${id}: ${why}`))
    parts.push(['These stay:', ...lines, ...(left.length > shownNames ? [`  and ${left.length - shownNames} more (all of them with --json)`] : [])].join('\n'))
  }
  if (!complete) parts.push('It was ended before it had looked at everything. The same command goes on.')
  return parts.join('\n\n')
}
