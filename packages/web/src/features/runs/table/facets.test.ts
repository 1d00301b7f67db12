import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseRunFilter } from '@cairn/protocol'
import type { Column } from '../columns.ts'
import { addedClause, clauseOf, hasClause, rangeClauses, toggledClause, toggledClauses, withoutKey } from './facets.ts'

const model: Column = { kind: 'param', key: 'model' }

test('a value that is chosen becomes a condition, another takes its place, and chosen again it goes', () => {
  const forest = clauseOf(model, 'forest')!
  const filter = toggledClause("metrics.auc > 0.5 and tags.`a and b` = 'x and y'", model, forest)
  assert.equal(filter, "metrics.auc > 0.5 and tags.`a and b` = 'x and y' and params.model = 'forest'")
  const other = toggledClause(filter, model, clauseOf(model, 'boost')!)
  assert.equal(other, "metrics.auc > 0.5 and tags.`a and b` = 'x and y' and params.model = 'boost'")
  assert.equal(toggledClause(other, model, clauseOf(model, 'boost')!), "metrics.auc > 0.5 and tags.`a and b` = 'x and y'")
  assert.equal(withoutKey("params.`model`='forest' and metrics.model > 1", model), 'metrics.model > 1')
  assert.ok(hasClause("params.`model`='forest'", forest))
  assert.equal(toggledClause('', model, clauseOf(model, null)!), 'params.model IS NULL')
  assert.equal(addedClause('', 'metrics.auc > 1'), 'metrics.auc > 1')
  assert.equal(clauseOf(model, `both ' and "`), undefined)
})

test('whatever is chosen, the grammar takes the filter and the condition is found in it', () => {
  const text = fc.stringMatching(/^[\w ./'"-]{1,12}$/)
  fc.assert(fc.property(fc.constantFrom('param' as const, 'tag' as const), fc.stringMatching(/^[\w ./-]{1,8}$/).filter((key) => key.trim() === key), text, (kind, key, value) => {
    const wanted = clauseOf({ kind, key }, value)
    if (wanted === undefined) return
    const filter = toggledClause('metrics.auc > 0.5', { kind, key }, wanted)
    assert.equal(parseRunFilter(filter).length, 2)
    assert.ok(hasClause(filter, wanted))
    assert.equal(withoutKey(filter, { kind, key }), 'metrics.auc > 0.5')
  }))
})

test('a range of a metric is two conditions; another takes their place, and chosen again they go', () => {
  const auc: Column = { kind: 'metric', key: 'val/auc' }
  const first = toggledClauses("params.model = 'boost'", auc, rangeClauses(auc, 0.5, 0.6))
  assert.equal(first, "params.model = 'boost' and metrics.`val/auc` >= 0.5 and metrics.`val/auc` < 0.6")
  const second = toggledClauses(first, auc, rangeClauses(auc, 0.6, 0.7))
  assert.equal(second, "params.model = 'boost' and metrics.`val/auc` >= 0.6 and metrics.`val/auc` < 0.7")
  assert.equal(toggledClauses(second, auc, rangeClauses(auc, 0.6, 0.7)), "params.model = 'boost'")
  fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.double({ noNaN: true, noDefaultInfinity: true }), (from, to) => {
    const clauses = rangeClauses(auc, from, to)
    const filter = toggledClauses('', auc, clauses)
    assert.equal(parseRunFilter(filter).length, 2)
    assert.equal(withoutKey(filter, auc), '')
  }))
})
