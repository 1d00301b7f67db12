import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { columnId, ownIds, usualColumns, type AnyColumn, type Column } from '../columns.ts'
import { chosenColumns } from './column-choice.ts'
import { gridColumns } from './grid-columns.ts'
import { nextSort, noChoice, readTable, writeTable, type TableState } from './table-state.ts'

const key = fc.string({ minLength: 1, maxLength: 8 })
const column: fc.Arbitrary<Column> = fc.record({ kind: fc.constantFrom('metric' as const, 'param' as const, 'tag' as const), key }, { noNullPrototype: true })
const state: fc.Arbitrary<TableState> = fc.record({
  filter: fc.string(), sort: fc.uniqueArray(key), columns: fc.option(fc.array(fc.oneof(column, fc.constantFrom(...ownIds).map((one): AnyColumn => ({ kind: 'own', key: one }))), { maxLength: 4 }), { nil: undefined }),
  every: fc.constant(true), hiddenColumns: fc.array(column.map(columnId), { maxLength: 2 }),
  pinnedColumns: fc.array(column.map(columnId), { maxLength: 2 }), widths: fc.array(fc.tuple(column.map(columnId), fc.integer({ min: 40, max: 1200 })), { maxLength: 2 }).map((pairs) => new Map(pairs)),
  stage: fc.constantFrom('active' as const, 'archived' as const, 'deleted' as const), tree: fc.constantFrom(undefined, true, false),
  group: fc.constant(undefined), member: fc.constant(undefined), differing: fc.boolean(), baseline: fc.constantFrom('', 'abc'), curves: fc.option(fc.uniqueArray(key), { nil: undefined }), extremes: fc.constantFrom(new Map(), new Map([['metrics.auc', 'max' as const], ['metrics.a:b', 'min' as const]])), pinnedRuns: fc.uniqueArray(fc.constantFrom('a', 'b')),
}, { noNullPrototype: true })

test('whatever is chosen comes back from the address, and what others keep there stays', () => {
  fc.assert(fc.property(state, fc.option(column, { nil: undefined }), fc.constantFrom(undefined, null, '', 'x'), (chosen, group, member) => {
    const whole = { ...chosen, group, member: group === undefined ? undefined : member }
    const query = new URLSearchParams('view=charts&smooth=0.6&q=old')
    writeTable(whole, query)
    assert.deepEqual(readTable(new URLSearchParams(query.toString())), whole)
    assert.equal(query.get('smooth'), '0.6')
  }))
})

test('what every run has can be hidden too, and stays hidden when all is shown that was logged', () => {
  for (const every of [false, true]) {
    const query = new URLSearchParams()
    writeTable({ ...noChoice, every, hiddenColumns: ['status', 'start'] }, query)
    const state = readTable(new URLSearchParams(query.toString()))
    assert.deepEqual(state.hiddenColumns, ['status', 'start'])
    assert.deepEqual(gridColumns(chosenColumns(state, { metrics: [{ key: 'auc', runs: 1 }], params: [], tags: [] }), state, new Set(), false).map(({ id }) => id), ['name', 'metrics.auc', 'duration'])
  }
})

test('a heading sorts down, then up, then not at all; with Shift besides the others', () => {
  assert.deepEqual(nextSort([], 'metrics.auc', false), ['metrics.auc DESC'])
  assert.deepEqual(nextSort(['metrics.auc DESC'], 'metrics.auc', false), ['metrics.auc ASC'])
  assert.deepEqual(nextSort(['metrics.auc ASC'], 'metrics.auc', false), [])
  assert.deepEqual(nextSort(['metrics.auc ASC'], 'params.lr', true), ['metrics.auc ASC', 'params.lr DESC'])
  assert.deepEqual(nextSort(['metrics.auc ASC', 'params.lr ASC'], 'metrics.auc', true), ['params.lr ASC'])
})

test('the usual columns are metrics that say most, and params that are not the same in all runs', () => {
  const keys = {
    metrics: ['aaa', 'train/loss', 'val/auc', 'system/cpu'].map((one) => ({ key: one, runs: 5 })),
    params: [{ key: 'lr', runs: 5, varies: true }, { key: 'seed', runs: 5, varies: false }], tags: [],
  }
  assert.deepEqual(usualColumns(keys).map(columnId), ['metrics.val/auc', 'metrics.train/loss', 'params.lr', 'metrics.aaa'])
})
