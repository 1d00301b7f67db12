import type { ColumnType, Property, ScalarType } from '../models/signature.ts'
import { inferColumn, isMissing, WholeFloat, type Column } from './columns.ts'
import { castColumn, EnforcementError, numpyNames } from './enforce-column.ts'
import { typeText } from '../models/signature.ts'
import { pythonType, repr, str } from './python-words.ts'

const isScalar = (type: ColumnType['type']): type is ScalarType => type in numpyNames

/**
 * MLflow's casting of one column to its declared type. `name` is for the message.
 *
 * @throws EnforcementError with MLflow's words
 */
export const enforceColumn = (name: string, column: Column, type: ColumnType, required = true): Column =>
  (isScalar(type.type) ? castColumn(name, column, type.type) : inferColumn(column.values.map((value) => enforceValue(value, type, required))))

/**
 * MLflow's check of one value against a type that may be nested.
 *
 * @throws EnforcementError with MLflow's words
 */
export function enforceValue(value: unknown, type: ColumnType, required = true): unknown {
  switch (type.type) {
    case 'any': return value
    case 'array': return enforceArray(value, type.items, required)
    case 'object': return enforceObject(value, type, required)
    case 'map': return enforceMap(value, type.values, required)
    case 'sparkml_vector': throw new EnforcementError('Invalid data type: SparkML vector')
    default: return enforceScalar(value, type.type, required)
  }
}

function enforceScalar(value: unknown, type: ScalarType, required: boolean): unknown {
  if (!required && isMissing(value)) return null
  if (typeof value === 'object' && !(value instanceof WholeFloat)) throw new EnforcementError(`Expected data to be scalar, got ${pythonType(value)}`)
  try {
    return castColumn('', inferColumn([value]), type).values[0]
  } catch (error) {
    if (!(error instanceof EnforcementError)) throw error
    throw new EnforcementError(`Failed to enforce schema of data \`${str(value)}\` with dtype \`${type}\``)
  }
}

function enforceArray(value: unknown, items: ColumnType, required: boolean): unknown {
  if ((!required || items.type === 'any') && (value === null || (Array.isArray(value) && value.length === 0))) return value
  if (!Array.isArray(value)) throw new EnforcementError(`Expected data to be list or numpy array, got ${pythonType(value)}`)
  if (value.length === 0) return value
  if (!isScalar(items.type)) return value.map((one) => enforceValue(one, items, required))
  return castColumn('', inferColumn(value), items.type).values
}

function enforceObject(value: unknown, type: Extract<ColumnType, { readonly type: 'object' }>, required: boolean): unknown {
  if (!required && (value === null || (typeof value === 'object' && !Array.isArray(value) && Object.keys(value).length === 0))) return value
  if (!isRecord(value)) {
    throw new EnforcementError(`Failed to enforce schema of '${str(value)}' with type '${typeText(type)}'. Expected data to be dictionary, got ${pythonType(value)}`)
  }
  const properties = new Map<string, Property>(Object.entries(type.properties))
  const absent = [...properties].filter(([name, property]) => property.required !== false && !Object.hasOwn(value, name)).map(([name]) => name)
  if (absent.length > 0) throw new EnforcementError(`Missing required properties: ${setText(absent)}`)
  const foreign = Object.keys(value).filter((name) => !properties.has(name))
  if (foreign.length > 0) throw new EnforcementError(`Invalid properties not defined in the schema found: ${setText(foreign)}`)
  return Object.fromEntries(Object.entries(value).map(([key, one]) => {
    const property = properties.get(key)!
    try {
      return [key, enforceValue(one, property, property.required !== false)]
    } catch (error) {
      if (!(error instanceof EnforcementError)) throw error
      throw new EnforcementError(`Failed to enforce schema for key \`${key}\`. Expected type ${property.type}, received type ${pythonType(one)}`)
    }
  }))
}

function enforceMap(value: unknown, values: ColumnType, required: boolean): unknown {
  const empty = value === null || (typeof value === 'object' && !Array.isArray(value) && Object.keys(value).length === 0)
  if ((!required || values.type === 'any') && empty) return value
  if (!isRecord(value)) throw new EnforcementError(`Expected data to be a dict, got ${pythonType(value)}`)
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, enforceValue(one, values, required)]))
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof WholeFloat)

/** A set of texts as Python shows it. Python's order is arbitrary; here it is the schema's. */
const setText = (names: readonly string[]): string => `{${names.map(repr).join(', ')}}`
