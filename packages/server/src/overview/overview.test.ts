import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { changeExperiments, createExperiment, createRun, deleteExperiment, getExperiment, getHome, listExperimentOverview, logBatch, setExperimentTag, updateRun, type ExperimentChange, type ResponseOf } from '@cairn/protocol'
import { auditMigrations } from '../audit/index.ts'
import { datasetMigrations } from '../datasets/index.ts'
import { experimentMigrations, experimentOperations, experimentRoutes } from '../experiments/index.ts'
import { keysMigrations } from '../keys/index.ts'
import type { LiveEvent } from '../live/index.ts'
import { loggedModelMigrations } from '../logged-models/index.ts'
import { metricsMigrations } from '../metrics/index.ts'
import { registryMigrations } from '../registry/index.ts'
import { runsMigrations, runsRoutes, runTableRoutes, setExperimentRunsDeleted } from '../runs/index.ts'
import { startApi, type ApiServer } from '../testing/api-server.ts'
import { userMigrations } from '../users/index.ts'
import { childOf } from './folders.ts'
import { overviewRoutes } from './index.ts'
import { byTelling } from './telling.ts'

let api: ApiServer
let now = 1_000_000
const heard: LiveEvent[] = []
const live = { publish: (event: LiveEvent) => void heard.push(event) }
const ids: Record<string, string> = {}

before(async () => {
  api = await startApi({
    migrations: [...keysMigrations, ...experimentMigrations, ...runsMigrations, ...metricsMigrations, ...datasetMigrations, ...loggedModelMigrations, ...auditMigrations, ...userMigrations, ...registryMigrations],
    now: () => now,
    routes: (db) => [
      ...experimentRoutes({
        db, live, operations: experimentOperations((tx, id, stage, at) => setExperimentRunsDeleted(tx, id, stage === 'deleted' ? at : null)), maxResults: 1000,
        artifactLocations: { root: 'mlflow-artifacts:/', maxLength: 500, cwd: '/', allowedHostSchemes: [] },
      }),
      ...runsRoutes({ db, live, random: () => 0.5, limits: { maxResults: 1000, truncateLongValues: false } }),
      ...runTableRoutes({ db, live, limits: { truncateLongValues: false } }),
      ...overviewRoutes({ db }),
    ],
  })
  for (const [name, tags] of [['vision/defects/a', { team: 'line 4' }], ['vision/defects/b', {}], ['vision/faces', { team: 'door' }], ['churn', { team: 'door' }], ['/Users/ada/x', {}], ['vision', {}]] as const) {
    now += 1000
    ids[name] = (await api.call(createExperiment, { name, tags: Object.entries(tags).map(([key, value]) => ({ key, value })) })).experiment_id
  }
  for (let index = 0; index < 30; index += 1) {
    const { run } = await api.call(createRun, { experiment_id: ids['churn'], run_name: `run ${index}`, start_time: 2_000_000 + index })
    await api.call(logBatch, { run_id: run.info.run_id, metrics: [{ key: 'epoch', value: index, timestamp: 1 }, { key: 'val/auc', value: index === 28 ? 'NaN' : index / 100, timestamp: 5, step: 3 }] })
    if (index < 27) await api.call(updateRun, { run_id: run.info.run_id, status: index % 9 === 0 ? 'FAILED' : 'FINISHED', end_time: 3_000_000 + index })
  }
})
after(() => api[Symbol.asyncDispose]())

const overview = (input: object = {}): Promise<ResponseOf<typeof listExperimentOverview>> => api.call(listExperimentOverview, input)
const names = ({ experiments }: ResponseOf<typeof listExperimentOverview>): string[] => experiments.map(({ name }) => name)

describe('the overview of experiments', () => {
  it('says of each how many runs it has, how they are, when something last happened, and how its metric goes', async () => {
    const { experiments, total, running } = await overview({ order: 'runs', max_results: 2 })
    const [churn] = experiments
    assert.equal(total, 6)
    assert.equal(running, 3)
    assert.deepEqual({ ...churn, trend: undefined, creation_time: 0, last_update_time: 0, experiment_id: '' }, {
      experiment_id: '', name: 'churn', creation_time: 0, last_update_time: 0, last_activity: 3_000_026, runs: 30, running: 3, failed: 3, tags: [{ key: 'team', value: 'door' }], trend: undefined,
    })
    assert.equal(churn!.trend!.key, 'val/auc')
    assert.deepEqual(churn!.trend!.values, Array.from({ length: 24 }, (_, at) => (at === 22 ? 'NaN' : (at + 6) / 100)))
    await api.call(setExperimentTag, { experiment_id: ids['churn'], key: 'mlflow.experiment.primaryMetric.name', value: 'epoch' })
    await api.call(setExperimentTag, { experiment_id: ids['churn'], key: 'mlflow.note.content', value: `# Churn\n${'x'.repeat(500)}` })
    const [again] = (await overview({ words: ['churn'] })).experiments
    assert.equal(again!.trend!.key, 'epoch')
    assert.equal(again!.note!.length, 401)
    assert.equal(again!.tags.length, 1)
  })

  it('shows a tree: folders with what is in them, level by level and window by window', async () => {
    const top = await overview({ tree: true, order: 'name' })
    assert.deepEqual(top.folders.map(({ path, experiments }) => [path, experiments]), [['/Users', 1], ['vision', 3]])
    assert.deepEqual(names(top), ['churn', 'vision'])
    assert.deepEqual([top.total, top.found, top.all], [4, 6, 6])
    const vision = await overview({ tree: true, folder: 'vision', order: 'name' })
    assert.deepEqual(vision.folders.map(({ path }) => path), ['vision/defects'])
    assert.deepEqual(names(vision), ['vision/faces'])
    assert.deepEqual(names(await overview({ tree: true, folder: 'vision/defects', order: 'name', reverse: true })), ['vision/defects/b', 'vision/defects/a'])
    const second = await overview({ tree: true, order: 'name', offset: 1, max_results: 2 })
    assert.deepEqual([second.folders.map(({ path }) => path), names(second)], [['vision'], ['churn']])
    assert.deepEqual(names(await overview({ folder: 'vision', order: 'created' })), ['vision/faces', 'vision/defects/b', 'vision/defects/a'])
  })

  it('finds by words in any place and case, and by tags', async () => {
    assert.deepEqual(names(await overview({ words: ['DEF', 'a'], order: 'name' })), ['vision/defects/a'])
    assert.deepEqual(names(await overview({ tags: [{ key: 'team', value: 'door' }], order: 'name' })), ['churn', 'vision/faces'])
    assert.deepEqual(names(await overview({ tags: [{ key: 'team' }], words: ['/'], order: 'name' })), ['vision/defects/a', 'vision/faces'])
    assert.deepEqual(names(await overview({ words: ['%'] })), [])
  })

  it('refuses what it cannot answer, in words', async () => {
    assert.match(await api.error(listExperimentOverview, { max_results: 501 }), /^400 INVALID_PARAMETER_VALUE: max_results must be between 1 and 500/)
    assert.match(await api.error(listExperimentOverview, { offset: -1 }), /offset must not be negative/)
    assert.match(await api.error(getHome, { max_results: 0 }), /max_results must be between 1 and 50/)
  })
})

it('folders end at slashes that stand between names', () => {
  assert.deepEqual(['a/b/c', 'a', '/a/b', 'a/', '//a', 'a//b'].map((name) => childOf('', name)), ['a', undefined, '/a', undefined, '/', 'a'])
  assert.deepEqual([childOf('a', 'a/b/c'), childOf('a', 'ab/c'), childOf('a/b', 'a/b/c')], ['b', undefined, undefined])
})

it('metrics that say how good a model is come before what only counts', () => {
  assert.deepEqual(byTelling(['system/cpu', 'epoch', 'train/loss', 'val/acc']), ['val/acc', 'train/loss', 'epoch', 'system/cpu'])
  assert.equal(byTelling(['epoch', 'loss'], 'epoch')[0], 'epoch')
})

describe('changing many experiments', () => {
  const change = (changes: readonly ExperimentChange[]) => api.call(changeExperiments, { changes })
  const nameOf = async (id: string): Promise<string> => (await api.call(getExperiment, { experiment_id: id })).experiment.name

  it('renames, lets names change places, and answers what takes it back', async () => {
    const [a, b] = [ids['vision/defects/a']!, ids['vision/defects/b']!]
    heard.length = 0
    const { changed, undo } = await change([{ experiment_id: a, name: 'vision/defects/b' }, { experiment_id: b, name: 'vision/defects/a' }])
    assert.equal(changed, 2)
    assert.deepEqual([await nameOf(a), await nameOf(b)], ['vision/defects/b', 'vision/defects/a'])
    assert.deepEqual(heard.map((event) => event.type === 'experiment' && [event.experiment_id, event.change, event.name]), [[a, 'renamed', 'vision/defects/b'], [b, 'renamed', 'vision/defects/a']])
    await change(undo)
    assert.deepEqual([await nameOf(a), await nameOf(b)], ['vision/defects/a', 'vision/defects/b'])
  })

  it('does all of it or nothing', async () => {
    const refused = await api.error(changeExperiments, { changes: [{ experiment_id: ids['vision/faces'], name: 'elsewhere' }, { experiment_id: ids['vision'], name: 'churn' }] })
    assert.equal(refused, '400 BAD_REQUEST: Experiment(name=churn) already exists.')
    assert.equal(await nameOf(ids['vision/faces']!), 'vision/faces')
    assert.match(await api.error(changeExperiments, { changes: [{ experiment_id: ids['churn'] }, { experiment_id: ids['churn'] }] }), /is named twice/)
    assert.match(await api.error(changeExperiments, { changes: [{ experiment_id: ids['churn'], name: 'x' }, { experiment_id: ids['vision'], name: 'x' }] }), /Two of the experiments would be called x/)
    assert.match(await api.error(changeExperiments, { changes: [{ experiment_id: '99999' }] }), /^404/)
  })

  it('archives with the runs, lists the archive by itself, restores, and gives tags their values back', async () => {
    const id = ids['churn']!
    const tagged = await change([{ experiment_id: id, set_tags: [{ key: 'team', value: 'new' }, { key: 'more', value: '1' }] }])
    assert.deepEqual(tagged.undo, [{ experiment_id: id, set_tags: [{ key: 'team', value: 'door' }], delete_tags: ['more'] }])
    await change(tagged.undo)
    assert.deepEqual((await overview({ words: ['churn'] })).experiments[0]!.tags, [{ key: 'team', value: 'door' }])
    assert.deepEqual((await change([{ experiment_id: id, delete_tags: ['never', 'team'] }])).undo, [{ experiment_id: id, set_tags: [{ key: 'team', value: 'door' }] }])
    const archived = await change([{ experiment_id: id, stage: 'deleted', name: 'old churn' }])
    assert.deepEqual(names(await overview({ words: ['churn'] })), [])
    const archive = await overview({ stage: 'deleted' })
    assert.deepEqual(archive.experiments.map(({ name, runs, running }) => [name, runs, running]), [['old churn', 30, 0]])
    assert.equal((await change([{ experiment_id: id, stage: 'deleted' }])).changed, 0)
    await change(archived.undo)
    const [back] = (await overview({ words: ['churn'] })).experiments
    assert.deepEqual([back!.name, back!.runs, back!.running], ['churn', 30, 3])
  })
})

it('an experiment was last active when one of its running runs logged a point, by a clock that is not ahead', async () => {
  now = 5_000_000
  const experiment_id = ids['vision/faces']!
  const { run: { info: { run_id } } } = await api.call(createRun, { experiment_id, run_name: 'alive', start_time: 4_100_000 })
  const last = async (): Promise<unknown> => (await overview({ words: ['faces'] })).experiments[0]!.last_activity
  assert.equal(await last(), 4_100_000)
  await api.call(logBatch, { run_id, metrics: [{ key: 'loss', value: 1, timestamp: 4_700_000 }, { key: 'auc', value: 1, timestamp: 4_600_000 }] })
  assert.equal(await last(), 4_700_000)
  assert.equal((await overview({ tree: true })).folders.find(({ path }) => path === 'vision')!.last_activity, 4_700_000)
  await api.call(logBatch, { run_id, metrics: [{ key: 'loss', value: 1, timestamp: 9_000_000, step: 1 }] })
  assert.equal(await last(), 5_000_000)
  await api.call(updateRun, { run_id, status: 'FINISHED', end_time: 4_800_000 })
  assert.equal(await last(), 4_800_000)
})

describe('home', () => {
  it('shows what is running with its last values, what was last active, and what failed since', async () => {
    now = 4_000_000
    const home = await api.call(getHome, { since: 3_000_000, max_results: 2 })
    assert.deepEqual(home.running.map(({ run_name, experiment_name, metrics }) => [run_name, experiment_name, metrics[0]]), [
      ['run 29', 'churn', { key: 'epoch', value: 29, step: 0 }], ['run 28', 'churn', { key: 'epoch', value: 28, step: 0 }],
    ])
    assert.deepEqual(home.running[1]!.metrics[1], { key: 'val/auc', value: 'NaN', step: 3 })
    assert.equal(home.running[0]!.last_point_time, 5)
    assert.deepEqual([home.running_total, home.experiments_total, home.failed_total, home.recent.length, home.now], [3, 6, 2, 2, 4_000_000])
    assert.deepEqual(home.failed.map(({ run_name, status }) => [run_name, status]), [['run 18', 'FAILED'], ['run 9', 'FAILED']])
    assert.deepEqual([home.running_experiments, home.failed_experiments], [[ids['churn']], [ids['churn']]])
    assert.equal((await api.call(getHome, { since: 3_000_010 })).failed_total, 1)
    await api.call(deleteExperiment, { experiment_id: ids['churn'] })
    const without = await api.call(getHome, { since: 1 })
    assert.deepEqual([without.running.length, without.failed_total, without.experiments_total], [0, 0, 5])
  })

  it('shows the runs that are alive before those from which nothing has come for half an hour', async () => {
    now = 100_000_000
    for (const [run_name, before, heard] of [['long at work', 80_000_000, 60_000], ['died yesterday', 20_000_000, 19_000_000], ['died as it began', 10_000_000, undefined], ['just begun', 1000, undefined]] as const) {
      const { run: { info: { run_id } } } = await api.call(createRun, { experiment_id: ids['vision'], run_name, start_time: now - before })
      if (heard !== undefined) await api.call(logBatch, { run_id, metrics: [{ key: 'loss', value: 1, timestamp: now - heard }] })
    }
    const names = async (max_results: number): Promise<unknown> => (await api.call(getHome, { since: 1, max_results })).running.map(({ run_name }) => run_name)
    assert.deepEqual(await names(2), ['just begun', 'long at work'])
    assert.deepEqual(await names(12), ['just begun', 'long at work', 'died as it began', 'died yesterday'])
  })
})
