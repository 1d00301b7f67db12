import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import * as api from '@cairn/protocol'
import { startApi, type ApiServer } from '../testing/api-server.ts'
import { auditMigrations } from '../audit/index.ts'
import { datasetMigrations } from '../datasets/index.ts'
import { experimentMigrations, experimentOperations, experimentRoutes } from '../experiments/index.ts'
import { keysMigrations } from '../keys/index.ts'
import { loggedModelMigrations } from '../logged-models/index.ts'
import { metricsMigrations } from '../metrics/index.ts'
import { registryMigrations, registryOperations, registryRoutes } from '../registry/index.ts'
import { runExperiments, runsMigrations, runsRoutes } from '../runs/index.ts'
import { userMigrations } from '../users/index.ts'
import { webhookMigrations } from '../webhooks/index.ts'
import { commentMigrations, commentRoutes } from './index.ts'

let server: ApiServer
const clock = { now: 1000 }
const events: Record<string, unknown>[] = []
let id: string
let run_id: string
before(async () => {
  const live = { publish: (event: object) => void events.push(event as Record<string, unknown>) }
  server = await startApi({
    migrations: [
      ...keysMigrations, ...experimentMigrations, ...runsMigrations, ...metricsMigrations, ...datasetMigrations, ...loggedModelMigrations, ...auditMigrations, ...userMigrations, ...webhookMigrations, ...registryMigrations, ...commentMigrations,
    ],
    now: () => clock.now += 1,
    routes: (db) => [
      ...experimentRoutes({ db, operations: experimentOperations(async () => {}), maxResults: 1000, artifactLocations: { root: 'mlflow-artifacts:/', maxLength: 2048, cwd: '/', allowedHostSchemes: new Set() } as never }),
      ...runsRoutes({ db, random: Math.random, limits: { maxResults: 1000, truncateLongValues: true } }),
      ...registryRoutes({ db, operations: registryOperations({ runArtifactRoot: async () => undefined, loggedModel: async () => undefined, noteRegistration: async () => {} }), sources: { pattern: undefined, trustedRoots: [], allowedHostSchemes: [] } }),
      ...commentRoutes({ db, live, experimentOf: async (run) => (await db.read(runExperiments, { run_ids: [run] }))[run] }),
    ],
  })
  id = (await server.call(api.createExperiment, { name: 'churn' })).experiment_id
  run_id = await newRun()
  await server.call(api.createRegisteredModel, { name: 'model' })
  await server.call(api.createModelVersion, { name: 'model', source: 's3://a/1' })
})
after(() => server[Symbol.asyncDispose]())

const newRun = async (): Promise<string> => (await server.call(api.createRun, { experiment_id: id, start_time: 1 })).run.info.run_id
const say = async (input: object) => (await server.call(api.createComment, { by: 'Ada', ...input })).comment
const list = async (input: object) => (await server.call(api.listComments, input)).comments
const texts = async (input: object) => (await list(input)).map(({ text }) => text)

describe('comments', () => {
  it('stand on runs, on panels of an experiment and of a run, and on versions of a model, each by itself', async () => {
    const panel = { experiment_id: id, panel: 'valid/loss' }
    const ofRun = { run_id, panel: 'valid/loss' }
    await say({ run_id, text: 'of the run' })
    await say({ ...panel, text: 'of the panel' })
    await say({ ...ofRun, text: 'of a panel of the run' })
    await say({ experiment_id: id, panel: 'valid', text: 'of another panel' })
    const version = await say({ name: 'model', version: '1', text: ' of the version ' })
    assert.deepEqual([await texts({ run_id }), await texts(panel), await texts(ofRun), await texts({ name: 'model', version: '1' })], [['of the run'], ['of the panel'], ['of a panel of the run'], ['of the version']])
    assert.deepEqual(version, { comment_id: version.comment_id, text: 'of the version', author: 'Ada', mentions: [], creation_timestamp: version.creation_timestamp, name: 'model', version: '1' })
    await server.call(api.renameRegisteredModel, { name: 'model', new_name: 'renamed' })
    assert.equal((await list({ name: 'renamed', version: '1' }))[0]!.name, 'renamed')
    assert.deepEqual((await server.call(api.countComments, { experiment_id: id })).panels, [{ panel: 'valid', count: 1 }, { panel: 'valid/loss', count: 1 }])
    assert.deepEqual((await server.call(api.countComments, { run_id })).panels, [{ panel: 'valid/loss', count: 1 }])
    for (const input of [{}, { run_id, experiment_id: id }]) assert.match(await server.error(api.countComments, input), /^400 INVALID_PARAMETER_VALUE: Say whose panels are counted/)
  })

  it('are answered in one thread, settled and taken up again', async () => {
    const on = { experiment_id: id, panel: 'f1' }
    const first = await say({ ...on, text: 'why does it drop?' })
    const answer = await say({ ...on, text: 'the learning rate', reply_to: first.comment_id, by: 'Bob' })
    const again = await say({ ...on, text: 'thanks', reply_to: answer.comment_id })
    assert.deepEqual([answer.reply_to, again.reply_to], [first.comment_id, first.comment_id])
    const count = async () => (await server.call(api.countComments, { experiment_id: id })).panels.find(({ panel }) => panel === 'f1')?.count
    assert.equal(await count(), 3)
    const settled = (await server.call(api.updateComment, { comment_id: first.comment_id, resolved: true, by: 'Bob' })).comment
    assert.equal(settled.resolved_by, 'Bob')
    assert.equal(await count(), undefined)
    await server.call(api.updateComment, { comment_id: first.comment_id, resolved: false, by: 'Ada' })
    assert.equal(await count(), 3)
    assert.match(await server.error(api.updateComment, { comment_id: answer.comment_id, resolved: true }), /^400 INVALID_PARAMETER_VALUE: An answer is settled with the comment that it answers\.$/)
    assert.match(await server.error(api.createComment, { run_id, text: 'x', reply_to: first.comment_id }), /about something else/)
  })

  it('are changed and deleted by their author and come back, and what was answered leaves a place', async () => {
    const run = { run_id: await newRun() }
    const first = await say({ ...run, text: 'a' })
    await say({ ...run, text: 'b', reply_to: first.comment_id })
    const alone = await say({ ...run, text: 'c' })
    for (const input of [{ text: 'z' }, { deleted: false }]) assert.match(await server.error(api.updateComment, { comment_id: first.comment_id, by: 'Bob', ...input }), /^403 PERMISSION_DENIED: This comment is Ada's\. Only they change it\.$/)
    assert.match(await server.error(api.deleteComment, { comment_id: first.comment_id, by: 'Bob' }), /^403/)
    const changed = (await server.call(api.updateComment, { comment_id: first.comment_id, text: 'A', by: 'Ada' })).comment
    assert.equal(changed.text, 'A')
    assert.ok(changed.edited_timestamp !== undefined)
    for (const { comment_id } of [first, alone]) await server.call(api.deleteComment, { comment_id, by: 'Ada' })
    assert.deepEqual((await list(run)).map(({ text, author, deleted }) => [text, author, deleted]), [['b', 'Ada', undefined], ['', '', true]])
    assert.match(await server.error(api.updateComment, { comment_id: first.comment_id, text: 'x', by: 'Ada' }), /^404/)
    await server.call(api.updateComment, { comment_id: first.comment_id, deleted: false, by: 'Ada' })
    assert.deepEqual(await texts(run), ['b', 'A'])
  })

  it('tell whom they mention, and those who follow the thing', async () => {
    const run = { run_id: await newRun() }
    events.length = 0
    const comment = await say({ ...run, text: '@Bob and @[Cy Young], look' })
    assert.deepEqual(comment.mentions, ['Bob', 'Cy Young'])
    assert.deepEqual(events, [{ type: 'comment', comment_id: comment.comment_id, change: 'created', mentions: ['Bob', 'Cy Young'], experiment_id: id, ...run }])
    const mine = async (by: string) => (await server.call(api.listMentions, { by })).comments.map(({ comment_id }) => comment_id)
    assert.deepEqual([await mine('Cy Young'), await mine('Bob'), await mine('Ada')], [[comment.comment_id], [comment.comment_id], []])
    await server.call(api.updateComment, { comment_id: comment.comment_id, text: '@Ada, not Bob', by: 'Ada' })
    assert.deepEqual([await mine('Bob'), await mine('Ada')], [[], [comment.comment_id]])
    await server.call(api.deleteComment, { comment_id: comment.comment_id, by: 'Ada' })
    assert.deepEqual(await mine('Ada'), [])
    assert.deepEqual((await server.call(api.listPeople, { ...run, text: 'AD' })).names, ['Ada'])
  })

  it('come in pages, the newest first', async () => {
    const run = { run_id: await newRun() }
    for (let at = 0; at < 5; at += 1) await say({ ...run, text: String(at) })
    const first = await server.call(api.listComments, { ...run, max_results: 3 })
    const second = await server.call(api.listComments, { ...run, max_results: 3, page_token: first.next_page_token })
    assert.deepEqual([...first.comments, ...second.comments].map(({ text }) => text), ['4', '3', '2', '1', '0'])
    assert.equal(second.next_page_token, undefined)
  })

  it('are refused where nothing or too much is named, on what is not there, and without a word', async () => {
    for (const [input, said] of [
      [{ text: 'x' }, /Say what is commented/], [{ text: 'x', run_id, experiment_id: id, panel: 'p' }, /Say what is commented/], [{ text: 'x', experiment_id: id }, /A panel is named by its title/],
      [{ text: 'x', run_id: 'nothing' }, /^404 RESOURCE_DOES_NOT_EXIST: Run with id=nothing not found$/], [{ text: 'x', name: 'nothing', version: '1' }, /^404/], [{ text: 'x', name: 'renamed' }, /name and version/],
      [{ text: '   ', run_id }, /A comment has 1 to 20000 characters/], [{ text: 'x', run_id, reply_to: '99999' }, /^404/],
    ] as const) assert.match(await server.error(api.createComment, input), said)
    assert.match(await server.error(api.listPeople, {}), /Say what is commented/)
  })
})
