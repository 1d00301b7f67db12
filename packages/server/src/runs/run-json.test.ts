import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Run } from '@cairn/protocol'
import fc from 'fast-check'
import { datasetMigrations } from '../datasets/index.ts'
import { keysMigrations } from '../keys/index.ts'
import { appendPoints, metricsMigrations } from '../metrics/index.ts'
import { read, write } from '../platform/db/index.ts'
import { openTestDatabase } from '../platform/db/testing-database.ts'
import { runsAsJson } from './run-json-view.ts'
import { insertParams, insertRun, removeTag, upsertTags } from './runs-store.ts'
import { runsMigrations } from './tables.ts'

interface Change {
  readonly run: number
  readonly tag?: string
  readonly remove?: boolean
  readonly param?: string
  readonly metric?: number
}

const add = write('test.addRun', (tx, run_id: string) =>
  insertRun(tx, { run_id, experiment_id: 0, name: run_id, user_id: '', status: 'RUNNING', start_time: 1, artifact_uri: 'x' }))
const change = write('test.change', async (tx, { run, tag, remove, param, metric }: Change) => {
  const key = { id: run, experimentId: 0 }
  if (tag !== undefined) {
    if (remove) await removeTag(tx, key, 'tag')
    else await upsertTags(tx, key, [{ key: 'tag', value: tag }])
  }
  if (param !== undefined) await insertParams(tx, key, [{ key: param, value: 'v"\n' }])
  if (metric !== undefined) await appendPoints(tx, key, [{ key: 'm', value: metric, timestamp: 1, step: metric === metric ? 1 : 0 }])
})
const see = read('test.see', async (tx, ids: readonly number[]) => (await runsAsJson(tx, ids)).map((text) => JSON.parse(text) as Run))

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
