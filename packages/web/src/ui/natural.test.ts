import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { byNumber } from './natural.ts'

test('names stand in the order of their numbers', () => {
  assert.deepEqual(['layer10/w', 'layer2/w', 'layer2/b', 'loss', 'auc', 'layer02/w', 'layer'].sort(byNumber), ['auc', 'layer', 'layer2/b', 'layer02/w', 'layer2/w', 'layer10/w', 'loss'])
})

test('the order is one, whatever the names', () => {
  const name = fc.string({ unit: fc.constantFrom('a', 'b', '/', '0', '1', '2', '9'), maxLength: 6 })
  fc.assert(fc.property(name, name, name, (a, b, c) => {
    assert.equal(byNumber(a, b) === 0, a === b)
    assert.equal(Math.sign(byNumber(a, b)) + Math.sign(byNumber(b, a)), 0)
    if (byNumber(a, b) <= 0 && byNumber(b, c) <= 0) assert.ok(byNumber(a, c) <= 0)
  }))
})
