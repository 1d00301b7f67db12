import assert from 'node:assert/strict'
import { it } from 'node:test'
import { comparing } from './order.ts'

const sorted = (cells: readonly (string | null)[], descending: boolean): (string | null)[] => cells.map((cell) => [cell]).toSorted(comparing(0, descending, true)).map(([cell]) => cell!)

it('numbers are sorted by what they are, infinite ones too, and what is missing comes last either way', () => {
  const cells = ['', '10', '-inf', null, '2', 'inf', 'nan', '-3.5']
  assert.deepEqual(sorted(cells, false).slice(0, 5), ['-inf', '-3.5', '2', '10', 'inf'])
  assert.deepEqual(sorted(cells, true).slice(0, 5), ['inf', '10', '2', '-3.5', '-inf'])
  assert.deepEqual([...new Set(sorted(cells, true).slice(5))], ['nan', '', null])
})
