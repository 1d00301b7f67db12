import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import * as api from '@cairn/protocol'
import { write } from '../platform/db/index.ts'
import { startRegistry, type RegistryServer } from './testing.ts'

const listen = write('registryTest.listen', async (tx, _input: null) => {
  await tx.run(`INSERT INTO webhooks (webhook_id, name, url, status, creation_timestamp, last_updated_timestamp) VALUES ('w', 'w', 'https://example.com', 'ACTIVE', 1, 1)`)
  const kinds = [
    ...['REGISTERED_MODEL', 'MODEL_VERSION', 'PROMPT', 'PROMPT_VERSION', 'MODEL_VERSION_ALIAS', 'PROMPT_ALIAS'].map((entity) => [entity, 'CREATED']),
    ...['MODEL_VERSION_TAG', 'PROMPT_TAG', 'PROMPT_VERSION_TAG'].flatMap((entity) => [[entity, 'SET'], [entity, 'DELETED']]),
    ...['MODEL_VERSION_ALIAS', 'PROMPT_ALIAS'].map((entity) => [entity, 'DELETED']),
  ]
  for (const [entity, action] of kinds) await tx.run(`INSERT INTO webhook_events (entity, action, webhook_id, position) VALUES (?, ?, 'w', 0)`, [entity!, action!])
})

let server: RegistryServer
before(async () => {
  server = await startRegistry()
  await server.api.db.write(listen, null)
})
after(() => server[Symbol.asyncDispose]())
const call: RegistryServer['api']['call'] = (endpoint, input) => server.api.call(endpoint, input)

it('changes of models and of prompts are told to webhooks as MLflow tells them', async () => {
  await call(api.createRegisteredModel, { name: 'm', description: 'd', tags: [{ key: 't', value: '1' }] })
  await call(api.createModelVersion, { name: 'm', source: 's3://b/x', tags: [{ key: 't', value: '1' }] })
  await call(api.setRegisteredModelTag, { name: 'm', key: 'not', value: 'told' })
  await call(api.setModelVersionTag, { name: 'm', version: '1', key: 'k', value: 'v' })
  await call(api.deleteModelVersionTag, { name: 'm', version: '1', key: 'k' })
  await call(api.setRegisteredModelAlias, { name: 'm', alias: 'a', version: '1' })
  await call(api.rollbackAlias, { name: 'm', alias: 'a' })
  await server.api.error(api.setRegisteredModelAlias, { name: 'm', alias: 'a', version: '7' })
  const mark = { key: 'mlflow.prompt.is_prompt', value: 'true' }
  await call(api.createRegisteredModel, { name: 'p', tags: [mark, { key: '_mlflow_prompt_type', value: 'text' }, { key: 't', value: '1' }] })
  await call(api.createModelVersion, { name: 'p', source: 'dummy-source', description: 'v', tags: [mark, { key: 'mlflow.prompt.text', value: 'Hi' }, { key: 't', value: '1' }] })
  await call(api.setRegisteredModelTag, { name: 'p', key: 'k', value: 'v' })
  await call(api.deleteRegisteredModelTag, { name: 'p', key: 'k' })
  await call(api.setModelVersionTag, { name: 'p', version: '1', key: 'k', value: 'v' })
  await call(api.setRegisteredModelAlias, { name: 'p', alias: 'a', version: '1' })
  await call(api.deleteRegisteredModelAlias, { name: 'p', alias: 'a' })
  assert.deepEqual((await server.outbox()).map(({ entity, action, data }) => [`${entity}.${action}`, data]), [
    ['registered_model.created', { name: 'm', tags: { t: '1' }, description: 'd' }],
    ['model_version.created', { name: 'm', version: '1', source: 's3://b/x', run_id: null, tags: { t: '1' }, description: null }],
    ['model_version_tag.set', { name: 'm', version: '1', key: 'k', value: 'v' }],
    ['model_version_tag.deleted', { name: 'm', version: '1', key: 'k' }],
    ['model_version_alias.created', { name: 'm', alias: 'a', version: '1' }],
    ['model_version_alias.deleted', { name: 'm', alias: 'a' }],
    ['prompt.created', { name: 'p', tags: { t: '1' }, description: '' }],
    ['prompt_version.created', { name: 'p', version: '1', template: 'Hi', tags: { t: '1' }, description: 'v' }],
    ['prompt_tag.set', { name: 'p', key: 'k', value: 'v' }],
    ['prompt_tag.deleted', { name: 'p', key: 'k' }],
    ['prompt_version_tag.set', { name: 'p', version: '1', key: 'k', value: 'v' }],
    ['prompt_alias.created', { name: 'p', alias: 'a', version: '1' }],
    ['prompt_alias.deleted', { name: 'p', alias: 'a' }],
  ])
})
