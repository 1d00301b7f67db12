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

describe('comments of a server with accounts', () => {
  let server: AuthServer
  let [reader, other, stranger, manager]: Person[] = []
  let [id, run_id]: string[] = []
  before(async () => {
    server = await startWithAccounts({ defaultPermission: 'NO_PERMISSIONS' })
    ;[reader, other, stranger, manager] = [await server.user('reader'), await server.user('other'), await server.user('stranger'), await server.user('manager')]
    id = (await server.admin.call(api.createExperiment, { name: 'churn' })).body.experiment_id as string
    run_id = (await server.admin.call(api.createRun, { experiment_id: id, start_time: 1 })).body.run.info.run_id as string
    for (const [username, permission] of [['reader', 'READ'], ['other', 'READ'], ['manager', 'MANAGE']] as const) {
      assert.equal((await server.admin.call(api.grantUserPermission, { username, resource_type: 'experiment', resource_id: id, permission })).status, 200)
    }
  })
  after(() => server[Symbol.asyncDispose]())

  const say = (who: Person | undefined, input: Record<string, unknown>) => who!.call(api.createComment, input)

  it('whoever may read the thing reads and writes them; each changes their own, all settle, and who manages the thing deletes', async () => {
    for (const on of [{ run_id }, { experiment_id: id, panel: 'loss' }]) {
      assert.equal((await say(stranger, { ...on, text: 'x' })).status, 403)
      assert.equal((await stranger!.call(api.listComments, on)).status, 403)
      const made = await say(reader, { ...on, text: 'mine', by: 'other' })
      assert.equal(made.body.comment.author, 'reader')
      const { comment_id } = made.body.comment as { comment_id: string }
      assert.equal((await other!.call(api.listComments, on)).body.comments.length, 1)
      assert.equal((await other!.call(api.updateComment, { comment_id, text: 'theirs' })).status, 403)
      assert.equal((await other!.call(api.deleteComment, { comment_id })).status, 403)
      assert.equal((await other!.call(api.updateComment, { comment_id, resolved: true })).body.comment.resolved_by, 'other')
      assert.equal((await stranger!.call(api.updateComment, { comment_id, resolved: false })).status, 403)
      assert.equal((await reader!.call(api.updateComment, { comment_id, text: 'still mine' })).status, 200)
      assert.equal((await manager!.call(api.deleteComment, { comment_id })).status, 200)
    }
  })

  it('a token that may only read reads them and writes none', async () => {
    const bearer = server.bearer((await reader!.call(api.createToken, { name: 't', scopes: ['read'] })).body.token)
    assert.equal((await bearer.call(api.listComments, { run_id })).status, 200)
    assert.equal((await say(bearer, { run_id, text: 'x' })).status, 403)
  })

  it('completes names of people who may read the thing, and shows mentions only where one may look', async () => {
    const names = async (who: Person | undefined, text: string) => (await who!.call(api.listPeople, { run_id: run_id!, text })).body.names as string[]
    assert.deepEqual((await names(reader, 'e')).toSorted(), ['manager', 'other', 'reader'])
    assert.deepEqual(await names(reader, 'stran'), [])
    assert.equal((await stranger!.call(api.listPeople, { run_id: run_id! })).status, 403)
    await say(reader, { run_id, text: '@other and @stranger' })
    const mentions = async (who: Person | undefined) => (await who!.call(api.listMentions)).body.comments.length as number
    assert.deepEqual([await mentions(other), await mentions(stranger)], [1, 0])
  })
})
