import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inTurn } from './in-turn.ts'

test('who speaks at once is heard one after the other, the first as it speaks', () => {
  let heard = ''
  const [first, second, third] = inTurn(3, (text) => { heard += String(text) })
  second!.write('b')
  first!.write('a')
  assert.equal(heard, 'a')
  third!.write('c')
  third!.end()
  assert.equal(heard, 'a')
  first!.end()
  assert.equal(heard, 'ab')
  second!.write('B')
  assert.equal(heard, 'abB')
  second!.end()
  assert.equal(heard, 'abBc')
})
