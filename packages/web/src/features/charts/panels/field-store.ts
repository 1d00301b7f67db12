import { fieldLimits, type FieldColumn, type RunField } from '@cairn/protocol'
import { columnOf, readField, type Column, type FieldId, type RunTable } from './columns.ts'

export interface FieldsRequest {
  readonly fields: RunField[]
  readonly max_results: number
}

export interface FieldsAnswer {
  readonly run_ids: readonly string[]
  readonly columns: readonly FieldColumn[]
  readonly total: number
}

export interface FieldState {
  readonly table: RunTable | undefined
  readonly loading: boolean
  readonly error: string | undefined
}

/**
 * Fields of all runs of a filter. Each is read once: a panel that needs another field asks for that one
 * alone, unless the runs have changed meanwhile, which reads all of them anew.
 */
export class FieldStore {
  readonly #read: (request: FieldsRequest) => Promise<FieldsAnswer>
  readonly #listeners = new Set<() => void>()
  #wanted: readonly FieldId[] = []
  #most: number
  #stale = false
  #reading = false
  state: FieldState = { table: undefined, loading: false, error: undefined }

  constructor(read: (request: FieldsRequest) => Promise<FieldsAnswer>, most: number) {
    this.#read = read
    this.#most = most
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** All fields that somebody draws, and of how many runs at most. */
  want(fields: readonly FieldId[], most: number): void {
    if (most !== this.#most) this.#stale = true
    this.#most = most
    this.#wanted = [...new Set(fields)].filter((id) => readField(id) !== undefined)
    void this.#load()
  }

  /** Something has been logged: everything is to be read again. */
  reload(): void {
    this.#stale = true
    void this.#load()
  }

  #set(change: Partial<FieldState>): void {
    this.state = { ...this.state, ...change }
    for (const listener of this.#listeners) listener()
  }

  async #load(): Promise<void> {
    if (this.#reading) return
    const { table } = this.state
    const missing = this.#wanted.filter((id) => this.#stale || table?.columns.has(id) !== true).slice(0, fieldLimits.fields)
    if (missing.length === 0) return
    const all = this.#stale || table === undefined
    this.#reading = true
    this.#stale = false
    this.#set({ loading: true })
    try {
      const answer = await this.#read({ fields: missing.map((id) => readField(id)!), max_results: this.#most })
      const same = !all && answer.run_ids.length === table.ids.length && answer.run_ids.every((id, at) => id === table.ids[at])
      const columns = new Map<FieldId, Column>(same ? table.columns : [])
      for (const [at, id] of missing.entries()) columns.set(id, columnOf(id, answer.columns[at]!))
      this.#set({ table: { ids: same ? table.ids : answer.run_ids, total: answer.total, columns }, loading: false, error: undefined })
      this.#reading = false
      // What was asked for meanwhile, or is there no more because the runs are others.
      void this.#load()
    } catch (failure) {
      this.#reading = false
      this.#set({ loading: false, error: (failure as Error).message })
    }
  }
}
