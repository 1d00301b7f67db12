import type { Endpoint } from '@cairn/protocol'

type TSchema = Endpoint['response']

interface Described {
  readonly 'x-kind'?: string
  readonly 'x-item'?: TSchema
  readonly 'x-fields'?: Readonly<Record<string, TSchema>>
}

/**
 * Reads an answer as its schema means it: doubles that JSON has no word for come as the strings
 * `"NaN"`, `"Infinity"` and `"-Infinity"`, and integers beyond ±2^53 become `bigint` (where the
 * runtime shows a reviver the source text: Node 21, Chrome 114, Safari 18.4; else they are rounded).
 * Both walks cost several times the parse, so that they happen only where the text asks for them.
 */
export function readAnswer(text: string, schema: TSchema): unknown {
  const value: unknown = /[:[,]\s*-?\d{16}/.test(text) ? JSON.parse(text, exact) : JSON.parse(text)
  return /"(?:NaN|-?Infinity)"/.test(text) ? withDoubles(value, schema) : value
}

function exact(_key: string, value: unknown, context?: { source?: string }): unknown {
  return typeof value === 'number' && !Number.isSafeInteger(value) && context?.source !== undefined && /^-?\d+$/.test(context.source)
    ? BigInt(context.source) : value
}

const doubles: ReadonlySet<unknown> = new Set(['NaN', 'Infinity', '-Infinity'])

function withDoubles(value: unknown, schema: TSchema | undefined): unknown {
  const described = schema as Described | undefined
  if (described?.['x-kind'] === 'double') return doubles.has(value) ? Number(value) : value
  if (Array.isArray(value)) return value.map((item) => withDoubles(item, described?.['x-item']))
  const fields = described?.['x-fields']
  if (fields === undefined || typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, withDoubles(field, Object.hasOwn(fields, name) ? fields[name] : undefined)]))
}
