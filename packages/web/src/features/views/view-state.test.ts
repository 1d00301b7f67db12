import assert from 'node:assert/strict'
import { before, it } from 'node:test'

let views: typeof import('./view-state.ts')
before(async () => {
  Object.assign(globalThis, { document: { baseURI: 'http://server/team/' } })
  views = await import('./view-state.ts')
})

it('the state of a view is the address without the name of the view', () => {
  assert.equal(views.stateOf('?q=metrics.auc+%3E+0.8&saved=12&col=m%3Aauc'), 'q=metrics.auc+%3E+0.8&col=m%3Aauc')
})

it('states are equal whatever the order of their keys, and differ by the order of the values of one', () => {
  assert.ok(views.sameState('q=a&sort=x&sort=y', '?sort=x&sort=y&q=a&saved=3'))
  assert.ok(!views.sameState('sort=x&sort=y', 'sort=y&sort=x'))
  assert.ok(!views.sameState('', 'q=a'))
})

it('an opened view says which one it is, and what it shows stands beside it', () => {
  assert.equal(views.opened('3', { view_id: '12', state: 'q=a+b&saved=9' }), '/team/experiments/3?q=a+b&saved=12')
  assert.equal(views.opened('3', { view_id: '12', state: '' }), '/team/experiments/3?saved=12')
})

it('a copy has a name of its own', () => {
  assert.equal(views.copyName('best', ['best']), 'best (2)')
  assert.equal(views.copyName('best (2)', ['best', 'best (2)']), 'best (3)')
})
