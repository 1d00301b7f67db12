/**
 * A column as pandas has it: a dtype and values. Missing values are null where the dtype is `object`,
 * `str` or `datetime64[ns]`, NaN in floats. Integers may be `bigint`; datetimes are `bigint`
 * nanoseconds since 1970; binary values are `Uint8Array` in an `object` column.
 */
export interface Column {
  readonly dtype: string
  readonly values: readonly unknown[]
}

/** Columns by name, in order. A frame without names has `0`, `1`, …; see `named`. */
export interface Frame {
  readonly names: readonly string[]
  /** Whether the names were given, rather than numbers that pandas gave. */
  readonly named: boolean
  readonly columns: readonly Column[]
  readonly rows: number
}

/** A JSON number that Python would read as a float although its value is whole: `1.0`. */
export class WholeFloat {
  readonly value: number

  constructor(value: number) {
    this.value = value
  }
}

/** JSON with integers beyond 2^53 as `bigint`, and `1.0` told from `1`; costs twice `JSON.parse`. */
export function parseExactJson(text: string): unknown {
  return JSON.parse(text, (_key, value: unknown, context?: { source?: string }) => {
    if (typeof value !== 'number' || context?.source === undefined) return value
    if (/^-?\d+$/.test(context.source)) return Number.isSafeInteger(value) ? value : BigInt(context.source)
    return Number.isInteger(value) ? new WholeFloat(value) : value
  })
}

const int64 = { least: -(2n ** 63n), most: 2n ** 63n - 1n } as const
const absent: unique symbol = Symbol('absent')
/** Stands for a key that a record lacks: NaN for pandas, where null is None. */
export const missing: unknown = absent

/** What pandas makes of a list of JSON values: `DataFrame`'s inference. */
export function inferColumn(values: readonly unknown[]): Column {
  let [integers, floats, booleans, texts, empties, gaps] = [0, 0, 0, 0, 0, 0]
  for (const value of values) {
    if (value === null) empties++
    else if (value === missing) gaps++
    else if (typeof value === 'bigint' || Number.isInteger(value)) integers++
    else if (typeof value === 'number' || value instanceof WholeFloat) floats++
    else if (typeof value === 'boolean') booleans++
    else if (typeof value === 'string') texts++
  }
  const { length } = values
  const none = empties + gaps
  if (length > 0 && booleans === length) return { dtype: 'bool', values }
  if (length > 0 && texts > 0 && texts + none === length) return { dtype: 'str', values: none === 0 ? values : values.map((value) => (value === missing ? null : value)) }
  if (length > 0 && integers === length) return integerColumn(values)
  // Only gaps are NaN, which is a float; only nulls stay objects.
  if (length > 0 && integers + floats + none === length && integers + floats + gaps > 0) return { dtype: 'float64', values: values.map(toFloat) }
  return { dtype: 'object', values: values.map(plain) }
}

const plain = (value: unknown): unknown => (value === missing ? Number.NaN : value instanceof WholeFloat ? value.value : value)
const toFloat = (value: unknown): number => (value === null || value === missing ? Number.NaN : value instanceof WholeFloat ? value.value : Number(value))

function integerColumn(values: readonly unknown[]): Column {
  const large = values.filter((value) => typeof value === 'bigint')
  if (large.every((value) => value >= int64.least && value <= int64.most)) return { dtype: 'int64', values }
  const unsigned = values.every((value) => (value as number | bigint) >= 0 && (value as number | bigint) < 2n ** 64n)
  return { dtype: unsigned ? 'uint64' : 'object', values }
}

/** numpy's letter for a family of dtypes. */
export function kindOf(dtype: string): 'b' | 'i' | 'u' | 'f' | 'O' | 'T' | 'M' {
  if (dtype === 'bool') return 'b'
  if (dtype.startsWith('uint')) return 'u'
  if (dtype.startsWith('int')) return 'i'
  if (dtype.startsWith('float')) return 'f'
  if (dtype.startsWith('datetime64')) return 'M'
  return dtype === 'str' ? 'T' : 'O'
}

/** Bytes of a value, for the numeric dtypes. */
export const sizeOf = (dtype: string): number => (dtype === 'bool' ? 1 : Number(/\d+/.exec(dtype)?.[0] ?? 64) / 8)

export const isMissing = (value: unknown): boolean => value === null || value === undefined || value === missing || value !== value
