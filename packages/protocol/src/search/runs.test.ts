import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Clause, Order } from './clause.ts'
import { searchLimits } from './limits.ts'
import { printRunFilter, printRunOrder } from './print.ts'
import { parseRunFilter, parseRunOrder } from './runs.ts'

const read = (text: string): unknown[] => parseRunFilter(text).map(({ type, key, op, value }) => [type, key, op, value])
const refuses = (text: string, message: string): void =>
  assert.throws(() => parseRunFilter(text), { code: 'INVALID_PARAMETER_VALUE', message })

test('no filter has no conditions', () => {
  assert.deepEqual([parseRunFilter(''), parseRunFilter(undefined), parseRunFilter(null)], [[], [], []])
})

test('every entity and its aliases are read', () => {
  assert.deepEqual(read("metrics.acc > 0.9 AND metric.loss <= -1e-3"), [['metric', 'acc', '>', 0.9], ['metric', 'loss', '<=', -0.001]])
  assert.deepEqual(read("params.a = 'x' and parameter.b != \"y\" and parameters.c like 'z' and param.d iLike 'w'"), [
    ['param', 'a', '=', 'x'], ['param', 'b', '!=', 'y'], ['param', 'c', 'LIKE', 'z'], ['param', 'd', 'ILIKE', 'w'],
  ])
  assert.deepEqual(read("attr.status = 'FAILED' and run.user_id = 'u' and run_id IN ('a', 'b') and datasets.digest not in ('d')"), [
    ['attribute', 'status', '=', 'FAILED'], ['attribute', 'user_id', '=', 'u'], ['attribute', 'run_id', 'IN', ['a', 'b']], ['dataset', 'digest', 'NOT IN', ['d']],
  ])
  assert.deepEqual(read('tags.a IS NULL and params.b is not null'), [['tag', 'a', 'IS NULL', null], ['param', 'b', 'IS NOT NULL', null]])
})

test('attributes have their canonical names, metrics keep theirs', () => {
  assert.deepEqual(read("created > 1 and attributes.Created < 2 and `run name` = 'x' and metrics.created = 1"), [
    ['attribute', 'start_time', '>', 1], ['attribute', 'start_time', '<', 2], ['attribute', 'run_name', '=', 'x'], ['metric', 'created', '=', 1],
  ])
})

test('keys are quoted by backticks or double quotes, and dots need none', () => {
  assert.deepEqual(read('metrics.`val/loss` = 1 and metrics."a b" = 2 and metrics.a.b.c = 3'), [
    ['metric', 'val/loss', '=', 1], ['metric', 'a b', '=', 2], ['metric', 'a.b.c', '=', 3],
  ])
})

test('clauses may stand side by side without AND', () => {
  assert.equal(read("metrics.a = 1 tags.b = 'x'").length, 2)
})

test('a clause knows where it begins', () => {
  assert.deepEqual(parseRunFilter("metrics.a > 1 AND  tags.x IN ('b')".replace('tags.x', 'run_id')).map(({ at }) => at), [0, 19])
})

test('lists are Python literals: strings escape, join side by side, and may end in a comma', () => {
  assert.deepEqual(read(`run_id IN ('a\\n', r'b\\n', 'c' "d", '\\x41',)`), [['attribute', 'run_id', 'IN', ['a\n', 'b\\n', 'cd', 'A']]])
})

test('what is refused is refused in MLflow\'s words', () => {
  refuses('   ', "Invalid filter '   '. Could not be parsed.")
  refuses('metrics.acc > 1; metrics.loss < 2', "Search filter contained multiple expression 'metrics.acc > 1; metrics.loss < 2'. Provide AND-ed expression list.")
  refuses('metrics.a > 1 OR metrics.b > 1', "Invalid clause(s) in filter string: 'OR'")
  refuses("params.lr BETWEEN 'a' AND 'b'", "Invalid clause(s) in filter string: 'params.lr', 'BETWEEN', ''a'', ''b''")
  refuses("metrics.acc > 'a'", "Expected numeric value type for metric. Found 'a'")
  refuses('tags.a = 3', "Expected a quoted string value for tag (e.g. 'my-value'). Got value 3")
  refuses('tags.a = x', 'Parameter value is either not quoted or unidentified quote types used for string value x. Use either single or double quotes.')
  refuses("foo.a = 'x'", "Invalid entity type 'foo'. Valid values are ['metric', 'parameter', 'tag', 'attribute', 'dataset']")
  refuses("__proto__.a = 'x'", "Invalid entity type '__proto__'. Valid values are ['metric', 'parameter', 'tag', 'attribute', 'dataset']")
  refuses("dataset.x = 'a'", "Invalid dataset key 'x' specified. Valid keys are '{'context', 'digest', 'name'}'")
  refuses("experiment_id = '1'", "Invalid attribute key 'experiment_id' specified. Valid keys are '{'Created', 'Run Name', 'Run name', 'artifact_uri', 'created', 'end_time', 'run name', 'run_id', 'run_name', 'start_time', 'status', 'user_id'}'")
  refuses("status IS NULL", "IS NULL / IS NOT NULL is only supported for tags and params, not for 'attribute' 'status'")
  refuses("status IN ('a')", "Only ['run_id'] attributes support comparison with a list of quoted string values.")
  refuses('run_id IN ()', 'While parsing a list in the query, expected a non-empty list of string values, but got empty list')
  refuses("run_id IN ('a', 1, 2.50)", "While parsing a list in the query, expected string value, punctuation, or whitespace, but got different type in list: ('a', 1, 2.5)")
  refuses('metrics.a LIKE 1', "Invalid comparator 'LIKE' not one of '{'!=', '<', '<=', '=', '>', '>='}")
  refuses("params.a > 'x'", "Invalid comparator '>' not one of '{'!=', '=', 'ILIKE', 'IS NOT NULL', 'IS NULL', 'LIKE'}'")
  refuses("1 = 'x'", "Invalid comparison clause. Expected 'Identifier' found '1'")
  refuses("run_id = ('a')", "Invalid comparator '=' for a list of values.")
})

test('an order has a direction, aliases and quoting, and no key twice', () => {
  assert.deepEqual(parseRunOrder(['metrics.`a b` desc', 'params.x', 'created ASC']), [
    { type: 'metric', key: 'a b', ascending: false }, { type: 'param', key: 'x', ascending: true }, { type: 'attribute', key: 'start_time', ascending: true },
  ])
  const refuses = (items: string[], message: string): void => assert.throws(() => parseRunOrder(items), { code: 'INVALID_PARAMETER_VALUE', message })
  refuses(['metrics.acc FOO'], "Invalid ordering key in order_by clause 'metrics.acc FOO'.")
  refuses([''], "Invalid order_by clause ''. Could not be parsed.")
  refuses(['metrics.acc, params.x'], "Invalid order_by clause 'metrics.acc, params.x'. Could not be parsed.")
  refuses(["metrics.a ASC", "metrics.`a` desc"], "`order_by` contains duplicate fields: ['metrics.a ASC', 'metrics.`a` desc']")
  refuses(['`run name`'], "Invalid attribute key 'run name' specified. Valid keys are '{'Created', 'artifact_uri', 'created', 'end_time', 'run_id', 'run_name', 'start_time', 'status', 'user_id'}'")
})

test('what is too much is refused with the limit', () => {
  const clauses = (count: number): string => Array.from({ length: count }, (_, index) => `metrics.a${index} > 1`).join(' AND ')
  assert.equal(parseRunFilter(clauses(200)).length, 200)
  refuses(clauses(201), 'Invalid filter: it has 201 clauses, the limit is 200.')
  const list = (count: number): string => `run_id IN (${Array.from({ length: count }, () => "'a'").join(',')})`
  assert.equal((parseRunFilter(list(1000))[0]!.value as string[]).length, 1000)
  refuses(list(1001), 'Invalid filter: a list has more than 1000 items, which is the limit.')
  refuses(`tags.a = '${'x'.repeat(100_000)}'`, 'Invalid filter: it has 100011 characters, the limit is 100000.')
  const keys = Array.from({ length: 21 }, (_, index) => `metrics.a${index}`)
  assert.equal(parseRunOrder(keys.slice(1)).length, 20)
  assert.throws(() => parseRunOrder(keys), { message: 'Invalid order_by: it has 21 keys, the limit is 20.' })
})

test('brackets within brackets end at a limit and never in a stack overflow', () => {
  for (const text of ['('.repeat(4000) + ')'.repeat(4000), 'a=' .repeat(4900) + 'a', 'a ASC '.repeat(2000), '['.repeat(9000), 'a-'.repeat(4900) + 'a']) {
    assert.throws(() => parseRunFilter(text), { code: 'INVALID_PARAMETER_VALUE' }, text.slice(0, 20))
  }
})

const key = fc.oneof(fc.constantFrom('acc', 'val loss', 'a.b', 'created', 'select', '日本', "it's", '`', 'a"b'), fc.string({ minLength: 1 }))
const value = fc.oneof(fc.constantFrom('', "it's", 'say "x"', '%a_', "a''b", '--', '/*', ';'), fc.string())
const clause: fc.Arbitrary<Clause> = fc.oneof(
  fc.record({ type: fc.constant('metric' as const), key, op: fc.constantFrom('=', '!=', '<', '<=', '>', '>='), value: fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0), at: fc.constant(0) }),
  fc.record({ type: fc.constantFrom('param', 'tag'), key, op: fc.constantFrom('=', '!=', 'LIKE', 'ILIKE'), value, at: fc.constant(0) }),
  fc.record({ type: fc.constantFrom('param', 'tag'), key, op: fc.constantFrom('IS NULL', 'IS NOT NULL'), value: fc.constant(null), at: fc.constant(0) }),
  fc.record({ type: fc.constant('attribute' as const), key: fc.constant('run_id'), op: fc.constantFrom('IN', 'NOT IN'), value: fc.array(value, { minLength: 1, maxLength: 3 }), at: fc.constant(0) }),
  fc.record({ type: fc.constant('attribute' as const), key: fc.constantFrom('start_time', 'end_time'), op: fc.constantFrom('<', '>='), value: fc.nat(), at: fc.constant(0) }),
)

test('a printed filter reads back as the same clauses', () => {
  let printed = 0
  fc.assert(fc.property(fc.array(clause, { maxLength: 4 }), (clauses) => {
    const text = printRunFilter(clauses)
    if (text === undefined) return
    printed++
    assert.deepEqual(parseRunFilter(text).map((item) => ({ ...item, at: 0 })), clauses.map((item) => ({ ...item })))
  }))
  assert.ok(printed > 20, `${printed} filters could be printed`)
})

test('a printed order reads back as the same order', () => {
  const order: fc.Arbitrary<Order> = fc.record({ type: fc.constantFrom('metric', 'param', 'tag'), key, ascending: fc.boolean() })
  fc.assert(fc.property(order, (item) => {
    const text = printRunOrder(item)
    if (text !== undefined) assert.deepEqual(parseRunOrder([text]), [{ ...item }])
  }))
  assert.equal(printRunOrder({ type: 'metric', key: 'val loss', ascending: false }), 'metrics.`val loss` DESC')
})

test('any text is read or refused, never an accident', () => {
  const piece = fc.constantFrom('metrics.a', ' ', '=', '1', "'", '"', '`', '(', ')', '[', ']', ',', '.', ';', 'IN', 'IS', 'NOT', 'NULL', 'AND', 'AS', '--', '/*', '*/', '\\', '$a$', 'ASC', '::', '-', '\n')
  fc.assert(fc.property(fc.oneof(fc.string(), fc.array(piece).map((pieces) => pieces.join(''))), (text) => {
    for (const parse of [parseRunFilter, (item: string) => parseRunOrder([item])]) {
      try {
        parse(text)
      } catch (error) {
        assert.equal((error as { code?: string }).code, 'INVALID_PARAMETER_VALUE', text)
      }
    }
  }), { numRuns: 2000 })
  assert.ok(searchLimits.filterLength >= 100_000)
})
