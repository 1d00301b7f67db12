import assert from 'node:assert/strict'
import { test } from 'node:test'
import { wayBack, type Before } from './way-back.ts'

const before: Before[] = [
  { run_id: 'a', experiment_id: '1', archived: false, tag: null }, { run_id: 'b', experiment_id: '2', archived: true, tag: 'old' }, { run_id: 'c', experiment_id: '1', archived: false, tag: 'old' },
]
const ids = ['a', 'b', 'c']

test('what was done to many runs is taken back for each as it was before', () => {
  assert.deepEqual(wayBack({ ids, change: 'delete' }, []), [{ ids, change: 'restore' }])
  assert.deepEqual(wayBack({ ids, change: 'archive' }, before), [{ ids: ['a', 'c'], change: 'unarchive' }])
  assert.deepEqual(wayBack({ ids, change: 'unarchive' }, before), [{ ids: ['b'], change: 'archive' }])
  assert.deepEqual(wayBack({ ids, change: 'move', experiment_id: '9' }, before), [{ ids: ['a', 'c'], change: 'move', experiment_id: '1' }, { ids: ['b'], change: 'move', experiment_id: '2' }])
  assert.deepEqual(wayBack({ ids, change: 'set_tag', key: 'team', value: 'new' }, before), [{ ids: ['a'], change: 'delete_tag', key: 'team' }, { ids: ['b', 'c'], change: 'set_tag', key: 'team', value: 'old' }])
  assert.deepEqual(wayBack({ ids, change: 'delete_tag', key: 'team' }, before), [{ ids: ['b', 'c'], change: 'set_tag', key: 'team', value: 'old' }])
})
