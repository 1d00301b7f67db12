import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseAge, parseRetention } from './retention.ts'

test('an age has days, hours, minutes and seconds in this order, with fractions', () => {
  assert.equal(parseAge('1d2h3m4s'), 93_784_000)
  assert.equal(parseAge('1.5d'), 129_600_000)
  assert.equal(parseAge('90m'), 5_400_000)
  assert.equal(parseAge('0s'), 0)
})

test('what is no age is none', () => {
  for (const text of ['', '30', 'd', '1.2.3d', '1h1d', '-1d', '1w', ' 1d', '1d ']) assert.equal(parseAge(text), undefined, text)
})

test('a rule of retention keeps what is deleted for an age of a minute or more, or for ever', () => {
  assert.deepEqual(parseRetention('deleted=30d'), { deleted: 30 * 86_400_000 })
  assert.deepEqual(parseRetention(' deleted = 1m '), { deleted: 60_000 })
  assert.deepEqual(parseRetention('deleted=never'), { deleted: 'never' })
  for (const text of ['', '30d', 'deleted', 'deleted=', 'deleted=0s', 'deleted=59s', 'deleted=soon', 'deleted=1d;x=1']) assert.equal(parseRetention(text), undefined, text)
})
