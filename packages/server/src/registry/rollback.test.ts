import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import * as api from '@cairn/protocol'
import { startRegistry, type RegistryServer } from './testing.ts'

let server: RegistryServer
before(async () => { server = await startRegistry() })
after(() => server[Symbol.asyncDispose]())
const call: RegistryServer['api']['call'] = (endpoint, input) => server.api.call(endpoint, input)
const error: RegistryServer['api']['error'] = (endpoint, input) => server.api.error(endpoint, input)
const history = async (entity_name: string) => (await call(api.listAuditEntries, { entity_name })).entries
const target = async (name: string, alias: string) => (await call(api.getModelVersionByAlias, { name, alias })).model_version.version
const stage = async (name: string, version: string) => (await call(api.getModelVersion, { name, version })).model_version.current_stage

describe('the audit trail of the registry', () => {
  it('holds every change with who, when, before and after, and nothing of what changed nothing', async () => {
    const started = server.clock.now
    await server.newModel('watched', 2)
    await call(api.updateRegisteredModel, { name: 'watched', description: 'about' })
    await call(api.updateRegisteredModel, { name: 'watched', description: 'about' })
    await call(api.setRegisteredModelTag, { name: 'watched', key: 'k', value: '1' })
    await call(api.setRegisteredModelTag, { name: 'watched', key: 'k', value: '1' })
    await call(api.setModelVersionTag, { name: 'watched', version: '2', key: 't', value: 'x' })
    await call(api.setRegisteredModelAlias, { name: 'watched', alias: 'a', version: '2' })
    await error(api.setRegisteredModelAlias, { name: 'watched', alias: 'a', version: '9' })
    await call(api.deleteModelVersion, { name: 'watched', version: '2' })
    await call(api.renameRegisteredModel, { name: 'watched', new_name: 'watched too' })
    await call(api.deleteRegisteredModel, { name: 'watched too' })
    const entries = (await history('watched')).toReversed()
    assert.deepEqual(entries.map(({ entity, action, version, key, before: was, after: is }) => [entity, action, version, key, was, is]), [
      ['registered_model', 'create', undefined, undefined, undefined, { description: '', tags: {} }],
      ['model_version', 'create', '1', undefined, undefined, { source: 's3://models/watched/1', run_id: '', model_id: null, description: '', tags: {} }],
      ['model_version', 'create', '2', undefined, undefined, { source: 's3://models/watched/2', run_id: '', model_id: null, description: '', tags: {} }],
      ['registered_model', 'update', undefined, undefined, { description: '' }, { description: 'about' }],
      ['registered_model', 'set_tag', undefined, 'k', undefined, '1'],
      ['model_version', 'set_tag', '2', 't', undefined, 'x'],
      ['registered_model', 'set_alias', undefined, 'a', undefined, { version: '2' }],
      ['model_version', 'delete', '2', undefined, { source: 's3://models/watched/2', run_id: '', model_id: null, stage: 'None', description: '', tags: { t: 'x' }, aliases: ['a'] }, undefined],
      ['registered_model', 'delete_alias', undefined, 'a', { version: '2' }, undefined],
      ['registered_model', 'rename', undefined, undefined, { name: 'watched' }, { name: 'watched too' }],
      ['registered_model', 'delete', undefined, undefined, { description: 'about', tags: { k: '1' }, aliases: {}, versions: ['1'] }, undefined],
      ['model_version', 'delete', '1', undefined, { source: 's3://models/watched/1', run_id: '', model_id: null, stage: 'None', description: '', tags: {}, aliases: [] }, undefined],
    ])
    assert.ok(entries.every(({ principal, timestamp }) => principal === 'anonymous' && Number(timestamp) > started))
  })
})

describe('the rollback of an alias', () => {
  it('points it at what it was, and a second one takes the first back', async () => {
    await server.newModel('served', 3)
    for (const version of ['1', '2', '3']) await call(api.setRegisteredModelAlias, { name: 'served', alias: 'champion', version })
    const first = await call(api.rollbackAlias, { name: 'served', alias: 'champion' })
    assert.deepEqual([first.version, await target('served', 'champion')], ['2', '2'])
    await call(api.rollbackAlias, { name: 'served', alias: 'champion' })
    assert.equal(await target('served', 'champion'), '3')
    const [second] = (await history('served')).filter(({ action, after: is }) => action === 'set_alias' && (is as { version: string }).version === '2')
    await call(api.rollbackAlias, { name: 'served', alias: 'champion', entry_id: second!.entry_id })
    assert.equal(await target('served', 'champion'), '1')
    const [latest] = await history('served')
    assert.deepEqual([latest!.action, latest!.before, latest!.after], ['rollback_alias', { version: '3' }, { version: '1' }])
  })

  it('brings a deleted one back and takes a new one away', async () => {
    await server.newModel('fresh', 1)
    await call(api.setRegisteredModelAlias, { name: 'fresh', alias: 'a', version: '1' })
    const gone = await call(api.rollbackAlias, { name: 'fresh', alias: 'a' })
    assert.equal(gone.version, undefined)
    assert.match(await error(api.getModelVersionByAlias, { name: 'fresh', alias: 'a' }), /not found/)
    await call(api.setRegisteredModelAlias, { name: 'fresh', alias: 'a', version: '1' })
    await call(api.deleteRegisteredModelAlias, { name: 'fresh', alias: 'a' })
    await call(api.rollbackAlias, { name: 'fresh', alias: 'a' })
    assert.equal(await target('fresh', 'a'), '1')
  })

  it('says why it cannot', async () => {
    await server.newModel('stuck', 2)
    assert.equal(await error(api.rollbackAlias, { name: 'stuck', alias: 'a' }), '404 RESOURCE_DOES_NOT_EXIST: There is no change of the alias a of model stuck to undo.')
    await call(api.setRegisteredModelAlias, { name: 'stuck', alias: 'a', version: '1' })
    await call(api.setRegisteredModelAlias, { name: 'stuck', alias: 'a', version: '2' })
    await call(api.deleteModelVersion, { name: 'stuck', version: '1' })
    assert.equal(await error(api.rollbackAlias, { name: 'stuck', alias: 'a' }), '409 RESOURCE_CONFLICT: The alias pointed at version 1 of model stuck, which was deleted since. Point the alias elsewhere, or name an earlier entry of the audit log to undo.')
    assert.equal(await target('stuck', 'a'), '2')
    assert.match(await error(api.rollbackAlias, { name: 'stuck', alias: 'a', entry_id: '1' }), /Entry 1 is no change of the alias a/)
  })

  it('works after a rename and never reaches a model that bore the name before', async () => {
    await server.newModel('reborn', 2)
    await call(api.setRegisteredModelAlias, { name: 'reborn', alias: 'a', version: '1' })
    await call(api.setRegisteredModelAlias, { name: 'reborn', alias: 'a', version: '2' })
    await call(api.renameRegisteredModel, { name: 'reborn', new_name: 'moved' })
    await call(api.rollbackAlias, { name: 'moved', alias: 'a' })
    assert.equal(await target('moved', 'a'), '1')
    await call(api.deleteRegisteredModel, { name: 'moved' })
    await server.newModel('moved', 2)
    assert.match(await error(api.rollbackAlias, { name: 'moved', alias: 'a' }), /^404/)
  })
})

describe('the rollback of a stage', () => {
  it('puts a version back and restores those that its promotion archived', async () => {
    await server.newModel('promoted', 3)
    const move = (version: string, to: string, archive_existing_versions = false) => call(api.transitionModelVersionStage, { name: 'promoted', version, stage: to, archive_existing_versions })
    await move('1', 'Production')
    await move('2', 'Production')
    await move('3', 'Staging')
    await move('3', 'Production', true)
    await move('2', 'None')
    const { stage: now, restored_versions } = await call(api.rollbackStage, { name: 'promoted', version: '3' })
    assert.deepEqual([now, restored_versions], ['Staging', ['1']])
    assert.deepEqual([await stage('promoted', '1'), await stage('promoted', '2'), await stage('promoted', '3')], ['Production', 'None', 'Staging'], 'what somebody moved since stays')
    await call(api.rollbackStage, { name: 'promoted', version: '3' })
    assert.deepEqual([await stage('promoted', '1'), await stage('promoted', '3')], ['Archived', 'Production'])
  })

  it('brings an archived version back alone', async () => {
    await server.newModel('archived', 2)
    const move = (version: string) => call(api.transitionModelVersionStage, { name: 'archived', version, stage: 'Production', archive_existing_versions: true })
    await move('1')
    await move('2')
    await call(api.rollbackStage, { name: 'archived', version: '1' })
    assert.deepEqual([await stage('archived', '1'), await stage('archived', '2')], ['Production', 'Production'])
    assert.equal(await error(api.rollbackStage, { name: 'archived', version: '9' }), '404 RESOURCE_DOES_NOT_EXIST: Model Version (name=archived, version=9) not found')
  })
})
