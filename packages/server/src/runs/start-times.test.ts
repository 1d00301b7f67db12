import assert from 'node:assert/strict'
import { it } from 'node:test'
import { parseRunFilter, parseRunOrder } from '@cairn/protocol'
import { keysMigrations } from '../keys/index.ts'
import { metricsMigrations } from '../metrics/index.ts'
import { openDatabase, read, write } from '../platform/db/index.ts'
import { testPlace } from '../platform/db/testing-database.ts'
import { insertRuns } from './runs-store.ts'
import { findRuns } from './search/plan.ts'
import { runsMigrations } from './tables.ts'

/** As the version before did, which knew nothing of starts beside params and tags. */
const addAsBefore = write('test.addAsBefore', async (tx, starts: readonly number[]) => {
  await tx.run("INSERT INTO keys (name) VALUES ('team') ON CONFLICT (name) DO NOTHING")
  for (const start of starts) {
    const [id] = await insertRuns(tx, [{ run_id: `run ${start}`, experiment_id: 1, name: '', user_id: '', status: 'RUNNING', start_time: start, artifact_uri: '' }])
    for (const table of ['params', 'tags']) {
      await tx.run(`INSERT INTO ${table} (run_id, key_id, value, long, rest, experiment_id) SELECT ?, id, 'ml', 0, NULL, 1 FROM keys WHERE name = 'team'`, [id!])
    }
  }
})

const newest = read('test.newest', async (tx, filter: string) => {
  const found = await findRuns(tx, { experimentIds: [1], deleted: [0], clauses: parseRunFilter(filter), order: parseRunOrder([]), limit: 3 })
  return found.map(({ key }) => key.at(-1))
})

it('params and tags that were there before know when their runs began, and those that a server of the version before adds', async () => {
  await using place = await testPlace({ file: true })
  {
    await using before = await openDatabase({ at: place.at, migrations: [...keysMigrations, ...runsMigrations.slice(0, 2), ...metricsMigrations] })
    await before.write(addAsBefore, [3, 9, 1, 7, 5])
  }
  await using db = await openDatabase({ at: place.at, migrations: [...keysMigrations, ...runsMigrations, ...metricsMigrations] })
  for (const filter of ["params.team = 'ml'", "tags.team = 'ml'"]) assert.deepEqual(await db.read(newest, filter), ['run 9', 'run 7', 'run 5'])
  // Of SQLite one process at a time is the server.
  if (place.at.kind === 'sqlite') return
  await db.write(addAsBefore, [8])
  for (const filter of ["params.team = 'ml'", "tags.team = 'ml'"]) assert.deepEqual(await db.read(newest, filter), ['run 9', 'run 8', 'run 7'])
})
