import assert from 'node:assert/strict'
import { test } from 'node:test'
import { spansOf } from './spans.ts'

test('bars are measured by what is known, from zero, and not by what is no number', () => {
  const row = (auc: number | string | null, loss?: number) => ({ values: new Map<string, string | number | null>([['metrics.auc', auc], ...(loss === undefined ? [] : [['metrics.loss', loss] as const])]) })
  assert.deepEqual([...spansOf([row(0.7, -3), row(0.9), row('Infinity', 2), row(null), row(NaN)], ['metrics.auc', 'metrics.loss'])], [['metrics.auc', [0, 0.9]], ['metrics.loss', [-3, 2]]])
  assert.deepEqual([...spansOf([], ['metrics.auc'])], [['metrics.auc', [0, 0]]])
})
