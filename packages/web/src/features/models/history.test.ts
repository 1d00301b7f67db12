import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { AuditEntry } from '@cairn/protocol'
import { reasonTag, sentence, undoable, withReasons } from './history.ts'

const entry = (fields: Partial<AuditEntry>): AuditEntry => ({ entry_id: '1', timestamp: 1, principal: 'ada', entity: 'model_version', entity_name: 'churn', action: 'create', ...fields })

it('each change of a registry is a sentence that names what moved from where to where', () => {
  assert.equal(sentence(entry({ action: 'set_alias', key: 'champion', before: { version: '2' }, after: { version: '3' } })), 'moved champion from version 2 to version 3')
  assert.equal(sentence(entry({ action: 'set_alias', key: 'champion', after: { version: '3' } })), 'set champion to version 3')
  assert.equal(sentence(entry({ action: 'rollback_alias', key: 'champion', before: { version: '3' } })), 'rolled back: removed champion')
  assert.equal(sentence(entry({ action: 'transition_stage', version: '3', before: { stage: 'None' }, after: { stage: 'Production' } })), 'moved version 3 from None to Production')
  assert.equal(sentence(entry({ action: 'set_tag', key: reasonTag, version: '3', after: 'better recall' })), 'gave a reason: better recall')
  assert.equal(sentence(entry({ action: 'set_profile', version: '3', after: { source: 'data', rows: '6000', columns: 5, of: 'train.parquet' } })), 'said what inputs of version 3 are compared with: train.parquet')
})

it('only moves of aliases and stages are taken back', () => {
  assert.deepEqual([entry({ action: 'set_alias', key: 'a' }), entry({ action: 'transition_stage', version: '1' }), entry({})].map(undoable), ['alias', 'stage', undefined])
})

it('a reason is told with the move that it was given for, and alone where there is none', () => {
  const move = entry({ entry_id: '5', timestamp: 1000, action: 'set_alias', key: 'champion', before: { version: '2' }, after: { version: '3' } })
  const why = entry({ entry_id: '6', timestamp: 1020, action: 'set_tag', key: reasonTag, version: '3', after: 'better recall' })
  assert.deepEqual(withReasons([why, move]), [{ entry: move, reason: 'better recall' }])
  const others = entry({ ...why, principal: 'bo' })
  assert.deepEqual(withReasons([others, move]), [{ entry: others }, { entry: move }])
  const late = { ...why, timestamp: 900_000 }
  assert.deepEqual(withReasons([late, move]), [{ entry: late }, { entry: move }])
})
