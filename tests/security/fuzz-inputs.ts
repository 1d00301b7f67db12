import type { Described, TSchema } from '@cairn/protocol'

/** Numbers from 0 to below 1, the same for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export type Random = () => number
const pick = <T>(random: Random, values: readonly T[]): T => values[Math.floor(random() * values.length)]!

const nested = (depth: number): unknown => {
  let value: unknown = []
  for (let level = 0; level < depth; level += 1) value = level % 2 === 0 ? [value] : { a: value }
  return value
}
// JSON text that no JavaScript number holds.
const isRaw = (value: object): boolean => 'rawJSON' in value
const rawNumber = (text: string): unknown => (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(text)

const hostile: readonly unknown[] = [
  null, true, false, 0, -1, 1.5, 1e308, rawNumber('1e400'), rawNumber('-0'), rawNumber('9007199254740993'), rawNumber('99999999999999999999999'),
  '', ' ', '0', '-1', '02', '1.0', 'NaN', 'Infinity', '9223372036854775807', '9223372036854775808', '-9223372036854775809', '1e5',
  'x'.repeat(300), 'ü'.repeat(3000), 'y'.repeat(70_000), '\u0000', 'a\u0000b', '\ud800', 'a\udc00b', '\u202e', '💥', '\r\nSet-Cookie: a=b',
  '__proto__', 'constructor', 'hasOwnProperty', 'toString', '../../etc/passwd', '%2e%2e%2f', '..\\..\\x', '/etc/passwd', 'file:///etc/passwd', '//x', 'a//b', './.', 'a?b#c;d',
  "'; DROP TABLE runs; --", "' OR '1'='1", '`', '"', '%', '_', '\\', '((((((', 'metrics.`a` > \'x\'', 'attributes.', 'name LIKE', 'params.a IN (', "tags.`mlflow.x` = 'a' AND", 'metrics.m ASC, DESC',
  '<script>alert(1)</script>', '{{7*7}}', '${jndi:ldap://x}', 'http://169.254.169.254/latest', 'http://[::1]/', 'javascript:alert(1)', '{"a":', '[]', 'null',
  [], {}, [[]], [null], [{}], [1, 'a', null], ['a', 'a'], { a: 1 }, { length: 5 }, { toString: 1 }, { toJSON: 'x' }, nested(50), nested(2000),
  Array.from({ length: 2500 }, (_, index) => `k${index}`), Array.from({ length: 1500 }, () => ({})),
]

/** A copy, since values are spoiled further. */
function anyHostile(random: Random): unknown {
  const value = pick(random, hostile)
  return typeof value !== 'object' || value === null || isRaw(value) ? value : JSON.parse(JSON.stringify(value))
}

/** What is known to exist, by the name of the field that names it. */
export type Known = Readonly<Record<string, unknown>>

const describe = (schema: TSchema): Described => schema as unknown as Described

function plausible(name: string, schema: TSchema, known: Known, random: Random): unknown {
  if (name in known && random() < 0.9) return known[name]
  const { 'x-kind': kind, 'x-values': values, 'x-item': item, 'x-fields': fields } = describe(schema)
  switch (kind) {
    case 'string': return `${name}-${Math.floor(random() * 1e9)}`
    case 'int64': case 'int32': return Math.floor(random() * 100)
    case 'double': return random()
    case 'bool': return random() < 0.5
    case 'enum': return pick(random, values!)
    case 'list': return Array.from({ length: 1 + Math.floor(random() * 2) }, () => plausible(name.replace(/s$/, ''), item!, known, random))
    case 'map': return { a: 'b' }
    case 'message': return Object.fromEntries(Object.entries(fields!).map(([field, inner]) => [field, plausible(field, inner, known, random)]))
    default: return { a: [1, 'b', null] }
  }
}

const camel = (name: string): string => name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())

/** A request that is nearly right: one to three of its values, at any depth, are not. */
export function mutated(schema: TSchema, known: Known, random: Random): Record<string, unknown> {
  const fields = describe(schema)['x-fields'] ?? {}
  const required = describe(schema)['x-required'] ?? []
  const value: Record<string, unknown> = {}
  for (const [name, field] of Object.entries(fields)) {
    if (required.includes(name) || random() < 0.4) value[name] = plausible(name, field, known, random)
  }
  for (let times = 1 + Math.floor(random() * 3); times > 0; times -= 1) spoil(value, Object.keys(fields), random)
  return value
}

function spoil(value: Record<string, unknown>, names: readonly string[], random: Random): void {
  if (names.length === 0) return void (value[pick(random, ['__proto__x', 'a', 'constructor'])] = anyHostile(random))
  const name = pick(random, names)
  const inner = value[name]
  if (typeof inner === 'object' && inner !== null && !isRaw(inner) && random() < 0.6) {
    const keys = Object.keys(inner)
    if (keys.length > 0 && keys.length < 100) return spoil(inner as Record<string, unknown>, keys, random)
  }
  const chance = random()
  if (chance < 0.1) delete value[name]
  else if (chance < 0.2 && !Array.isArray(value)) value[camel(name)] = anyHostile(random)
  else if (chance < 0.25 && !Array.isArray(value)) Object.defineProperty(value, '__proto__', { value: { polluted: true }, enumerable: true, configurable: true, writable: true })
  else value[name] = anyHostile(random)
}

/** Bodies that are not even objects. */
export const brokenBodies: readonly string[] = [
  '', '{', '[]', 'null', '1', '"x"', '"{\\"a\\":1}"', '{"a":1}}', '{"a":undefined}', "{'a':1}", '\u0000', '\ufeff{}', '['.repeat(100_000), '{"a":'.repeat(50_000),
  `${'['.repeat(100_000)}${']'.repeat(100_000)}`, '{"__proto__":{"polluted":true}}', '{"constructor":{"prototype":{"polluted":true}}}', '{"a":1,"a":2}', '\xff\xfe', `{"run_id":"${'z'.repeat(1_000_000)}"}`,
]
