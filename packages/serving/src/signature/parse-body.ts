import { ScoringError } from '../errors.ts'
import type { ColumnSpec } from '../models/signature.ts'
import { inferColumn, missing, type Column, type Frame } from './columns.ts'
import { badInput, castJsonColumn } from './cast-json.ts'
import { pythonType, repr } from './python-words.ts'

export const inputKeys = ['dataframe_split', 'dataframe_records', 'instances', 'inputs'] as const
type InputKey = (typeof inputKeys)[number]

/** The one input field of a body, and its parameters. */
export interface BodyInput {
  readonly key: InputKey
  readonly data: unknown
  readonly params: unknown
}

const form = `The input must be a JSON dictionary with exactly one of the input fields {${inputKeys.map((key) => `'${key}'`).join(', ')}}`
const changed = 'IMPORTANT: The MLflow Model scoring protocol has changed in MLflow version 2.0. If you are seeing this error, you are likely using an outdated scoring request format. '
  + "To resolve the error, either update your request format or adjust your MLflow Model's requirements file to specify an older version of MLflow (for example, change the 'mlflow' requirement specifier to 'mlflow==1.30.0'). "
  + 'If you are making a request using the MLflow client (e.g. via `mlflow.pyfunc.spark_udf()`), upgrade your MLflow client to a version >= 2.0 in order to use the new request format. '
  + 'For more information about the updated MLflow Model scoring protocol in MLflow 2.0, see https://mlflow.org/docs/latest/models.html#deploy-mlflow-models.'

export { changed as protocolChanged }

/** Which input a JSON body brings. @throws ScoringError with MLflow's words */
export function readBodyInput(body: unknown): BodyInput {
  if (Array.isArray(body)) throw badInput(`${form}. Received a list.`)
  if (typeof body !== 'object' || body === null) throw badInput(`${form}. Received unexpected input type '<class '${pythonType(body)}'>.`)
  const given = inputKeys.filter((key) => Object.hasOwn(body, key))
  if (given.length !== 1) {
    const order = Object.keys(body).filter((key) => (inputKeys as readonly string[]).includes(key))
    throw new ScoringError('BAD_REQUEST', `${form}. Received dictionary with input fields: [${order.map(repr).join(', ')}]. ${changed}`)
  }
  const key = given[0]!
  return { key, data: (body as Record<InputKey, unknown>)[key], params: (body as { params?: unknown }).params }
}

/**
 * The frame that MLflow makes of a body's input for a signature of columns, cast but not yet enforced.
 *
 * @throws ScoringError with MLflow's words
 */
export function readFrame({ key, data }: BodyInput, specs: readonly ColumnSpec[] | undefined): Frame {
  switch (key) {
    case 'dataframe_split': return castFrame(fromSplit(data), specs)
    case 'dataframe_records': return castFrame(fromRecords(data), specs)
    default: return fromTensors(key, data, specs)
  }
}

function fromSplit(data: unknown): Frame {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) throw badInput(`Dataframe split format must be a dictionary. Got ${Array.isArray(data) ? 'list' : `type <class '${pythonType(data)}'>`}.`)
  const keys = Object.keys(data)
  if (!('data' in data) || keys.some((key) => key !== 'columns' && key !== 'data' && key !== 'index')) {
    throw badInput(`Dataframe split format must have 'data' field and optionally 'columns' and 'index' fields. Got {${keys.map(repr).join(', ')}}.'`)
  }
  const { columns, data: rows, index } = data as { columns?: unknown; data: unknown; index?: unknown }
  const wrong = (error: string): ScoringError => badInput(`Provided dataframe_split field is not a valid dataframe representation in 'split' format. Error: '${error}'`)
  if (!Array.isArray(rows)) throw wrong('DataFrame constructor not properly called!')
  const names = Array.isArray(columns) ? columns.map(String) : undefined
  const lists: readonly unknown[][] = rows.map((row) => (Array.isArray(row) ? row : [row])) as unknown[][]
  const width = lists.reduce((most, row) => Math.max(most, row.length), 0)
  if (names !== undefined && rows.length > 0 && width !== names.length) throw wrong(`${names.length} columns passed, passed data had ${width} columns`)
  if (Array.isArray(index) && index.length !== rows.length) throw wrong(`Length of values (${rows.length}) does not match length of index (${index.length})`)
  const count = names?.length ?? width
  return {
    names: names ?? Array.from({ length: count }, (_, at) => String(at)), named: names !== undefined, rows: rows.length,
    columns: Array.from({ length: count }, (_, at) => inferColumn(lists.map((row) => (at < row.length ? row[at] : null)))),
  }
}

function fromRecords(data: unknown): Frame {
  if (!Array.isArray(data)) throw badInput(`Dataframe records format must be a list of records. Got ${typeof data === 'object' && data !== null ? 'dictionary' : `type <class '${pythonType(data)}'>`}.`)
  if (data.length > 0 && data.every(Array.isArray)) return fromSplit({ data })
  const wrong = data.find((record) => typeof record !== 'object' || record === null || Array.isArray(record)) as unknown
  if (wrong !== undefined) throw badInput(`Provided dataframe_records field is not a valid dataframe representation in 'records' format. Error: 'a record is ${pythonType(wrong)}, not dict'`)
  const records = data as readonly Readonly<Record<string, unknown>>[]
  const names = [...new Set(records.flatMap(Object.keys))]
  return {
    names, named: true, rows: records.length,
    columns: names.map((name) => inferColumn(records.map((record) => (Object.hasOwn(record, name) ? record[name] : missing)))),
  }
}

/** In the order of the signature, as MLflow does: the first column at fault there is the one that is told. */
function castFrame(frame: Frame, specs: readonly ColumnSpec[] | undefined): Frame {
  if (specs === undefined) return frame
  const columns = [...frame.columns]
  for (const [index, spec] of specs.entries()) {
    const at = spec.name === undefined ? index : frame.named ? frame.names.indexOf(spec.name) : -1
    if (at >= 0 && at < columns.length) columns[at] = castJsonColumn(frame.names[at]!, columns[at]!, spec)
  }
  return { ...frame, columns }
}

/** `instances` and `inputs`: numpy arrays, which become columns. */
function fromTensors(key: InputKey, data: unknown, specs: readonly ColumnSpec[] | undefined): Frame {
  const byName = new Map((specs ?? []).map((spec) => [spec.name, spec]))
  const cast = (name: string, values: readonly unknown[]): Column => {
    const spec = byName.get(name)
    return spec === undefined ? inferColumn(values) : castJsonColumn(name, inferColumn(values), spec)
  }
  if (Array.isArray(data) && data.length > 0 && data.every((item) => typeof item === 'object' && item !== null && !Array.isArray(item))) {
    const records = data as readonly Readonly<Record<string, unknown>>[]
    const names = [...new Set(records.flatMap(Object.keys))]
    const columns = names.map((name) => cast(name, records.filter((record) => Object.hasOwn(record, name)).map((record) => record[name])))
    if (new Set(columns.map(({ values }) => values.length)).size > 1) throw badInput('The length of values for each input/column name are not the same')
    return { names, named: true, rows: records.length, columns }
  }
  if (typeof data === 'object' && data !== null && !Array.isArray(data)) {
    const entries = Object.entries(data)
    // One value for each column is one row.
    const lists = entries.map(([name, value]): [string, readonly unknown[]] => [name, Array.isArray(value) ? value : [value]])
    const rows = Math.max(0, ...lists.map(([, values]) => values.length))
    if (lists.some(([, values]) => values.length !== rows)) {
      if (key === 'instances') throw badInput('The length of values for each input/column name are not the same')
      throw new ScoringError('INVALID_PARAMETER_VALUE', 'This model contains a column-based signature, which suggests a DataFrame input. There was an error casting the input data to a DataFrame: All arrays must be of the same length')
    }
    return { names: lists.map(([name]) => name), named: true, rows, columns: lists.map(([name, values]) => cast(name, values)) }
  }
  if (specs !== undefined && specs.length === 1 && specs[0]!.name !== undefined) {
    const values = Array.isArray(data) ? data : [data]
    return { names: [specs[0]!.name], named: true, rows: values.length, columns: [cast(specs[0]!.name, values)] }
  }
  const frame = fromSplit({ data: Array.isArray(data) ? data : [data] })
  const [first] = specs ?? []
  return first === undefined ? frame : { ...frame, columns: frame.columns.map((column, at) => castJsonColumn(frame.names[at]!, column, first)) }
}
