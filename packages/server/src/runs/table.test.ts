import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import fc from 'fast-check'
import { archivedTag, changeRuns, createExperiment, createRun, getRun, getRuns, groupRuns, listKeyValues, listRunFields, listTableKeys, listMetricRanges, listTableRows, logBatch, openRunTable, searchRuns, updateRun, type FieldColumn, type ResponseOf, type TableRow } from '@cairn/protocol'
import { auditMigrations } from '../audit/index.ts'
import { datasetMigrations } from '../datasets/index.ts'
import { experimentMigrations, experimentOperations, experimentRoutes } from '../experiments/index.ts'
import { keysMigrations } from '../keys/index.ts'
import type { LiveEvent } from '../live/index.ts'
import { loggedModelMigrations } from '../logged-models/index.ts'
import { metricsMigrations } from '../metrics/index.ts'
import { startApi, type ApiServer } from '../testing/api-server.ts'
import { userMigrations } from '../users/index.ts'
import { runsMigrations, runsRoutes, runTableRoutes } from './index.ts'
import { rangesOf } from './table-ranges-view.ts'

let api: ApiServer
const heard: LiveEvent[] = []
const live = { publish: (event: LiveEvent) => void heard.push(event) }
let experiment: string
let other: string
const ids: string[] = []

before(async () => {
  api = await startApi({
    migrations: [...auditMigrations, ...userMigrations, ...keysMigrations, ...experimentMigrations, ...runsMigrations, ...metricsMigrations, ...datasetMigrations, ...loggedModelMigrations],
    now: () => 1_700_000_000_000,
    routes: (db) => [
      ...experimentRoutes({
        db, live, operations: experimentOperations(async () => {}), maxResults: 1000,
        artifactLocations: { root: 'mlflow-artifacts:/', maxLength: 500, cwd: '/', allowedHostSchemes: [] },
      }),
      ...runsRoutes({ db, live, random: () => 0.5, limits: { maxResults: 1000, truncateLongValues: false } }),
      ...runTableRoutes({ db, live, limits: { truncateLongValues: false } }),
    ],
  })
  experiment = (await api.call(createExperiment, { name: 'table' })).experiment_id
  other = (await api.call(createExperiment, { name: 'elsewhere' })).experiment_id
  for (let index = 0; index < 12; index += 1) {
    const { run } = await api.call(createRun, { experiment_id: experiment, run_name: `run ${index}`, start_time: 1000 + index, tags: index > 8 ? [{ key: 'mlflow.parentRunId', value: ids[0]! }] : [] })
    ids.push(run.info.run_id)
    await api.call(logBatch, {
      run_id: run.info.run_id,
      metrics: index === 5 ? [{ key: 'auc', value: 'NaN', timestamp: 1 }] : [{ key: 'auc', value: index / 10, timestamp: 1 }],
      params: [{ key: 'model', value: index % 3 === 0 ? 'forest' : 'boost' }, { key: 'seed', value: '7' }, { key: 'long', value: 'x'.repeat(250) }],
    })
  }
  await api.call(updateRun, { run_id: ids[1]!, status: 'FAILED', end_time: 5000 })
})
after(() => api[Symbol.asyncDispose]())

const names = (rows: readonly TableRow[]): string[] => rows.map(({ run_name }) => run_name.slice(4))
const table = (input: object = {}): Promise<ResponseOf<typeof listTableRows>> => api.call(listTableRows, { experiment_ids: [experiment], ...input })

describe('the table of runs', () => {
  it('answers any window with only the columns asked for, and says how many runs there are', async () => {
    const columns = [{ kind: 'metric', key: 'auc' }, { kind: 'param', key: 'model' }, { kind: 'param', key: 'long' }, { kind: 'tag', key: 'never' }]
    const { rows, total } = await table({ order_by: ['metrics.auc DESC'], columns, offset: 9, max_results: 2 })
    assert.equal(total, 12)
    // NaN sorts behind every number.
    assert.deepEqual(rows.map(({ values }) => values), [[0.1, 'boost', `${'x'.repeat(200)}…`, null], [0, 'forest', `${'x'.repeat(200)}…`, null]])
    assert.deepEqual((await table({ order_by: ['metrics.auc DESC'], columns, offset: 11 })).rows.map(({ values }) => values[0]), ['NaN'])
    assert.deepEqual((await table({ columns: columns.slice(2, 3), whole: true, max_results: 1 })).rows[0]!.values, ['x'.repeat(250)])
    assert.deepEqual(await table({ offset: 99 }), { rows: [], total: 12 })
  })

  it('opens a page in one answer: what there is to choose from, the window with the columns that tell runs apart, and the first runs', async () => {
    const opened = await api.call(openRunTable, { experiment_ids: [experiment, '999'], tree: true, max_results: 4, drawn: 3 })
    assert.deepEqual(opened.experiments.map(({ name }) => name), ['table'])
    assert.deepEqual(opened.keys, await api.call(listTableKeys, { experiment_ids: [experiment] }))
    assert.deepEqual(opened.columns, [{ kind: 'metric', key: 'auc' }, { kind: 'param', key: 'model' }])
    const { rows, total, next_page_token } = await table({ roots: true, columns: opened.columns, max_results: 4 })
    assert.deepEqual([opened.rows, opened.total, opened.next_page_token], [rows, total, next_page_token])
    assert.deepEqual(opened.drawn_columns, [{ kind: 'param', key: 'model' }])
    assert.deepEqual([opened.drawn.map(({ values }) => values), opened.drawn_total], [(await table({ columns: opened.drawn_columns, max_results: 3 })).rows.map(({ values }) => values), 12])
    const chosen = await api.call(openRunTable, { experiment_ids: [experiment], filter: "params.model = 'boost'", order_by: ['metrics.auc DESC'], columns: [{ kind: 'param', key: 'seed' }], max_results: 1 })
    assert.deepEqual([chosen.rows.map(({ values }) => values), chosen.total, chosen.drawn], [[['7']], 8, []])
  })

  it('says how many runs lie in which range of a metric, between round bounds', async () => {
    const { ranges, without } = await api.call(listMetricRanges, { experiment_ids: [experiment], key: 'auc' })
    assert.equal(without, 1)
    assert.deepEqual([ranges[0], ranges.at(-1)], [{ from: 0, to: 0.2, runs: 2 }, { from: 1, to: 1.2, runs: 2 }])
    assert.equal(ranges.reduce((sum, { runs }) => sum + runs, 0), 11)
    for (const { from, to, runs } of ranges) assert.equal((await table({ filter: `metrics.auc >= ${from} and metrics.auc < ${to}`, max_results: 1 })).total, runs)
    assert.deepEqual(await api.call(listMetricRanges, { experiment_ids: [experiment], key: 'never', filter: "params.model = 'boost'" }), { ranges: [], without: 8 })
  })

  it('goes on from a page token as from the offset', async () => {
    const first = await table({ max_results: 5, filter: "params.model = 'boost'" })
    assert.equal(first.total, 8)
    const second = await table({ max_results: 5, filter: "params.model = 'boost'", page_token: first.next_page_token!, count: false })
    assert.deepEqual(names(second.rows), names((await table({ offset: 5, max_results: 5, filter: "params.model = 'boost'" })).rows))
    assert.equal('total' in second, false)
  })

  it('shows a tree: roots with the number of their children, and the children of one', async () => {
    const { rows, total } = await table({ roots: true })
    assert.equal(total, 9)
    assert.deepEqual(rows.filter(({ children }) => children > 0).map(({ run_name, children }) => [run_name, children]), [['run 0', 3]])
    const { rows: below } = await table({ parent_run_id: ids[0]! })
    assert.deepEqual(names(below), ['11', '10', '9'])
    assert.equal(below[0]!.parent_run_id, ids[0])
    await api.call(changeRuns, { run_ids: [ids[9]!], change: 'archive' })
    const count = async (input: object = {}): Promise<number> => (await table({ roots: true, filter: "attributes.run_name = 'run 0'", ...input })).rows[0]!.children
    assert.deepEqual([await count(), await count({ archived: true })], [2, 3])
    await api.call(changeRuns, { run_ids: [ids[9]!], change: 'unarchive' })
    // A child whose parent is gone stands at the top again.
    await api.call(changeRuns, { run_ids: [ids[0]!], change: 'delete' })
    assert.equal((await table({ roots: true })).total, 11)
    assert.deepEqual(names((await table({ run_view_type: 'DELETED_ONLY' })).rows), ['0'])
    await api.call(changeRuns, { run_ids: [ids[0]!], change: 'restore' })
  })

  it('knows the keys, how many runs have them and which of them differ', async () => {
    const { metrics, params, tags } = await api.call(listTableKeys, { experiment_ids: [experiment] })
    assert.deepEqual(metrics, [{ key: 'auc', runs: 12 }])
    assert.deepEqual((await api.call(listTableKeys, { experiment_ids: [experiment], metric_values: true })).metrics, [{ key: 'auc', runs: 12, varies: true }])
    assert.deepEqual(params.map(({ key, runs, varies }) => [key, runs, varies]), [['long', 12, false], ['model', 12, true], ['seed', 12, false]])
    assert.deepEqual(tags.map(({ key, runs }) => [key, runs]), [['mlflow.parentRunId', 3], ['mlflow.runName', 12]])
    assert.deepEqual(await api.call(listKeyValues, { experiment_ids: [experiment], kind: 'param', key: 'model' }), { values: ['boost', 'forest'] })
    assert.deepEqual(await api.call(listKeyValues, { experiment_ids: [experiment], kind: 'param', key: 'model', prefix: 'f' }), { values: ['forest'] })
    assert.deepEqual(await api.call(listTableKeys, { experiment_ids: [other] }), { metrics: [], params: [], tags: [] })
  })

  it('groups by a param with mean, least, most and spread, and opens a group', async () => {
    const { groups, total } = await api.call(groupRuns, { experiment_ids: [experiment], by: { kind: 'param', key: 'model' }, metrics: ['auc', 'never'] })
    assert.equal(total, 2)
    assert.deepEqual(groups.map(({ value, runs, running, failed }) => [value, runs, running, failed]), [['boost', 8, 7, 1], ['forest', 4, 4, 0]])
    const values = [0.1, 0.2, 0.4, 0.7, 0.8, 1, 1.1]
    const mean = values.reduce((sum, value) => sum + value, 0) / 7
    const [boost] = groups[0]!.metrics as { count: number; mean: number; min: number; max: number; std: number }[]
    assert.deepEqual([boost!.count, boost!.min, boost!.max], [7, 0.1, 1.1])
    assert.ok(Math.abs(boost!.mean - mean) < 1e-12)
    assert.ok(Math.abs(boost!.std - Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 6)) < 1e-12)
    assert.equal(groups[0]!.metrics[1], null)
    assert.equal((await table({ member_of: { kind: 'param', key: 'model', value: 'forest' } })).total, 4)
    assert.equal((await table({ member_of: { kind: 'param', key: 'never' } })).total, 12)
  })

  it('groups within groups, each level with what its runs are like, and answers any window of what is open', async () => {
    const own = (await api.call(createExperiment, { name: 'nested groups' })).experiment_id
    const logged: { readonly model: string; readonly depth: string | null; readonly seed: string; readonly loss: number }[] = []
    for (let index = 0; index < 60; index += 1) {
      const one = { model: index % 3 === 0 ? 'forest' : 'boost', depth: index % 5 === 0 ? null : String(index % 4), seed: String(index % 7), loss: 1e6 + Math.sin(index) }
      logged.push(one)
      const { run } = await api.call(createRun, { experiment_id: own, start_time: index })
      await api.call(logBatch, { run_id: run.info.run_id, metrics: [{ key: 'loss', value: one.loss, timestamp: 1 }], params: [{ key: 'model', value: one.model }, { key: 'seed', value: one.seed }, ...(one.depth === null ? [] : [{ key: 'depth', value: one.depth }])] })
    }
    const fields = ['model', 'depth', 'seed'] as const
    const input = { experiment_ids: [own], by: { kind: 'param' as const, key: 'model' }, within: [{ kind: 'param' as const, key: 'depth' }, { kind: 'param' as const, key: 'seed' }], metrics: ['loss'] }
    const all = await api.call(groupRuns, { ...input, open: true })
    const wanted = new Set(fields.flatMap((_, level) => logged.map((one) => JSON.stringify(fields.slice(0, level + 1).map((field) => one[field])))))
    assert.deepEqual(new Set(all.groups.map(({ path }) => JSON.stringify(path))), wanted)
    assert.deepEqual([all.total, all.outer, all.groups.length], [wanted.size, 2, wanted.size])
    for (const { path, runs, groups = 0, start_time, metrics } of all.groups) {
      const members = logged.filter((one) => path.every((value, level) => one[fields[level]!] === value))
      const values = members.map(({ loss }) => loss)
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length
      const std = values.length < 2 ? 0 : Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1))
      const [spread] = metrics as { count: number; mean: number; min: number; max: number; std: number }[]
      assert.deepEqual([runs, groups, start_time, spread!.count, spread!.min, spread!.max], [
        members.length, path.length === 3 ? 0 : new Set(members.map((one) => one[fields[path.length]!])).size, Math.max(...members.map((one) => logged.indexOf(one))), members.length, Math.min(...values), Math.max(...values)])
      assert.ok(Math.abs(spread!.mean - mean) < 1e-8 && Math.abs(spread!.std - std) < 1e-8, `${path.join()}: ${spread!.mean} ± ${spread!.std}, not ${mean} ± ${std}`)
      assert.equal((await table({ experiment_ids: [own], members_of: path.map((value, level) => ({ kind: 'param', key: fields[level]!, ...(value !== null && { value }) })), max_results: 1 })).total, runs)
    }
    // Closed but for some, and the other way round.
    const paths = async (more: object): Promise<unknown[]> => (await api.call(groupRuns, { ...input, ...more })).groups.map(({ path }) => path)
    assert.deepEqual(await paths({}), [['boost'], ['forest']])
    const some = await paths({ except: [{ path: ['forest'] }, { path: ['forest', null] }] })
    assert.deepEqual(some.slice(0, 2), [['boost'], ['forest']])
    assert.deepEqual(some.filter((path) => (path as string[]).length === 2), (await paths({ open: true })).filter((path) => (path as string[]).length === 2 && (path as string[])[0] === 'forest'))
    assert.ok(some.some((path) => (path as (string | null)[]).length === 3) && some.every((path) => (path as (string | null)[]).length < 3 || ((path as (string | null)[])[0] === 'forest' && (path as (string | null)[])[1] === null)))
    assert.deepEqual(await paths({ open: true, except: [{ path: ['boost'] }, { path: ['forest'] }] }), [['boost'], ['forest']])
    assert.deepEqual(await paths({ open: true, offset: 5, max_results: 4 }), all.groups.slice(5, 9).map(({ path }) => path))
    assert.match(await api.error(groupRuns, { ...input, max_results: 501 }), /max_results must be between 1 and 500/)
    assert.match(await api.error(groupRuns, { ...input, within: Array(4).fill({ kind: 'param', key: 'seed' }) }), /at most 4 params and tags within each other/)
  })

  it('orders groups as the table orders runs: by a metric of theirs, their own value, their start or their size, what says nothing last, whichever window is asked for', async () => {
    const own = (await api.call(createExperiment, { name: 'ordered groups' })).experiment_id
    const log = async (depth: string | null, start_time: number, auc: number | string | null, more: { key: string; value: string }[] = []): Promise<void> => {
      const { run } = await api.call(createRun, { experiment_id: own, run_name: `${depth} ${start_time}`, start_time })
      const metrics = auc === null ? [] : [{ key: 'auc', value: auc, timestamp: 1 }]
      await api.call(logBatch, { run_id: run.info.run_id, metrics: metrics as { key: string; value: number; timestamp: number }[], params: [...(depth === null ? [] : [{ key: 'depth', value: depth }]), ...more] })
    }
    await log('10', 50, 0.9)
    await log('10', 10, 0.1)
    await log('9', 40, 0.6)
    await log('9', 41, 'NaN')
    // As good as 9, and smaller.
    await log('2', 30, 0.6)
    await log('deep', 20, 0.95, [{ key: 'seed', value: '7' }])
    await log('deep', 60, 0.05, [{ key: 'seed', value: '11' }])
    await log('deep', 61, null, [{ key: 'seed', value: '7' }])
    await log(null, 5, 0.7)
    await log('1e1', 6, 'NaN')
    await log('', 7, 'Infinity')
    const input = { experiment_ids: [own], by: { kind: 'param' as const, key: 'depth' } }
    const order = async (order_by: string[], more: object = {}): Promise<(string | null)[]> => {
      const { groups } = await api.call(groupRuns, { ...input, order_by, ...more })
      const values = groups.map(({ path }) => (path as (string | null)[]).at(-1)!)
      // Windows are parts of one order.
      const windows = []
      for (let offset = 0; offset < values.length; offset += 2) windows.push(...(await api.call(groupRuns, { ...input, order_by, ...more, offset, max_results: 2 })).groups)
      assert.deepEqual(windows, groups)
      return values
    }
    // The largest first; of one size by their values, numbers as numbers.
    const bySize = ['deep', '9', '10', '2', '1e1', '', null]
    assert.deepEqual(await order([]), bySize)
    assert.deepEqual(await order(['attributes.run_name DESC', 'params.seed', 'metrics.never DESC', 'tags.depth']), bySize)
    // By the mean, which is told only where it is asked for. Without a finite value in both directions last.
    assert.deepEqual(await order(['metrics.auc DESC']), [null, '9', '2', 'deep', '10', '1e1', ''])
    assert.deepEqual(await order(['metrics.auc']), ['deep', '10', '9', '2', null, '1e1', ''])
    const { groups } = await api.call(groupRuns, { ...input, order_by: ['metrics.auc DESC'], metrics: ['never'], max_results: 1 })
    assert.deepEqual(groups.map(({ path, metrics }) => [path, metrics]), [[[null], [null]]])
    // By the lowest and the highest of each.
    assert.deepEqual(await order(['max(metrics.auc) DESC'], { metrics: ['auc'] }), ['deep', '10', null, '9', '2', '1e1', ''])
    assert.deepEqual(await order(['min(metrics.auc) ASC'], { metrics: ['never', 'auc'] }), ['deep', '10', '9', '2', null, '1e1', ''])
    // By their own value: numbers, then texts, then those without.
    assert.deepEqual(await order(['params.depth']), ['2', '9', '10', '1e1', '', 'deep', null])
    assert.deepEqual(await order(['params.depth DESC']), ['1e1', '10', '9', '2', 'deep', '', null])
    // By the last start; upwards by the first.
    assert.deepEqual(await order(['start_time DESC']), ['deep', '10', '9', '2', '', '1e1', null])
    assert.deepEqual(await order(['start_time ASC']), [null, '1e1', '', '10', 'deep', '2', '9'])
    // By several: a key decides where those before it are alike.
    assert.deepEqual(await order(['metrics.auc DESC', 'params.depth ASC']), [null, '2', '9', '10', 'deep', '1e1', ''])
    // Within groups by what the inner ones are by; the outer are not ordered by it.
    assert.deepEqual(await order(['params.seed DESC'], { within: [{ kind: 'param', key: 'seed' }], except: [{ path: ['deep'] }] }), ['deep', '11', '7', ...bySize.slice(1)])
    assert.deepEqual(await order(['metrics.auc DESC'], { within: [{ kind: 'param', key: 'seed' }], except: [{ path: ['deep'] }] }), [null, '9', '2', 'deep', '7', '11', '10', '1e1', ''])
    assert.deepEqual((await api.call(groupRuns, { ...input, order_by: ['start_time'] })).groups.map(({ first_start_time, start_time }) => [first_start_time, start_time]), [[5, 5], [6, 6], [7, 7], [10, 50], [20, 61], [30, 30], [40, 41]])
    assert.match(await api.error(groupRuns, { ...input, order_by: ['metrics.auc sideways'] }), /order_by/)
  })

  it('sums up in groups the lowest or highest of all points of each run where that is asked for, and orders by it', async () => {
    const own = (await api.call(createExperiment, { name: 'extremes of groups' })).experiment_id
    for (const [at, [model, ...points]] of ([['a', 5, 1, 4], ['a', 2, 3], ['b', 9, 2.5], ['c', 'NaN'], ['c', 3, 'Infinity', 2]] as [string, ...(number | 'NaN' | 'Infinity')[]][]).entries()) {
      const { run } = await api.call(createRun, { experiment_id: own, start_time: at })
      await api.call(logBatch, { run_id: run.info.run_id, metrics: points.map((value, step) => ({ key: 'loss', value: value as number, step, timestamp: 1 })), params: [{ key: 'model', value: model }] })
    }
    const input = { experiment_ids: [own], by: { kind: 'param' as const, key: 'model' } }
    const told = async (more: object): Promise<unknown[]> => (await api.call(groupRuns, { ...input, ...more })).groups.map(({ value, metrics }) => [value, ...(metrics as ({ count: number; mean: number; min: number; max: number } | null)[]).map((one) => one && [one.count, one.mean, one.min, one.max])])
    assert.deepEqual(await told({ metrics: ['loss'] }), [['a', [2, 3.5, 3, 4]], ['c', [1, 2, 2, 2]], ['b', [1, 2.5, 2.5, 2.5]]])
    assert.deepEqual(await told({ metrics: ['loss'], extremes: [{ key: 'loss', of: 'max' }] }), [['a', [2, 4, 3, 5]], ['c', [1, 3, 3, 3]], ['b', [1, 9, 9, 9]]])
    // The group of the first run of the table comes first, whatever is told of it.
    assert.deepEqual(await told({ metrics: ['loss', 'never'], extremes: [{ key: 'loss', of: 'min' }], order_by: ['max(metrics.loss) DESC'] }), [['b', [1, 2.5, 2.5, 2.5], null], ['a', [2, 1.5, 1, 2], null], ['c', [1, 2, 2, 2], null]])
    assert.deepEqual(await told({ order_by: ['min(metrics.loss)'] }), [['a'], ['c'], ['b']])
    assert.deepEqual(await told({ extremes: [{ key: 'loss', of: 'max' }], order_by: ['metrics.loss'] }), [['c'], ['b'], ['a']])
  })

  it('answers fields of all runs as columns, the newest first, each text once', async () => {
    const fields = [{ kind: 'metric', key: 'auc' }, { kind: 'param', key: 'model' }, { kind: 'param', key: 'long' }, { kind: 'tag', key: 'never' }, { kind: 'attribute', key: 'run_name' }, { kind: 'attribute', key: 'duration' }]
    const all = await api.call(listRunFields, { experiment_ids: [experiment], fields })
    assert.equal(all.total, 12)
    assert.deepEqual(all.run_ids, ids.toReversed())
    const [auc, model, long, never, name, duration] = all.columns as FieldColumn[]
    assert.deepEqual(auc!.numbers!.slice(5), [0.6, 'NaN', 0.4, 0.3, 0.2, 0.1, 0])
    assert.deepEqual([...model!.texts!].sort(), ['boost', 'forest'])
    assert.deepEqual(model!.at!.map((at) => model!.texts![at]), ids.map((_, index) => (index % 3 === 0 ? 'forest' : 'boost')).toReversed())
    assert.deepEqual([long, never], [{ texts: [`${'x'.repeat(200)}…`], at: ids.map(() => 0) }, { texts: [], at: ids.map(() => -1) }])
    assert.equal(name!.texts!.length, 12)
    assert.deepEqual(duration!.numbers!.slice(-2), [3999, null])
    const few = await api.call(listRunFields, { experiment_ids: [experiment], fields: fields.slice(0, 1), filter: "params.model = 'forest'", max_results: 2 })
    assert.deepEqual([few.total, few.run_ids, few.columns], [4, [ids[9], ids[6]], [{ numbers: [0.9, 0.6] }]])
    assert.match(await api.error(listRunFields, { experiment_ids: [experiment], fields: [{ kind: 'attribute', key: 'age' }] }), /There is no attribute 'age' of runs/)
    assert.match(await api.error(listRunFields, { experiment_ids: [experiment], fields, max_results: 100_001 }), /max_results must be between 1 and 100000/)
  })

  it('changes many runs at once, all or none, and tells whoever watches', async () => {
    heard.length = 0
    await api.call(changeRuns, { run_ids: ids.slice(0, 3), change: 'archive' })
    assert.deepEqual(heard.map(({ type }) => type), ['tags', 'tags', 'tags'])
    assert.equal((await table()).total, 9)
    const all = await table({ archived: true })
    assert.equal(all.rows.filter(({ archived }) => archived).length, all.total! - 9)
    assert.equal((await api.call(getRun, { run_id: ids[0]! })).run.data.tags!.find(({ key }) => key === archivedTag)?.value, 'true')
    await api.call(changeRuns, { run_ids: ids.slice(0, 3), change: 'unarchive' })
    await api.call(changeRuns, { run_ids: ids.slice(2, 4), change: 'set_tag', key: 'owner', value: 'ada' })
    assert.equal((await table({ filter: "tags.owner = 'ada'" })).total, 2)
    assert.match(await api.error(changeRuns, { run_ids: [ids[4]!, 'none'], change: 'set_tag', key: 'owner', value: 'ada' }), /^404 RESOURCE_DOES_NOT_EXIST: Run with id=none/)
    assert.equal((await table({ filter: "tags.owner = 'ada'" })).total, 2)
    await api.call(changeRuns, { run_ids: ids.slice(2, 4), change: 'delete_tag', key: 'owner' })
    assert.equal((await table({ filter: "tags.owner = 'ada'" })).total, 0)
    assert.match(await api.error(changeRuns, { run_ids: [ids[4]!], change: 'move' }), /^400 INVALID_PARAMETER_VALUE: The change 'move' needs/)
    // Somebody else was quicker: what is left is changed, and what is not is named.
    await api.call(changeRuns, { run_ids: [ids[2]!], change: 'delete' })
    heard.length = 0
    assert.deepEqual(await api.call(changeRuns, { run_ids: [ids[2]!, ids[3]!, 'none'], change: 'archive', skip_gone: true }), { changed: 1, left_out: [ids[2], 'none'] })
    assert.deepEqual(heard.map((event) => 'run_id' in event && event.run_id), [ids[3]])
    assert.deepEqual(await api.call(changeRuns, { run_ids: [ids[2]!, ids[4]!], change: 'delete', skip_gone: true }), { changed: 1, left_out: [ids[2]] })
    assert.deepEqual(await api.call(changeRuns, { run_ids: [ids[2]!, ids[3]!, ids[4]!], change: 'restore', skip_gone: true }), { changed: 2, left_out: [ids[3]] })
    await api.call(changeRuns, { run_ids: [ids[3]!], change: 'unarchive' })
  })

  it('moves runs with all that was logged to them', async () => {
    heard.length = 0
    await api.call(changeRuns, { run_ids: [ids[7]!], change: 'move', experiment_id: other })
    assert.deepEqual(heard.map((event) => 'experiment_id' in event && event.experiment_id), [other, experiment])
    assert.equal((await table()).total, 11)
    const there = await api.call(searchRuns, { experiment_ids: [other], filter: "metrics.auc > 0.5 and params.model = 'boost'", order_by: ['metrics.auc'] })
    assert.equal(there.runs?.[0]?.info.run_id, ids[7])
    assert.equal((await table({ filter: 'metrics.auc = 0.7' })).total, 0)
  })

  it('puts runs in the order of the highest or lowest of all their points, page by page, and anew when points come', async () => {
    const peaks = (await api.call(createExperiment, { name: 'peaks' })).experiment_id
    const runs: string[] = []
    const log = (run: number, ...values: (number | 'NaN')[]): Promise<unknown> => api.call(logBatch, { run_id: runs[run]!, metrics: values.map((value, step) => ({ key: 'valid/loss', value, step, timestamp: 1 })) })
    for (const [run, values] of ([[3, 1, 2], [9, 0.5, 4], [], ['NaN'], [5, -1, 6]] as const).entries()) {
      runs.push((await api.call(createRun, { experiment_id: peaks, run_name: `run ${run}`, start_time: run })).run.info.run_id)
      await log(run, ...values)
    }
    const order = async (order_by: string[], input: object = {}): Promise<string[]> => names((await api.call(listTableRows, { experiment_ids: [peaks], order_by, ...input })).rows)
    assert.deepEqual(await order(['max(metrics.`valid/loss`) DESC']), ['1', '4', '0', '3', '2'])
    assert.deepEqual(await order(['MIN(metrics."valid/loss")']), ['4', '1', '0', '3', '2'])
    assert.deepEqual(await order(['max(metrics.never) DESC', 'start_time ASC']), ['0', '1', '2', '3', '4'])
    const first = await api.call(listTableRows, { experiment_ids: [peaks], order_by: ['max(metrics.`valid/loss`) ASC'], max_results: 2 })
    assert.deepEqual([names(first.rows), first.total], [['0', '4'], 5])
    assert.deepEqual(await order(['max(metrics.`valid/loss`) ASC'], { max_results: 2, page_token: first.next_page_token! }), ['1', '3'])
    assert.deepEqual(await order(['max(metrics.`valid/loss`) ASC'], { max_results: 2, offset: 4 }), ['2'])
    const columns = [{ kind: 'metric', key: 'valid/loss', of: 'min' }, { kind: 'metric', key: 'valid/loss' }, { kind: 'metric', key: 'valid/loss', of: 'max' }]
    assert.deepEqual((await api.call(listTableRows, { experiment_ids: [peaks], order_by: ['start_time'], columns: columns as never })).rows.map(({ values }) => values), [[1, 2, 3], [0.5, 4, 9], [null, null, null], [null, 'NaN', null], [-1, 6, 6]])
    await api.call(logBatch, { run_id: runs[0]!, metrics: [{ key: 'valid/loss', value: 20, step: 1, timestamp: 0 }] })
    assert.deepEqual(await order(['max(metrics.`valid/loss`) DESC']), ['0', '1', '4', '3', '2'])
    assert.match(await api.error(listTableRows, { experiment_ids: [peaks], order_by: ['start_time', 'max(metrics.a)'] }), /^400 INVALID_PARAMETER_VALUE/)
  })

  it('refuses what it cannot answer, in words', async () => {
    assert.match(await api.error(listTableRows, { experiment_ids: [experiment], max_results: 1001 }), /^400 INVALID_PARAMETER_VALUE: max_results must be between 1 and 1000/)
    assert.match(await api.error(listTableRows, { experiment_ids: [experiment], filter: 'metrics.auc >' }), /^400 INVALID_PARAMETER_VALUE/)
    assert.match(await api.error(listTableRows, { experiment_ids: [experiment], offset: -1 }), /offset must not be negative/)
  })
})

describe('many whole runs', () => {
  it('are read by their ids in the order asked for, each once, as alone', async () => {
    const wanted = [ids[3]!, ids[1]!, ids[3]!]
    const { runs } = await api.call(getRuns, { run_ids: wanted })
    assert.deepEqual(runs, [(await api.call(getRun, { run_id: ids[3] })).run, (await api.call(getRun, { run_id: ids[1] })).run])
    assert.deepEqual((await api.call(getRuns, { run_ids: [] })).runs, [])
  })

  it('are refused where one is not there, or there are too many', async () => {
    assert.match(await api.error(getRuns, { run_ids: [ids[0]!, 'nothing'] }), /^404 RESOURCE_DOES_NOT_EXIST: Run with id=nothing not found$/)
    assert.match(await api.error(getRuns, { run_ids: Array.from({ length: 1001 }, (_, at) => `r${at}`) }), /^400 INVALID_PARAMETER_VALUE: At most 1000 runs are read at once, got 1001\.$/)
  })
})

it('every value lies in its range, however large, small or alike values are', () => {
  const values = fc.array(fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e12, max: 1e12 }), fc.double({ noNaN: true, min: -1, max: 1 }), fc.integer({ min: -20, max: 20 }).map((one) => one / 10), fc.constantFrom(-3e-323, 5e-324, 1e-310, -1e308, 1.5e308)), { minLength: 1, maxLength: 30 })
  fc.assert(fc.property(values, (list) => {
    const ranges = rangesOf(list)
    assert.ok(ranges.length >= 1 && ranges.length <= 11, String(ranges.length))
    assert.ok(ranges[0]!.runs > 0 && ranges.at(-1)!.runs > 0)
    for (const { from, to, runs } of ranges) assert.equal(list.filter((value) => value >= from && value < to).length, runs)
  }))
})
