import assert from 'node:assert/strict'
import { it } from 'node:test'
import { bestOf, diffRows, tellsApart } from './diff-rows.ts'

it('rows differ when a value differs or is missing', () => {
  const rows = diffRows([new Map([['a', '1'], ['b', '2']]), new Map([['a', '1'], ['c', '3']])])
  assert.deepEqual(rows.map(({ name, same, values }) => [name, same, values]), [['a', true, ['1', '1']], ['b', false, ['2', undefined]], ['c', false, [undefined, '3']]])
})

it('a value is pointed at where it is not like the first, and others are', () => {
  assert.deepEqual(['a', 'b', 'a'].map((_, at, values) => tellsApart(values, at, false)), [false, true, false])
  assert.deepEqual(['a', 'b', 'c'].map((_, at, values) => tellsApart(values, at, false)), [false, false, false])
  assert.deepEqual(['a', 'b', 'c'].map((_, at, values) => tellsApart(values, at, true)), [false, true, true])
})

it('the best is known where the direction is, and something is worse', () => {
  assert.equal(bestOf([3, undefined, 1, Number.NaN], true), 1)
  assert.equal(bestOf([3, 1], false), 3)
  assert.equal(bestOf([3, 1], undefined), undefined)
  assert.equal(bestOf([1, 1], false), undefined)
})
