import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from './new-id.ts'

test('new ids are 32 hexadecimal digits and never the same', () => {
  const ids = Array.from({ length: 2000 }, () => newId(1_790_000_000_000))
  for (const id of ids) assert.match(id, /^[0-9a-f]{32}$/)
  assert.equal(new Set(ids).size, ids.length)
  for (const now of [0, 15, 2 ** 53 - 1, -5]) assert.match(newId(now), /^[0-9a-f]{32}$/)
})

test('what is made together begins alike, what is made a moment later does not', () => {
  const start = (now: number): string => newId(now).slice(0, 8)
  const base = 1_790_000_000_000
  assert.equal(start(base), start(base + 15))
  const starts = Array.from({ length: 10_000 }, (_, index) => start(base + index * 16))
  assert.equal(new Set(starts).size, starts.length)
  assert.ok(new Set(starts.map((one) => one.slice(0, 3))).size > 2000)
})
