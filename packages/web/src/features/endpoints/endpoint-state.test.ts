import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EndpointServer } from '@cairn/protocol'
import fc from 'fast-check'
import { changesOf, healthOf, rebalanced, seenOf, sharesOf } from './endpoint-state.ts'

const rollout = { version: '4', step: 1, steps: [10, 20], min_requests: 1, min_seconds: 1, max_error_increase: 0, max_p99_ratio: 1, tolerance: 0, started_timestamp: 0 }

test('the version that is tried has the share of its step, and the others share the rest', () => {
  const shares = sharesOf({ traffic: [{ alias: 'champion', version: '3', weight: 75 }, { version: '2', weight: 25 }], rollout })
  assert.deepEqual(shares.map(({ version, percent, tried }) => [version, percent, tried]), [['3', 60, false], ['2', 20, false], ['4', 20, true]])
  assert.deepEqual(sharesOf({ traffic: [{ alias: 'champion', version: '3', weight: 40 }, { version: '3', weight: 60 }] }), [{ version: '3', aliases: ['champion'], percent: 100, tried: false }])
})

test('weights that one moves make 100 in whole percents, and the one moved stays', () => {
  fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 2, maxLength: 6 }), fc.nat(), fc.integer({ min: 0, max: 100 }), (weights, index, to) => {
    const moved = index % weights.length
    const next = rebalanced(weights, moved, to)
    assert.equal(next[moved], to)
    assert.equal(next.reduce((sum, weight) => sum + weight, 0), 100)
    assert.ok(next.every((weight) => weight >= 0 && Number.isInteger(weight)))
  }))
  assert.deepEqual(rebalanced([90, 10], 1, 25), [75, 25])
  assert.deepEqual(rebalanced([100, 0, 0], 0, 40), [40, 30, 30])
})

test('a change of the traffic is told version by version, with what that means at the present load', () => {
  const before = [{ alias: 'champion', version: '3', weight: 90 }, { version: '2', weight: 10 }]
  assert.deepEqual(changesOf(before, [{ alias: 'champion', version: '3', weight: 80 }, { version: '4', weight: 20 }], 50), [
    'champion (version 3) goes from 90 % to 80 %, some 40 of 50 requests a second.', 'Version 2 gets nothing any more (now 10 %).', 'Version 4 goes from 0 % to 20 %, some 10 of 50 requests a second.',
  ])
})

const server = (fields: Partial<EndpointServer>): EndpointServer => ({ server_id: 'a', started_timestamp: 0, seen_timestamp: 0, revision: 2, ...fields })

test('what processes saw of a version is added up, and how each does is told', () => {
  const versions = [{ version: '3', weight: 100, ready: true, requests: 10, errors: 1, took: [50, 10] }]
  const both = [server({ versions }), server({ versions, silent: true })]
  const { requests, errors, ready } = seenOf(both, '3')
  assert.deepEqual([requests, errors, ready], [20, 2, 1])
  assert.deepEqual(both.map((one) => healthOf(one, 2)), ['ready', 'silent'])
  assert.equal(healthOf(both[0]!, 3), 'behind')
  assert.equal(healthOf(server({ versions: [{ version: '4', weight: 0, ready: false, error: 'no disk' }] }), 2), 'failing')
  assert.equal(healthOf(server({ versions: [{ version: '4', weight: 0, ready: false }] }), 2), 'preparing')
})
