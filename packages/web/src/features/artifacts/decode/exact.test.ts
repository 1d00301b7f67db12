import assert from 'node:assert/strict'
import { it } from 'node:test'
import { clockText, dayText, decimalText, momentText, secondsText, signedOf, singleText } from './exact.ts'

it('decimals keep every digit, the zeros at their end too', () => {
  assert.deepEqual([decimalText(30n, 2), decimalText(-5n, 3), decimalText(0n, 2), decimalText(12n, -2), decimalText(7n, 0)], ['0.30', '-0.005', '0.00', '1200', '7'])
  assert.equal(decimalText(-12345678901234567890123456781234567890n, 10), '-1234567890123456789012345678.1234567890')
  assert.deepEqual([signedOf(new Uint8Array([0xff, 0xfe])), signedOf(new Uint8Array([0, 0xfe])), signedOf(new Uint8Array())], [-2n, 254n, 0n])
})

it('numbers of single precision have the digits that they have', () => {
  assert.deepEqual([0.1, 16777216, 1 / 3, NaN, -Infinity, 3e38].map((value) => singleText(Math.fround(value))), ['0.1', '16777216', '0.33333334', 'NaN', '-Infinity', '3e+38'])
})

it('times keep parts of a second, before 1970 too', () => {
  assert.equal(momentText(1700000000123456789n, 1_000_000_000n), '2023-11-14 22:13:20.123456789')
  assert.equal(momentText(1700000000120n, 1000n), '2023-11-14 22:13:20.120')
  assert.equal(momentText(-1n, 1_000_000n), '1969-12-31 23:59:59.999999')
  assert.equal(momentText(9_000_000_000_000_000n, 1n), '9000000000000000')
  assert.deepEqual([dayText(-1), dayText(20_455)], ['1969-12-31', '2026-01-02'])
  assert.deepEqual([clockText(3_723_000_004n, 1_000_000n), clockText(86_399n, 1n)], ['01:02:03.000004', '23:59:59'])
  assert.deepEqual([secondsText(90_500n, 1000n), secondsText(-1n, 1000n)], ['90.500 s', '-0.001 s'])
})
