import assert from 'node:assert/strict'
import { it } from 'node:test'
import { diffTables, keyColumns } from './table-diff.ts'

const columns = (...names: string[]) => ({ columns: names.map((name) => ({ name, numeric: false })) })

it('rows are matched by a column, and what one side has alone stands where it is there', () => {
  const diff = diffTables(columns('id', 'score', 'old'), columns('id', 'new', 'score'), [['1', '0.5', 'x'], ['2', '0.6', 'y'], ['4', '1', 'z']], [['0', 'n', '9'], ['1', 'n', '0.5'], ['2.0', 'n', '0.7'], ['3', 'n', '8'], ['4', 'n', '1.0']], { by: 'column', name: 'id' })
  assert.deepEqual(diff.columns.map(({ name, side }) => [name, side]), [['id', 'both'], ['score', 'both'], ['old', 'left'], ['new', 'right']])
  assert.deepEqual(diff.rows.map(({ left, right, changed }) => [left?.[0], right?.[0], changed]), [[undefined, '0', []], ['1', '1', []], ['2', '2.0', [1]], [undefined, '3', []], ['4', '4', []]])
  assert.deepEqual([diff.equal, diff.changed, diff.onlyLeft, diff.onlyRight], [2, 1, 0, 2])
  assert.deepEqual(diff.rows[2]!.left, ['2', '0.6', 'y', null])
})

it('without a key rows are matched by their place', () => {
  const diff = diffTables(columns('a'), columns('a'), [['x'], ['y'], ['z']], [['x'], ['Y']], { by: 'place' })
  assert.deepEqual([diff.equal, diff.changed, diff.onlyLeft, diff.onlyRight], [1, 1, 1, 0])
})

it('a key is in both, never missing and never twice; what is called like one comes first', () => {
  const left = columns('value', 'group', 'customer_id', 'mine')
  assert.deepEqual(keyColumns(left, columns('customer_id', 'group', 'value'), [['1', 'a', '7', 'q'], ['2', 'a', '8', 'r']], [['7', 'a', '1'], ['9', 'b', '3']]), ['customer_id', 'value'])
  assert.deepEqual(keyColumns(left, columns('customer_id', 'value'), [['1', 'a', null, 'q']], [['7', '1']]), ['value'])
})

it('values that are matched as one are no key: 007 and 7', () => {
  assert.deepEqual(keyColumns(columns('code', 'n'), columns('code', 'n'), [['007', '1'], ['7', '2']], [['7', '1']]), ['n'])
})
