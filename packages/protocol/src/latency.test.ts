import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { addLatency, countOfLatencies, latencyBucket, latencyOf, latencyQuantile, readLatencies, slowerThan, sumOfLatencies, writeLatencies } from './latency.ts'

const took = fc.array(fc.double({ min: 0.001, max: 1e7, noNaN: true }), { maxLength: 200 })
const of = (list: readonly number[]): Map<number, number> => {
  const latencies = new Map<number, number>()
  for (const ms of list) addLatency(latencies, ms)
  return latencies
}

test('quantiles are those of the sorted list to a bucket’s width, also of a sum of parts', () => {
  fc.assert(fc.property(took, took, fc.double({ min: 0, max: 1, noNaN: true }), (one, other, share) => {
    const sorted = [...one, ...other].toSorted((a, b) => a - b)
    const exact = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
    const seen = latencyQuantile(sumOfLatencies([of(one), of(other)]), share)
    assert.ok(exact === 0 ? seen === 0 : seen >= Math.min(exact, latencyOf(264)) * (1 - 1e-9) && seen <= Math.max(0.01, exact * 2 ** (1 / 8)) * (1 + 1e-9), `${seen} for ${exact}`)
  }))
})

test('what is counted as slower is slower, and all that is slower by a bucket is counted', () => {
  fc.assert(fc.property(took, fc.double({ min: 0.01, max: 1e6, noNaN: true }), (list, limit) => {
    const slow = slowerThan(of(list), limit)
    assert.ok(slow <= list.filter((ms) => ms > limit).length)
    assert.ok(slow >= list.filter((ms) => latencyBucket(ms) > latencyBucket(limit)).length)
  }))
})

test('it comes back from the wire as it went, and nonsense counts for nothing', () => {
  fc.assert(fc.property(took, (list) => {
    assert.deepEqual(readLatencies(writeLatencies(of(list))), new Map([...of(list)].toSorted(([a], [b]) => a - b)))
    assert.equal(countOfLatencies(of(list)), list.length)
  }))
  assert.deepEqual(readLatencies([-1, 5, 1.5, 2, 3, -4, 999, 1, 7, 2, 8]), new Map([[7, 2]]))
})
