import type { ParamSpec, ScalarType } from '../models/signature.ts'
import { typeText } from '../models/signature.ts'
import { ScoringError } from '../errors.ts'
import { enforceValue } from './enforce-value.ts'
import { WholeFloat } from './columns.ts'
import { pythonType, repr, str } from './python-words.ts'

/**
 * MLflow's check of the parameters of a request: those that the signature does not name are dropped,
 * those that are not given take their default. `undefined` answers a model without parameters.
 *
 * @throws ScoringError with MLflow's words
 */
export function enforceParams(params: unknown, specs: readonly ParamSpec[] | undefined): Readonly<Record<string, unknown>> | undefined {
  if (specs === undefined) return undefined
  const given = params ?? {}
  if (typeof given !== 'object' || Array.isArray(given)) throw invalid(`Parameters must be a dictionary. Got type '${pythonType(params)}'.`)
  const bad: string[] = []
  const known = new Map(specs.map((spec) => [spec.name, spec]))
  const result: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(given)) {
    const spec = known.get(name)
    if (spec === undefined) continue
    try {
      result[name] = enforceParam(value, spec)
    } catch (error) {
      if (!(error instanceof ScoringError)) throw error
      bad.push(`(${repr(name)}, ${repr(error.message)})`)
    }
  }
  for (const spec of specs) if (!(spec.name in result)) result[spec.name] = spec.default
  if (bad.length > 0) throw invalid(`Invalid parameters found: {${bad.join(', ')}}`)
  return result
}

const invalid = (message: string): ScoringError => new ScoringError('INVALID_PARAMETER_VALUE', message)

function enforceParam(value: unknown, spec: ParamSpec): unknown {
  const text = specText(spec)
  const list = Array.isArray(spec.shape) && spec.shape.length === 1 && spec.shape[0] === -1
  if (list && !(Array.isArray(value) && value.every((one) => !Array.isArray(one)))) {
    throw invalid(`Value must be a 1D array with shape (-1,) for param ${text}, received ${pythonType(value)} with ndim ${dimensions(value)}`)
  }
  try {
    if (list) return (value as readonly unknown[]).map((one) => enforceScalarParam(one, spec.type as ScalarType))
    if (spec.type === 'object') {
      enforceValue(plain(value), spec)
      return plain(value)
    }
    return enforceScalarParam(value, spec.type as ScalarType)
  } catch (error) {
    if (!(error instanceof ScoringError)) throw error
    throw invalid(`Failed to validate type and shape for ${text}, error: ${error.message}`)
  }
}

const dimensions = (value: unknown): number => (Array.isArray(value) ? 1 + dimensions(value[0]) : 0)

function specText(spec: ParamSpec): string {
  const shape = spec.shape === null || spec.shape === undefined ? '' : ` (shape: (${spec.shape.join(', ')},))`
  return `${repr(spec.name)}: ${typeText(spec)} (default: ${defaultText(spec)})${shape}`
}

/** MLflow made the default a Python value of the declared type when it read the signature. */
function defaultText({ default: value, type }: ParamSpec): string {
  const one = (item: unknown, inList: boolean): string => {
    if ((type === 'double' || type === 'float') && typeof item === 'number' && Number.isInteger(item)) return `${item}.0`
    return inList ? repr(item) : str(item)
  }
  return Array.isArray(value) ? `[${value.map((item) => one(item, true)).join(', ')}]` : one(value, false)
}

const plain = (value: unknown): unknown => (value instanceof WholeFloat ? value.value : value)
const isInteger = (value: unknown): boolean => typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value))
const isFloat = (value: unknown): boolean => value instanceof WholeFloat || (typeof value === 'number' && !Number.isInteger(value))

function enforceScalarParam(value: unknown, type: ScalarType): unknown {
  if (value === null) return null
  if (type === 'datetime') return enforceDate(value)
  if (typeof value === 'object' && !(value instanceof WholeFloat)) throw invalid(`Value must be a scalar for type \`DataType.${type}\`, got \`${str(value)}\``)
  const fits: Readonly<Record<Exclude<ScalarType, 'datetime'>, boolean>> = {
    boolean: typeof value === 'boolean', integer: isInteger(value), long: isInteger(value),
    float: isFloat(value) || isInteger(value), double: isFloat(value) || isInteger(value), string: typeof value === 'string', binary: false,
  }
  if (fits[type]) return plain(value)
  throw invalid(`Can not safely convert \`<class '${pythonType(value)}'>\` to \`DataType.${type}\` for value \`${str(value)}\``)
}

function enforceDate(value: unknown): unknown {
  if (isInteger(value)) throw invalid('Could not convert object to NumPy datetime')
  if (typeof value === 'string' && /^\d{4}-\d\d-\d\d(?:[T ]\d\d(?::\d\d(?::\d\d(?:\.\d+)?)?)?)?$/.test(value)) return value
  throw invalid(`Failed to convert value \`${str(value)}\` from type \`<class '${pythonType(value)}'>\` to \`DataType.datetime\``)
}
