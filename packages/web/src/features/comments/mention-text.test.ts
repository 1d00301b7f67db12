import assert from 'node:assert/strict'
import { it } from 'node:test'
import { completed, mentionAt, mentionOf, withMentions } from './mention-text.ts'

it('mentions stand out, except in code', () => {
  assert.equal(withMentions('@ada and @[Cy Young], not `@x` nor a@b.c'), '**@ada** and **@Cy Young**, not `@x` nor a@b.c')
  assert.equal(withMentions('```\n@x\n```\n@a_b_c'), '```\n@x\n```\n**@a\\_b\\_c**')
})

it('a name is completed where it is typed, and written so that it is a mention', () => {
  const text = 'ask @ad, please'
  const typed = mentionAt(text, 7)!
  assert.deepEqual(typed, { from: 4, text: 'ad' })
  assert.deepEqual(completed(text, 7, typed, 'ada'), { text: 'ask @ada , please', caret: 9 })
  const quoted = mentionAt('@[Cy Yo]', 7)!
  assert.deepEqual(quoted, { from: 0, text: 'Cy Yo' })
  assert.deepEqual(completed('@[Cy Yo]', 7, quoted, 'Cy Young'), { text: '@[Cy Young] ', caret: 12 })
  for (const [at, caret] of [['a@b', 3], ['no mention', 4], ['@ada done', 9]] as const) assert.equal(mentionAt(at, caret), undefined)
  assert.equal(mentionOf('ada@example.com'), '@[ada@example.com]')
})
