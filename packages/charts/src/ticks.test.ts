import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { axisText, durationText, grouped, numberText, ticksOf } from './ticks.ts'

const texts = (...input: Parameters<typeof ticksOf>): string[] => ticksOf(...input).map(({ text }) => text)

test('numbers have ticks at 1, 2 and 5 times powers of ten, whole ones at whole places', () => {
  assert.deepEqual(texts('number', 'linear', [0, 1], 5), ['0', '0.2', '0.4', '0.6', '0.8', '1'])
  assert.deepEqual(texts('whole', 'linear', [0, 3], 9), ['0', '1', '2', '3'])
  assert.deepEqual(texts('whole', 'linear', [0, 50_000], 5), ['0', '10k', '20k', '30k', '40k', '50k'])
  assert.deepEqual(texts('number', 'linear', [0.998, 1.002], 4), ['0.998', '0.999', '1', '1.001', '1.002'])
  assert.deepEqual(texts('number', 'log', [0.001, 1000], 8), ['0.001', '0.01', '0.1', '1', '10', '100', '1k'])
  assert.deepEqual(texts('number', 'symlog', [-100, 1000], 4), ['-100', '0', '100', '1k'])
})

test('a duration has ticks at whole seconds, minutes and hours', () => {
  assert.deepEqual(texts('duration', 'linear', [0, 90_000], 6), ['0', '15 s', '30 s', '45 s', '1 min', '1 min 15 s', '1 min 30 s'])
  assert.deepEqual(texts('duration', 'linear', [0, 3 * 3_600_000], 4), ['0', '1 h', '2 h', '3 h'])
  assert.deepEqual(texts('duration', 'linear', [0, 900], 3), ['0', '500 ms'])
  assert.equal(durationText(5_400_000), '1 h 30 min')
})

test('times have ticks at round places of the clock of the reader', () => {
  const morning = new Date(2026, 2, 3, 8, 55).getTime()
  assert.deepEqual(texts('time', 'linear', [morning, morning + 3_600_000], 5), ['09:00', '09:15', '09:30', '09:45'])
  assert.deepEqual(texts('time', 'linear', [morning, morning + 3 * 86_400_000], 4), ['4 Mar', '5 Mar', '6 Mar'])
  assert.deepEqual(texts('time', 'linear', [morning, morning + 400 * 86_400_000], 5), ['Apr', 'Jul', 'Oct', '2027', 'Apr'])
  assert.equal(axisText('time', morning), '3 Mar 2026, 08:55:00')
})

test('ticks lie inside the range, in order, and are not many, whatever the range', () => {
  const anyRange = fc.tuple(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.double({ min: 1e-3, max: 1e12, noNaN: true }))
  fc.assert(fc.property(fc.constantFrom('number', 'whole', 'time', 'duration'), anyRange, fc.integer({ min: 2, max: 12 }), (kind, [from, width], most) => {
    const ticks = ticksOf(kind, 'linear', [from, from + width], most).map(({ value }) => value)
    const air = width * 1e-6
    assert.ok(ticks.every((value, at) => value >= from - air && value <= from + width + air && (at === 0 || value > ticks[at - 1]!)))
    assert.ok(ticks.length <= 2 * most + 2, `${ticks.length} ticks`)
  }))
})

test('a number is as long as its step needs', () => {
  assert.deepEqual([1234.5, 0.00001, 1e20, 250_000, 1_500_000, 12, 1000].map((value) => numberText(value)), ['1235', '1e-5', '1e20', '250k', '1.5M', '12', '1k'])
})

test('a number is grouped by thousands as `Intl` does it in English', () => {
  const said = new Intl.NumberFormat('en', { maximumFractionDigits: 20 })
  for (const value of [0, 7, 999, 1000, 12_345, -1234, 1_234_567, 1e15, 1e21, 0.25, 1234.5, -98_765.125, 1e-7]) assert.equal(grouped(value), said.format(value))
  fc.assert(fc.property(fc.maxSafeInteger(), (value) => assert.equal(grouped(value), said.format(value))))
})
