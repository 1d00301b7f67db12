import type { Summary } from '../measure/meter.ts'
import type { PeerName } from '../servers/server.ts'

/** One line of the table: the same work on every server that can do it. */
export interface Row {
  readonly name: string
  readonly title: string
  /** What `value` of the results is, and so what the ratios compare. */
  readonly compared: string
  readonly unit: 'ms' | '/s' | 'bytes' | 'MB'
  readonly better: 'less' | 'more'
  /** How many times better than each peer Cairn has to be. */
  readonly targets: Partial<Record<PeerName, number>>
  readonly results: Partial<Record<PeerName, Result>>
  /** What Cairn promises by itself. */
  readonly checks: readonly Check[]
}

export interface Result {
  /** NaN where the server could not do it; `failure` says why. */
  readonly value: number
  readonly failure?: string
  /** The server was stopped before it was done: it would have needed more than `value`. */
  readonly unfinished?: true
  readonly summary?: Summary
  /** More that is worth a column of its own nowhere. */
  readonly note?: string
}

export interface Check {
  readonly text: string
  readonly measured: string
  readonly ok: boolean
}

export const failed = (error: unknown): Result => ({ value: Number.NaN, failure: (error instanceof Error ? error.message : String(error)).split('\n')[0]!.slice(0, 300) })

export const atMost = (text: string, value: number, limit: number, unit: string): Check =>
  ({ text: `${text} at most ${show(limit)} ${unit}`, measured: `${show(value)} ${unit}`, ok: value <= limit })

export const atLeast = (text: string, value: number, limit: number, unit: string): Check =>
  ({ text: `${text} at least ${show(limit)} ${unit}`, measured: `${show(value)} ${unit}`, ok: value >= limit })

/** Three significant digits, with thousands apart. */
export function show(value: number): string {
  if (!Number.isFinite(value)) return '–'
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en-US')
  return String(Number(value.toPrecision(3)))
}

export const megabytes = (bytes: number): number => bytes / 1_000_000

/** How many times better the first is; NaN where one of them has no value. */
export const ratio = (row: Pick<Row, 'better'>, cairn: number, peer: number): number => (row.better === 'less' ? peer / cairn : cairn / peer)
