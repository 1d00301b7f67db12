import { readFile, stat } from 'node:fs/promises'
import type { ProfileColumn } from '@cairn/protocol'
import { ModelError, ScoringError } from '../errors.ts'
import type { ColumnSpec } from '../models/signature.ts'
import { inferColumn, type Frame } from '../signature/columns.ts'
import { parseCsvFrame } from '../server/csv.ts'
import { readParquetFrame } from '../server/parquet-frame.ts'
import { profileColumn } from './profile-columns.ts'

/** It is read at once; a sample of some hundred thousand rows says as much. */
const mostBytes = 512 * 1024 * 1024

export interface TableProfile {
  readonly rows: number
  readonly columns: readonly ProfileColumn[]
  /** Inputs that are not in the profile, and why. */
  readonly leftOut: readonly { readonly name: string; readonly why: string }[]
  /** Columns of the file that the model does not take. */
  readonly unused: readonly string[]
}

/** The profile of a CSV or Parquet file, of the columns that the model takes; of all columns where it does not say which. @throws ModelError */
export async function profileOfFile(path: string, specs: readonly ColumnSpec[] | undefined): Promise<TableProfile> {
  const { names, columns, rows } = await readTable(path)
  if (rows === 0) throw new ModelError(`${path} has no rows.`, 'Give a file with the rows that the version was trained with.')
  const leftOut: { name: string; why: string }[] = []
  const found: ProfileColumn[] = []
  const wanted = specs === undefined ? names.map((name) => ({ name, spec: undefined })) : specs.map((spec, at) => ({ name: spec.name ?? String(at), spec }))
  for (const { name, spec } of wanted) {
    const at = spec !== undefined && spec.name === undefined ? Number(name) : names.indexOf(name)
    const values = columns[at]?.values
    if (values === undefined) {
      leftOut.push({ name, why: 'the file has no such column' })
      continue
    }
    const column = profileColumn(name, spec?.type === 'string' ? values.map(asText) : values, spec)
    if (column === undefined) leftOut.push({ name, why: spec === undefined || ['string', 'boolean', 'integer', 'long', 'float', 'double'].includes(spec.type) ? 'it has no values that can be counted' : `it is of type ${spec.type}` })
    else found.push(column)
  }
  if (found.length === 0) throw new ModelError(`${path} has none of the columns that the model takes: ${wanted.map(({ name }) => name).join(', ')}.`, `Its columns are ${names.join(', ')}.`)
  return { rows, columns: found, leftOut, unused: specs === undefined ? [] : names.filter((name) => !wanted.some((one) => one.name === name)) }
}

/** A model that takes texts gets a number of the file as its text. */
const asText = (value: unknown): unknown => (typeof value === 'number' && !Number.isNaN(value) ? String(value) : value)

async function readTable(path: string): Promise<Frame> {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined || !found.isFile()) throw new ModelError(`There is no file ${path}.`, 'Give a CSV or Parquet file: --data train.parquet')
  if (found.size > mostBytes) throw new ModelError(`${path} has more than ${mostBytes / 1024 ** 2} MB.`, 'Write a sample of it to a file of its own: some hundred thousand rows say as much.')
  const bytes = await readFile(path)
  try {
    return bytes.subarray(0, 4).toString('latin1') === 'PAR1' ? await readParquetFrame(bytes) : fromCsv(bytes.toString('utf8').replace(/^\uFEFF/, ''))
  } catch (error) {
    if (!(error instanceof ScoringError)) throw error
    throw new ModelError(`${path} cannot be read: ${/Error: '(.*)'$/s.exec(error.message)?.[1] ?? error.message}`, 'It must be a CSV file whose first line names the columns, or a Parquet file.')
  }
}

/** Texts that are all numbers are numbers, as pandas reads them. */
function fromCsv(text: string): Frame {
  const frame = parseCsvFrame(text, [])
  return {
    ...frame,
    columns: frame.columns.map(({ values }) => {
      const cells = values as readonly (string | null)[]
      if (cells.every((cell) => cell === null || /^(?:true|false)$/i.test(cell))) return inferColumn(cells.map((cell) => (cell === null ? null : /^true$/i.test(cell))))
      const numbers = cells.map((cell) => (cell === null || cell.trim() === '' ? Number.NaN : Number(cell)))
      return cells.every((cell, at) => cell === null || !Number.isNaN(numbers[at])) ? { dtype: 'float64', values: numbers } : { dtype: 'str', values: cells }
    }),
  }
}
