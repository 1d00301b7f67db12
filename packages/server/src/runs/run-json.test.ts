import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Run } from '@cairn/protocol'
import fc from 'fast-check'
import { auditMigrations } from '../audit/index.ts'
import { datasetMigrations, datasetOperations } from '../datasets/index.ts'
import { experimentMigrations } from '../experiments/index.ts'
import { keysMigrations } from '../keys/index.ts'
import { appendPoints, metricsMigrations } from '../metrics/index.ts'
import { read, write, type Reader } from '../platform/db/index.ts'
import { openTestDatabase } from '../platform/db/testing-database.ts'
import { userMigrations } from '../users/index.ts'
import { changeRuns } from './change.ts'
import { runsAsJson } from './run-json-view.ts'
import { createRun, deleteTag, logBatch, logModel, logPoint, requireActiveRun, setDeleted, setTag, updateRun } from './runs.ts'
import { countChange, insertParams, insertRuns, removeTag, upsertTags } from './runs-store.ts'
import { runsMigrations } from './tables.ts'

interface Change {
  readonly run: number
  readonly tag?: string
  readonly remove?: boolean
  readonly param?: string
  readonly metric?: number
}

const add = write('test.addRun', async (tx, run_id: string) =>
  (await insertRuns(tx, [{ run_id, experiment_id: 0, name: run_id, user_id: '', status: 'RUNNING', start_time: 1, artifact_uri: 'x' }]))[0]!)
const change = write('test.change', async (tx, { run, tag, remove, param, metric }: Change) => {
  const key = { id: run, experimentId: 0, startTime: 1 }
  if (tag !== undefined) {
    if (remove) await removeTag(tx, key, 'tag')
    else await upsertTags(tx, key, [{ key: 'tag', value: tag }])
  }
  if (param !== undefined) await insertParams(tx, key, [{ key: param, value: 'v"\n' }])
  if (metric !== undefined) await appendPoints(tx, key, [{ key: 'm', value: metric, timestamp: 1, step: metric === metric ? 1 : 0 }])
})
const see = read('test.see', async (tx, ids: readonly number[]) => (await runsAsJson(tx, ids)).map((text) => JSON.parse(new TextDecoder().decode(text)) as Run))

it('a run is shown as it is now, whatever of it was kept from the last time', async () => {
  await using db = await openTestDatabase({ migrations: [...keysMigrations, ...runsMigrations, ...metricsMigrations, ...datasetMigrations] })
  const ids = [await db.write(add, 'a'), await db.write(add, 'b')]
  const tags = new Map<number, string>()
  const params = new Map<number, Set<string>>(ids.map((id) => [id, new Set()]))
  let serial = 0
  await fc.assert(fc.asyncProperty(fc.integer({ min: 0, max: 1 }), fc.constantFrom('tag', 'remove', 'param'), fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0')), async (index, what, text) => {
    const run = ids[index]!
    if (what === 'param') {
      const param = `p${serial += 1}`
      params.get(run)!.add(param)
      await db.write(change, { run, param })
    } else {
      await db.write(change, { run, tag: text, remove: what === 'remove' })
      if (what === 'remove') tags.delete(run)
      else tags.set(run, text)
    }
    const seen = await db.read(see, ids)
    for (const [at, id] of ids.entries()) {
      assert.deepEqual(seen[at]!.data.tags, tags.has(id) ? [{ key: 'tag', value: tags.get(id) }] : undefined)
      assert.deepEqual(seen[at]!.data.params?.map(({ key }) => key) ?? [], [...params.get(id)!])
    }
  }))
  await db.write(change, { run: ids[0]!, metric: NaN })
  assert.deepEqual((await db.read(see, ids))[0]!.data.metrics, [{ key: 'm', value: 'NaN', timestamp: 1, step: 0 }])
  await db.write(change, { run: ids[0]!, metric: 2.5 })
  assert.deepEqual((await db.read(see, ids))[0]!.data.metrics, [{ key: 'm', value: 2.5, timestamp: 1, step: 1 }])
})

/** Reads as a connection that has kept nothing. */
const afresh = (tx: Reader): Reader => new Proxy(tx, {
  get: (target, name) => {
    if (name === 'cache') return (_: string, create: () => unknown) => create()
    const value: unknown = Reflect.get(target, name, target)
    return typeof value === 'function' ? (value as (...args: unknown[]) => unknown).bind(target) : value
  },
})

it('every change to a run that goes on or has ended is seen by those who keep it', async () => {
  await using db = await openTestDatabase({ migrations: [...keysMigrations, ...runsMigrations, ...metricsMigrations, ...datasetMigrations, ...experimentMigrations, ...auditMigrations, ...userMigrations] })
  const experiments = write('test.experiments', async (tx) => {
    for (const id of [0, 1]) await tx.run('INSERT INTO experiments (id, name, artifact_location, lifecycle_stage, creation_time, last_update_time, workspace_id) VALUES (?, ?, ?, ?, ?, ?, 1)', [id, `e${id}`, 'x', 'active', 1, 1])
  })
  const compare = read('test.compare', async (tx, ids: readonly number[]) => [await runsAsJson(tx, ids), await runsAsJson(afresh(tx), ids)] as const)
  const { logInputs, logOutputs } = datasetOperations(requireActiveRun, countChange)
  const numbers = read('test.numbers', async (tx) => (await tx.rows<[number]>('SELECT id FROM runs ORDER BY id')).map(([id]) => id))
  await db.write(experiments, undefined)
  const runs = ['a'.repeat(32), 'b'.repeat(32)]
  const author = { principal: 'p', now: 5, requestId: 'r' }
  for (const run_id of runs) await db.write(createRun, [run_id, '0', '', 1, run_id])
  const ids = await db.read(numbers, undefined)
  let serial = 0
  const point = (run: string): [string, string, number, number, number] => [run, 'm', serial, serial, serial]
  const packed = (value: number) => ({ points: undefined, modelMetrics: [], params: [{ key: `p${value}`, value: 'v' }], tags: [] })
  const many = { filter: undefined, tag: undefined, author }
  const changes: Record<string, (run: string) => Promise<unknown>> = {
    point: (run) => db.write(logPoint, point(run)),
    'points of both': (run) => Promise.all([db.write(logPoint, point(run)), ...runs.map((one) => db.write(logPoint, point(one)))]),
    batch: (run) => db.write(logBatch, { run_id: run, ...packed(serial) }),
    end: (run) => db.write(updateRun, [run, 'FINISHED', serial, undefined]),
    'go on': (run) => db.write(updateRun, [run, 'RUNNING', undefined, undefined]),
    rename: (run) => db.write(updateRun, [run, undefined, undefined, `n${serial}`]),
    tag: (run) => db.write(setTag, { run_id: run, tag: { key: 't', value: String(serial) } }),
    'name by tag': (run) => db.write(setTag, { run_id: run, tag: { key: 'mlflow.runName', value: String(serial) } }),
    'no tag': (run) => db.write(deleteTag, { run_id: run, key: 't' }),
    model: (run) => db.write(logModel, { run_id: run, model: { serial }, limit: 1e6 }),
    read: (run) => db.write(logInputs, { run_id: run, datasets: [{ dataset: { name: `d${serial}`, digest: '1', source_type: 'x', source: 'y' }, tags: [] }], models: [{ model_id: `m-${serial}` }] }),
    made: (run) => db.write(logOutputs, { run_id: run, models: [{ model_id: `m-${serial}`, step: 1 }] }),
    delete: (run) => db.write(setDeleted, { run_id: run, deleted: true, author }),
    restore: (run) => db.write(setDeleted, { run_id: run, deleted: false, author }),
    move: (run) => db.write(changeRuns, { ...many, run_ids: [run], change: 'move', experiment_id: String(serial % 2) }),
    'delete many': () => db.write(changeRuns, { ...many, run_ids: runs, change: 'delete' }),
    'restore many': () => db.write(changeRuns, { ...many, run_ids: runs, change: 'restore' }),
  }
  const done = new Set<string>()
  await fc.assert(fc.asyncProperty(fc.constantFrom(...Object.keys(changes)), fc.constantFrom(...runs), async (what, run) => {
    serial += 1
    // Some are refused: of deleted runs, or of tags that are not there.
    await changes[what]!(run).then(() => done.add(what), () => {})
    const [kept, made] = await db.read(compare, ids)
    assert.deepEqual(kept, made, what)
  }), { numRuns: 300 })
  assert.deepEqual([...done].sort(), Object.keys(changes).sort())
})
