import type { Style } from './io.ts'
import { padEnd, padStart, printable, truncate, width } from './text.ts'

export interface Column<Row> {
  readonly title: string
  readonly value: (row: Row) => string | number | undefined
  readonly align?: 'left' | 'right'
  /** Colours the finished cell. */
  readonly paint?: (text: string, row: Row) => string
  /** Never cut, because half of it is of no use: ids. */
  readonly whole?: boolean
}

const gap = 2
const narrowest = 6

/** Rows as aligned columns; on a terminal cut to its width, widest columns first. */
export function table<Row>(rows: readonly Row[], columns: readonly Column<Row>[], style: Style, available: number | undefined): string {
  const cells = rows.map((row) => columns.map((column) => printable(String(column.value(row) ?? ''))))
  const widths = columns.map((column, index) => cells.reduce((most, row) => Math.max(most, width(row[index]!)), width(column.title)))
  if (available !== undefined) shrink(widths, columns, available)
  const line = (texts: readonly string[], paint: (text: string, index: number) => string): string => texts.map((text, index) => {
    const columnWidth = widths[index]!
    const cut = truncate(text, columnWidth)
    const last = index === texts.length - 1
    if (columns[index]!.align === 'right') return padStart('', columnWidth - width(cut)) + paint(cut, index)
    return paint(cut, index) + (last ? '' : padEnd('', columnWidth - width(cut)))
  }).join(' '.repeat(gap)).trimEnd()
  const head = line(columns.map(({ title }) => title), (text) => style.bold(text))
  const body = cells.map((row, at) => line(row, (text, index) => columns[index]!.paint?.(text, rows[at]!) ?? text))
  return [head, ...body].join('\n')
}

function shrink(widths: number[], columns: readonly Column<never>[], available: number): void {
  let excess = widths.reduce((sum, one) => sum + one, gap * (widths.length - 1)) - available
  while (excess > 0) {
    let widest = -1
    for (let index = 0; index < widths.length; index += 1) {
      if (!columns[index]!.whole && widths[index]! > narrowest && (widest < 0 || widths[index]! > widths[widest]!)) widest = index
    }
    if (widest < 0) return
    widths[widest]! -= 1
    excess -= 1
  }
}

/** Names and values under each other, for one thing. */
export function fields(rows: readonly (readonly [name: string, value: string | number | undefined])[], style: Style): string {
  const shown = rows.filter(([, value]) => value !== undefined && value !== '')
  const nameWidth = shown.reduce((most, [name]) => Math.max(most, width(printable(name))), 0)
  return shown.map(([name, value]) => `${style.bold(padEnd(printable(name), nameWidth))}  ${printable(String(value))}`).join('\n')
}
