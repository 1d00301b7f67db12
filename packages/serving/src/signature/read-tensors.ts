import { ScoringError } from '../errors.ts'
import { schemaText, shapeText, type ColumnSpec, type ScalarType, type TensorSpec } from '../models/signature.ts'
import { badInput, castJsonColumn, PythonError, toFloat, toInteger } from './cast-json.ts'
import { WholeFloat, type Column, type Frame } from './columns.ts'
import { EnforcementError } from './enforce-column.ts'
import { enforceTensor } from './enforce-schema.ts'
import { readFrame, type BodyInput } from './parse-body.ts'
import { pythonType, repr, str } from './python-words.ts'

/** An array as numpy has it: its values in the order of the last dimension first. Integers of 64 bits are `bigint`. */
export interface NumpyArray {
  readonly dtype: string
  readonly shape: readonly number[]
  readonly values: readonly unknown[]
}

/**
 * The arrays of a body for a signature of tensors, in its order: read, cast to the declared types and
 * enforced as MLflow does. The row at fault is named after MLflow's words.
 *
 * @throws ScoringError with MLflow's words; EnforcementError where they were read and do not fit
 */
export function readTensors(input: BodyInput, specs: readonly TensorSpec[]): readonly NumpyArray[] {
  const { key, data } = input
  if (key === 'dataframe_split' || key === 'dataframe_records') return tensorsOfFrame(readFrame(input, undefined), specs)
  const named = specs.every(({ name }) => name !== undefined)
  if (key === 'instances' && Array.isArray(data) && isRecord(data[0])) return enforceNamed(fromRecords(data as readonly unknown[], specs), specs, named, 'dict')
  if (named && specs.length === 1 && Array.isArray(data) && !data.some(isRecord)) return enforceNamed(new Map([[specs[0]!.name!, arrayOf(data, specs[0]!)]]), specs, true, 'dict')
  if (!named && !Array.isArray(data) && (data === null || isRecord(data))) {
    throw badInput(`Failed to parse input data. This model contains an un-named  model signature which expects a single n-dimensional array or a single value as input, however, an input of type <class '${pythonType(data)}'> was found.`)
  }
  if (isRecord(data)) {
    const arrays = new Map(Object.entries(data).map(([name, value]) => [name, arrayOf(value, specs.find((spec) => spec.name === name))]))
    if (key === 'instances' && new Set(specs.flatMap(({ name }) => arrays.get(name!)?.shape[0] ?? [])).size > 1) throw badInput('The length of values for each input/column name are not the same')
    return enforceNamed(arrays, specs, named, 'dict')
  }
  // A list of records, as an empty list is one to MLflow.
  if (Array.isArray(data) && data.every(isRecord)) return enforceNamed(new Map(), specs, named, 'list')
  const array = Array.isArray(data) ? arrayOf(data, specs[0]!) : ofScalar(data, specs[0]!)
  return enforceNamed(new Map(specs.length === 1 ? [[specs[0]!.name ?? '', array]] : []), specs, named || specs.length > 1, 'numpy.ndarray')
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof WholeFloat)

function ofScalar(data: unknown, spec: TensorSpec): NumpyArray {
  try {
    return arrayOf(data, spec)
  } catch (error) {
    if (!(error instanceof ScoringError)) throw error
    throw badInput(`Failed to convert data \`${str(data)}\` to type \`${schemaText({ kind: 'tensors', tensors: [spec] }).slice(1, -1)}\` defined in the model signature.`)
  }
}

/** Each record's values are arrays, which are put on top of each other. */
function fromRecords(records: readonly unknown[], specs: readonly TensorSpec[]): Map<string, NumpyArray> {
  const lists = new Map<string, NumpyArray[]>()
  for (const record of records) {
    for (const [name, value] of Object.entries(isRecord(record) ? record : {})) lists.set(name, [...lists.get(name) ?? [], arrayOf(value, specs.find((spec) => spec.name === name))])
  }
  const arrays = new Map([...lists].map(([name, list]) => {
    const [first] = list
    const common = list.reduce<readonly number[]>((prefix, { shape }) => prefix.slice(0, prefix.findIndex((length, at) => length !== shape[at]) >>> 0), first!.shape)
    if (list.some(({ shape }) => shape.length !== common.length)) throw badInput(`Ensure that the input is a valid JSON-formatted string.\nError: ValueError(${repr(inhomogeneous([list.length, ...common]))})`)
    return [name, { dtype: first!.dtype, shape: [list.length, ...first!.shape], values: list.flatMap(({ values }) => values) }]
  }))
  if (new Set(specs.flatMap(({ name }) => arrays.get(name ?? '')?.shape[0] ?? [])).size > 1) throw badInput('The length of values for each input/column name are not the same')
  return arrays
}

function enforceNamed(arrays: ReadonlyMap<string, NumpyArray>, specs: readonly TensorSpec[], named: boolean, given: string): readonly NumpyArray[] {
  if (!named && (given !== 'numpy.ndarray' || arrays.size === 0)) {
    throw new EnforcementError(`This model contains a tensor-based model signature with no input names, which suggests a numpy array input or a pandas dataframe input with proper column values, but an input of type <class '${given}'> was found.`)
  }
  refuseMissing(new Set(arrays.keys()), specs, named)
  return specs.map((spec) => {
    const array = arrays.get(spec.name ?? '')!
    enforceTensor(array, spec)
    return array
  })
}

function refuseMissing(given: ReadonlySet<string>, specs: readonly TensorSpec[], named: boolean): void {
  const absent = named ? specs.flatMap(({ name }) => (given.has(name!) ? [] : [name!])) : []
  if (absent.length === 0) return
  const extra = [...given].filter((name) => !specs.some((spec) => spec.name === name))
  throw new EnforcementError(`Model is missing inputs ${repr(absent)}.${extra.length === 0 ? '' : ` Note that there were extra inputs: ${repr(extra)}.`}`)
}

const inhomogeneous = (shape: readonly number[]): string =>
  `setting an array element with a sequence. The requested array has an inhomogeneous shape after ${shape.length} dimensions. The detected shape was ${shapeText(shape)} + inhomogeneous part.`

/** numpy's `array(data, dtype)`. Without a spec nobody looks at the values, only at their form. */
function arrayOf(data: unknown, spec: TensorSpec | undefined): NumpyArray {
  const shape: number[] = []
  let level: readonly unknown[] = [data]
  while (level.some(Array.isArray)) {
    const first = level[0]
    const length = Array.isArray(first) ? first.length : -1
    if (level.some((one) => !Array.isArray(one) || one.length !== length)) throw badInput(inhomogeneous(shape))
    shape.push(length)
    level = level.flat(1)
  }
  const dtype = spec?.['tensor-spec'].dtype ?? 'object'
  return { dtype, shape, values: spec === undefined ? level : castValues(level, dtype, shape) }
}

function castValues(values: readonly unknown[], dtype: string, shape: readonly number[]): unknown[] {
  const rowSize = values.length / (shape[0] ?? 1)
  return values.map((value, at) => {
    try {
      return castValue(value instanceof WholeFloat ? value.value : value, dtype)
    } catch (error) {
      if (!(error instanceof PythonError)) throw error
      throw badInput(`${error.message}${shape.length === 0 ? '' : ` (row ${Math.floor(at / rowSize)})`}`)
    }
  })
}

function castValue(value: unknown, dtype: string): unknown {
  if (dtype === 'bool') return Boolean(value)
  if (dtype.startsWith('float')) return dtype === 'float32' ? Math.fround(toFloat(value)) : toFloat(value)
  if (!/^u?int/.test(dtype)) return typeof value === 'string' ? value : str(value)
  const bits = Number(/\d+$/.exec(dtype)![0])
  if (value === Infinity || value === -Infinity) throw new PythonError('OverflowError', 'cannot convert float infinity to integer')
  const whole = typeof value === 'bigint' ? value : typeof value === 'number' ? BigInt(Math.trunc(value)) : toInteger(value, 'object')
  if (whole !== (dtype.startsWith('u') ? BigInt.asUintN(bits, whole) : BigInt.asIntN(bits, whole))) throw new PythonError('OverflowError', dtype === 'int64' ? 'Python int too large to convert to C long' : `Python integer ${whole} out of bounds for ${dtype}`)
  return bits === 64 ? whole : Number(whole)
}

const columnTypes: Readonly<Record<string, ScalarType>> = { bool: 'boolean', float32: 'float', float64: 'double', int32: 'integer', int64: 'long' }

/** What a data frame is to a model of tensors: a column each, or all of them as one matrix. */
function tensorsOfFrame(frame: Frame, specs: readonly TensorSpec[]): readonly NumpyArray[] {
  const named = specs.every(({ name }) => name !== undefined)
  const first = frame.names.find((name) => !named || specs.some((spec) => spec.name === name))
  if (frame.rows === 0 && first !== undefined) throw badInput(`Data is not compatible with model signature. Failed to convert column ${first} to type '${specs[0]!['tensor-spec'].dtype}'. Error: 'IndexError('single positional indexer is out-of-bounds')'`)
  if (named) {
    // All are cast before anything else is looked at.
    const columns = new Map(specs.flatMap((spec) => {
      const at = frame.names.indexOf(spec.name!)
      return at < 0 ? [] : [[spec.name!, castFrameColumn(spec.name!, frame.columns[at]!, spec)] as const]
    }))
    refuseMissing(new Set(frame.names), specs, true)
    return specs.map((spec) => ofColumn(spec.name!, columns.get(spec.name!)!, spec))
  }
  const [spec] = specs
  if (frame.columns.length === 0) throw new EnforcementError('Input DataFrame is empty.')
  const columns = frame.columns.map((column, at) => castFrameColumn(frame.names[at]!, column, spec!))
  if (columns.length === 1) return [ofColumn('None', columns[0]!, spec!)]
  const { shape, dtype } = spec!['tensor-spec']
  if (shape.length !== 2 || shape[0] !== -1 || shape[1] !== columns.length) {
    throw new EnforcementError('This model contains a model signature with an unnamed input. Since the input data is a pandas DataFrame containing multiple columns, the input shape must be of the structure (-1, number_of_dataframe_columns). '
      + `Instead, the input DataFrame passed had ${columns.length} columns and an input shape of ${shapeText(shape)} with all values within the DataFrame of scalar type. Please adjust the passed in DataFrame to match the expected structure`)
  }
  // Lists among numbers make an array of objects.
  if (columns.some((column) => column.values.some(Array.isArray))) enforceTensor({ dtype: 'object', shape: [frame.rows, columns.length] }, spec!)
  const values = Array.from({ length: frame.rows * columns.length }, (_, at) => columns[at % columns.length]!.values[Math.floor(at / columns.length)])
  return [{ dtype, shape: [frame.rows, columns.length], values: castValues(values, dtype, [frame.rows, columns.length]) }]
}

/** Cells that are lists are left as they are until their shape is known. */
function castFrameColumn(name: string, column: Column, { 'tensor-spec': { dtype } }: TensorSpec): Column {
  if (Array.isArray(column.values[0])) return column
  const type = columnTypes[dtype] ?? (/^u?int/.test(dtype) ? 'long' : dtype === 'float16' ? 'float' : 'string')
  // What is missing among texts and numbers is NaN to pandas.
  if (type === 'string') return { dtype: 'object', values: column.values.map((value) => (value !== value || (value === null && column.dtype === 'str') ? 'nan' : str(column.dtype === 'float64' ? new WholeFloat(value as number) : value))) }
  try {
    const cast = castJsonColumn(name, column, { type } as ColumnSpec)
    return type === 'long' && dtype !== 'int64' ? narrowed(name, cast, dtype, column.dtype) : cast
  } catch (error) {
    if (!(error instanceof ScoringError) || type !== 'long') throw error
    throw new ScoringError(error.code, error.message.replace("to type 'int64'", `to type '${dtype}'`))
  }
}

/** pandas wraps an array of integers; Python's own integers must fit. */
function narrowed(name: string, { values }: Column, dtype: string, given: string): Column {
  const cast = castListed(values, dtype)!
  const wrong = given === 'object' || given === 'str' ? values.findIndex((value, at) => BigInt(value as number) !== BigInt(cast[at] as number)) : -1
  if (wrong >= 0) throw badInput(`Data is not compatible with model signature. Failed to convert column ${name} to type '${dtype}'. Error: 'OverflowError(${repr(`Python integer ${String(values[wrong])} out of bounds for ${dtype}`)})' (row ${wrong})`)
  return { dtype, values: cast }
}

const scalarCells = 'Because the model signature requires tensor spec input, the input pandas dataframe values should be either scalar value, python list containing scalar values or numpy array containing scalar values, other types are not supported.'

/** `column` was cast. */
function ofColumn(name: string, { values, dtype: given }: Column, spec: TensorSpec): NumpyArray {
  const { dtype, shape } = spec['tensor-spec']
  if (shape[0] !== -1 || shape.slice(1).includes(-1)) {
    throw new EnforcementError(`For pandas dataframe input, the first dimension of shape must be a variable dimension and other dimensions must be fixed, but in model signature the shape of ${spec.name === undefined ? 'the unnamed input' : `input ${name}`} is ${shapeText(shape)}.`)
  }
  const rows = values.length
  const first = Array.isArray(values[0]) ? values[0][0] as unknown : values[0]
  if (Array.isArray(values[0]) && values[0].length === 0) throw new EnforcementError('list index out of range')
  if (isRecord(first) || Array.isArray(first) || (first === null && given !== 'str')) throw new EnforcementError(scalarCells)
  if (!Array.isArray(values[0])) {
    if (shape.length > 2 || (shape.length === 2 && shape[1] !== 1)) throw new EnforcementError(`The input pandas dataframe column '${name}' contains scalar values, which requires the shape to be (-1,) or (-1, 1), but got tensor spec shape of ${shapeText(shape)}.`)
    return { dtype, shape: [rows, ...shape.slice(1)], values: castValues(values, dtype, [rows]) }
  }
  const width = shape.slice(1).reduce((product, length) => product * length, 1)
  const whole = values.every((cell) => Array.isArray(cell) && cell.length === width && !cell.some((one) => isRecord(one) || Array.isArray(one)))
  // Rows become arrays of one kind: beside a text a truth is the text 'True', which is no number.
  const lists = values as readonly unknown[][]
  const all = (row: readonly unknown[], type: string): boolean => row.every((one) => typeof one === type)
  const some = (row: readonly unknown[], type: string): boolean => row.some((one) => typeof one === type)
  const truths = whole && /^u?int|^float/.test(dtype) && lists.some((row) => some(row, 'string')) && lists.some((row) => some(row, 'boolean') && (some(row, 'string') || all(row, 'boolean')))
  const cells = whole && !truths ? castListed(lists.flat(1), dtype) : undefined
  if (cells === undefined) throw new EnforcementError(`The value in the Input DataFrame column '${name}' could not be converted to the expected shape of: '${shapeText(shape)}'. Ensure that each of the input list elements are of uniform length and that the data can be coerced to the tensor type '${dtype === 'str' ? '<U0' : dtype}'`)
  return { dtype, shape: [rows, ...shape.slice(1)], values: cells }
}

/** numpy's `astype`, which wraps integers where nothing but numbers is to be cast; undefined where it meets what is none. */
function castListed(cells: readonly unknown[], dtype: string): unknown[] | undefined {
  const [, unsigned, bits] = /^(u?)int(\d+)$/.exec(dtype) ?? []
  const plain = cells.map((cell) => (cell instanceof WholeFloat ? cell.value : cell))
  if (bits !== undefined && plain.every((cell) => typeof cell === 'number' || typeof cell === 'boolean' || typeof cell === 'bigint')) {
    // An array of floats, where the processor's own conversion has no bits left for what is too large.
    const floats = plain.some((cell) => typeof cell === 'number' && !Number.isInteger(cell))
    return plain.map((cell) => {
      if (floats && Number(bits) >= 32 && unsigned === '' && Math.abs(Number(cell)) >= 2 ** (Number(bits) - 1)) return bits === '64' ? -(2n ** 63n) : -(2 ** 31)
      const whole = typeof cell === 'bigint' ? cell : BigInt(Math.trunc(Number(cell)))
      const wrapped = unsigned === '' ? BigInt.asIntN(Number(bits), whole) : BigInt.asUintN(Number(bits), whole)
      return bits === '64' ? wrapped : Number(wrapped)
    })
  }
  try {
    return plain.map((cell) => castValue(cell, dtype))
  } catch (error) {
    if (!(error instanceof PythonError)) throw error
    if (error.kind === 'ValueError') return undefined
    throw new EnforcementError(error.message)
  }
}
