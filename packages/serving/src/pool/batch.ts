import type { ColumnSpec } from '../models/signature.ts'
import type { Frame } from '../signature/columns.ts'
import { encodeFrame } from './frames.ts'

/** Types that go into a batch, with what numpy calls them and what is sent. */
const plainTypes = {
  boolean: { dtype: 'bool', sent: 'uint8' }, integer: { dtype: 'int32', sent: 'int32' },
  // As floats, which hold every integer that JSON.parse did not change.
  long: { dtype: 'int64', sent: 'float64' },
  float: { dtype: 'float32', sent: 'float32' }, double: { dtype: 'float64', sent: 'float64' }, string: { dtype: 'str', sent: 'json' },
} as const
type PlainType = keyof typeof plainTypes

/** Rows in the types of the signature, ready to be answered among others. */
export interface BatchRows {
  readonly columns: readonly { readonly name: string; readonly type: PlainType; readonly values: readonly unknown[] }[]
  readonly rows: number
}

/**
 * The rows of a JSON body, if every cell has the type that the signature declares already. Anything
 * else, also what MLflow would cast, is left to MLflow's own code: undefined.
 */
export function batchRowsOf(body: unknown, specs: readonly ColumnSpec[], maxRows: number): BatchRows | undefined {
  if (typeof body !== 'object' || body === null) return undefined
  const keys = Object.keys(body)
  if (keys.length !== 1) return undefined
  const data = (body as Record<string, unknown>)[keys[0]!]
  if (keys[0] === 'dataframe_split') return fromSplit(data, specs, maxRows)
  if (keys[0] === 'dataframe_records') return fromRecords(data, specs, maxRows)
  return undefined
}

function fromSplit(data: unknown, specs: readonly ColumnSpec[], maxRows: number): BatchRows | undefined {
  const { columns, data: rows, ...rest } = (data ?? {}) as { columns?: unknown; data?: unknown }
  if (!Array.isArray(columns) || !Array.isArray(rows) || Object.keys(rest).length > 0) return undefined
  if (rows.length === 0 || rows.length > maxRows || new Set(columns).size !== columns.length) return undefined
  for (const row of rows) if (!Array.isArray(row) || row.length !== columns.length) return undefined
  return collect(specs, rows.length, (name) => {
    const at = columns.indexOf(name)
    return at < 0 ? undefined : (rows as readonly unknown[][]).map((row) => row[at])
  })
}

function fromRecords(data: unknown, specs: readonly ColumnSpec[], maxRows: number): BatchRows | undefined {
  if (!Array.isArray(data) || data.length === 0 || data.length > maxRows) return undefined
  for (const record of data) if (typeof record !== 'object' || record === null || Array.isArray(record)) return undefined
  return collect(specs, data.length, (name) => {
    const values = (data as readonly Record<string, unknown>[]).map((record) => record[name])
    return values.includes(undefined) ? undefined : values
  })
}

function collect(specs: readonly ColumnSpec[], rows: number, find: (name: string) => readonly unknown[] | undefined): BatchRows | undefined {
  const columns: BatchRows['columns'][number][] = []
  for (const { name, type } of specs) {
    if (name === undefined || !(type in plainTypes)) return undefined
    const values = find(name)
    if (values === undefined || !values.every(fits[type as PlainType])) return undefined
    columns.push({ name, type: type as PlainType, values })
  }
  return { columns, rows }
}

const whole = (value: unknown): boolean => Number.isSafeInteger(value)
const number = (value: unknown): boolean => typeof value === 'number' || value === null
const fits: Readonly<Record<PlainType, (value: unknown) => boolean>> = {
  boolean: (value) => typeof value === 'boolean', integer: (value) => whole(value) && Math.abs(value as number) < 2 ** 31, long: whole,
  float: number, double: number,
  // A column of text is another thing to pandas when it holds a null, and that would reach the neighbours.
  string: (value) => typeof value === 'string',
}

/** The rows of a frame that was enforced, unless it holds more than plain types. */
export function batchRowsOfFrame(frame: Frame, specs: readonly ColumnSpec[]): BatchRows | undefined {
  return collect(specs, frame.rows, (name) => {
    const at = frame.names.indexOf(name)
    return at < 0 ? undefined : frame.columns[at]!.values.map((value) => (value !== value ? null : value))
  })
}

/** One frame for several requests' rows, which have the same columns. */
export function encodeBatch(parts: readonly BatchRows[]): Buffer {
  const total = parts.reduce((sum, { rows }) => sum + rows, 0)
  const payload: Uint8Array[] = []
  let at = 0
  const columns = parts[0]!.columns.map(({ name, type }, index) => {
    const { dtype, sent } = plainTypes[type]
    const values = parts.length === 1 ? parts[0]!.columns[index]!.values : parts.flatMap((part) => part.columns[index]!.values)
    if (sent === 'json') return { name, values }
    const bytes = toBytes(sent, values)
    payload.push(bytes)
    const column = { name, dtype, sent, at, count: total }
    at += bytes.byteLength
    return column
  })
  return encodeFrame({ columns, rows: parts.map(({ rows }) => rows) }, payload)
}

function toBytes(sent: 'uint8' | 'int32' | 'float32' | 'float64', values: readonly unknown[]): Uint8Array {
  const numbers = values.map((value) => (value === null ? Number.NaN : Number(value)))
  const array = sent === 'uint8' ? Uint8Array.from(numbers) : sent === 'int32' ? Int32Array.from(numbers) : sent === 'float32' ? Float32Array.from(numbers) : Float64Array.from(numbers)
  return new Uint8Array(array.buffer)
}
