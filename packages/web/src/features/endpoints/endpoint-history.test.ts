import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AuditEntry, ServingEndpoint } from '@cairn/protocol'
import { historyOf, lastChange, rollbackEffects, sentence } from './endpoint-history.ts'

let id = 0
const entry = (action: string, fields: Partial<AuditEntry> = {}): AuditEntry => ({ entry_id: String(id += 1), timestamp: id, principal: 'ada', entity: 'endpoint', entity_name: 'live', action, ...fields })
const endpoint: ServingEndpoint = { name: 'live', model_name: 'churn', revision: 3, salt: 's', traffic: [{ alias: 'champion', version: '2', weight: 100 }], creation_timestamp: 0, last_updated_timestamp: 0, updated_by: 'ada' }

test('each change of an endpoint is a sentence', () => {
  assert.equal(sentence(entry('create', { after: { model_name: 'churn', traffic: [{ alias: 'champion', weight: 100 }] } })), 'named the endpoint for churn: champion 100 %')
  assert.equal(sentence(entry('start_rollout', { version: '4', after: { rollout: { version: '4', step: 0, steps: [10, 50] } } })), 'began to try version 4 on 10 %, then 50 %')
  assert.equal(sentence(entry('advance_rollout', { version: '4', before: { rollout: { step: 0, steps: [10, 50] } }, after: { rollout: { step: 1, steps: [10, 50] } } })), 'gave version 4 50 %: it passed 10 %')
  assert.equal(sentence(entry('promote', { version: '4', after: { moved: { alias: 'champion', from: '3', to: '4' } } })), 'promoted version 4, which moved champion from version 3 to version 4')
  assert.equal(sentence(entry('configure', { before: {}, after: { shadow: { version: '5', sample: 0.1 } } })), 'asks version 5 in the shadow with 10 % of the requests')
  assert.equal(sentence(entry('configure', { before: {}, after: { sticky_header: 'x-user' } })), 'keeps clients with one version by the header x-user')
})

test('the history has the moves of the alias that is followed, each once, and the last change is what a rollback undoes', () => {
  const own = [entry('create', { after: {} })]
  const elsewhere = entry('set_alias', { entity: 'registered_model', key: 'champion', before: { version: '1' }, after: { version: '2' } })
  const other = entry('set_alias', { entity: 'registered_model', key: 'challenger', after: { version: '3' } })
  const history = historyOf(endpoint, own, [elsewhere, other])
  assert.deepEqual(history.map(({ action }) => action), ['set_alias', 'create'])
  assert.equal(lastChange(endpoint, history), elsewhere)
  assert.deepEqual(rollbackEffects(endpoint, elsewhere, '2'), ['champion moves from version 2 back to version 1, and all requests with it.'])
  const promotion = entry('promote', { version: '3', before: { traffic: endpoint.traffic }, after: { moved: { alias: 'champion', from: '2', to: '3' } } })
  const its = entry('set_alias', { entity: 'registered_model', key: 'champion', timestamp: promotion.timestamp, before: { version: '2' }, after: { version: '3' } })
  assert.deepEqual(historyOf(endpoint, [promotion, ...own], [its, elsewhere]).map(({ action }) => action), ['promote', 'set_alias', 'create'])
})

test('a rollback during a rollout ends it', () => {
  const trying = { ...endpoint, rollout: { version: '4', step: 0, steps: [10], min_requests: 1, min_seconds: 1, max_error_increase: 0, max_p99_ratio: 1, tolerance: 0, started_timestamp: 0 } }
  assert.equal(lastChange(trying, [entry('set_traffic')]), undefined)
  assert.deepEqual(rollbackEffects(trying, undefined, '2'), ['Version 4, which is tried, gets no requests any more.', 'The others answer all: champion 100 %.'])
})
