import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { encodeTexts, forestImportance } from './forest.ts'
import { correlation, rankCorrelation } from './stats.ts'

const rows = Array.from({ length: 150 }, (_, at) => at + 1)
const columns = [0.754877666246693, 0.569840290998053, 0.438578907, 0.317].map((by) => rows.map((at) => (at * by) % 1))
const target = rows.map((_, at) => 3 * columns[0]![at]! + 8 * (columns[1]![at]! - 0.5) ** 2 + 0.2 * columns[2]![at]!)

describe('the importance of columns', () => {
  test('is that of scikit-learn 1.9.1: RandomForestRegressor(n_estimators=200, max_depth=8), the mean of five seeds', () => {
    const expected = [0.73832568, 0.23936728, 0.0116701, 0.01063693]
    const found = forestImportance(columns, target, { trees: 100, seed: 7 })
    for (const [at, value] of expected.entries()) assert.ok(Math.abs(found[at]! - value) < 0.012, `${found[at]} is not ${value}`)
    assert.ok(Math.abs(found.reduce((sum, one) => sum + one, 0) - 1) < 1e-9)
  })

  test('is the same for the same seed, and another for another', () => {
    const run = (seed: number): number[] => forestImportance(columns, target, { trees: 5, seed })
    assert.deepEqual(run(1), run(1))
    assert.notDeepEqual(run(1), run(2))
  })

  test('is nothing where nothing varies', () => {
    assert.deepEqual(forestImportance([[1, 1, 1], [1, 2, 3]], [5, 5, 5]), [0, 0])
    assert.deepEqual(forestImportance([[1, 1, 1]], [1, 2, 3]), [0])
  })
})

test('correlations are those of SciPy', () => {
  const pearson = [0.8350314768827625, 0.03342254662393968, 0.14339421393794527, 0.026386849502167378]
  const spearman = [0.8381652517889684, 0.0414969554202409, 0.14546602071203166, 0.028333703720165342]
  for (const [at, column] of columns.entries()) {
    assert.ok(Math.abs(correlation(column, target) - pearson[at]!) < 1e-9)
    assert.ok(Math.abs(rankCorrelation(column, target) - spearman[at]!) < 1e-9)
  }
})

test('texts become numbers in the order of the mean of their targets', () => {
  assert.deepEqual(encodeTexts(['b', 'a', 'b', 'c'], [1, 9, 3, 4]), [0, 2, 0, 1])
})
