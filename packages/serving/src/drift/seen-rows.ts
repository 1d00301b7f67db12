import type { ColumnSpec } from '../models/signature.ts'
import { formatOf } from '../server/content-type.ts'
import { parseCsvFrame } from '../server/csv.ts'

/** What a request asked, in the form in which the model's server has it anyway. */
export type SeenRows =
  /** Numbers, row after row. */
  | { readonly kind: 'cells'; readonly names: readonly string[]; readonly cells: Float64Array; readonly rows: number }
  | { readonly kind: 'columns'; readonly columns: readonly SeenColumn[]; readonly rows: number }
  /** Nobody read it here: Python does. */
  | { readonly kind: 'body'; readonly body: Uint8Array; readonly type: string | undefined }

export interface SeenColumn {
  readonly name: string
  readonly values: readonly unknown[]
}

/** What nobody read, where it is small enough and JSON or CSV; undefined for all else. */
export function readSeen({ body, type }: Extract<SeenRows, { kind: 'body' }>, specs: readonly ColumnSpec[] | undefined): Extract<SeenRows, { kind: 'columns' }> | undefined {
  try {
    const format = type === undefined ? undefined : formatOf(type)
    const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8')
    if (format === 'csv') {
      const { names, columns, rows } = parseCsvFrame(text, specs ?? [])
      return { kind: 'columns', rows, columns: names.map((name, at) => ({ name, values: columns[at]!.values })) }
    }
    return format === 'json' ? fromJson(JSON.parse(text)) : undefined
  } catch {
    // It is the model's to say what is wrong with it.
    return undefined
  }
}

function fromJson(body: unknown): Extract<SeenRows, { kind: 'columns' }> | undefined {
  const { dataframe_split: split, dataframe_records, instances, inputs } = (body ?? {}) as Readonly<Record<string, unknown>>
  if (split !== undefined) {
    const { columns, data } = split as { columns?: readonly string[]; data?: readonly (readonly unknown[])[] }
    if (!Array.isArray(columns) || !Array.isArray(data)) return undefined
    return { kind: 'columns', rows: data.length, columns: columns.map((name, at) => ({ name: String(name), values: data.map((row: readonly unknown[]) => row[at]) })) }
  }
  const given = dataframe_records ?? instances ?? inputs
  if (Array.isArray(given)) {
    const records = given.filter((row): row is Record<string, unknown> => typeof row === 'object' && row !== null && !Array.isArray(row))
    if (records.length === 0 || records.length < given.length) return undefined
    const names = [...new Set(records.flatMap(Object.keys))]
    return { kind: 'columns', rows: records.length, columns: names.map((name) => ({ name, values: records.map((row) => row[name]) })) }
  }
  if (typeof given !== 'object' || given === null) return undefined
  const columns = Object.entries(given).map(([name, values]) => ({ name, values: Array.isArray(values) ? values as unknown[] : [values] }))
  return columns.length === 0 ? undefined : { kind: 'columns', rows: Math.max(...columns.map(({ values }) => values.length)), columns }
}
