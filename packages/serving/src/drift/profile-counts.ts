import { partsOf, type ProfileColumn } from '@cairn/protocol'
import { counter } from './profile-columns.ts'
import type { SeenRows } from './seen-rows.ts'

/** Rows of one request that are counted; of more, so many that lie evenly. */
const mostOfRequest = 1000

interface Watched {
  readonly name: string
  readonly first: number
  readonly part: (value: unknown) => number
}

/** Counts rows on the parts of a profile. */
export class ProfileCounts {
  readonly #columns: readonly Watched[]
  #counts: Float64Array
  #rows = 0
  /** Where the columns stand in the cells of a model; they are the same each time. */
  #places: { readonly names: readonly string[]; readonly at: readonly number[] } | undefined

  constructor(columns: readonly ProfileColumn[]) {
    let parts = 0
    this.#columns = columns.map((column) => {
      const first = parts
      parts += partsOf(column)
      return { name: column.name, first, part: counter(column) }
    })
    this.#counts = new Float64Array(parts)
  }

  get rows(): number {
    return this.#rows
  }

  /** A column that a request does not have counts as missing. `random` is from 0 to 1. */
  add(seen: Exclude<SeenRows, { kind: 'body' }>, random = Math.random()): void {
    const step = Math.max(1, seen.rows / mostOfRequest)
    if (seen.kind === 'cells') this.#addCells(seen, step, random)
    else this.#addColumns(seen, step, random)
    this.#rows += Math.ceil((seen.rows - random * step) / step)
  }

  #addCells({ names, cells, rows }: Extract<SeenRows, { kind: 'cells' }>, step: number, random: number): void {
    if (this.#places?.names !== names) this.#places = { names, at: this.#columns.map(({ name }) => names.indexOf(name)) }
    const counts = this.#counts
    const width = names.length
    for (const [index, { first, part }] of this.#columns.entries()) {
      const at = this.#places.at[index]!
      for (let row = random * step; row < rows; row += step) counts[first + (at < 0 ? 0 : part(cells[Math.floor(row) * width + at]))]! += 1
    }
  }

  #addColumns({ columns, rows }: Extract<SeenRows, { kind: 'columns' }>, step: number, random: number): void {
    const byName = new Map(columns.map(({ name, values }) => [name, values]))
    const counts = this.#counts
    for (const { name, first, part } of this.#columns) {
      const values = byName.get(name)
      for (let row = random * step; row < rows; row += step) counts[first + (values === undefined ? 0 : part(values[Math.floor(row)]))]! += 1
    }
  }

  /** What was counted, which begins anew. */
  take(): { readonly rows: number; readonly counts: number[] } {
    const taken = { rows: this.#rows, counts: [...this.#counts] }
    this.#counts = new Float64Array(this.#counts.length)
    this.#rows = 0
    return taken
  }
}
