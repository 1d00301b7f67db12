import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { lineOf, noLine, type Line } from '@cairn/charts'
import { alongLine } from './along.ts'

const line = (x: number[], value: number[]): Line => lineOf({ count: x.length, points: { x, value }, non_finite: { x: [], value: [], count: [] } })

describe('a line along another metric', () => {
  test('stands where the other metric was at the same step', () => {
    const { x, y, count, exact } = alongLine(line([0, 1, 2], [5, 6, 7]), line([0, 1, 2], [0, 100, 400]))
    assert.deepEqual([x, y, count, exact], [[0, 100, 400], [5, 6, 7], 3, true])
  })

  test('is read between two steps, left out beyond them, and runs from left to right', () => {
    assert.deepEqual(alongLine(line([0, 1, 2, 3, 9], [1, 2, 3, 4, 5]), line([1, 3], [10, 0])).x, [0, 5, 10])
    assert.deepEqual(alongLine(line([0, 1, 2, 3, 9], [1, 2, 3, 4, 5]), line([1, 3], [10, 0])).y, [4, 3, 2])
    assert.equal(alongLine(line([0], [1]), undefined), noLine)
  })
})
