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
  groups: fc.constant([]), members: fc.constant([]), unfolded: fc.constant(false), turned: fc.constant([]), differing: fc.boolean(), baseline: fc.constantFrom('', 'abc'), curves: fc.option(fc.uniqueArray(key), { nil: undefined }), extremes: fc.constantFrom(new Map(), new Map([['metrics.auc', 'max' as const], ['metrics.a:b', 'min' as const]])), pinnedRuns: fc.uniqueArray(fc.constantFrom('a', 'b')),
}, { noNullPrototype: true })

test('whatever is chosen comes back from the address, and what others keep there stays', () => {
  const logged = fc.uniqueArray(column.filter(({ kind }) => kind !== 'metric'), { maxLength: 4, selector: columnId })
  const path = fc.array(fc.constantFrom(null, '', 'x', '["x"]'), { maxLength: 4 })
  fc.assert(fc.property(state, logged, path, fc.boolean(), fc.array(path.filter((one) => one.length > 0), { maxLength: 3 }), (chosen, groups, members, unfolded, turned) => {
    const nested = groups.length > 1
    const whole = { ...chosen, groups, members: members.slice(0, groups.length), unfolded: nested && unfolded, turned: nested ? turned : [] }
    const query = new URLSearchParams('view=charts&smooth=0.6&q=old')
    writeTable(whole, query)
    assert.deepEqual(readTable(new URLSearchParams(query.toString())), whole)
    assert.equal(query.get('smooth'), '0.6')
  }))
})

test('links to one group that were made before there were groups within groups lead where they led', () => {
  assert.deepEqual(readTable(new URLSearchParams('by=params.model&in=rf')).members, ['rf'])
  assert.deepEqual(readTable(new URLSearchParams('by=params.model&without=1')).members, [null])
  assert.deepEqual(readTable(new URLSearchParams('by=metrics.auc&in=rf&open={')), noChoice)
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
