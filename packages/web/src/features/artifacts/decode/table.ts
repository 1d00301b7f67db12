import { grouped } from '../../../ui/format.ts'
import { words } from '../words.ts'
import type { Encoding } from './text.ts'

/** What one cell shows; null is a missing value, which is told apart from an empty text. */
export type Cell = string | null

export interface TableColumn {
  readonly name: string
  /** The type that the file itself states; absent where it states none. */
  readonly type?: string
  readonly numeric: boolean
}

/**
 * A file as rows and columns, of which only those are read that somebody looks at. `rows` may grow
 * while `complete` is false: a text file does not say how many it has.
 */
export interface Table {
  readonly columns: readonly TableColumn[]
  readonly rows: number
  readonly complete: boolean
  /** How the text was read, where the file does not say it and somebody may know better. */
  readonly encoding?: Encoding
  /** Rows from `from` up to, not including, `to`; fewer at the end. */
  read(from: number, to: number): Promise<readonly (readonly Cell[])[]>
  /** Reads on, so that `rows` grows; does nothing when `complete`. */
  more(): Promise<void>
}

/** A file of which any part can be read. */
export interface FileSource {
  readonly name: string
  /** Bytes. */
  readonly size: number
  /** Bytes from `from` up to, not including, `to`. */
  read(from: number, to: number): Promise<Uint8Array<ArrayBuffer>>
}

/** The file is not what its name says, or has a form that is not shown; the message is for the reader. */
export class Unreadable extends Error {}

export const bytesSource = (name: string, bytes: Uint8Array<ArrayBuffer>): FileSource => ({
  name, size: bytes.length, read: async (from, to) => bytes.subarray(from, Math.min(to, bytes.length)),
})

/** The whole file, or a refusal that says how large is too large. */
export async function readWhole(source: FileSource, most: number): Promise<Uint8Array<ArrayBuffer>> {
  if (source.size > most) throw new Unreadable(words.thisFileHasMibAnd(grouped(Math.ceil(source.size / 2 ** 20)), most / 2 ** 20))
  return source.read(0, source.size)
}

/** Any value that a table format decodes, as text. */
export function cellOf(value: unknown): Cell {
  if (value === null || value === undefined) return null
  switch (typeof value) {
    case 'string': return value
    case 'number': case 'bigint': case 'boolean': return String(value)
  }
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString().replace('T', ' ').replace(/(?:\.000)?Z$/, '')
  if (value instanceof Uint8Array) return `0x${Array.from(value.subarray(0, 64), (byte) => byte.toString(16).padStart(2, '0')).join('')}${value.length > 64 ? '…' : ''}`
  return JSON.stringify(value, (_key, inner: unknown) =>
    (typeof inner === 'bigint' && Number.isSafeInteger(Number(inner)) ? Number(inner) : typeof inner === 'bigint' || (typeof inner === 'number' && !Number.isFinite(inner)) ? String(inner) : ArrayBuffer.isView(inner) && !(inner instanceof DataView) ? Array.from(inner as unknown as ArrayLike<unknown>) : inner)) ?? null
}

/** Rows that are all there already. */
export function fixedTable(columns: readonly TableColumn[], rows: readonly (readonly Cell[])[]): Table {
  return { columns, rows: rows.length, complete: true, read: async (from, to) => rows.slice(from, to), more: async () => {} }
}

/** A number as text files write it: `inf` and `nan` as Python does. */
export function numberOf(cell: string): number {
  const infinite = /^([-+]?)inf(?:inity)?$/i.exec(cell)
  return infinite === null ? Number(cell) : infinite[1] === '-' ? -Infinity : Infinity
}

export function isNumeric(cells: readonly (Cell | undefined)[]): boolean {
  const given = cells.filter((cell) => cell !== null && cell !== undefined && cell !== '')
  return given.length > 0 && given.every((cell) => /^(?:[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|nan|NaN|[-+]?[iI]nf(?:inity)?)$/.test(cell!))
}
