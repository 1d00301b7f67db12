import type { ProfileColumn } from '@cairn/protocol'
import type { ColumnSpec } from '../models/signature.ts'
import { profileColumn } from './profile-columns.ts'
import type { SeenRows } from './seen-rows.ts'

export const firstRows = 1000
const mostColumns = 512

/** The first rows that a version is asked, for a profile where nobody gave one. */
export class FirstRows {
  readonly #specs: ReadonlyMap<string, ColumnSpec> | undefined
  readonly #columns = new Map<string, unknown[]>()
  #rows = 0

  constructor(specs: readonly ColumnSpec[] | undefined) {
    this.#specs = specs && new Map(specs.map((spec, at) => [spec.name ?? String(at), spec] as const))
  }

  get full(): boolean {
    return this.#rows >= firstRows
  }

  get rows(): number {
    return this.#rows
  }

  add(seen: Exclude<SeenRows, { kind: 'body' }>): void {
    const take = Math.min(seen.rows, firstRows - this.#rows)
    const names = seen.kind === 'cells' ? seen.names : seen.columns.map(({ name }) => name)
    for (const [at, name] of names.entries()) {
      const column = this.#column(name)
      if (column === undefined) continue
      for (let row = 0; row < take; row++) column[this.#rows + row] = seen.kind === 'cells' ? seen.cells[row * names.length + at] : seen.columns[at]!.values[row]
    }
    this.#rows += take
  }

  #column(name: string): unknown[] | undefined {
    const there = this.#columns.get(name)
    if (there !== undefined || this.#columns.size >= mostColumns || (this.#specs !== undefined && !this.#specs.has(name))) return there
    // What came before it was there is missing.
    const column = Array.from({ length: firstRows }, (): unknown => null)
    this.#columns.set(name, column)
    return column
  }

  profile(): ProfileColumn[] {
    return [...this.#columns].flatMap(([name, values]) => profileColumn(name, values.slice(0, this.#rows), this.#specs?.get(name)) ?? [])
  }

  /** As rows that were asked, for a profile that somebody else was first to make. */
  seen(): Extract<SeenRows, { kind: 'columns' }> {
    return { kind: 'columns', rows: this.#rows, columns: [...this.#columns].map(([name, values]) => ({ name, values: values.slice(0, this.#rows) })) }
  }
}
