import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { groupsOf, noValue, others } from './groups.ts'

interface Of { readonly id: string; readonly [field: string]: string | number | undefined }
const groups = (runs: readonly Of[], ...fields: string[]) => groupsOf(runs, fields, ({ id }) => id, (run, field) => run[field])

test('runs are put together by what they say of one field, and within it of the next, what says nothing last', () => {
  const runs: Of[] = [{ id: 'a', model: 'rf', depth: 10 }, { id: 'b', model: 'gbm', depth: '2' }, { id: 'c' }, { id: 'd', model: 'rf', depth: 2 }, { id: 'e', model: 'rf', depth: '10' }]
  assert.deepEqual(groups(runs, 'model'), [{ path: ['gbm'], members: ['b'] }, { path: ['rf'], members: ['a', 'd', 'e'] }, { path: [noValue], members: ['c'] }])
  assert.deepEqual(groups(runs, 'model', 'depth').map(({ path, members }) => `${path.join('/')} ${members.join('')}`), ['gbm/2 b', 'rf/2 d', 'rf/10 ae', `${noValue}/${noValue} c`])
})

test('of many texts those that most runs have are groups, and the others are one', () => {
  const runs: Of[] = Array.from({ length: 60 }, (_, at) => (at === 59 ? { id: '59' } : { id: String(at), commit: at < 30 ? `often-${at % 10}` : `once-${at}` }))
  const found = groups(runs, 'commit')
  assert.equal(found.length, 21)
  assert.deepEqual(found.slice(-2).map(({ path, members }) => [path[0], members.length]), [[others, 20], [noValue, 1]])
  assert.equal(found.filter(({ path }) => path[0]!.startsWith('often-')).length, 10)
})

test('numbers of more than a few values are put into quarters, and every run is in one group', () => {
  assert.deepEqual(groups(Array.from({ length: 20 }, (_, at) => ({ id: String(at), lr: at / 10 })), 'lr').map(({ path, members }) => [path[0], members.length]), [['0 to 0.4', 5], ['0.5 to 0.9', 5], ['1 to 1.4', 5], ['1.5 to 1.9', 5]])
  fc.assert(fc.property(fc.array(fc.record({ value: fc.oneof(fc.double({ noNaN: true }), fc.string(), fc.constant(undefined)), other: fc.nat({ max: 30 }) }), { maxLength: 60 }), (all) => {
    const found = groups(all.map((run, at) => ({ id: String(at), ...run })), 'other', 'value')
    assert.deepEqual(found.flatMap(({ members }) => members).map(Number).toSorted((a, b) => a - b), all.map((_, at) => at))
    assert.equal(new Set(found.map(({ path }) => JSON.stringify(path))).size, found.length)
  }))
})
