import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { allEndpoints } from './endpoints.ts'
import { apis, prefixes } from './endpoint.ts'
import { laterEndpoints } from './later.ts'
import { parser } from './parse.ts'
import type { Described, TSchema } from './schema.ts'

const described = (schema: TSchema): Described => schema as unknown as Described
const pathParams = (path: string): string[] => [...path.matchAll(/\{(\w+)\*?\}/g)].map((match) => match[1]!)

/** Every schema inside a schema, with where it stands. */
function* schemas(schema: TSchema, at: string): Generator<[string, Described]> {
  const it = described(schema)
  yield [at, it]
  for (const [name, field] of Object.entries(it['x-fields'] ?? {})) yield* schemas(field, `${at}.${name}`)
  if (it['x-item']) yield* schemas(it['x-item'], `${at}[]`)
}

/** A whole value of a schema; `write` says how names and long integers are spelled in it. */
function sample(schema: TSchema, write: { name(name: string): string; long(value: number): unknown }): unknown {
  const { 'x-kind': kind, 'x-values': values, 'x-item': item, 'x-fields': fields } = described(schema)
  switch (kind) {
    case 'string': return 'text'
    case 'int64': return write.long(7)
    case 'int32': return 7
    case 'double': return 0.5
    case 'bool': return true
    case 'enum': return values!.at(-1)
    case 'list': return [sample(item!, write)]
    case 'map': return { a_key: 'kept as it is' }
    case 'message': return Object.fromEntries(Object.entries(fields!).map(([name, field]) => [write.name(name), sample(field, write)]))
    default: return { a_key: 1 }
  }
}

const camel = (name: string): string => name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())

describe('every endpoint', () => {
  test('has a name of its own', () => {
    const names = allEndpoints.map((endpoint) => endpoint.name)
    assert.deepEqual(names.filter((name, index) => names.indexOf(name) !== index), [])
    for (const name of names) assert.match(name, /^[a-z][a-zA-Z]+$/)
  })

  test('is the only one under its method and path, later ones included', () => {
    const places = [...allEndpoints, ...laterEndpoints].flatMap(({ method, api, path }) =>
      prefixes[api].map((prefix) => `${method} ${prefix}${path.replace(/\{\w+(\*?)\}/g, '{$1}')}`))
    assert.deepEqual(places.filter((place, index) => places.indexOf(place) !== index), [])
  })

  test('has a path that starts with a slash, ends without one and takes its rest last', () => {
    for (const { path, api } of [...allEndpoints, ...laterEndpoints]) {
      assert.match(path, /^(\/([\w.-]+|\{\w+\}))*(\/\{\w+\*\})?$/, path)
      assert.ok(apis.includes(api))
    }
  })

  for (const endpoint of allEndpoints) {
    test(`${endpoint.name} takes its path parameters as required fields, and its messages are whole`, () => {
      const request = described(endpoint.request)
      assert.equal(request['x-kind'], 'message')
      assert.equal(described(endpoint.response)['x-kind'], 'message')
      for (const name of pathParams(endpoint.path)) assert.ok(request['x-required']!.includes(name), name)
      for (const side of [endpoint.request, endpoint.response]) {
        for (const [at, schema] of schemas(side, endpoint.name)) {
          assert.ok(schema['x-kind'], `${at} says no kind`)
          for (const name of Object.keys(schema['x-fields'] ?? {})) assert.match(name, /^[a-z][a-z0-9_]*$/, `${at}.${name}`)
          for (const name of schema['x-required'] ?? []) assert.ok(name in schema['x-fields']!, `${at}.${name}`)
        }
      }
      assert.match(endpoint.summary, /^[A-Z].*\.$/s)
    })

    test(`${endpoint.name} takes every field by both of its names, and long integers as numbers and as text`, () => {
      const parse = parser(endpoint.request)
      const plain = sample(endpoint.request, { name: (name) => name, long: (value) => value })
      for (const write of [
        { name: (name: string) => name, long: (value: number) => value }, { name: camel, long: (value: number) => value },
        { name: (name: string) => name, long: String }, { name: camel, long: String },
      ]) assert.deepEqual(parse.body(JSON.stringify(sample(endpoint.request, write))), plain)
      // In a query there are no messages.
      const flat = Object.entries(described(endpoint.request)['x-fields']!).filter(([, field]) => !['message', 'map', 'any'].includes(described(field)['x-kind'])
        && !(described(field)['x-kind'] === 'list' && described(field)['x-item'] !== undefined && ['message', 'map', 'any'].includes(described(described(field)['x-item']!)['x-kind'])))
      if (endpoint.method !== 'GET' || flat.length < Object.keys(described(endpoint.request)['x-fields']!).length) return
      for (const spelled of [(name: string) => name, camel]) {
        const query = new URLSearchParams(flat.map(([name]) => [spelled(name), String((plain as Record<string, unknown>)[name])]))
        assert.deepEqual(parse.query(query), plain)
      }
    })

    test(`${endpoint.name} names the first required field that is missing`, () => {
      const [first] = described(endpoint.request)['x-required']!
      const parse = parser(endpoint.request)
      if (first === undefined) assert.deepEqual(parse.body(''), {})
      else assert.throws(() => parse.body(''), { message: `Missing value for required parameter '${first}'. See the API docs for more information about request parameters.` })
    })
  }
})

test('endpoints that come later all say their group', () => {
  for (const { group, method } of laterEndpoints) {
    assert.ok(group.length > 0)
    assert.ok(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].includes(method))
  }
})
