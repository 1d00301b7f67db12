import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { columnId, isLogged, ownIds, type AnyColumn, type Column, type Keys } from '../columns.ts'
import { chosenColumns, movedColumn, withColumns, withoutColumns, type ColumnChoice } from './column-choice.ts'
import { noChoice, readTable, writeTable } from './table-state.ts'

const keys: Keys = { metrics: Array.from({ length: 12_000 }, (_, at) => ({ key: `m${at}`, runs: 3 })), params: [{ key: 'lr', runs: 3, varies: true }], tags: [] }
const metric = (at: number): Column => ({ kind: 'metric', key: `m${at}` })
const ids = (choice: ColumnChoice): string[] => chosenColumns(choice, keys).filter(isLogged).map(columnId)
const own = (key: (typeof ownIds)[number]): AnyColumn => ({ kind: 'own', key })
const all = (choice: ColumnChoice): string[] => chosenColumns(choice, keys).map(columnId)

test('all of twelve thousand columns are shown, hidden and moved by an address that stays short', () => {
  let choice: ColumnChoice = { ...noChoice, every: true }
  assert.equal(ids(choice).length, 12_001)
  choice = withoutColumns(choice, chosenColumns(choice, keys), [metric(7), metric(11_999)])
  assert.equal(ids(choice).length, 11_999)
  choice = movedColumn(choice, chosenColumns(choice, keys), metric(500), 1)
  assert.equal(all(choice)[1], 'metrics.m500')
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
  assert.deepEqual(ids(movedColumn(choice, chosenColumns(choice, keys), metric(1), 1)), ['metrics.m1', 'metrics.m2'])
  assert.deepEqual(ids(withoutColumns(choice, chosenColumns(choice, keys), [metric(1), metric(2)])), [])
})

test('what every run has stands among the others wherever it is put, by an address that says nothing of what stands as usual', () => {
  const few: ColumnChoice = { ...noChoice, columns: [metric(1), metric(2)] }
  assert.deepEqual(all(few), ['status', 'metrics.m1', 'metrics.m2', 'start', 'duration'])
  const moved = movedColumn(few, chosenColumns(few, keys), own('duration'), 1)
  assert.deepEqual(all(moved), ['status', 'duration', 'metrics.m1', 'metrics.m2', 'start'])
  const query = new URLSearchParams()
  writeTable({ ...noChoice, ...moved }, query)
  assert.deepEqual(all(readTable(new URLSearchParams(query.toString()))), all(moved))
  const back = movedColumn(moved, chosenColumns(moved, keys), own('duration'), 4)
  assert.deepEqual(back.columns, few.columns)
  // Hidden it keeps its place.
  const hidden = withoutColumns(moved, chosenColumns(moved, keys), [own('duration')])
  assert.deepEqual(all(hidden), ['status', 'metrics.m1', 'metrics.m2', 'start'])
  assert.deepEqual(all(withColumns(hidden, chosenColumns(hidden, keys), [own('duration')])), all(moved))
  const every: ColumnChoice = { ...noChoice, every: true }
  const late = movedColumn(every, chosenColumns(every, keys), own('status'), 3)
  assert.deepEqual(all(late)[3], 'status')
  assert.equal(new Set(all(late)).size, 12_004)
})

test('any column can be put in any place, and the others keep their order', () => {
  fc.assert(fc.property(fc.shuffledSubarray([metric(1), metric(2), metric(3), metric(4), metric(5), ...ownIds.map(own)]), fc.nat(7), fc.nat(7), (columns, from, to) => {
    const choice: ColumnChoice = { ...noChoice, columns }
    const shown = chosenColumns(choice, keys)
    const [taken, place] = [shown[from % shown.length]!, to % shown.length]
    const wanted = shown.filter((one) => one !== taken).toSpliced(place, 0, taken).map(columnId)
    assert.deepEqual(all(movedColumn(choice, shown, taken, place)), wanted)
  }))
})
