import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import * as api from '@cairn/protocol'
import { startWithAccounts, type AuthServer, type Person } from './server.ts'

describe('views of a server with accounts', () => {
  let server: AuthServer
  let [reader, editor, stranger]: Person[] = []
  let id: string
  before(async () => {
    server = await startWithAccounts({ defaultPermission: 'NO_PERMISSIONS' })
    ;[reader, editor, stranger] = [await server.user('reader'), await server.user('editor'), await server.user('stranger')]
    id = (await server.admin.call(api.createExperiment, { name: 'churn' })).body.experiment_id as string
    for (const [username, permission] of [['reader', 'READ'], ['editor', 'EDIT']] as const) {
      assert.equal((await server.admin.call(api.grantUserPermission, { username, resource_type: 'experiment', resource_id: id, permission })).status, 200)
    }
  })
  after(() => server[Symbol.asyncDispose]())

  const create = (who: Person | undefined, input: object) => who!.call(api.createView, { experiment_ids: [id], ...input })
  const names = async (who: Person | undefined): Promise<string[]> => (await who!.call(api.listViews, { experiment_ids: id })).body.views.map(({ name }: { name: string }) => name)

  it('who may read the experiment sees what is shared and keeps views of their own; who may edit it shares', async () => {
    assert.equal((await create(reader, { name: 'for all', shared: true })).status, 403)
    assert.equal((await create(reader, { name: 'for all', is_default: true })).status, 403)
    assert.equal((await create(stranger, { name: 'own' })).status, 403)
    assert.equal((await create(reader, { name: 'own', by: 'somebody else' })).body.view.created_by, 'reader')
    assert.equal((await create(editor, { name: 'for all', shared: true })).status, 200)
    assert.deepEqual([await names(reader), await names(editor), await names(stranger)], [['for all', 'own'], ['for all'], []])
  })

  it('what is somebody\'s own nobody else reads or changes, and who may only read changes nothing that is shared', async () => {
    const own = (await create(reader, { name: 'secret' })).body.view.view_id as string
    const shared = (await create(editor, { name: 'common', shared: true })).body.view.view_id as string
    assert.equal((await editor!.call(api.getView, { view_id: own })).status, 403)
    assert.equal((await editor!.call(api.deleteView, { view_id: own })).status, 403)
    assert.equal((await reader!.call(api.getView, { view_id: shared })).status, 200)
    for (const input of [{ name: 'x' }, { shared: false }, { is_default: true }]) assert.equal((await reader!.call(api.updateView, { view_id: shared, ...input })).status, 403)
    assert.equal((await reader!.call(api.deleteView, { view_id: shared })).status, 403)
    assert.equal((await reader!.call(api.updateView, { view_id: own, shared: true })).status, 403)
    assert.equal((await reader!.call(api.updateView, { view_id: own, name: 'renamed' })).status, 200)
    assert.equal((await stranger!.call(api.getView, { view_id: shared })).status, 403)
    assert.equal((await stranger!.call(api.getView, { view_id: '99999' })).status, 403)
  })
})
