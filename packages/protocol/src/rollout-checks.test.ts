import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addLatency, writeLatencies } from './latency.ts'
import { chanceOfAtLeast, judgeStep, seenInStep, type Seen } from './rollout-checks.ts'
import type { EndpointServer, ServingEndpoint } from './serving-endpoints.ts'

function stats(requests: number, errors: number, ms: (at: number) => number = () => 1): Seen {
  const took = new Map<number, number>()
  for (let at = 0; at < requests; at++) addLatency(took, ms(at))
  return { requests, errors, took }
}

const policy = { minRequests: 50, minSeconds: 10, maxErrorIncrease: 0.01, maxP99Ratio: 3, slackMs: 10 }

test('a version passes when it has answered enough for long enough', () => {
  assert.equal(judgeStep(stats(49, 0), stats(500, 0), 60, policy).kind, 'wait')
  assert.equal(judgeStep(stats(50, 0), stats(500, 0), 9, policy).kind, 'wait')
  assert.equal(judgeStep(stats(50, 0), stats(500, 0), 10, policy).kind, 'pass')
})

test('errors beyond chance fail it at once, the same errors on both sides and a single one do not', () => {
  const verdict = judgeStep(stats(20, 10), stats(200, 0), 0, policy)
  assert.deepEqual(verdict, { kind: 'fail', reason: 'error rate 50.0 % of 20 requests, against 0.0 % of 200' })
  assert.equal(judgeStep(stats(20, 10), stats(200, 100), 0, policy).kind, 'wait')
  assert.equal(judgeStep(stats(50, 1), stats(500, 0), 10, policy).kind, 'pass')
})

test('slow answers beyond chance fail it, a hiccup does not', () => {
  assert.equal(judgeStep(stats(60, 0, (at) => (at === 7 ? 900 : 1)), stats(500, 0), 10, policy).kind, 'pass')
  const verdict = judgeStep(stats(60, 0, (at) => (at % 5 === 0 ? 40 : 1)), stats(500, 0), 10, policy)
  assert.deepEqual(verdict, { kind: 'fail', reason: '12 of 60 requests took more than 11.1 ms, against a p99 of 1.1 ms' })
})

test('answers that differ beyond chance fail it, where they are compared', () => {
  const comparing = { ...policy, maxDisagreement: 0.1 }
  const seen = (compared: number, disagreed: number): Seen => ({ ...stats(60, 0), compared, disagreed })
  assert.deepEqual(judgeStep(seen(40, 20), stats(500, 0), 1, comparing), { kind: 'fail', reason: '50.0 % of 40 answers differ from the other version’s, 10.0 % may' })
  assert.equal(judgeStep(seen(60, 9), stats(500, 0), 10, comparing).kind, 'pass')
  assert.equal(judgeStep(seen(40, 0), stats(500, 0), 10, comparing).kind, 'wait')
  assert.equal(judgeStep(seen(40, 20), stats(500, 0), 10, policy).kind, 'pass')
  assert.equal(judgeStep(seen(1, 1), stats(500, 0), 10, { ...policy, maxDisagreement: 0 }).kind, 'fail')
})

const rollout = { version: '2', step: 0, steps: [20], min_requests: 50, min_seconds: 10, max_error_increase: 0.01, max_p99_ratio: 3, tolerance: 0, started_timestamp: 0 }
const record = (servers: EndpointServer[], more: Partial<ServingEndpoint> = {}): ServingEndpoint => ({
  name: 'live', model_name: 'churn', revision: 2, salt: 's', traffic: [{ version: '1', weight: 100 }], creation_timestamp: 0, last_updated_timestamp: 0, updated_by: 'a', rollout, servers, ...more,
})
/** A process that saw so much of the new version and of the old one. */
const process = (host: string, tried: [requests: number, errors: number], others: [requests: number, errors: number], more: Partial<EndpointServer> = {}): EndpointServer => ({
  server_id: host, host, started_timestamp: 0, seen_timestamp: 0, step: 's/0', seconds: 12, silent: false,
  versions: ([['1', others], ['2', tried]] as const).map(([version, [requests, errors]]) => ({ version, weight: 50, requests, errors, took: writeLatencies(stats(requests, 0).took) })), ...more,
})
const verdict = (endpoint: ServingEndpoint) => {
  const { tried, others, seconds } = seenInStep(endpoint)
  return judgeStep(tried, others, seconds, policy)
}

test('what several processes saw is judged together: enough of all is enough', () => {
  const [a, b] = [process('a', [30, 0], [120, 0]), process('b', [30, 0], [120, 0])]
  assert.equal(verdict(record([a])).kind, 'wait')
  assert.equal(verdict(record([a, b])).kind, 'pass')
})

test('a version that is bad at one process of two fails for both, also where neither saw enough of it', () => {
  const [good, bad] = [process('good', [40, 0], [384, 0]), process('bad', [4, 2], [16, 0])]
  assert.equal(verdict(record([good])).kind, 'wait')
  assert.equal(verdict(record([bad])).kind, 'wait')
  assert.deepEqual(verdict(record([good, bad])), { kind: 'fail', reason: 'error rate 4.5 % of 44 requests, against 0.0 % of 400' })
})

test('a process that has not taken the step up is waited for, unless it is silent; what it said of another step counts for nothing', () => {
  const behind = process('behind', [500, 500], [500, 0], { step: 's/1' })
  assert.deepEqual(seenInStep(record([process('a', [60, 0], [240, 0]), behind])).waitingFor, ['behind'])
  const { waitingFor, tried, processes } = seenInStep(record([process('a', [60, 0], [240, 0]), { ...behind, silent: true }]))
  assert.deepEqual([waitingFor, tried.requests, tried.errors, processes], [[], 60, 0, 1])
})

test('what a process saw that has ended counts to the end of the step', () => {
  const { versions, seconds } = process('gone', [30, 3], [120, 0], { seconds: 40 })
  const seen = (step: string) => seenInStep(record([process('a', [30, 0], [120, 0])], { ended: { step, seconds: seconds!, versions: versions! } }))
  assert.deepEqual([seen('s/0').tried.requests, seen('s/0').tried.errors, seen('s/0').seconds], [60, 3, 40])
  assert.deepEqual([seen('r/0').tried.requests, seen('r/0').seconds], [30, 12])
})

test('the binomial tail is that of the tables, also where the chance that nothing is seen is below the smallest number', () => {
  // scipy.stats.binom.sf(k - 1, n, p)
  for (const [k, n, p, expected] of [[0, 10, 0.5, 1], [1, 10, 0.5, 0.9990234375], [4, 52, 0.01, 0.0018469347], [3, 100, 0.01, 0.0793732023], [10, 10, 0.5, 0.0009765625], [10_200, 1_000_000, 0.01, 0.0227425], [1, 5, 0, 0]] as const) {
    assert.ok(Math.abs(chanceOfAtLeast(k, n, p) - expected) < 1e-6, `${k} of ${n}: ${chanceOfAtLeast(k, n, p)}`)
  }
})
