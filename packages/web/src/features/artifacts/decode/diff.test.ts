import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { diffLines } from './diff.ts'

const line = fc.constantFrom('a', 'b', 'c')

it('without its additions a difference is the left text, without its removals the right one', () => {
  fc.assert(fc.property(fc.array(line, { maxLength: 20 }), fc.array(line, { maxLength: 20 }), (left, right) => {
    const lines = diffLines(left, right)!
    assert.deepEqual(lines.filter(({ kind }) => kind !== 'added').map(({ text }) => text), left)
    assert.deepEqual(lines.filter(({ kind }) => kind !== 'removed').map(({ text }) => text), right)
  }))
})

it('it is as short as the longest common subsequence allows', () => {
  const longest = (a: string[], b: string[]): number => {
    const table = Array.from({ length: a.length + 1 }, () => Array.from({ length: b.length + 1 }, () => 0))
    for (let i = 1; i <= a.length; i += 1) for (let j = 1; j <= b.length; j += 1) table[i]![j] = a[i - 1] === b[j - 1] ? table[i - 1]![j - 1]! + 1 : Math.max(table[i - 1]![j]!, table[i]![j - 1]!)
    return table[a.length]![b.length]!
  }
  fc.assert(fc.property(fc.array(line, { maxLength: 15 }), fc.array(line, { maxLength: 15 }), (left, right) => {
    assert.equal(diffLines(left, right)!.filter(({ kind }) => kind === 'same').length, longest(left, right))
  }))
})

it('texts with nothing in common beyond the limit are not compared', () => {
  assert.equal(diffLines(Array.from({ length: 50 }, (_, index) => `l${index}`), Array.from({ length: 50 }, (_, index) => `r${index}`), 20), undefined)
})
