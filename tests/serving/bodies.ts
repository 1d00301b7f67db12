import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parquetWriteBuffer } from 'hyparquet-writer'
import type { Reply, TestModels } from './models.ts'

export type Row = Record<string, string | number | null>

export function table(models: TestModels, name: string): Row[] {
  const [head = '', ...lines] = readFileSync(join(models.folder, name), 'utf8').trim().split('\n')
  const names = head.split(',')
  return lines.map((line) => Object.fromEntries(line.split(',').map((cell, at) => [names[at]!, cell === '' ? null : Number.isNaN(Number(cell)) ? cell : Number(cell)])))
}

const split = (rows: readonly Row[]): unknown => ({ dataframe_split: { columns: Object.keys(rows[0]!), data: rows.map((row) => Object.values(row)) } })

const parquetType = 'application/vnd.apache.parquet'

/** Rows as pandas writes them; `whole` columns as integers. */
const parquet = (rows: readonly Row[], whole: readonly string[] = []): Uint8Array => new Uint8Array(parquetWriteBuffer({
  columnData: Object.keys(rows[0]!).map((name) => (rows.some((row) => typeof row[name] === 'string')
    ? { name, data: rows.map((row) => row[name]), type: 'STRING' as const }
    : whole.includes(name) ? { name, data: rows.map((row) => BigInt(Math.round(Number(row[name])))), type: 'INT64' as const } : { name, data: rows.map((row) => row[name]), type: 'DOUBLE' as const })),
}))

/** Bodies that a client may send: right, odd and wrong. */
export function bodies(rows: readonly Row[]): readonly (readonly [title: string, body: unknown, type?: string | null])[] {
  const few = rows.slice(0, 3)
  const [first] = few
  const names = Object.keys(first!)
  const number = names.find((name) => name === 'monthly_charges')!
  const without = ({ [number]: _left, ...rest }: Row): Row => rest
  const csv = [names.join(','), ...few.map((row) => Object.values(row).map((cell) => cell ?? '').join(','))].join('\n')
  return [
    ['split', split(few)], ['split of many rows', split(rows.slice(0, 200))], ['records', { dataframe_records: few }],
    ['one record', { dataframe_records: [first] }], ['inputs by column', { inputs: Object.fromEntries(names.map((name) => [name, few.map((row) => row[name])])) }],
    ['instances by record', { instances: few }], ['CSV', csv, 'text/csv'], ['CSV with charset', csv, 'text/csv; charset=UTF-8'],
    ['columns in another order', { dataframe_records: few.map((row) => Object.fromEntries(Object.entries(row).toReversed())) }],
    ['an extra column', { dataframe_records: few.map((row) => ({ ...row, more: 1 })) }], ['a parameter that nobody knows', { ...split(few) as object, params: { other: 1 } }],
    ['an index', { dataframe_split: { ...(split(few) as { dataframe_split: object }).dataframe_split, index: [5, 6, 7] } }],
    ['integers for doubles', { dataframe_records: [{ ...first, [number]: 20 }] }], ['a number as text', { dataframe_records: [{ ...first, [number]: '20.5' }] }],
    ['a missing number', { dataframe_records: [{ ...first, total_charges: null }] }],
    ['no rows', { dataframe_split: { columns: names, data: [] } }],
    ['a missing column', { dataframe_records: few.map(without) }], ['a word for a number', { dataframe_records: [{ ...first, [number]: 'many' }] }],
    ['a list for a number', { dataframe_records: [{ ...first, [number]: [1] }] }],
    ['rows of different length', { dataframe_split: { columns: names, data: [[1], [1, 2]] } }],
    ['Parquet', parquet(few), parquetType], ['Parquet of whole numbers', parquet(few, [number]), parquetType], ['Parquet without a column', parquet(few.map(without)), parquetType], ['what is no Parquet', 'PAR1', parquetType],
    ['a list', [1, 2]], ['a text', '"x"'], ['a number', '3'], ['no input field', { other: 1 }], ['two input fields', { inputs: [], instances: [] }],
    ['records that are an object', { dataframe_records: { a: 1 } }], ['split that is a list', { dataframe_split: [1] }], ['split without data', { dataframe_split: { columns: names } }],
    ['split with a foreign key', { dataframe_split: { columns: names, data: [], rows: 3 } }],
    ['another type', 'x', 'application/xml'], ['another charset', '{}', 'application/json; charset=latin-1'], ['a foreign parameter', '{}', 'application/json; profile=x'],
  ]
}

/** What is told of the data is how pandas shows it, which only Python can; the trace is Python's. */
export function comparable({ status, type, text }: Reply): unknown {
  if (type !== 'application/json') return { status, type, text }
  let body: unknown = text
  try {
    body = JSON.parse(text.replaceAll(/\bNaN\b/g, 'null'))
  } catch { /* compared as it is */ }
  if (typeof body !== 'object' || body === null) return { status, body }
  const { stack_trace: _trace, message, ...rest } = body as { stack_trace?: string; message?: string; predictions?: unknown }
  const words = message
    ?.replace(/(Failed to predict data ').*?('\. \nError: )/s, '$1…$2').replace(/(enforce schema of data ').*?(' with schema)/s, '$1…$2')
    // A Python set has no order, nor has a message from inside pandas a promise.
    .replace(/input fields \{[^}]*\}/, 'input fields {…}').replace(/ \(row \d+\)/, '').replace(/Got \{[^}]*\}/, 'Got {…}').replace(/(is not a valid dataframe representation in '\w+' format\. Error: ).*$/s, '$1…')
    
    .replace(/(to_parquet\(\)` method\. Error: ').*$/s, '$1…').replace(/(Encountered an unexpected error while evaluating the model).*$/s, '$1').replace(/(Failed to convert column \S+ to type '\w+')\. Error.*$/s, '$1')
  return { status, ...rest, ...(words !== undefined && { message: words }) }
}

/** Seven digits: a sum of 32-bit floats. */
export const close = (value: unknown): unknown => JSON.parse(JSON.stringify(value, (_key, one: unknown) => (typeof one === 'number' && !Number.isInteger(one) ? Number(one.toPrecision(5)) : one)))
