import { test } from 'node:test'
import assert from 'node:assert/strict'
import type { Row } from '../rows/row.ts'
import { checkTable, table } from './table.ts'

const row: Row = {
  name: 'work', title: 'some work', compared: 'processor time', unit: 'ms', better: 'less', targets: { mlflow: 10, fasttrackml: 5 },
  results: { cairn: { value: 2 }, mlflow: { value: 30 }, fasttrackml: { value: 6, note: 'a note' } },
  checks: [{ text: 'fast', measured: '2 ms', ok: true }],
}
const columns = (text: string) => text.split('\n').map(line => line.split('|').slice(1, -1).map(cell => cell.trim()))

test('each peer stands beside its ratio to Cairn and whether that reaches the target', () => {
  const [, , cairn, mlflow, fasttrackml] = columns(table([row]))
  assert.deepEqual([cairn!.at(1), cairn!.at(7), cairn!.at(8), cairn!.at(9)], ['Cairn', '2 ms', '', ''])
  assert.deepEqual([mlflow!.at(7), mlflow!.at(8), mlflow!.at(9)], ['30 ms', '15×', '10× ✓'])
  assert.deepEqual([fasttrackml!.at(7), fasttrackml!.at(8), fasttrackml!.at(9)], ['6 ms (a note)', '3×', '5× ✗'])
})

test('where more is better the ratio is the other way round', () => {
  const [, , , mlflow] = columns(table([{ ...row, better: 'more' }]))
  assert.equal(mlflow!.at(8), '0.0667×')
})

test('a server that failed shows why and is not compared', () => {
  const [, , , mlflow] = columns(table([{ ...row, results: { ...row.results, mlflow: { value: Number.NaN, failure: 'status 500' } } }]))
  assert.deepEqual([mlflow!.at(7), mlflow!.at(8), mlflow!.at(9)], ['status 500', '', '10× ?'])
})

test('a server that was stopped is a lower bound', () => {
  const [, , , mlflow] = columns(table([{ ...row, results: { ...row.results, mlflow: { value: 30, unfinished: true } } }]))
  assert.deepEqual([mlflow!.at(7), mlflow!.at(8), mlflow!.at(9)], ['> 30 ms', '> 15×', '10× ✓'])
})

test('promises are listed with what was measured', () => {
  assert.match(checkTable([row]), /\| work \| fast \| 2 ms \| ✓ \|/)
})
