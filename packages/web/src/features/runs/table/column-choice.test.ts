import assert from 'node:assert/strict'
import { test } from 'node:test'
import { columnId, type Column, type Keys } from '../columns.ts'
import { chosenColumns, movedColumn, withColumns, withoutColumns, type ColumnChoice } from './column-choice.ts'
import { noChoice, readTable, writeTable } from './table-state.ts'

const keys: Keys = { metrics: Array.from({ length: 12_000 }, (_, at) => ({ key: `m${at}`, runs: 3 })), params: [{ key: 'lr', runs: 3, varies: true }], tags: [] }
const metric = (at: number): Column => ({ kind: 'metric', key: `m${at}` })
const ids = (choice: ColumnChoice): string[] => chosenColumns(choice, keys).map(columnId)

test('all of twelve thousand columns are shown, hidden and moved by an address that stays short', () => {
  let choice: ColumnChoice = { ...noChoice, every: true }
  assert.equal(ids(choice).length, 12_001)
  choice = withoutColumns(choice, chosenColumns(choice, keys), [metric(7), metric(11_999)])
  assert.equal(ids(choice).length, 11_999)
  choice = movedColumn(choice, chosenColumns(choice, keys), metric(500), 1)
  assert.equal(ids(choice)[1], 'metrics.m500')
  assert.equal(ids(choice).length, 11_999)
  choice = withColumns(choice, chosenColumns(choice, keys), [metric(7)])
  const query = new URLSearchParams()
  writeTable({ ...noChoice, ...choice }, query)
  assert.ok(query.toString().length < 200)
  assert.deepEqual(ids(readTable(new URLSearchParams(query.toString()))), ids(choice))
})

test('columns that are named are shown in their order, and none is there twice', () => {
  const choice = withColumns({ ...noChoice, columns: [metric(2)] }, [metric(2)], [metric(1), metric(2)])
  assert.deepEqual(ids(choice), ['metrics.m2', 'metrics.m1'])
  assert.deepEqual(ids(movedColumn(choice, chosenColumns(choice, keys), metric(1), 0)), ['metrics.m1', 'metrics.m2'])
  assert.deepEqual(ids(withoutColumns(choice, chosenColumns(choice, keys), [metric(1), metric(2)])), [])
})
