import type { DiffRow } from './diff-rows.ts'

/** Pixels that a line of the table is high; the style sheet says the same. */
export const lineHeights = { section: 44, row: 36, delta: 54 } as const

/** A line of the table: the heading of a section, or one of its rows. */
export interface DiffLine {
  readonly section: number
  readonly row: DiffRow | undefined
  readonly kind: keyof typeof lineHeights
}

/** The lines of all sections below each other; `isShown` says which rows are among them, `numeric` which sections tell differences. */
export function linesOf(rows: readonly (readonly DiffRow[])[], numeric: readonly boolean[], isShown: (row: DiffRow) => boolean): DiffLine[] {
  return rows.flatMap((section, at): DiffLine[] => [
    { section: at, row: undefined, kind: 'section' },
    ...section.filter(isShown).map((row): DiffLine => ({ section: at, row, kind: numeric[at] === true && !row.same ? 'delta' : 'row' })),
  ])
}

/** Where things end that stand one after the other. */
export function endsOf(sizes: readonly number[]): number[] {
  let end = 0
  return sizes.map((size) => (end += size))
}

/** Things from one up to but not including another, and the room that those before and behind them take. */
export interface Span {
  readonly from: number
  readonly to: number
  readonly before: number
  readonly after: number
}

/** Which of the things that end there lie in a part. */
export function spanIn(ends: readonly number[], start: number, length: number): Span {
  const from = firstBeyond(ends, start)
  const to = Math.min(ends.length, Math.max(from, firstBeyond(ends, start + length)) + 1)
  return { from, to, before: from === 0 ? 0 : ends[from - 1]!, after: (ends.at(-1) ?? 0) - (to === 0 ? 0 : ends[to - 1]!) }
}

/** The first index whose end is beyond a place. */
function firstBeyond(ends: readonly number[], place: number): number {
  let low = 0
  let high = ends.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (ends[middle]! <= place) low = middle + 1
    else high = middle
  }
  return low
}

/** Pixels of a letter, as wide as they come: of values, of names, and of headings, which are bold. */
const letter = { value: 7.6, name: 7.6, head: 8.4 }
const padding = 25
const least = 128
const most = 360
/** Values of a metric, with how far they are from another's. */
const numberWidth = 134

/** How wide columns are for what stands in them, the one with the names first: told by the letters, for what is out of sight is not there to be measured. */
export function widthsOf(heads: readonly { readonly text: string; readonly beside: number }[], rows: readonly (readonly DiffRow[])[], numeric: readonly boolean[], available: number): readonly number[] {
  const narrow = available < 600
  const limited = (width: number, high: number): number => Math.round(Math.min(narrow ? Math.min(high, 218) : high, Math.max(least, width)))
  const names = rows.flat().reduce((longest, { name }) => Math.max(longest, name.length), 0)
  return [
    Math.min(limited(names * letter.name + padding, most), narrow ? 112 : most),
    ...heads.map(({ text, beside }, at) => {
      const longest = rows.reduce((max, section, index) => (numeric[index] === true ? max : section.reduce((long, { values }) => Math.max(long, values[at]?.length ?? 0), max)), 0)
      return limited(Math.max(text.length * letter.head + padding + beside, longest * letter.value + padding, numeric.includes(true) ? numberWidth : 0), most)
    }),
  ]
}
