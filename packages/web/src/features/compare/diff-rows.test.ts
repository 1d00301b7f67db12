import assert from 'node:assert/strict'
import { it } from 'node:test'
import { diffRows } from './diff-rows.ts'

it('rows differ when a value differs or is missing', () => {
  const rows = diffRows([new Map([['a', '1'], ['b', '2']]), new Map([['a', '1'], ['c', '3']])])
  assert.deepEqual(rows.map(({ name, same, values }) => [name, same, values]), [['a', true, ['1', '1']], ['b', false, ['2', undefined]], ['c', false, [undefined, '3']]])
})
