/**
 * Writes runs and points straight into the peers' SQLite files, in the tables that they made
 * themselves: through their APIs 100,000 runs would take hours. Only for peers; Cairn's data always
 * come in through its API.
 */
import { DatabaseSync } from 'node:sqlite'
import { curve, curvePoint, mix, runData, type RunData, type Shape } from './dataset.ts'

export interface Seed {
  readonly runs: number
  readonly shape: Shape
  /** Points of the long curve, in a run of their own; 0 for none. */
  readonly curvePoints: number
}

export const curveRun = 'c'.repeat(32)

type Insert = (run: RunData, id: string) => void

/** The statements that put one run with everything into a peer's tables. */
interface Dialect {
  readonly run: Insert
  readonly metric: (id: string, key: string, value: number, timestamp: number, step: number, iteration: number) => void
  readonly latest: (id: string, key: string, value: number, timestamp: number, step: number, iteration: number) => void
}

const dialects: Record<string, (db: DatabaseSync) => Dialect> = {
  mlflow: db => {
    const run = db.prepare(`INSERT INTO runs (run_uuid, name, source_type, source_name, entry_point_name, user_id, status, start_time, end_time, deleted_time, source_version, lifecycle_stage, artifact_uri, experiment_id)
      VALUES (?, ?, 'UNKNOWN', '', '', '', 'FINISHED', ?, ?, NULL, '', 'active', ?, 0)`)
    const param = db.prepare('INSERT INTO params (key, value, run_uuid) VALUES (?, ?, ?)')
    const tag = db.prepare('INSERT INTO tags (key, value, run_uuid) VALUES (?, ?, ?)')
    const metric = db.prepare('INSERT INTO metrics (key, value, timestamp, run_uuid, step, is_nan) VALUES (?, ?, ?, ?, ?, 0)')
    const latest = db.prepare('INSERT INTO latest_metrics (key, value, timestamp, run_uuid, step, is_nan) VALUES (?, ?, ?, ?, ?, 0)')
    return {
      run: (data, id) => {
        run.run(id, data.name, data.startTime, data.endTime, `mlflow-artifacts:/0/${id}/artifacts`)
        for (const { key, value } of data.params) param.run(key, value, id)
        for (const { key, value } of data.tags) tag.run(key, value, id)
        tag.run('mlflow.runName', data.name, id)
      },
      metric: (id, key, value, timestamp, step) => metric.run(key, value, timestamp, id, step),
      latest: (id, key, value, timestamp, step) => latest.run(key, value, timestamp, id, step),
    }
  },
  fasttrackml: db => {
    const context = Number(db.prepare('SELECT min(id) AS id FROM contexts').get()!.id)
    const run = db.prepare(`INSERT INTO runs (run_uuid, name, source_type, source_name, entry_point_name, user_id, status, start_time, end_time, source_version, lifecycle_stage, artifact_uri, experiment_id, row_num)
      VALUES (?, ?, 'UNKNOWN', '', '', '', 'FINISHED', ?, ?, '', 'active', ?, 0, ?)`)
    const param = db.prepare('INSERT INTO params (key, value_str, run_uuid) VALUES (?, ?, ?)')
    const tag = db.prepare('INSERT INTO tags (key, value, run_uuid) VALUES (?, ?, ?)')
    const metric = db.prepare('INSERT INTO metrics (key, value, timestamp, run_uuid, step, is_nan, iter, context_id) VALUES (?, ?, ?, ?, ?, 0, ?, ?)')
    const latest = db.prepare('INSERT INTO latest_metrics (key, value, timestamp, run_uuid, step, is_nan, last_iter, context_id) VALUES (?, ?, ?, ?, ?, 0, ?, ?)')
    let row = 0
    return {
      run: (data, id) => {
        run.run(id, data.name, data.startTime, data.endTime, `file:///0/${id}/artifacts`, row++)
        for (const { key, value } of data.params) param.run(key, value, id)
        for (const { key, value } of data.tags) tag.run(key, value, id)
        tag.run('mlflow.runName', data.name, id)
      },
      metric: (id, key, value, timestamp, step, iteration) => metric.run(key, value, timestamp, id, step, iteration, context),
      latest: (id, key, value, timestamp, step, iteration) => latest.run(key, value, timestamp, id, step, iteration, context),
    }
  },
}

/** The run of the curve is older than all others, so that it is last in every list. */
const curveRunData: RunData = { name: 'curve', startTime: 1_600_000_000_000, endTime: 1_600_000_060_000, metrics: [], params: [], tags: [] }

/** Without order, as ids are that servers make up: indexes fill as they do in use. */
const runId = (number: number) => [0, 1, 2, 3].map(part => mix(number, part).toString(16).padStart(8, '0')).join('')

export function seedPeer(peer: string, file: string, seed: Seed): void {
  const db = new DatabaseSync(file)
  try {
    db.exec('PRAGMA synchronous = OFF; PRAGMA cache_size = -500000; PRAGMA temp_store = MEMORY; BEGIN')
    const insert = dialects[peer]!(db)
    for (let number = 0; number < seed.runs; number++) {
      const run = runData(number, seed.shape)
      const id = runId(number)
      insert.run(run, id)
      for (const { key, value, timestamp, step } of run.metrics) {
        insert.metric(id, key, value, timestamp, step, 1)
        insert.latest(id, key, value, timestamp, step, 1)
      }
    }
    if (seed.curvePoints > 0) {
      insert.run(curveRunData, curveRun)
      for (let i = 0; i < seed.curvePoints; i++) {
        const { value, timestamp, step } = curvePoint(i)
        insert.metric(curveRun, curve.key, value, timestamp, step, i + 1)
      }
      const last = curvePoint(seed.curvePoints - 1)
      insert.latest(curveRun, curve.key, last.value, last.timestamp, last.step, seed.curvePoints)
    }
    // No ANALYZE: the peers never do it, so their users' databases are without as well.
    db.exec('COMMIT; PRAGMA wal_checkpoint(TRUNCATE)')
  } finally {
    db.close()
  }
}
