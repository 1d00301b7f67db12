import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { confusionOf, precisionRecallCurve, rocCurve } from './classify.ts'

const near = (actual: number, expected: number): void => assert.ok(Math.abs(actual - expected) < 1e-6, `${actual} is not ${expected}`)
const part = (at: number, by: number): number => (at * by) % 1
const rows = Array.from({ length: 150 }, (_, at) => at + 1)
const [a, b, c, d] = [0.754877666246693, 0.569840290998053, 0.438578907, 0.317].map((by) => rows.map((at) => part(at, by))) as [number[], number[], number[], number[]]
const positive = rows.map((_, at) => 3 * a[at]! + 8 * (b[at]! - 0.5) ** 2 + 0.2 * c[at]! + 0.8 * (d[at]! - 0.5) > 2)
// As numpy.round(…, 1), so that many scores are the same.
const scores = rows.map((_, at) => Math.round((a[at]! * 0.7 + b[at]! * 0.3) * 10) / 10)

describe('curves of a classifier', () => {
  test('are those of scikit-learn 1.9.1, equal scores together', () => {
    const roc = rocCurve(positive, scores)
    near(roc.area, 0.8888989825581396)
    for (const [at, [x, y]] of ([[0, 0], [0, 0.011628], [0, 0.093023], [0, 0.255814], [0, 0.5], [0.0625, 0.697674]] as const).entries()) {
      near(Math.round(roc.x[at]! * 1e6) / 1e6, x)
      near(Math.round(roc.y[at]! * 1e6) / 1e6, y)
    }
    const curve = precisionRecallCurve(positive, scores)
    near(curve.area, 0.9116461158848538)
    near(Math.round(curve.y.at(-1)! * 1e6) / 1e6, 0.573333)
    near(Math.round(curve.x.at(-2)! * 1e6) / 1e6, 0.988372)
  })

  test('have the area that counting pairs has: a positive above a negative is one, beside it a half', () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 6 })), { minLength: 2, maxLength: 40 }), (pairs) => {
      const yes = pairs.filter(([one]) => one).map(([, score]) => score)
      const no = pairs.filter(([one]) => !one).map(([, score]) => score)
      if (yes.length === 0 || no.length === 0) return
      const wins = yes.flatMap((one) => no.map((other) => (one > other ? 1 : one === other ? 0.5 : 0) as number)).reduce((sum, one) => sum + one, 0)
      near(rocCurve(pairs.map(([one]) => one), pairs.map(([, score]) => score)).area, wins / yes.length / no.length)
    }))
  })
})

test('a confusion matrix counts every pair once, with numbers in their order', () => {
  assert.deepEqual(confusionOf(['10', '9', '9', '10'], ['10', '10', '9', '10']), { labels: ['9', '10'], counts: [[1, 1], [0, 2]] })
  assert.deepEqual(confusionOf(['dog', 'cat'], ['cat', 'eel']).labels, ['cat', 'dog', 'eel'])
})
