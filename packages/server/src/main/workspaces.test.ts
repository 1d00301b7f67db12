import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { teamOfWorkspace, workspaceInPath, workspacePath } from '@cairn/protocol'
import { listEntries } from '../audit/index.ts'
import { experiments, migrations, registry, workspaces } from './slices.ts'
import { openDatabase, write } from '../platform/db/index.ts'
import { openTestDatabase, testPlace } from '../platform/db/testing-database.ts'
import type { Place } from '../workspaces/index.ts'

const author = { principal: 'ada', now: 5 }
const create = (workspace: Place, name: string) => ({ name, artifact_location: undefined, root: `mlflow-artifacts:/workspaces/${workspace.name}`, tags: [], ...author, workspace })
const model = (workspace: Place, name: string) => ({ workspace: workspace.id, name, uid: `${workspace.name}/${name}`, author: { ...author, workspace } })
const all = { id: 1, name: 'default' }
/** Writes as an older version did; a statement is a value, so that it can be sent to the thread that writes. */
const older = write('workspacesTest.older', async (tx, statements: readonly string[]) => { for (const statement of statements) await tx.run(statement) })

describe('workspaces', () => {
  it('hold experiments and models by names of their own', async () => {
    await using db = await openTestDatabase({ migrations })
    await db.write(workspaces.create, { name: 'team-a', author })
    const a = (await db.read(workspaces.find, { name: 'team-a' }))!
    const [first, second] = [await db.write(experiments.create, create(all, 'e')), await db.write(experiments.create, create(a, 'e'))]
    assert.notEqual(first, second)
    await assert.rejects(db.write(experiments.create, create(a, 'e')), /already exists/)
    await db.write(registry.createModel, model(all, 'm'))
    await db.write(registry.createModel, model(a, 'm'))
    await assert.rejects(db.write(registry.createModel, model(a, 'm')), /already exists/)
    assert.equal((await db.read(experiments.getByName, { experiment_name: 'e', workspace: a })).artifact_location, `mlflow-artifacts:/workspaces/team-a/${second}`)
    assert.equal((await db.read(registry.kindOf, { workspace: a.id, name: 'm' }))?.uid, 'team-a/m')
    const search = { filter: '', order_by: [], view_type: 'ALL', max_results: 10, most: 10, page_token: '', workspaceName: 'x' } as const
    for (const [place, id] of [[a, second], [all, first]] as const) {
      assert.deepEqual((await db.scan(experiments.search, { ...search, workspace: place.id })).experiments!.map(({ experiment_id }) => experiment_id), [id])
      assert.equal((await db.scan(registry.searchModels, { workspace: place.id })).registered_models!.length, 1)
    }
    await db.write(experiments.rename, { experiment_id: second, new_name: 'f', author: { ...author, workspace: a } })
    assert.deepEqual(await db.read(experiments.workspacesOf, { experiment_ids: [first, second, '999', 'x'] }), { [first]: 1, [second]: a.id })
  })

  it('are only deleted empty, unless what is in them moves or goes too, and give their id to no other', async () => {
    await using db = await openTestDatabase({ migrations })
    for (const name of ['moved', 'gone']) await db.write(workspaces.create, { name, author })
    const [moved, gone] = [(await db.read(workspaces.find, { name: 'moved' }))!, (await db.read(workspaces.find, { name: 'gone' }))!]
    const [one, two] = [await db.write(experiments.create, create(moved, 'e')), await db.write(experiments.create, create(gone, 'e'))]
    await db.write(registry.createModel, model(gone, 'm'))
    await db.write(registry.createVersion, { ...model(gone, 'm'), source: 's3://b/m' })
    await assert.rejects(db.write(workspaces.remove, { name: 'gone', mode: 'RESTRICT', author }), { code: 'INVALID_STATE', message: /'registered_models' still contains 1/ })
    assert.deepEqual(await db.read(workspaces.outside, null), ['registered models', 'experiments'])
    await db.write(experiments.create, create(all, 'e'))
    await assert.rejects(db.write(workspaces.remove, { name: 'moved', mode: 'SET_DEFAULT', author }), { code: 'INVALID_STATE', message: /- experiments: 'e'/ })
    assert.equal((await db.read(workspaces.find, { name: 'moved' }))?.id, moved.id)
    await db.write(experiments.rename, { experiment_id: one, new_name: 'e1', author })
    await db.write(workspaces.remove, { name: 'moved', mode: 'SET_DEFAULT', author })
    await db.write(workspaces.remove, { name: 'gone', mode: 'CASCADE', author })
    assert.equal((await db.read(experiments.getByName, { experiment_name: 'e1', workspace: all })).experiment_id, one)
    assert.equal((await db.read(experiments.get, { experiment_id: two, workspaceName: 'gone' })).lifecycle_stage, 'deleted')
    assert.equal(await db.read(registry.kindOf, { workspace: gone.id, name: 'm' }), undefined)
    assert.deepEqual((await db.scan(listEntries, { workspace: gone.id, action: 'delete' })).entries.map(({ entity, entity_name, version }) => [entity, entity_name, version]), [
      ['model_version', 'm', '1'], ['registered_model', 'm', undefined],
    ])
    assert.deepEqual((await db.read(workspaces.list, null)).map(({ name }) => name), ['default'])
    await db.write(workspaces.create, { name: 'gone', author })
    assert.ok((await db.read(workspaces.find, { name: 'gone' }))!.id > gone.id)
    await assert.rejects(db.write(workspaces.create, { name: 'gone', author }), { code: 'RESOURCE_ALREADY_EXISTS' })
  })

  it('hold everything that was there before them in the one that is always there', async () => {
    await using place = await testPlace({ file: true })
    const before = migrations.filter(({ name }) => !name.endsWith('-workspaces'))
    await using was = await openDatabase({ at: place.at, migrations: before })
    await was.write(older, [
      "INSERT INTO experiments (id, name, artifact_location, lifecycle_stage, creation_time, last_update_time) VALUES (7, 'old', 'mlflow-artifacts:/7', 'active', 1, 2)",
      "INSERT INTO registered_models (uid, name, creation_time, last_updated_time, description, next_version) VALUES ('u', 'old', 1, 2, NULL, 3)",
      "INSERT INTO model_versions (model_id, version, creation_time, last_updated_time, stage, source, storage_location) SELECT model_id, 2, 1, 2, 'None', 's3://b/m', 's3://b/m' FROM registered_models",
      "INSERT INTO serving_endpoints (uid, name, model_uid, revision, state_json, creation_time, last_updated_time, updated_by) VALUES ('p', 'old', 'u', 1, '{}', 1, 2, 'ada')",
    ])
    await was[Symbol.asyncDispose]()
    await using db = await openDatabase({ at: place.at, migrations })
    const found = await db.read(experiments.getByName, { experiment_name: 'old', workspace: all })
    assert.deepEqual([found.experiment_id, found.artifact_location, found.last_update_time], ['7', 'mlflow-artifacts:/7', 2])
    assert.equal((await db.read(registry.getVersion, { workspace: 1, name: 'old', version: '2' })).source, 's3://b/m')
    // Ids go on where they were.
    await db.write(registry.createModel, model(all, 'new'))
    assert.equal((await db.scan(registry.searchModels, { workspace: 1 })).registered_models!.length, 2)
    await db.write(workspaces.create, { name: 'other', author })
    await db.write(experiments.create, create((await db.read(workspaces.find, { name: 'other' }))!, 'old'))
    assert.deepEqual(await db.read(workspaces.outside, null), ['experiments'])
  })
})

it('a path of a team and its repository is a workspace, by one rule both ways', () => {
  for (const [path, name] of [['/vision/cats.mlflow', 'vision--cats'], ['/shop.mlflow', 'shop'], ['/a-b/c-d.mlflow', 'a-b--c-d'], ['/a--b--c.mlflow', 'a--b--c']] as const) {
    assert.deepEqual(workspaceInPath(path), { name, length: path.length })
    assert.deepEqual(workspaceInPath(`${path}/api/2.0/mlflow/runs/get`), { name, length: path.length })
    assert.equal(workspacePath(name), path)
  }
  for (const path of ['/', '/api/2.0/mlflow/x', '/vision/cats.mlflows', '/vision/cats', '/a/b/c.mlflow', '/Vision/cats.mlflow', '/a--b/c.mlflow', '/-a/b.mlflow', '//cats.mlflow', '/vision/.mlflow']) assert.equal(workspaceInPath(path), undefined, path)
  assert.deepEqual(['vision--cats', 'vision', 'a--b--c', '--cats', 'vision--'].map(teamOfWorkspace), ['vision', undefined, undefined, undefined, undefined])
})
