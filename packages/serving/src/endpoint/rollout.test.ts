import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Answer } from '../pool/python-pool.ts'
import { chanceOfAtLeast, defaultPolicy, judge, newStats, observe, type ArmStats } from './rollout.ts'
import { sameAnswer } from './same-answer.ts'

function stats(requests: number, errors: number, ms: (at: number) => number = () => 1): ArmStats {
  const result = newStats()
  for (let at = 0; at < requests; at++) observe(result, at < errors ? 500 : 200, ms(at))
  return result
}

const policy = { ...defaultPolicy, minRequests: 50, minSeconds: 10 }

test('a version passes when it has answered enough for long enough', () => {
  assert.equal(judge(stats(49, 0), stats(500, 0), 60, policy).kind, 'wait')
  assert.equal(judge(stats(50, 0), stats(500, 0), 9, policy).kind, 'wait')
  assert.equal(judge(stats(50, 0), stats(500, 0), 10, policy).kind, 'pass')
})

test('errors beyond chance fail it at once, the same errors on both sides and a single one do not', () => {
  const verdict = judge(stats(20, 10), stats(200, 0), 0, policy)
  assert.deepEqual(verdict, { kind: 'fail', reason: 'error rate 50.0 % of 20 requests, against 0.0 % of 200' })
  assert.equal(judge(stats(20, 10), stats(200, 100), 0, policy).kind, 'wait')
  assert.equal(judge(stats(50, 1), stats(500, 0), 10, policy).kind, 'pass')
})

test('slow answers beyond chance fail it, a hiccup does not', () => {
  assert.equal(judge(stats(60, 0, (at) => (at === 7 ? 900 : 1)), stats(500, 0), 10, policy).kind, 'pass')
  const verdict = judge(stats(60, 0, (at) => (at % 5 === 0 ? 40 : 1)), stats(500, 0), 10, policy)
  assert.deepEqual(verdict, { kind: 'fail', reason: '12 of 60 requests took more than 11.0 ms, against a p99 of 1.0 ms' })
})

test('answers that differ beyond chance fail it, where they are compared', () => {
  const comparing = { ...policy, maxDisagreement: 0.1 }
  const seen = (compared: number, disagreed: number): ArmStats => ({ ...stats(60, 0), compared, disagreed })
  assert.deepEqual(judge(seen(40, 20), stats(500, 0), 1, comparing), { kind: 'fail', reason: '50.0 % of 40 answers differ from the other version’s, 10.0 % may' })
  assert.equal(judge(seen(60, 9), stats(500, 0), 10, comparing).kind, 'pass')
  assert.equal(judge(seen(40, 0), stats(500, 0), 10, comparing).kind, 'wait')
  assert.equal(judge(seen(40, 20), stats(500, 0), 10, policy).kind, 'pass')
  assert.equal(judge(seen(1, 1), stats(500, 0), 10, { ...policy, maxDisagreement: 0 }).kind, 'fail')
})

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

test('the binomial tail is that of the tables', () => {
  // scipy.stats.binom.sf(k - 1, n, p)
  for (const [k, n, p, expected] of [[0, 10, 0.5, 1], [1, 10, 0.5, 0.9990234375], [4, 52, 0.01, 0.0018469347], [3, 100, 0.01, 0.0793732023], [10, 10, 0.5, 0.0009765625]] as const) {
    assert.ok(Math.abs(chanceOfAtLeast(k, n, p) - expected) < 1e-6, `${k} of ${n}: ${chanceOfAtLeast(k, n, p)}`)
  }
})
