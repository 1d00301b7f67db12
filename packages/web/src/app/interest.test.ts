import assert from 'node:assert/strict'
import { test } from 'node:test'
import { liveTypes, type LiveType } from '@cairn/protocol'
import type { LiveMessage } from '@cairn/sdk'
import fc from 'fast-check'
import { concerns, covers, union, type Interest, type Query } from './interest.ts'

const ids = fc.option(fc.subarray(['a', 'b', 'c'], { minLength: 1 }), { nil: undefined })
const interest: fc.Arbitrary<Interest> = fc.record({ runIds: ids, experimentIds: ids, types: fc.option(fc.subarray<LiveType>([...liveTypes], { minLength: 1 }), { nil: undefined }) })
const message = fc.record({ type: fc.constantFrom('points', 'run', 'tags', 'experiment'), run: fc.constantFrom('a', 'b', 'c', 'd'), experiment: fc.constantFrom('a', 'b', 'c', 'd') })
  .map(({ type, run, experiment }) => ({ type, data: { experiment_id: experiment, ...(type !== 'experiment' && { run_id: run }) } }) as unknown as LiveMessage)

/** What the server does with a query. */
const brings = ({ everywhere, ...rest }: Query, one: LiveMessage): boolean =>
  (everywhere as readonly string[] | undefined)?.includes(one.type) || concerns(rest, one)

test('the common stream brings everything that anybody wants', () => {
  fc.assert(fc.property(fc.array(interest, { minLength: 1, maxLength: 4 }), fc.array(message, { maxLength: 20 }), (interests, messages) => {
    const query = union(interests)
    for (const one of messages) if (interests.some((some) => concerns(some, one))) assert.ok(brings(query, one), JSON.stringify({ query, one }))
  }))
})

test('a stream that covers another brings all of it', () => {
  fc.assert(fc.property(fc.array(interest, { minLength: 1, maxLength: 3 }), fc.array(interest, { minLength: 1, maxLength: 2 }), fc.array(message, { maxLength: 20 }), (open, wanted, messages) => {
    const [a, b] = [union(open), union(wanted)]
    assert.ok(covers(union([...open, ...wanted]), b) || union([...open, ...wanted]).types === undefined)
    if (!covers(a, b)) return
    for (const one of messages) if (brings(b, one)) assert.ok(brings(a, one), JSON.stringify({ a, b, one }))
  }))
})

test('a page that follows one run and a frame that follows the experiments share a stream', () => {
  assert.deepEqual(union([{ types: ['experiment'] }, { runIds: ['r'], types: ['points', 'run'] }]), { runIds: ['r'], types: ['points', 'run'], everywhere: ['experiment'] })
  assert.deepEqual(union([{ types: ['experiment'] }, { types: ['registry'] }]), { types: ['experiment', 'registry'] })
  assert.deepEqual(union([{}, { runIds: ['r'] }]), {})
})
