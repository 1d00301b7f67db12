import assert from 'node:assert/strict'
import { test } from 'node:test'
import { placeAfter } from './caret.ts'

test('a place stays in its line, at its letter, when lines come before and after it', () => {
  const marked = (text: string, at: number): string => `${text.slice(0, at)}|${text.slice(at)}`
  const moved = (before: string, after: string): string => marked(after, placeAfter(before.replace('|', ''), after, before.indexOf('|')))
  assert.equal(moved('one\ntw|o\nthree', 'zero\none\ntwo\nthree\nfour'), 'zero\none\ntw|o\nthree\nfour')
  assert.equal(moved('one|', 'zero\none'), 'zero\none|')
  assert.equal(moved('one\ntw|o\nthree', 'one\nthree'), 'one\n|three')
  assert.equal(moved('|', 'new'), '|new')
  assert.equal(moved('end|', 'end'), 'end|')
})
