import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { createExperiment, createRun, deleteRun, getMetricHistory, getRun, logBatch } from '@cairn/protocol'
import { auditMigrations } from '../audit/index.ts'
import { datasetMigrations } from '../datasets/index.ts'
import { experimentMigrations, experimentOperations, experimentRoutes } from '../experiments/index.ts'
import { keysMigrations } from '../keys/index.ts'
import { loggedModelMigrations } from '../logged-models/index.ts'
import { metricsMigrations, metricsRoutes } from '../metrics/index.ts'
import { startApi, type ApiServer } from '../testing/api-server.ts'
import { userMigrations } from '../users/index.ts'
import { runsMigrations, runsRoutes } from './index.ts'

let api: ApiServer
let experiment: string
const live = { publish: () => {} }
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
      ...metricsRoutes({ db }),
    ],
  })
  experiment = (await api.call(createExperiment, { name: 'together' })).experiment_id
})
after(() => api[Symbol.asyncDispose]())

const newRun = async (): Promise<string> => (await api.call(createRun, { experiment_id: experiment })).run.info.run_id
const point = (key: string, step: number) => ({ key, value: step / 2, timestamp: 1000 + step, step })

it('batches that come at once are stored as if each had come alone', async () => {
  const runs = await Promise.all(Array.from({ length: 20 }, newRun))
  const gone = await newRun()
  await api.call(deleteRun, { run_id: gone })
  const sent = runs.flatMap((run_id) => [
    // The same run twice in a group, its latest values in either order.
    api.call(logBatch, { run_id, metrics: [point('loss', 2), point('auc', 1)] }),
    api.call(logBatch, { run_id, metrics: [point('loss', 1), point('loss', 3)] }),
    api.call(logBatch, { run_id, params: [{ key: 'depth', value: '4' }], metrics: [point('auc', 2)] }),
  ])
  const refused = await Promise.allSettled([
    api.call(logBatch, { run_id: gone, metrics: [point('loss', 1)] }),
    api.call(logBatch, { run_id: 'nowhere', metrics: [point('loss', 1)] }),
    api.call(logBatch, { run_id: runs[0]!, params: [{ key: 'depth', value: '5' }, { key: 'depth', value: '6' }], metrics: [point('never', 1)] }),
    ...sent,
  ])
  assert.deepEqual(refused.map(({ status }) => status), ['rejected', 'rejected', 'rejected', ...sent.map(() => 'fulfilled')])
  const [deleted, missing] = refused.slice(0, 2).map((one) => String((one as PromiseRejectedResult).reason))
  assert.match(deleted!, /must be in the 'active' state/)
  assert.match(missing!, /Run with id=nowhere not found/)
  for (const run_id of runs) {
    const { metrics = [] } = await api.call(getMetricHistory, { run_id, metric_key: 'loss' })
    assert.deepEqual(metrics.map(({ step }) => Number(step)), [1, 2, 3])
    const { data } = (await api.call(getRun, { run_id })).run
    assert.deepEqual(data.metrics?.map(({ key, value, step }) => `${key} ${value} ${step}`).sort(), ['auc 1 2', 'loss 1.5 3'])
    assert.deepEqual(data.params, [{ key: 'depth', value: '4' }])
  }
})
