import type { Static, TSchema, TUnsafe } from 'typebox'

/**
 * The vocabulary of the wire contract: TypeBox schemas that follow protobuf's JSON rules. The
 * compiled check is strict and quick (canonical snake_case names, numbers as numbers); a body that
 * fails it is walked by `parse.ts`, which accepts what protobuf accepts besides (camelCase names,
 * int64 as strings, `"NaN"`) and words the error as MLflow does. Builders are marked as doing nothing
 * but answer, so that the page's build leaves out what no page uses.
 */

/** A 64-bit integer: a `number` where it is exact, a `bigint` beyond ±2^53. */
export type Int64 = number | bigint

export type Kind = 'string' | 'int64' | 'int32' | 'double' | 'bool' | 'enum' | 'list' | 'map' | 'message' | 'any'

/** What `parse.ts` reads of a schema; carried under a name that JSON Schema ignores. */
export interface Described {
  'x-kind': Kind
  'x-values'?: readonly string[]
  'x-item'?: TSchema
  'x-fields'?: Record<string, TSchema>
  'x-required'?: readonly string[]
}

/**
 * A JSON schema that stands for the type T. TypeBox's own `Type.Unsafe` does no more at run time, and
 * would bring 150 KB into every thread and page that only names a schema.
 */
const typed = /* @__NO_SIDE_EFFECTS__ */ <T>(schema: object): TUnsafe<T> => schema as TUnsafe<T>

const max53 = Number.MAX_SAFE_INTEGER

export const Str = typed<string>({ type: 'string', 'x-kind': 'string' })
export const Int64 = typed<Int64>({ type: 'integer', minimum: -max53, maximum: max53, 'x-kind': 'int64' })
export const Int32 = typed<number>({ type: 'integer', minimum: -0x8000_0000, maximum: 0x7fff_ffff, 'x-kind': 'int32' })
/** A double; on the wire NaN and the infinities are the strings `"NaN"`, `"Infinity"`, `"-Infinity"`. */
export const Double = typed<number>({ type: 'number', 'x-kind': 'double' })
export const Bool = typed<boolean>({ type: 'boolean', 'x-kind': 'bool' })
/** Any JSON value, passed on as it came. */
export const Any = typed<unknown>({ 'x-kind': 'any' })
/** An object whose keys the caller chooses. */
export const StringMap = typed<Record<string, string>>({
  type: 'object', additionalProperties: { type: 'string' }, 'x-kind': 'map',
})

export const Enum = /* @__NO_SIDE_EFFECTS__ */ <const V extends readonly string[]>(values: V) =>
  typed<V[number]>({ enum: [...values], 'x-kind': 'enum', 'x-values': values })

export const List = /* @__NO_SIDE_EFFECTS__ */ <T extends TSchema>(item: T) =>
  typed<Static<T>[]>({ type: 'array', items: item, 'x-kind': 'list', 'x-item': item })

type Fields = Record<string, TSchema>
type Values<F extends Fields> = { [K in keyof F]: Static<F[K]> }
type Flat<T> = { [K in keyof T]: T[K] }

/**
 * A message. The first argument holds the fields that the server refuses to do without (absent,
 * null and "" are all "missing", as in MLflow); the second those that may be absent.
 */
/* @__NO_SIDE_EFFECTS__ */
export function message<R extends Fields, O extends Fields = {}>(required: R, optional: O = {} as O) {
  const nonEmpty = Object.fromEntries(Object.entries(required).map(([name, field]) => [
    name, (field as unknown as Described)['x-kind'] === 'string' ? { ...field, minLength: 1 } : field,
  ]))
  return typed<Flat<Values<R> & Partial<Values<O>>>>({
    type: 'object',
    required: Object.keys(required),
    properties: { ...nonEmpty, ...optional },
    additionalProperties: false,
    'x-kind': 'message',
    'x-fields': { ...required, ...optional },
    'x-required': Object.keys(required),
  })
}

/**
 * A message that the server sends. The first argument holds the fields that are always there
 * (perhaps as ""); the second those that are left out when unset.
 */
/* @__NO_SIDE_EFFECTS__ */
export function answer<A extends Fields, S extends Fields = {}>(always: A, sometimes: S = {} as S) {
  return typed<Flat<Values<A> & Partial<Values<S>>>>({
    type: 'object',
    required: Object.keys(always),
    properties: { ...always, ...sometimes },
    'x-kind': 'message',
    'x-fields': { ...always, ...sometimes },
    'x-required': [],
  })
}

export const Empty = message({})
export type { Static, TSchema }
