import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ago, clockTime, exact, metric } from './format.ts'

test('a value has four significant digits, and never another digit before the point than it was logged with', () => {
  assert.deepEqual([0.123456, -1.23456, 999.96, 1e-5, 0, 2 ** 40].map(metric), ['0.1235', '-1.235', '1000', '1.000e-5', '0', '1.100e+12'])
  assert.deepEqual([12_345, 1_234_567, -98_765, 12_345.678].map(metric), ['12345', '1234567', '-98765', '12346'])
  assert.deepEqual(['NaN', 'Infinity', -Infinity].map(metric), ['NaN', 'Infinity', '-Infinity'])
})

test('how long ago something was, or will be, is said as `Intl` says it in English', () => {
  const said = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })
  const sizes = { second: 1, minute: 60, hour: 3600, day: 86_400, month: 2_592_000, year: 31_536_000 } as const
  for (const [unit, seconds] of Object.entries(sizes) as [keyof typeof sizes, number][]) {
    for (const some of unit === 'second' ? [-59, -2, -1, 0, 1, 59] : [-9, -2, -1, 1, 2, 9]) assert.equal(ago(some * seconds * 1000, 0), said.format(some, unit))
  }
  fc.assert(fc.property(fc.integer({ min: -3e12, max: 3e12 }), (ms) => assert.match(ago(ms, 0), /^(?:now|yesterday|tomorrow|(?:last|next) (?:month|year)|in \d+ [a-z]+|\d+ [a-z]+ ago)$/)))
})

test('a time says the zone that it is told in', () => {
  assert.match(exact(Date.UTC(2026, 0, 15, 12, 34, 56)), /^1[456] Jan 2026, \d\d:\d\d:56 UTC(?:[+−]\d{1,2}(?::\d\d)?)?$/)
  assert.equal(exact(NaN), 'Invalid date')
  assert.match(clockTime(Date.UTC(2026, 0, 15, 12, 34, 56)), /^\d\d:\d\d:56$/)
})
