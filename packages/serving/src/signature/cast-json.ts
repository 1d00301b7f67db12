import { ScoringError } from '../errors.ts'
import type { ColumnSpec, ScalarType } from '../models/signature.ts'
import { isMissing, kindOf, WholeFloat, type Column } from './columns.ts'
import { formatOf, parseInstant } from './datetime.ts'
import { enforceValue } from './enforce-value.ts'
import { repr } from './python-words.ts'
import { typeText } from '../models/signature.ts'

/** An input that cannot be read: MLflow's `Invalid input. …`. */
export const badInput = (message: string): ScoringError => new ScoringError('BAD_REQUEST', `Invalid input. ${message}`)

const pandasNames: Readonly<Record<ScalarType, string>> = {
  boolean: 'bool', integer: 'int32', long: 'int64', float: 'float32', double: 'float64', string: "<class 'object'>", binary: "<class 'object'>", datetime: 'datetime64[ns]',
}

/**
 * What MLflow does to a column of a JSON body before it enforces the signature: pandas' `astype` to
 * the declared type, which is looser (2.5 becomes the long 2), base64 for binary, dates from text.
 * The row at fault is named after MLflow's words.
 *
 * @throws ScoringError
 */
export function castJsonColumn(name: string, column: Column, spec: ColumnSpec): Column {
  const { type } = spec
  if (type === 'any') return column
  if (type === 'datetime') return castDates(name, column)
  if (!(type in pandasNames)) {
    return attempt(name, typeText(spec), column, (values) => ({ dtype: 'object', values: values((value) => enforceValue(asPandas(value, column.dtype), spec, spec.required !== false)) }))
  }
  const scalar = type as ScalarType
  return attempt(name, pandasNames[scalar], column, (values) => {
    // Before any text is read: what pandas meets first is the missing one.
    if ((scalar === 'integer' || scalar === 'long') && column.dtype === 'str') values(refuseMissing)
    switch (scalar) {
      case 'binary': return { dtype: 'object', values: values(decodeBase64) }
      case 'string': return column.dtype === 'str' ? column : { dtype: 'object', values: values((value) => value) }
      case 'boolean': return { dtype: 'bool', values: values((value) => toBoolean(value, column.dtype)) }
      case 'integer': return { dtype: 'int32', values: values((value) => narrow(toInteger(value, column.dtype), column.dtype)) }
      case 'long': return { dtype: 'int64', values: values((value) => toInteger(value, column.dtype)).map(small) }
      case 'float': return { dtype: 'float32', values: values((value) => Math.fround(toFloat(value))) }
      default: return { dtype: 'float64', values: values(toFloat) }
    }
  })
}

/** pandas takes the format of the first date for all of them. */
function castDates(name: string, column: Column): Column {
  const form = formatOf(column.values.find((value) => !isMissing(value)))
  return attempt(name, 'datetime64[ns]', column, (values) => ({
    dtype: 'datetime64[ns]',
    values: values((value) => {
      if (isMissing(value)) return null
      if (formatOf(value) !== form) throw new PythonError('ValueError', `time data ${JSON.stringify(value)} doesn't match format "${form ?? 'a number'}"`)
      return parseInstant(value)
    }),
  }))
}

/** The text of a Python exception, with its class where `repr` shows it. */
export class PythonError extends Error {
  readonly kind: string

  constructor(kind: string, message: string) {
    super(message)
    this.kind = kind
  }
}

type OverValues = <T>(of: (value: unknown) => T) => T[]

function attempt(name: string, type: string, column: Column, cast: (values: OverValues) => Column): Column {
  let row = 0
  try {
    return cast((of) => column.values.map((value, index) => {
      row = index
      return of(value)
    }))
  } catch (error) {
    const text = error instanceof PythonError ? `${error.kind}(${repr(error.message)})` : error instanceof ScoringError ? `MlflowException(${repr(error.message)})` : undefined
    if (text === undefined) throw error
    throw badInput(`Data is not compatible with model signature. Failed to convert column ${name} to type '${type}'. Error: '${text}' (row ${row})`)
  }
}

function decodeBase64(value: unknown): Uint8Array {
  if (typeof value !== 'string') throw new PythonError('TypeError', 'encoding without a string argument')
  // Python skips what is no base64, and refuses lengths that cannot be.
  const clean = value.replace(/[^A-Za-z\d+/=]/g, '')
  const digits = clean.replace(/=.*$/, '')
  if (digits.length % 4 === 1) throw new PythonError('Error', `Invalid base64-encoded string: number of data characters (${digits.length}) cannot be 1 more than a multiple of 4`)
  if ((digits.length + (clean.length - digits.length)) % 4 !== 0 && clean.length < Math.ceil(digits.length / 4) * 4) throw new PythonError('Error', 'Incorrect padding')
  return new Uint8Array(Buffer.from(digits, 'base64'))
}

/** How pandas hands out a value: what is missing in text is NaN, and a float stays one when it is whole. */
const asPandas = (value: unknown, dtype: string): unknown =>
  (dtype === 'str' && value === null ? Number.NaN : dtype === 'float64' && Number.isInteger(value) ? new WholeFloat(value as number) : value)

/** numpy wraps integers, saturates floats and refuses Python's own integers that are too large. */
function narrow(value: bigint, dtype: string): number {
  const fits = BigInt.asIntN(32, value) === value
  if (!fits && kindOf(dtype) === 'f') return -(2 ** 31)
  if (!fits && (dtype === 'object' || dtype === 'str')) throw new PythonError('OverflowError', `Python integer ${value} out of bounds for int32`)
  return Number(BigInt.asIntN(32, value))
}

const small = (value: bigint): number | bigint => (value >= -9_007_199_254_740_991n && value <= 9_007_199_254_740_991n ? Number(value) : value)

/** numpy's truth: what is not empty and not zero; also NaN. */
const toBoolean = (value: unknown, dtype: string): boolean =>
  (value === null && dtype === 'str' ? true : value instanceof WholeFloat ? value.value !== 0 : Array.isArray(value) ? value.length > 0 : typeof value === 'object' && value !== null ? Object.keys(value).length > 0 : Number.isNaN(value) || Boolean(value))

function refuseMissing(value: unknown): void {
  if (value === null) throw new PythonError('ValueError', 'cannot convert float NaN to integer')
}

export function toInteger(value: unknown, dtype: string): bigint {
  if (typeof value === 'bigint') return BigInt.asIntN(64, value)
  if (typeof value === 'boolean') return value ? 1n : 0n
  if (kindOf(dtype) === 'f' && !Number.isFinite(value)) throw new PythonError('IntCastingNaNError', "Cannot convert non-finite values (NA or inf) to integer. Replace or remove non-finite values or cast to an integer type that supports these values (e.g. 'Int64')")
  if (Number.isNaN(value)) throw new PythonError('ValueError', 'cannot convert float NaN to integer')
  if (typeof value === 'number') return Math.abs(value) < 2 ** 63 ? BigInt(Math.trunc(value)) : -(2n ** 63n)
  if (typeof value === 'string') {
    if (/^\s*[-+]?\d+(?:_\d+)*\s*$/.test(value)) return BigInt.asIntN(64, BigInt(value.trim().replaceAll('_', '').replace(/^\+/, '')))
    throw new PythonError('ValueError', `invalid literal for int() with base 10: ${repr(value)}`)
  }
  throw new PythonError('TypeError', `int() argument must be a string, a bytes-like object or a real number, not ${nameOf(value)}`)
}

export function toFloat(value: unknown): number {
  if (typeof value === 'number') return value
  if (typeof value === 'bigint' || typeof value === 'boolean') return Number(value)
  if (value === null) return Number.NaN
  if (typeof value === 'string') {
    const text = value.trim().toLowerCase()
    if (/^[-+]?(?:\d+(?:_\d+)*\.?(?:\d+(?:_\d+)*)?|\.\d+(?:_\d+)*)(?:e[-+]?\d+)?$/.test(text)) return Number(text.replaceAll('_', ''))
    if (/^[-+]?nan$/.test(text)) return Number.NaN
    if (/^[-+]?inf(?:inity)?$/.test(text)) return text.startsWith('-') ? -Infinity : Infinity
    throw new PythonError('ValueError', `could not convert string to float: ${repr(value)}`)
  }
  throw new PythonError('TypeError', `float() argument must be a string or a real number, not ${nameOf(value)}`)
}

const nameOf = (value: unknown): string => (value === null ? "'NoneType'" : Array.isArray(value) ? "'list'" : "'dict'")

