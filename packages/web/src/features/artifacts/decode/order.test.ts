import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { sortRows } from './order.ts'
import { numberOf, type Cell } from './table.ts'

const nobody = async (): Promise<void> => {}

/** What the order means, a pair at a time. */
function isInOrder(a: Cell, b: Cell, descending: boolean, numeric: boolean): boolean {
  const isMissing = (cell: Cell): boolean => cell === null || (numeric && cell === '')
  if (isMissing(a) || isMissing(b)) return isMissing(b)
  if (!numeric) return (descending ? -1 : 1) * a!.localeCompare(b!, undefined, { numeric: true }) <= 0
  const [left, right] = [numberOf(a!), numberOf(b!)]
  return Number.isNaN(right) || (!Number.isNaN(left) && (descending ? left >= right : left <= right))
}

test('numbers are sorted by what they are, infinite ones too, and what is missing comes last either way', async () => {
  const cells = ['', '10', '-inf', null, '2', 'inf', 'nan', '-3.5']
  const sorted = async (descending: boolean): Promise<Cell[]> => (await sortRows(cells.map((cell) => [cell]), 0, descending, true, nobody)).map(([cell]) => cell!)
  assert.deepEqual((await sorted(false)).slice(0, 5), ['-inf', '-3.5', '2', '10', 'inf'])
  assert.deepEqual((await sorted(true)).slice(0, 5), ['inf', '10', '2', '-3.5', '-inf'])
  assert.deepEqual([...new Set((await sorted(true)).slice(5))], ['nan', '', null])
})

test('rows are put in order by texts and by numbers, what is missing last, and equal ones stay as they were', async () => {
  const cell = fc.option(fc.constantFrom('1', '2', '10', 'a', 'B', 'a10', 'a9', '-3.5', 'nan', 'inf', 'Infinity', '-Infinity', ''), { nil: null })
  await fc.assert(fc.asyncProperty(fc.array(cell, { maxLength: 40 }), fc.boolean(), fc.boolean(), fc.integer({ min: 1, max: 400 }), async (cells, descending, numeric, times) => {
    // Long enough for several parts now and then.
    const rows = Array.from({ length: cells.length * times }, (_, at): Cell[] => [String(at), cells[at % cells.length]!])
    const sorted = await sortRows(rows, 1, descending, numeric, nobody)
    assert.equal(new Set(sorted).size, rows.length)
    for (let at = 1; at < sorted.length; at += 1) {
      const [before, here] = [sorted[at - 1]!, sorted[at]!]
      assert.ok(isInOrder(before[1]!, here[1]!, descending, numeric), `${before[1]} before ${here[1]}`)
      if (before[1] === here[1]) assert.ok(Number(before[0]) < Number(here[0]))
    }
  }), { numRuns: 60 })
})

test('what is pressed meanwhile gets its turn after some thousand rows', async () => {
  let turns = 0
  const rows = Array.from({ length: 50_000 }, (_, at): Cell[] => [String((at * 7919) % 50_000)])
  const sorted = await sortRows(rows, 0, false, true, async () => void (turns += 1))
  assert.deepEqual(sorted.slice(0, 3), [['0'], ['1'], ['2']])
  assert.ok(turns >= 24, `${turns}`)
})
