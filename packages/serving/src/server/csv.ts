import { ScoringError } from '../errors.ts'
import type { ColumnSpec } from '../models/signature.ts'
import type { Column, Frame } from '../signature/columns.ts'

/** What pandas' `read_csv` takes for a missing value. */
const missing = new Set(['', '#N/A', '#N/A N/A', '#NA', '-1.#IND', '-1.#QNAN', '-NaN', '-nan', '1.#IND', '1.#QNAN', '<NA>', 'N/A', 'NA', 'NULL', 'NaN', 'None', 'n/a', 'nan', 'null'])

export const csvFailure = (error: string): ScoringError => new ScoringError('BAD_REQUEST', 'Failed to parse input as a Pandas DataFrame. Ensure that the input is a valid CSV-formatted Pandas DataFrame '
  + `produced using the \`pandas.DataFrame.to_csv()\` method. Error: '${error}'`)

/** A CSV body with a line of names, its columns in the types of the signature. @throws ScoringError with MLflow's words */
export function parseCsvFrame(text: string, specs: readonly ColumnSpec[]): Frame {
  const [names, ...lines] = rowsOf(text)
  if (names === undefined) throw csvFailure('No columns to parse from file')
  for (const [index, line] of lines.entries()) if (line.length > names.length) throw csvFailure(`Error tokenizing data. C error: Expected ${names.length} fields in line ${index + 2}, saw ${line.length}`)
  const byName = new Map(specs.map((spec) => [spec.name, spec]))
  return {
    names, named: true, rows: lines.length,
    columns: names.map((name, at) => readColumn(name, lines.map((line) => line[at] ?? ''), byName.get(name))),
  }
}

const dtypes: Readonly<Record<string, string>> = { boolean: 'bool', integer: 'int32', long: 'int64', float: 'float32', double: 'float64' }

function readColumn(name: string, cells: readonly string[], spec: ColumnSpec | undefined): Column {
  const dtype = spec === undefined ? undefined : dtypes[spec.type]
  if (dtype === undefined) return { dtype: 'str', values: cells.map((cell) => (missing.has(cell) ? null : cell)) }
  return {
    dtype,
    values: cells.map((cell, row) => {
      const where = ` in column ${name}, row ${row}`
      if (dtype === 'bool') {
        if (/^(?:true|false)$/i.test(cell)) return cell.toLowerCase() === 'true'
        throw csvFailure(`${missing.has(cell) ? 'Bool column has NA values' : `cannot safely convert '${cell}' to bool`}${where}`)
      }
      if (missing.has(cell)) {
        if (dtype.startsWith('float')) return Number.NaN
        throw csvFailure(`Integer column has NA values${where}`)
      }
      const value = /^[-+]?inf(?:inity)?$/i.test(cell) ? (cell.startsWith('-') ? -Infinity : Infinity) : Number(cell)
      if (Number.isNaN(value)) throw csvFailure(`could not convert string to float: '${cell}'${where}`)
      if (dtype.startsWith('int') && !Number.isInteger(value)) throw csvFailure(`cannot safely convert passed user dtype of ${dtype} for float64 dtyped data${where}`)
      return dtype === 'float32' ? Math.fround(value) : value
    }),
  }
}

/** RFC 4180, with any line ending; empty lines are passed over. */
function rowsOf(text: string): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  let cell = ''
  let quoted = false
  const endRow = (): void => {
    row.push(cell)
    if (row.length > 1 || row[0] !== '') rows.push(row)
    row = []
    cell = ''
  }
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!
    if (quoted) {
      if (char !== '"') cell += char
      else if (text[at + 1] === '"') {
        cell += '"'
        at += 1
      } else quoted = false
    } else if (char === '"' && cell === '') quoted = true
    else if (char === ',') {
      row.push(cell)
      cell = ''
    } else if (char === '\n' || char === '\r') {
      if (char === '\r' && text[at + 1] === '\n') at += 1
      endRow()
    } else cell += char
  }
  if (cell !== '' || row.length > 0) endRow()
  return rows
}
