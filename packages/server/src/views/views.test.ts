import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import * as api from '@cairn/protocol'
import { auditMigrations } from '../audit/index.ts'
import { experimentMigrations, experimentOperations, experimentRoutes } from '../experiments/index.ts'
import { startApi, type ApiServer } from '../testing/api-server.ts'
import { userMigrations } from '../users/index.ts'
import { viewMigrations, viewRoutes } from './index.ts'

let server: ApiServer
const clock = { now: 1000 }
const events: { type: string; experiment_id?: string; change: string }[] = []
before(async () => {
  const live = { publish: (event: object) => void events.push(event as (typeof events)[number]) }
  server = await startApi({
    migrations: [...experimentMigrations, ...auditMigrations, ...userMigrations, ...viewMigrations], now: () => clock.now += 1,
    routes: (db) => [
      ...experimentRoutes({ db, live, operations: experimentOperations(async () => {}), maxResults: 1000, artifactLocations: { root: 'mlflow-artifacts:/', maxLength: 2048, cwd: '/', allowedHostSchemes: new Set() } as never }),
      ...viewRoutes({ db, live }),
    ],
  })
})
after(() => server[Symbol.asyncDispose]())

let made = 0
const newExperiment = async (): Promise<string> => (await server.call(api.createExperiment, { name: `e${made += 1}` })).experiment_id
const save = async (experiment_ids: string[], name: string, more: object = {}) => (await server.call(api.createView, { experiment_ids, name, shared: true, ...more })).view
const names = async (input: object) => (await server.call(api.listViews, input)).views.map(({ name, is_default }) => `${name}${is_default ? '*' : ''}`)

describe('a saved view', () => {
  it('keeps its name, its state and who made and changed it, and keeps its id when it is renamed', async () => {
    const id = await newExperiment()
    const view = await save([id], 'best first', { state: '?q=metrics.auc+%3E+0.8&sort=metrics.auc+DESC', by: 'Ada' })
    assert.deepEqual({ ...view, view_id: '', creation_timestamp: 0, last_updated_timestamp: 0 }, {
      view_id: '', experiment_ids: [id], name: 'best first', state: 'q=metrics.auc+%3E+0.8&sort=metrics.auc+DESC', shared: true, is_default: false, created_by: 'Ada', updated_by: 'Ada', creation_timestamp: 0, last_updated_timestamp: 0,
    })
    await server.call(api.updateView, { view_id: view.view_id, name: 'the best', by: 'Bob' })
    const { view: later } = await server.call(api.getView, { view_id: view.view_id })
    assert.deepEqual([later.name, later.state, later.created_by, later.updated_by], ['the best', view.state, 'Ada', 'Bob'])
    assert.ok(Number(later.last_updated_timestamp) > Number(view.last_updated_timestamp))
  })

  it('belongs to one experiment or to a set of them, in whatever order they are named', async () => {
    const [a, b] = [await newExperiment(), await newExperiment()]
    await save([a!], 'of one')
    await save([b!, a!, b!], 'of both')
    assert.deepEqual(await names({ experiment_ids: [a] }), ['of one'])
    assert.deepEqual(await names({ experiment_ids: [a, b] }), ['of both'])
    assert.deepEqual(await names({ experiment_ids: [b, a] }), ['of both'])
    assert.deepEqual(await names({ name: 'OF BO' }), ['of both'])
  })

  it('is the default of its experiment alone', async () => {
    const id = await newExperiment()
    const [first, second] = [await save([id], 'a', { is_default: true }), await save([id], 'b', { shared: false, by: 'Ada' })]
    assert.deepEqual(await names({ experiment_ids: [id] }), ['a*'])
    await server.call(api.updateView, { view_id: second.view_id, is_default: true })
    assert.deepEqual(await names({ experiment_ids: [id] }), ['a', 'b*'], 'a default is shared')
    await server.call(api.updateView, { view_id: second.view_id, shared: false, by: 'Ada' })
    assert.deepEqual(await names({ experiment_ids: [id], by: 'Ada' }), ['a', 'b'], 'what is not shared is no default')
    await server.call(api.updateView, { view_id: first.view_id, is_default: true })
    await server.call(api.deleteView, { view_id: first.view_id })
    assert.deepEqual(await names({ experiment_ids: [id] }), [])
    await server.call(api.updateView, { view_id: first.view_id, deleted: false })
    assert.deepEqual(await names({ experiment_ids: [id] }), ['a*'])
  })

  it('that is not shared is seen by its owner', async () => {
    const id = await newExperiment()
    await save([id], 'mine', { shared: false, by: 'Ada' })
    await save([id], 'mine', { shared: false, by: 'Bob' })
    assert.deepEqual(await names({ experiment_ids: [id] }), [])
    assert.deepEqual(await names({ experiment_ids: [id], by: 'Ada' }), ['mine'])
  })

  it('tells those who follow the experiment, unless it is somebody\'s own', async () => {
    const id = await newExperiment()
    events.length = 0
    const { view_id } = await save([id], 'news')
    await save([id], 'secret', { shared: false })
    await server.call(api.updateView, { view_id, state: 'view=charts' })
    await server.call(api.deleteView, { view_id })
    assert.deepEqual(events.map(({ type, experiment_id, change }) => `${type} ${experiment_id} ${change}`), [`view ${id} created`, `view ${id} changed`, `view ${id} deleted`])
  })

  it('is refused without a name, under a name that is taken, for what is not there, and when it is deleted', async () => {
    const id = await newExperiment()
    const { view_id } = await save([id], 'taken')
    const other = await save([id], 'other')
    assert.match(await server.error(api.createView, { experiment_ids: [id], name: '  ' }), /^400 INVALID_PARAMETER_VALUE: The name of a view has 1 to 200 characters\.$/)
    assert.match(await server.error(api.createView, { experiment_ids: [id], name: 'taken', shared: true }), /^400 RESOURCE_ALREADY_EXISTS: There is a view 'taken' already\. Choose another name, or replace that one\.$/)
    assert.match(await server.error(api.updateView, { view_id: other.view_id, name: 'taken' }), /RESOURCE_ALREADY_EXISTS/)
    assert.match(await server.error(api.createView, { experiment_ids: ['x'], name: 'n' }), /^400 INVALID_PARAMETER_VALUE: 'x' is no id of an experiment/)
    assert.match(await server.error(api.createView, { experiment_ids: ['987654'], name: 'n' }), /^404 RESOURCE_DOES_NOT_EXIST: No Experiment with id=987654 exists$/)
    assert.match(await server.error(api.createView, { experiment_ids: [], name: 'n' }), /^400/)
    assert.match(await server.error(api.createView, { experiment_ids: [id], name: 'n', state: 'x'.repeat(50_001) }), /at most 50000 characters/)
    await server.call(api.deleteView, { view_id })
    for (const [endpoint, input] of [[api.getView, {}], [api.deleteView, {}], [api.updateView, { name: 'z' }]] as const) {
      assert.match(await server.error(endpoint, { view_id, ...input }), /^404 RESOURCE_DOES_NOT_EXIST: There is no view \d+\. It may have been deleted\.$/)
    }
    assert.match(await server.error(api.getView, { view_id: 'nothing' }), /^404/)
    await save([id], 'taken')
    assert.match(await server.error(api.updateView, { view_id, deleted: false }), /RESOURCE_ALREADY_EXISTS/)
  })

  it('that was deleted a month ago is forgotten', async () => {
    const id = await newExperiment()
    const [old, recent] = [await save([id], 'old'), await save([id], 'recent')]
    await server.call(api.deleteView, { view_id: old.view_id })
    clock.now += 31 * 86_400_000
    await server.call(api.deleteView, { view_id: recent.view_id })
    assert.match(await server.error(api.updateView, { view_id: old.view_id, deleted: false }), /^404/)
    await server.call(api.updateView, { view_id: recent.view_id, deleted: false })
  })
})
