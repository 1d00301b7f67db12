import { numberOf, type Cell } from './table.ts'

/** Missing values last, whichever way. */
export function comparing(column: number, descending: boolean, numeric: boolean): (a: readonly Cell[], b: readonly Cell[]) => number {
  const sign = descending ? -1 : 1
  return (a, b) => {
    const left = known(a[column], numeric)
    const right = known(b[column], numeric)
    if (left === null || right === null) return left === right ? 0 : left === null ? 1 : -1
    if (!numeric) return sign * left.localeCompare(right, undefined, { numeric: true })
    const [one, other] = [numberOf(left), numberOf(right)]
    if (Number.isNaN(one) || Number.isNaN(other)) return Number(Number.isNaN(one)) - Number(Number.isNaN(other))
    return sign * (one < other ? -1 : Number(one > other))
  }
}

/** A text file writes a missing number as nothing. */
const known = (cell: Cell | undefined, numeric: boolean): Cell => (cell === undefined || (numeric && cell === '') ? null : cell)
