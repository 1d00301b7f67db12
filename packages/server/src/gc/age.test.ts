import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseAge } from './age.ts'

test('an age has days, hours, minutes and seconds in this order, with fractions', () => {
  assert.equal(parseAge('1d2h3m4s'), 93_784_000)
  assert.equal(parseAge('1.5d'), 129_600_000)
  assert.equal(parseAge('90m'), 5_400_000)
  assert.equal(parseAge('0s'), 0)
})

test('what is no age is none', () => {
  for (const text of ['', '30', 'd', '1.2.3d', '1h1d', '-1d', '1w', ' 1d', '1d ']) assert.equal(parseAge(text), undefined, text)
})
