import { pythonRepr, type PythonValue } from '@cairn/environments'
import { WholeFloat } from './columns.ts'

/** Python's name of a JSON value's type. */
export function pythonType(value: unknown): string {
  if (value === null || value === undefined) return 'NoneType'
  if (typeof value === 'boolean') return 'bool'
  if (value instanceof WholeFloat) return 'float'
  if (typeof value === 'bigint') return 'int'
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float'
  if (typeof value === 'string') return 'str'
  return Array.isArray(value) ? 'list' : 'dict'
}

/** Numbers that are whole are Python's ints here: JSON was read without telling `1.0` from `1`. */
function toPython(value: unknown): PythonValue {
  if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value)
  if (value instanceof WholeFloat) return value.value
  if (Array.isArray(value)) return value.map(toPython)
  if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, toPython(one)]))
  return (value ?? null) as PythonValue
}

/** Python's `repr` of a JSON value. */
export const repr = (value: unknown): string => pythonRepr(toPython(value))

/** Python's `str` of a JSON value. */
export const str = (value: unknown): string => (typeof value === 'string' ? value : repr(value))
