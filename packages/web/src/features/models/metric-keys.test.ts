import assert from 'node:assert/strict'
import { it } from 'node:test'
import { metricKeys } from './metric-keys.ts'

it('the metrics that most versions have come first, of those the telling and the different', () => {
  const one = new Map([['epochs', 10], ['size', 3], ['valid/auc', 0.8], ['only here', 1]])
  const other = new Map([['epochs', 10], ['size', 4], ['valid/auc', 0.8]])
  assert.deepEqual(metricKeys([one, other]), ['valid/auc', 'size', 'epochs'])
  assert.deepEqual(metricKeys([]), [])
})
