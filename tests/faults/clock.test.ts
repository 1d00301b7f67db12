import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { readConfig } from '@cairn/server/config'
import { startServer } from '@cairn/server'

test('a clock that is moved, to the front and back: runs, tokens and sessions go on, points keep the order in which they came, and ids stay single', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cairn-clock-'))
  let now = Date.parse('2026-06-01')
  const server = await startServer(readConfig({ flags: { port: '0', 'app-name': 'basic-auth' }, cwd: folder, env: { MLFLOW_LOGGING_LEVEL: 'ERROR', MLFLOW_AUTH_ADMIN_PASSWORD: 'correct horse battery' } }), { now: () => now })
  try {
    const authorization = `Basic ${Buffer.from('admin:correct horse battery').toString('base64')}`
    const ask = async (method: string, path: string, body?: object, as = authorization): Promise<any> => {
      const response = await fetch(`${server.url}${path}`, { method, headers: { authorization: as, ...(body && { 'content-type': 'application/json' }) }, ...(body && { body: JSON.stringify(body) }) })
      const text = await response.text()
      assert.equal(response.status, 200, text)
      return JSON.parse(text)
    }
    const { token } = await ask('POST', '/api/cairn/v1/tokens', { name: 'for years', expires_in_days: 3650 })
    const { run } = await ask('POST', '/api/2.0/mlflow/runs/create', { experiment_id: '0', start_time: 1 })
    const { run_id } = run.info
    const ids = new Set<string>([run_id])
    const hour = 3600 * 1000
    for (const [step, move] of [0, 2 * hour, -5 * hour, 400 * 24 * hour, -500 * 24 * hour, hour].entries()) {
      now += move
      await ask('POST', '/api/2.0/mlflow/runs/log-metric', { run_id, key: 'loss', value: step, step, timestamp: 1000 + step }, `Bearer ${token}`)
      ids.add((await ask('POST', '/api/2.0/mlflow/runs/create', { experiment_id: '0', start_time: 1 }, `Bearer ${token}`)).run.info.run_id)
    }
    const { metrics } = await ask('GET', `/api/2.0/mlflow/metrics/get-history?run_id=${run_id}&metric_key=loss`)
    assert.deepEqual(metrics.map(({ value }: { value: number }) => value), [0, 1, 2, 3, 4, 5])
    assert.equal(ids.size, 7)
    const { runs } = await ask('POST', '/api/2.0/mlflow/runs/search', { experiment_ids: ['0'], max_results: 100 })
    assert.equal(runs.length, 7)
  } finally {
    await server[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  }
})
