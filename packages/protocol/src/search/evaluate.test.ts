import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compareRuns, compareText, evaluate, isLike, type SearchableRun } from './evaluate.ts'
import { parseRunFilter, parseRunOrder } from './runs.ts'

const run = (fields: Partial<SearchableRun> = {}): SearchableRun => ({
  run_id: 'r', run_name: 'n', user_id: null, status: 'FINISHED', artifact_uri: 'a', start_time: 1, end_time: null,
  metrics: new Map(), params: new Map(), tags: new Map(), datasets: [], ...fields,
})
const meets = (filter: string, fields: Partial<SearchableRun>): boolean => evaluate(parseRunFilter(filter), run(fields))

test('a missing key meets nothing but IS NULL', () => {
  for (const filter of ["metrics.a != 1", "params.a != 'x'", "tags.a != 'x'", "end_time != 1", "user_id != 'x'", "tags.a IS NOT NULL", "dataset.name != 'x'", "run_name != 'x'"]) {
    assert.equal(meets(filter, {}), false, filter)
  }
  assert.equal(meets('tags.a IS NULL', {}), true)
})

test('NaN meets every != and nothing else; infinities are the largest doubles', () => {
  const metrics = new Map([['a', NaN], ['b', Infinity], ['c', -Infinity]])
  assert.deepEqual(['!=', '=', '<', '>=', '>'].map((op) => meets(`metrics.a ${op} 0`, { metrics })), [true, false, false, false, false])
  assert.equal(meets('metrics.b = 1.7976931348623157e308 and metrics.c < 0 and metrics.b < 1e999', { metrics }), true)
})

test('LIKE minds case, ILIKE folds ASCII only, and nothing escapes', () => {
  const params = new Map([['a', 'Straße_É'], ['b', '100%']])
  assert.deepEqual(["params.a LIKE 'Str%'", "params.a LIKE 'str%'", "params.a ILIKE 'STRA_E__'", "params.a ILIKE '%é'", "params.b LIKE '100\\%'"].map((filter) => meets(filter, { params })),
    [true, false, true, false, false])
})

test('LIKE agrees with a regular expression', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '%', '_', '\n', '😀') })
  fc.assert(fc.property(text, text, (value, pattern) => {
    const source = [...pattern].map((char) => (char === '%' ? '.*' : char === '_' ? '.' : char)).join('')
    assert.equal(isLike(value, pattern), new RegExp(`^${source}$`, 'su').test(value))
  }), { numRuns: 2000 })
})

test('a dataset clause asks for one input that meets it', () => {
  const datasets = [{ name: 'x', digest: '1', context: 'train' }, { name: 'y', digest: '2' }]
  assert.deepEqual(["dataset.name = 'y'", "dataset.context != 'train'", "dataset.context IN ('train')", "dataset.name != 'x'"].map((filter) => meets(filter, { datasets })),
    [true, false, true, true])
})

test('text is compared by code point', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
    assert.equal(Math.sign(compareText(a, b)), Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b))))
  }))
})

test('in both directions numbers come first, then NaN, then what is missing, then the latest start and the id', () => {
  const runs = [
    run({ run_id: 'none' }), run({ run_id: 'nan', metrics: new Map([['a', NaN]]) }), run({ run_id: 'two', metrics: new Map([['a', 2]]) }),
    run({ run_id: 'one', metrics: new Map([['a', 1]]) }), run({ run_id: 'inf', metrics: new Map([['a', Infinity]]) }),
    run({ run_id: 'later', start_time: 2, metrics: new Map([['a', 1]]) }),
  ]
  const order = (...by: string[]): string[] => runs.toSorted(compareRuns(parseRunOrder(by))).map(({ run_id }) => run_id)
  assert.deepEqual(order('metrics.a'), ['later', 'one', 'two', 'inf', 'nan', 'none'])
  assert.deepEqual(order('metrics.a DESC'), ['inf', 'two', 'later', 'one', 'nan', 'none'])
  assert.deepEqual(order('start_time'), ['inf', 'nan', 'none', 'one', 'two', 'later'])
  assert.deepEqual(order(), ['later', 'inf', 'nan', 'none', 'one', 'two'])
})
