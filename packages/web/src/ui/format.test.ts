import assert from 'node:assert/strict'
import { test } from 'node:test'
import { metric } from './format.ts'

test('a value has four significant digits, and never another digit before the point than it was logged with', () => {
  assert.deepEqual([0.123456, -1.23456, 999.96, 1e-5, 0, 2 ** 40].map(metric), ['0.1235', '-1.235', '1000', '1.000e-5', '0', '1.100e+12'])
  assert.deepEqual([12_345, 1_234_567, -98_765, 12_345.678].map(metric), ['12345', '1234567', '-98765', '12346'])
  assert.deepEqual(['NaN', 'Infinity', -Infinity].map(metric), ['NaN', 'Infinity', '-Infinity'])
})
