import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseRunFilter } from '@cairn/protocol'
import fc from 'fast-check'
import { filterError, keyProposals, operatorProposals, valueProposals, wantedAt } from './complete.ts'

const keys = {
  metrics: [{ key: 'val/auc', runs: 3 }, { key: 'loss', runs: 3 }], params: [{ key: 'max depth', runs: 3, varies: true, sample: '7' }, { key: 'model', runs: 3, varies: true, sample: 'rf' }], tags: [],
}
const wanted = (text: string): string => wantedAt(text).what

test('the caret wants a key, an operator, a value or the next clause', () => {
  assert.deepEqual(['', 'met', 'metrics.', 'metrics.auc', 'metrics.auc ', 'metrics.auc >', 'metrics.auc > ', 'metrics.auc > 0.9', 'metrics.auc > 0.9 ', "params.`a b` = 'x", "params.`a b` = 'x'", 'tags.t IS NULL', "params.m = 'x and y' and met"].map(wanted),
    ['key', 'key', 'key', 'key', 'operator', 'value', 'value', 'value', 'and', 'value', 'and', 'and', 'key'])
})

test('keys are proposed as the grammar wants them, those that begin with the text first', () => {
  const propose = (text: string): string[] => { const at = wantedAt(text); return at.what === 'key' ? keyProposals(keys, at).map((one) => one.text.trim()) : [] }
  assert.deepEqual(propose('auc'), ['metrics.`val/auc`'])
  assert.deepEqual(propose('params.m'), ['params.`max depth`', 'params.model'])
  assert.equal(propose('lo')[0], 'metrics.loss')
  assert.deepEqual(propose('metrics.auc > 1 and mod'), ['params.model'])
})

test('what was put together from proposals is a filter', () => {
  fc.assert(fc.property(fc.array(fc.tuple(fc.nat(), fc.nat(), fc.constantFrom('rf', "it's", 'say "x"')), { minLength: 1, maxLength: 3 }), (choices) => {
    let text = ''
    for (const [which, how, value] of choices) {
      const key = wantedAt(text)
      assert.equal(key.what, 'key')
      const names = keyProposals(keys, key as never)
      text += names[which % names.length]!.text
      const operator = wantedAt(text)
      assert.equal(operator.what, 'operator', text)
      const operators = operatorProposals(operator as never)
      text = text.slice(0, operator.from) + operators[how % operators.length]!.text
      const at = wantedAt(text)
      if (at.what === 'value') text += text.includes('metric') && /metrics\.[^ ]+ \S+ $/.test(text) || /time \S+ $/.test(text) ? '1 ' : valueProposals([value], at)[0]!.text
      text += 'and '
    }
    parseRunFilter(text.slice(0, -5))
  }))
})

test('an error is told where it is', () => {
  assert.equal(filterError("metrics.auc > 0.9 and params.m = 'x'"), undefined)
  const error = filterError('metrics.auc > 0.9 and params.m = x')!
  assert.deepEqual([error.from, error.to], [33, 34])
  assert.match(error.message, /not quoted/)
  const wrong = (text: string): string => { const { from, to } = filterError(text)!; return `${text} `.slice(from, to) }
  assert.equal(wrong('metrics.auc > 0.9 and params.m'), ' ')
  assert.equal(wrong("metrics.auc > 0.9 and parms.m = 'x'"), 'parms.m')
  assert.equal(wrong("attributes.age = 'x' and metrics.auc > 1"), 'attributes.age')
  assert.equal(wrong("params.m > 'x'"), '>')
  assert.equal(wrong('metrics.auc LIKE 1'), 'LIKE')
  assert.equal(wrong("params.`a key`  = x and metrics.auc > 1"), 'x')
  assert.equal(wrong("metrics.auc > 'high'"), "'high'")
  assert.equal(wrong('metrics.auc >'), ' ')
  assert.equal(wrong('metrics.auc about 5'), 'about 5')
  assert.equal(wrong('metrics.auc IS NULL'), 'IS NULL')
  // MLflow's grammar takes what ends with an "and".
  assert.equal(filterError('metrics.auc > 0.9 and '), undefined)
})
