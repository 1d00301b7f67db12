import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { readConfig } from '@cairn/server/config'
import { startServer, type RunningServer } from '@cairn/server'

function segmentsIn(folder: string): number {
  using db = new DatabaseSync(join(folder, 'cairn-data/cairn.db'), { readOnly: true })
  return (db.prepare('SELECT COUNT(*) AS n FROM metric_segments').get() as { n: number }).n
}

for (const [how, rot] of [
  ['beyond recognition', 'bytes(byte ^ 0x5A for byte in points[:40]) + points[40:]'],
  ['by one bit, so that it still reads as points', 'points[:-20] + bytes([points[-20] ^ 1]) + points[-19:]'],
] as const) test(`points of a run that are damaged on the disk ${how}: that run says so, and no other run, metric or write suffers`, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cairn-damaged-'))
  const start = (): Promise<RunningServer> => startServer(readConfig({ flags: { port: '0' }, cwd: folder, env: { MLFLOW_LOGGING_LEVEL: 'CRITICAL' } }), { log: { debug() {}, info() {}, warn() {}, error() {} } })
  const ask = async (server: RunningServer, method: string, path: string, body?: object): Promise<{ status: number; body: any }> => {
    const response = await fetch(`${server.url}/api/2.0/mlflow/${path}`, { method, ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }) })
    return { status: response.status, body: await response.json() }
  }
  try {
    const first = await start()
    const runs: string[] = []
    for (let index = 0; index < 2; index += 1) {
      const run_id = (await ask(first, 'POST', 'runs/create', { experiment_id: '0', start_time: 1 })).body.run.info.run_id as string
      runs.push(run_id)
      const metrics = Array.from({ length: 500 }, (_, step) => ({ key: 'loss', value: Math.sin(step), timestamp: 1000 + step, step }))
      assert.equal((await ask(first, 'POST', 'runs/log-batch', { run_id, metrics })).status, 200)
    }
    // What waits for compaction has no checksum yet.
    for (let wait = 0; !/^cairn_compaction_segments_waiting 0$/m.test(await (await fetch(`${first.url}/metrics`)).text()) || segmentsIn(folder) > 0; wait += 1) {
      assert.ok(wait < 600, 'compacted')
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    await first[Symbol.asyncDispose]()
    const [damaged, sound] = runs as [string, string]
    // Bytes of the blocks turn into others, as on a disk that rots.
    const changed = spawnSync('python3', ['-c', `
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
run = db.execute("SELECT id FROM runs WHERE run_id = ?", (sys.argv[2],)).fetchone()[0]
touched = 0
for table, key in (("metric_segments", "seq"), ("metric_chunks", "id")):
    for row, points in db.execute(f"SELECT {key}, points FROM {table} WHERE run_id = ?", (run,)).fetchall():
        db.execute(f"UPDATE {table} SET points = ? WHERE {key} = ?", (${rot}, row))
        touched += 1
db.commit()
print(touched)
`, join(folder, 'cairn-data/cairn.db'), damaged], { encoding: 'utf8' })
    assert.ok(changed.status === 0 && Number(changed.stdout) > 0, changed.stderr)

    await using server = await start()
    const bad = await ask(server, 'GET', `metrics/get-history?run_id=${damaged}&metric_key=loss&max_results=10`)
    assert.equal(bad.status, 500)
    assert.match(bad.body.message, /damaged/)
    // The latest value is kept apart, so that the run is still shown and found.
    assert.equal((await ask(server, 'GET', `runs/get?run_id=${damaged}`)).body.run.data.metrics[0].value, Math.sin(499))
    assert.equal((await ask(server, 'POST', 'runs/search', { experiment_ids: ['0'], filter: 'metrics.loss < 2' })).body.runs.length, 2)
    assert.equal((await ask(server, 'GET', `metrics/get-history?run_id=${sound}&metric_key=loss&max_results=1000`)).body.metrics.length, 500)
    for (const run_id of runs) assert.equal((await ask(server, 'POST', 'runs/log-metric', { run_id, key: 'after', value: 1, timestamp: 1, step: 0 })).status, 200)
    assert.equal((await ask(server, 'GET', `metrics/get-history?run_id=${sound}&metric_key=after`)).body.metrics.length, 1)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
