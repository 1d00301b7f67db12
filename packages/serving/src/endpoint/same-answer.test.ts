import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Answer } from '../pool/python-pool.ts'
import { sameAnswer } from './same-answer.ts'

test('answers are the same within a tolerance of numbers, and else to the byte', () => {
  const answer = (text: string, status = 200): Answer => ({ status, type: 'application/json', body: Buffer.from(text) })
  assert.ok(sameAnswer(answer('{"predictions": [0.5, 1e-3]}'), answer('{"predictions":[0.50001, 1e-3]}'), 1e-3))
  assert.ok(!sameAnswer(answer('{"predictions": [0.5]}'), answer('{"predictions": [0.51]}'), 1e-3))
  assert.ok(!sameAnswer(answer('{"predictions": [0.5]}'), answer('{"predictions": [0.5, 1]}'), 1))
  assert.ok(!sameAnswer(answer('{"predictions": ["a"]}'), answer('{"predictions": ["b"]}'), 1))
  assert.ok(!sameAnswer(answer('[]'), answer('{}'), 1))
  assert.ok(!sameAnswer(answer('[1]'), answer('[1]', 500), 1))
  assert.ok(!sameAnswer(answer('[1.0]'), answer('[1]')))
  assert.ok(!sameAnswer(answer('a,b'), answer('a,c'), 1))
})
