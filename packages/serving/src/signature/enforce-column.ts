import { ScoringError } from '../errors.ts'
import type { ScalarType } from '../models/signature.ts'
import { isMissing, kindOf, sizeOf, type Column } from './columns.ts'

/** numpy's name for MLflow's types, as its messages show it. */
export const numpyNames: Readonly<Record<ScalarType, string>> = {
  boolean: 'bool', integer: 'int32', long: 'int64', float: 'float32', double: 'float64', string: '<U0', binary: '|S0', datetime: 'datetime64[ns]',
}

/** Error of the enforcement itself, before MLflow wraps it. */
export class EnforcementError extends ScoringError {
  constructor(message: string) {
    super('INVALID_PARAMETER_VALUE', message)
    this.name = 'EnforcementError'
  }
}

/**
 * MLflow's casting of one column to a type that is not nested: widening only. `name` is for the message.
 *
 * @throws EnforcementError with MLflow's words
 */
export function castColumn(name: string, column: Column, wanted: ScalarType): Column {
  const given = column.dtype === 'object' && wanted !== 'binary' && wanted !== 'string' ? inferObjects(column) : column
  const { dtype } = given
  const kind = kindOf(dtype)
  if ((wanted === 'string' || wanted === 'binary') && (kind === 'O' || kind === 'T')) return given
  if (dtype === numpyNames[wanted]) return given
  if (wanted === 'datetime' && kind === 'M') return { dtype: 'datetime64[ns]', values: given.values }
  if (wanted === 'boolean' && kind === 'O') return given
  if (wanted === 'datetime' && kind === 'O') return fromObjects(name, given)
  if (wanted === 'double' && kind === 'O') return toNumeric(name, given)

  const target = numpyNames[wanted]
  const targetKind = wanted === 'string' || wanted === 'binary' ? undefined : kindOf(target)
  if (isUpcast(kind, dtype, targetKind, target)) return castNumbers(given, target)
  const floating = wanted === 'float' || wanted === 'double'
  if (dtype === 'int64' && floating && given.values.every((value) => value === 0 || value === 1)) return castNumbers(given, target)
  const hint = dtype === 'float64' && targetKind === 'i' && given.values.some(isMissing) && given.values.every((value) => isMissing(value) || Number.isInteger(value)) ? missingHint : ''
  throw new EnforcementError(`Incompatible input types for column ${name}. Can not safely convert ${dtype} to ${target}.${hint}`)
}

const missingHint = ' Hint: the type mismatch is likely caused by missing values. '
  + 'Integer columns in python can not represent missing values and are therefore encoded as floats. '
  + 'The best way to avoid this problem is to infer the model schema based on a realistic data sample (training dataset) that includes missing values. '
  + 'Alternatively, you can declare integer columns as doubles (float64) whenever these columns may have missing values. '
  + 'See `Handling Integers With Missing Values <https://www.mlflow.org/docs/latest/models.html#handling-integers-with-missing-values>`_ for more details.'

function isUpcast(kind: string, dtype: string, targetKind: string | undefined, target: string): boolean {
  if (targetKind === undefined || kind === 'O' || kind === 'T') return false
  if (kind === targetKind) return sizeOf(dtype) <= sizeOf(target)
  if (kind === 'u' && targetKind === 'i') return sizeOf(dtype) < sizeOf(target)
  return (kind === 'i' || kind === 'u') && target === 'float64' && sizeOf(dtype) <= 6
}

const castNumbers = (column: Column, dtype: string): Column => ({
  dtype,
  values: dtype === 'float32' ? column.values.map((value) => Math.fround(Number(value))) : dtype === 'float64' ? column.values.map(Number) : column.values,
})

/** pandas' `infer_objects`: what objects of one kind are. */
export function inferObjects(column: Column): Column {
  const { values } = column
  const present = values.filter((value) => !isMissing(value))
  if (present.length === 0) return values.some((value) => value !== null) ? { dtype: 'float64', values: values.map(() => Number.NaN) } : column
  const all = (type: string): boolean => present.every((value) => typeof value === type)
  const whole = present.length === values.length
  if (all('boolean')) return whole ? { dtype: 'bool', values } : column
  if (all('string')) return { dtype: 'str', values: whole ? values : values.map((value) => (isMissing(value) ? null : value)) }
  if (present.every((value) => typeof value === 'number' || typeof value === 'bigint')) {
    return present.every((value) => Number.isInteger(Number(value))) && whole
      ? { dtype: 'int64', values }
      : { dtype: 'float64', values: values.map((value) => (isMissing(value) ? Number.NaN : Number(value))) }
  }
  return column
}

/** pandas' `to_numeric`, which MLflow applies to objects that should be doubles. */
function toNumeric(name: string, column: Column): Column {
  const numbers = column.values.map((value) => (isMissing(value) ? Number.NaN : typeof value === 'string' && value.trim() === '' ? undefined : Number(value as number)))
  if (column.values.some((value, at) => numbers[at] === undefined || (typeof value === 'string' && Number.isNaN(numbers[at]) && !/^\s*nan\s*$/i.test(value)))) {
    throw new EnforcementError(`Failed to convert column ${name} from type object to DataType.double.`)
  }
  const whole = column.values.every((value, at) => Number.isInteger(numbers[at]) && !(typeof value === 'string' && /[.e]/i.test(value)))
  return { dtype: whole ? 'int64' : 'float64', values: numbers }
}

function fromObjects(name: string, column: Column): Column {
  if (column.values.every(isMissing)) return { dtype: 'datetime64[ns]', values: column.values.map(() => null) }
  throw new EnforcementError(`Failed to convert column ${name} from type ${column.dtype} to DataType.datetime.`)
}
