import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { endsOf, linesOf, spanIn, widthsOf } from './diff-layout.ts'
import { diffRows } from './diff-rows.ts'

test('of things one after the other those in sight are drawn, and the rest keeps its room', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 40 })
  fc.assert(fc.property(sizes, fc.integer({ min: 0, max: 3000 }), fc.integer({ min: 1, max: 900 }), (all, start, length) => {
    const { from, to, before, after } = spanIn(endsOf(all), start, length)
    const sum = (some: readonly number[]): number => some.reduce((total, one) => total + one, 0)
    assert.equal(before, sum(all.slice(0, from)))
    assert.equal(before + sum(all.slice(from, to)) + after, sum(all))
    for (let at = 0; at < all.length; at += 1) {
      const top = sum(all.slice(0, at))
      if (top < start + length && top + all[at]! > start) assert.ok(at >= from && at < to)
    }
  }))
})

test('a section is its heading and its rows, which are higher where differences are told', () => {
  const rows = [diffRows([new Map([['auc', '1'], ['one', '1']]), new Map([['auc', '2'], ['one', '1']])]), []]
  assert.deepEqual(linesOf(rows, [true, false], () => true).map(({ section, row, kind }) => [section, row?.name, kind]), [[0, undefined, 'section'], [0, 'auc', 'delta'], [0, 'one', 'row'], [1, undefined, 'section']])
  assert.deepEqual(linesOf(rows, [true, false], ({ same }) => !same).length, 3)
})

test('columns are as wide as what stands in them, within bounds', () => {
  const rows = [diffRows([new Map([['learning_rate', '0.1']]), new Map([['learning_rate', 'a schedule that falls by steps']]), new Map([['learning_rate', 'x'.repeat(500)]])])]
  const [name, short, long, longest] = widthsOf(['a', 'b', 'c'].map((text) => ({ text, beside: 0 })), rows, [false], 1300)
  assert.ok(name! >= 118 && short! < long! && long! > 230 && longest === 360, String([name, short, long, longest]))
  assert.ok(widthsOf([{ text: 'a', beside: 0 }], rows, [false], 390)[0]! <= 112)
})
