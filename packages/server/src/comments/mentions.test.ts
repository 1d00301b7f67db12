import assert from 'node:assert/strict'
import { it } from 'node:test'
import { mentionsIn } from './mentions.ts'

const cases: readonly (readonly [text: string, names: readonly string[]])[] = [
  ['@ada look at this', ['ada']],
  ['Thanks @ada, @bob.', ['ada', 'bob']],
  ['(@ada) and @ada again', ['ada']],
  ['@[Ada Lovelace] and @ada.lovelace-2', ['Ada Lovelace', 'ada.lovelace-2']],
  ['@[ada@example.com]', ['ada@example.com']],
  ['write to ada@example.com', []],
  ['`@decorator` and\n```\n@property\n```\n@zoé', ['zoé']],
  ['see npm:@scope/package and user/@x', []],
  ['@ nobody, @[]', []],
]
for (const [text, names] of cases) it(`finds ${names.join(', ') || 'nobody'} in ${JSON.stringify(text)}`, () => assert.deepEqual(mentionsIn(text), names))
