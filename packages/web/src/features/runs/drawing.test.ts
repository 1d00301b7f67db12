import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isDrawn, isUsual, onlyThis, readDrawing, recolored, toggled, usualDrawing, writeDrawing, type Drawing } from './drawing.ts'

const id = fc.stringMatching(/^[0-9a-f]{4,8}$/)
const ids = fc.uniqueArray(id, { maxLength: 5 })
const anyDrawing: fc.Arbitrary<Drawing> = fc.record({
  only: fc.boolean(), shown: ids, hidden: ids, colors: fc.array(fc.tuple(id, fc.integer({ min: 0, max: 39 }))).map((pairs) => new Map(pairs)), first: fc.integer({ min: 1, max: 1000 }),
}, { noNullPrototype: true })

test('what is drawn is read back from the address, and leaves alone what else stands in it', () => {
  fc.assert(fc.property(anyDrawing, (drawing) => {
    const query = new URLSearchParams('q=metrics.auc+%3E+1&hide=old&pin=x')
    writeDrawing(drawing, query)
    const again = new URLSearchParams(query.toString())
    assert.deepEqual(readDrawing(again), drawing)
    assert.deepEqual([again.get('q'), again.get('pin')], ['metrics.auc > 1', 'x'])
  }))
  assert.deepEqual(readDrawing(new URLSearchParams('first=1001&color=red~x,7&hide=,')), usualDrawing)
})

test('a run that is switched is the other way round, whatever was chosen, and no other is touched', () => {
  fc.assert(fc.property(anyDrawing, id, id, fc.boolean(), fc.boolean(), (drawing, one, other, among, alsoAmong) => {
    const next = toggled(drawing, one, among)
    // Who is the last of a choice of some gives way to the usual ones.
    if (drawing.only && !next.only) return
    assert.equal(isDrawn(next, one, among), !isDrawn(drawing, one, among))
    if (other !== one) assert.equal(isDrawn(next, other, alsoAmong), isDrawn(drawing, other, alsoAmong))
  }))
})

test('one run alone is drawn wherever it stands, and asked again all are as usual', () => {
  const alone = onlyThis({ ...usualDrawing, hidden: ['b'] }, ['far'])
  assert.deepEqual([isDrawn(alone, 'far', false), isDrawn(alone, 'near', true)], [true, false])
  assert.ok(isUsual(onlyThis(alone, ['far'])))
  assert.ok(isUsual(toggled(alone, 'far', false)))
  assert.deepEqual([...recolored(recolored(alone, 'a', 3), 'a', undefined).colors], [])
})
