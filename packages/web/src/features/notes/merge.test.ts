import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { mergeNotes } from './merge.ts'

test('changes of different lines come together, changes of the same line do not', () => {
  const base = 'Title\n\nfirst\nsecond\nthird\nlast'
  assert.equal(mergeNotes(base, base.replace('first', 'FIRST'), base.replace('last', 'last\nmore')), 'Title\n\nFIRST\nsecond\nthird\nlast\nmore')
  assert.equal(mergeNotes(base, base.replace('second\n', ''), base.replace('Title', 'Name')), 'Name\n\nfirst\nthird\nlast')
  assert.equal(mergeNotes(base, base.replace('first', 'mine'), base.replace('first', 'theirs')), undefined)
  assert.equal(mergeNotes('', 'mine', 'theirs'), undefined)
  // A line that is gone is not a line that is empty.
  assert.equal(mergeNotes('a\nb', 'b', '\nb'), undefined)
})

test('whoever has changed nothing takes the other text, and the order of the two does not matter', () => {
  const text = fc.array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 6 }).map((lines) => lines.join('\n'))
  fc.assert(fc.property(text, text, text, (base, mine, theirs) => {
    assert.equal(mergeNotes(base, mine, base), mine)
    assert.equal(mergeNotes(base, base, theirs), theirs)
    assert.equal(mergeNotes(base, mine, mine), mine)
    assert.equal(mergeNotes(base, mine, theirs), mergeNotes(base, theirs, mine))
  }))
})
