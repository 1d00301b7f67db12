import type { ImportReport } from '@cairn/server/operate'
import type { Style } from '../framework/io.ts'
import { table } from '../framework/table.ts'
import { printable } from '../framework/text.ts'

/** Names that are told one by one; of more, how many. */
const shownNames = 10

/** What was brought, counted on both sides, and what a person should know or do. */
export function importText(report: ImportReport, style: Style, columns: number | undefined): string {
  const rows = report.counts.filter(({ source, here }) => source > 0 || here > 0)
  const counts = table(rows, [
    { title: 'WHAT', value: ({ thing }) => thing },
    { title: 'SOURCE', value: ({ source }) => source, align: 'right' },
    { title: 'HERE', value: ({ here }) => here, align: 'right' },
    { title: '', value: ({ source, here }) => (here < source ? `${source - here} missing` : here > source ? `${here - source} more, changed here since` : 'same'),
      paint: (text, { source, here }) => (here < source ? style.red(text) : here > source ? style.yellow(text) : style.green(text)) },
  ], style, columns)
  return [`From ${report.source}.`, counts, ...notes(report)].join('\n\n')
}

function notes(report: ImportReport): string[] {
  const { runs, renumbered, merged, left, unreadable, failedFiles, takenVersions, orphans } = report
  const lines: string[] = []
  const passed = runs.whole > 0 ? ` ${runs.whole} were here already, unchanged.` : ''
  const again = runs.again > 0 ? ` ${runs.again} were brought again, because they had changed or were not whole.` : ''
  lines.push(`Runs brought: ${runs.new + runs.again}.${again}${passed}`)
  if (runs.other > 0) lines.push(`${runs.other} runs were here already, though no import had brought them here, or in another workspace; they were left as they are.`)
  if (orphans > 0) lines.push(`${orphans} runs belong to experiments that the source does not have; they stay behind.`)
  if (renumbered.length > 0) {
    lines.push(list('These experiments have other ids here: theirs were taken, or have more digits than an id can have here. Names and run ids are the same.',
      renumbered.map(({ name, was, is }) => `${was} is now ${is}: ${name}`)))
  }
  if (merged.length > 0) lines.push(list('There were experiments of these names here; the runs went to them:', merged))
  if (takenVersions.length > 0) lines.push(list('These versions were not brought, because other versions have their numbers here:', takenVersions.map(({ name, version }) => `${name} ${version}`)))
  if (unreadable.length > 0) {
    lines.push(list('The files of these places could not be copied, and are named as they were. Name the folders and buckets that they lie in with --artifacts-from, or leave files where they are with --artifacts reference:', unreadable))
  }
  if (failedFiles.length > 0) lines.push(list('These files could not be copied:', failedFiles.map(({ file, why }) => `${file}: ${why}`)))
  if (left.length > 0) lines.push(`Left at the source, because Cairn has no place for them: ${left.map(({ what, count }) => `${count} ${what}`).join(', ')}.`)
  return lines
}

function list(head: string, items: readonly string[]): string {
  const shown = items.slice(0, shownNames).map((item) => `  ${printable(item)}`)
  return [head, ...shown, ...(items.length > shownNames ? [`  and ${items.length - shownNames} more (all of them with --json)`] : [])].join('\n')
}
