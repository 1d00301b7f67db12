/**
 * PostgreSQL as old as is supported takes the schema and does the work of a team's day. All store tests
 * on one of them: CAIRN_TEST_POSTGRES_VERSION=14.23.0-beta.17 npm test -- postgres
 */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, it } from 'node:test'
import { CairnClient } from '@cairn/sdk'
import { startPostgres } from '../../tools/postgres.ts'
import { startServerProcess } from '../crash/server-process.ts'

// What the rest of this part runs on is the newest; these are versions of the same npm package. The
// oldest is tried each time, those between by `npm run soak`.
const oldest = '14.23.0-beta.17'
const versions = process.env['CAIRN_SOAK'] === undefined ? [oldest] : [oldest, '15.18.0-beta.17', '16.14.0-beta.17', '17.10.0-beta.17']
const folder = mkdtempSync(join(tmpdir(), 'cairn-versions-'))
after(() => rmSync(folder, { recursive: true, force: true }))

for (const version of versions) {
  it(`two servers work on PostgreSQL ${version.split('.')[0]}: runs, batches, histories, searches, live events, the registry`, { timeout: 300_000 }, async () => {
    await using postgres = await startPostgres({ version })
    const env = { MLFLOW_BACKEND_STORE_URI: postgres.uri }
    await using one = await startServerProcess(folder, env)
    await using other = await startServerProcess(folder, env)
    const here = new CairnClient({ url: one.url })
    const there = new CairnClient({ url: other.url })
    const stop = new AbortController()
    const { info: { run_id } } = await here.runs.create({ experiment_id: '0', start_time: 1 })
    const heard = (async () => {
      for await (const message of there.live({ runIds: [run_id], signal: stop.signal })) if (message.type === 'points') return message.data.points.length
      return 0
    })()
    // Logged until the other server's reader has heard of it: when it began to listen is its own affair.
    let steps = 0
    let done = false
    void heard.then(() => { done = true }, () => { done = true })
    while (!done || steps < 20) {
      const metrics = ['loss', 'accuracy'].map((key) => ({ key, value: steps / 7, step: steps, timestamp: 1000 + steps }))
      await here.runs.logBatch({ run_id, metrics, params: [{ key: `p${steps % 20}`, value: `v${steps % 20}` }], tags: [{ key: 'team', value: 'ml' }] })
      steps += 1
    }
    assert.equal(await heard, 2)
    stop.abort()
    const history = await Array.fromAsync(there.metrics.history(run_id, 'loss'))
    assert.deepEqual(history.map(({ step }) => Number(step)), Array.from({ length: steps }, (_, step) => step))
    const found = await there.runs.searchPage({ experiment_ids: ['0'], filter: "metrics.loss > 1 AND params.p3 = 'v3' AND tags.team LIKE 'm%'", order_by: ['metrics.accuracy DESC'] })
    assert.deepEqual(found.items.map(({ info }) => info.run_id), [run_id])
    await there.models.create({ name: 'churn' })
    const { version: made } = await here.models.createVersion({ name: 'churn', source: `runs:/${run_id}/model`, run_id })
    assert.equal(made, '1')
  })
}
