import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { highlight, languageOf } from './highlight.ts'

it('tokens joined are the text, whatever it is', () => {
  fc.assert(fc.property(fc.string({ unit: fc.constantFrom('"', "'", '#', '/', '*', '\n', 'a', '1', ':', '\\', ' ', '`') }), fc.constantFrom('python', 'json', 'yaml', 'c', 'javascript', 'diff', 'text', 'sql'), (text, language) => {
    assert.equal(highlight(text, language).map((line) => line.map((token) => token.text).join('')).join('\n'), text)
  }))
})

it('comments, strings over lines, keywords and numbers are told apart', () => {
  const [first, second, third] = highlight('x = """a\nb""" # why\nreturn 12', 'python')
  assert.deepEqual(first!.at(-1), { kind: 'string', text: '"""a' })
  assert.deepEqual(second!.map(({ kind }) => kind), ['string', 'plain', 'comment'])
  assert.deepEqual(third!.map(({ kind }) => kind), ['keyword', 'plain', 'number'])
})

it('the keys of JSON and YAML differ from their values', () => {
  assert.deepEqual(highlight('{"a": "b"}', 'json')[0]!.filter(({ kind }) => kind !== 'plain').map(({ kind }) => kind), ['key', 'string'])
  assert.equal(highlight('flavors:\n  python_function: x', 'yaml')[1]![0]!.kind, 'key')
})

it('the language is known by the name of the file', () => {
  assert.deepEqual(['a/b.py', 'MLmodel', 'x.unknown', 'Dockerfile'].map(languageOf), ['python', 'yaml', 'text', 'shell'])
})
