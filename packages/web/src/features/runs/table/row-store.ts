import type { ResponseOf, RequestOf, RunInfo, TableRow, listTableRows } from '@cairn/protocol'
import { columnId, type Column } from '../columns.ts'

export type Ask = (input: RequestOf<typeof listTableRows>, signal: AbortSignal) => Promise<ResponseOf<typeof listTableRows>>
export type Cell = string | number | null
export type Which = Omit<RequestOf<typeof listTableRows>, 'columns' | 'offset' | 'max_results' | 'page_token' | 'count' | 'whole'>

/** A run as the table holds it; replaced whenever something of it changes. */
export interface GridRow {
  readonly info: Omit<TableRow, 'values' | 'steps'>
  /** By id of the column; absent where it was not asked for yet. */
  readonly values: ReadonlyMap<string, Cell>
  readonly steps: ReadonlyMap<string, number | bigint>
}

interface Window {
  rows: readonly GridRow[]
  /** Ids of the columns that its rows know. */
  columns: ReadonlySet<string>
  /** Where the window after it goes on. */
  token: string | undefined
  /** What is shown may no longer be so. */
  stale: boolean
}

interface Asking {
  readonly abort: AbortController
  readonly columns: readonly string[]
}

export const windowRows = 50

export function toRows(rows: readonly TableRow[], columns: readonly Column[]): GridRow[] {
  const ids = columns.map(columnId)
  return rows.map(({ values, steps, ...info }) => ({
    info, values: new Map(ids.map((id, at) => [id, values[at] as Cell])),
    steps: new Map(ids.flatMap((id, at): [string, number | bigint][] => (steps?.[at] == null ? [] : [[id, steps[at] as number | bigint]]))),
  }))
}

/**
 * The rows of one table, of which only windows are known: those that were in sight. A window that is
 * next to a known one is asked for by its page token, others by their offset. Answers to questions
 * that are no longer asked are dropped.
 */
export class RowStore {
  readonly #ask: Ask
  readonly #whenLate: (act: () => void) => void
  readonly #watchers = new Set<() => void>()
  #which: Which | undefined
  #name = ''
  #columns: readonly Column[] = []
  #windows = new Map<number, Window>()
  #asking = new Map<number, Asking>()
  #places = new Map<string, readonly [window: number, at: number]>()
  #seen: readonly [from: number, to: number] = [0, 1]
  #total: number | undefined
  #error: string | undefined
  #version = 0
  #counting = true

  /** `whenLate` calls back when an answer that is still out has taken its time. */
  constructor(ask: Ask, whenLate: (act: () => void) => void) {
    this.#ask = ask
    this.#whenLate = whenLate
  }

  readonly watch = (changed: () => void): (() => void) => {
    this.#watchers.add(changed)
    return () => void this.#watchers.delete(changed)
  }

  /** Counts every change, for whoever draws. */
  get version(): number {
    return this.#version
  }

  /** True number of runs; undefined until the first answer. */
  get total(): number | undefined {
    return this.#total
  }

  get error(): string | undefined {
    return this.#error
  }

  get loading(): boolean {
    return this.#asking.size > 0
  }

  /** Begins with a first window that is known already. */
  begin({ which, columns, rows, total, token }: { readonly which: Which; readonly columns: readonly Column[]; readonly rows: readonly GridRow[]; readonly total: number; readonly token: string | undefined }): void {
    this.#name = JSON.stringify(which)
    this.#which = which
    this.#columns = columns
    this.#take(0, rows, new Set(columns.map(columnId)), token)
    this.#total = total
    this.#counting = false
  }

  /** What the table is about. Another question forgets the rows, but keeps showing their number until it is answered. */
  show(which: Which, columns: readonly Column[]): void {
    const name = JSON.stringify(which)
    if (name !== this.#name) {
      this.#name = name
      this.#which = which
      this.#stop()
      for (const window of this.#windows.values()) window.stale = true
      this.#outdated = true
      this.#counting = true
      this.#error = undefined
      // Not drawn at once: most answers are here before a drawing of the old rows would be of use.
      this.#whenLate(() => { if (this.#outdated && this.#name === name) this.#changed() })
    }
    this.#columns = columns
    this.see(...this.#seen)
  }

  /** Rows of the last question are shown, pale, until the first answer to this one. */
  #outdated = false
  get outdated(): boolean {
    return this.#outdated
  }

  row(index: number): GridRow | undefined {
    return this.#windows.get(Math.floor(index / windowRows))?.rows[index % windowRows]
  }

  /** Where a run stands, if it was in sight. */
  placeOf(runId: string): number | undefined {
    const place = this.#places.get(runId)
    return place === undefined ? undefined : place[0] * windowRows + place[1]
  }

  get known(): GridRow[] {
    return [...this.#windows].sort(([a], [b]) => a - b).flatMap(([, { rows }]) => rows)
  }

  /** Rows that are in sight: they are read where they are not known. */
  see(from: number, to: number): void {
    this.#seen = [from, to]
    if (this.#which === undefined) return
    const first = Math.floor(from / windowRows)
    const last = Math.floor(Math.max(from, to - 1) / windowRows)
    for (const [window, { abort }] of this.#asking) {
      if (window >= first && window <= last) continue
      abort.abort()
      this.#asking.delete(window)
    }
    for (let window = first; window <= last; window += 1) {
      if (window > first && this.#total !== undefined && !this.#outdated && window * windowRows >= this.#total) break
      const known = this.#outdated ? undefined : this.#windows.get(window)
      const wanted = this.#columns.map(columnId)
      const missing = known === undefined || known.stale ? wanted : wanted.filter((id) => !known.columns.has(id))
      if (known !== undefined && !known.stale && missing.length === 0) continue
      const asking = this.#asking.get(window)
      if (asking !== undefined && missing.every((id) => asking.columns.includes(id))) continue
      asking?.abort.abort()
      void this.#read(window, wanted)
    }
  }

  /** Something may have changed: what is in sight is read again, and the rest when it is. */
  refresh(): void {
    this.outdate()
    this.see(...this.#seen)
  }

  /** The same, while nobody looks. */
  outdate(): void {
    for (const window of this.#windows.values()) window.stale = true
    this.#counting = true
    this.#stop()
  }

  /** Changes what is known of one run. */
  patch(runId: string, change: (row: GridRow) => GridRow): boolean {
    const place = this.#places.get(runId)
    const window = place === undefined ? undefined : this.#windows.get(place[0])
    const row = window?.rows[place![1]]
    if (row === undefined) return false
    const next = change(row)
    if (next !== row) {
      window!.rows = window!.rows.with(place![1], next)
      this.#changed()
    }
    return true
  }

  /** Ids of the rows between two, read where they are not known. */
  async idsBetween(from: number, to: number): Promise<string[]> {
    const ids: string[] = []
    for (let at = from; at <= to;) {
      const row = this.#outdated ? undefined : this.row(at)
      if (row !== undefined) {
        ids.push(row.info.run_id)
        at += 1
        continue
      }
      const { rows } = await this.#ask({ ...this.#which!, columns: [], offset: at, max_results: Math.min(1000, to - at + 1), count: false }, new AbortController().signal)
      if (rows.length === 0) break
      ids.push(...rows.map(({ run_id }) => run_id))
      at += rows.length
    }
    return ids
  }

  #stop(): void {
    for (const { abort } of this.#asking.values()) abort.abort()
    this.#asking.clear()
  }

  async #read(window: number, wanted: readonly string[]): Promise<void> {
    const abort = new AbortController()
    const asking: Asking = { abort, columns: wanted }
    this.#asking.set(window, asking)
    const columns = this.#columns
    const count = this.#counting
    const before = this.#outdated ? undefined : this.#windows.get(window - 1)
    const token = before?.stale === false ? before.token : undefined
    try {
      const answer = await this.#ask({ ...this.#which!, columns: [...columns], offset: window * windowRows, max_results: windowRows, count, ...(token !== undefined && { page_token: token }) }, abort.signal)
      if (this.#asking.get(window) !== asking) return
      this.#asking.delete(window)
      if (this.#outdated) {
        this.#windows.clear()
        this.#places.clear()
        this.#outdated = false
      }
      this.#take(window, toRows(answer.rows, columns), new Set(wanted), answer.next_page_token)
      if (answer.total !== undefined) {
        this.#total = answer.total
        this.#counting = false
      }
      this.#error = undefined
      this.#changed()
      // The columns or the place may have changed meanwhile.
      this.see(...this.#seen)
    } catch (failure) {
      if (this.#asking.get(window) !== asking) return
      this.#asking.delete(window)
      if (abort.signal.aborted) return
      this.#error = (failure as Error).message
      this.#changed()
    }
  }

  #take(window: number, rows: readonly GridRow[], columns: ReadonlySet<string>, token: string | undefined): void {
    const known = this.#windows.get(window)
    const same = known !== undefined && !known.stale && known.rows.length === rows.length && known.rows.every((row, at) => row.info.run_id === rows[at]!.info.run_id)
    // Columns that were scrolled out of sight keep what they have.
    const merged = same ? rows.map((row, at): GridRow => ({ info: row.info, values: new Map([...known.rows[at]!.values, ...row.values]), steps: new Map([...known.rows[at]!.steps, ...row.steps]) })) : rows
    for (const row of known?.rows ?? []) this.#places.delete(row.info.run_id)
    for (const [at, row] of rows.entries()) this.#places.set(row.info.run_id, [window, at])
    this.#windows.set(window, { rows: merged, columns: same ? new Set([...known.columns, ...columns]) : columns, token, stale: false })
  }

  #changed(): void {
    this.#version += 1
    for (const changed of this.#watchers) changed()
  }
}

/** A row with what a live message says of it. */
export function withInfo(row: GridRow, { run_name, status, end_time, lifecycle_stage }: RunInfo): GridRow {
  const { end_time: _ended, deleted: _deleted, ...info } = row.info
  return { ...row, info: { ...info, run_name, status, ...(end_time !== undefined && { end_time }), ...(lifecycle_stage === 'deleted' && { deleted: true }) } }
}

export function withPoints(row: GridRow, points: readonly { readonly key: string; readonly value: number; readonly step?: number | bigint | undefined }[]): GridRow {
  let values: Map<string, Cell> | undefined
  let steps: Map<string, number | bigint> | undefined
  for (const { key, value, step = 0 } of points) {
    const id = `metrics.${key}`
    if (!row.values.has(id)) continue
    const last = (steps ?? row.steps).get(id)
    // The latest value of a metric is the one at the highest step, as in MLflow.
    if (last !== undefined && step < last) continue
    values ??= new Map(row.values)
    steps ??= new Map(row.steps)
    values.set(id, Number.isFinite(value) ? value : String(value))
    steps.set(id, step)
  }
  return values === undefined ? row : { ...row, values, steps: steps! }
}

export function withTexts(row: GridRow, kind: 'params' | 'tags', texts: readonly { readonly key: string; readonly value?: string | undefined }[], removed: readonly string[] = []): GridRow {
  const values = new Map(row.values)
  let changed = false
  for (const [key, value] of [...texts.map(({ key, value = '' }) => [key, value] as const), ...removed.map((key) => [key, null] as const)]) {
    const id = `${kind}.${key}`
    if (!values.has(id)) continue
    values.set(id, value)
    changed = true
  }
  return changed ? { ...row, values } : row
}
