import { numberOf, type Cell } from './table.ts'

type Row = readonly Cell[]

interface Keyed {
  readonly row: Row
  readonly text: string | null
  readonly number: number
}

/** Rows that are put in order before somebody else gets a turn: some milliseconds of texts. */
const part = 4096

/** Of texts, made once, when one is wanted: `localeCompare` looks for its rules again for every pair. */
let texts: Intl.Collator | undefined

/** Missing values last, whichever way; before them, among numbers, what is none. */
function comparing(descending: boolean, numeric: boolean): (a: Keyed, b: Keyed) => number {
  const sign = descending ? -1 : 1
  const { compare } = texts ??= new Intl.Collator(undefined, { numeric: true })
  return (a, b) => {
    if (a.text === null || b.text === null) return a.text === b.text ? 0 : a.text === null ? 1 : -1
    if (!numeric) return sign * compare(a.text, b.text)
    if (Number.isNaN(a.number) || Number.isNaN(b.number)) return Number(Number.isNaN(a.number)) - Number(Number.isNaN(b.number))
    return sign * (a.number < b.number ? -1 : Number(a.number > b.number))
  }
}

/** A text file writes a missing number as nothing. */
function keyed(row: Row, column: number, numeric: boolean): Keyed {
  const cell = row[column]
  const text = cell === undefined || (numeric && cell === '') ? null : cell
  return { row, text, number: numeric && text !== null ? numberOf(text) : 0 }
}

/**
 * Rows by the values of a column; those of the same value stay in their order. `breathe` lets the page do
 * something else: 200,000 texts take a second, in which it would answer nothing that is pressed.
 */
export async function sortRows(rows: readonly Row[], column: number, descending: boolean, numeric: boolean, breathe: () => Promise<void>): Promise<Row[]> {
  const compare = comparing(descending, numeric)
  let from: Keyed[] = []
  for (let start = 0; start < rows.length; start += part) {
    if (start > 0) await breathe()
    from.push(...rows.slice(start, start + part).map((row) => keyed(row, column, numeric)).sort(compare))
  }
  for (let size = part; size < from.length; size *= 2) {
    const to: Keyed[] = []
    for (let start = 0; start < from.length; start += 2 * size) {
      const [middle, end] = [Math.min(start + size, from.length), Math.min(start + 2 * size, from.length)]
      let [left, right] = [start, middle]
      while (left < middle || right < end) {
        to.push(right === end || (left < middle && compare(from[left]!, from[right]!) <= 0) ? from[left++]! : from[right++]!)
        if (to.length % part === 0) await breathe()
      }
    }
    from = to
  }
  return from.map(({ row }) => row)
}
