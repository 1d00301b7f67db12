/** Fifty runs with five curves of ten thousand points each: what a sweep looks like in charts. */
import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import { CairnClient } from '@cairn/sdk'
import { fraction } from '../data/dataset.ts'

export interface Curves {
  readonly runs: number
  readonly keys: number
  readonly points: number
}

const epoch = 1_700_000_000_000
const valueAt = (run: number, key: number, step: number): number => Math.exp(-step / (2000 + run * 100)) + key + fraction(run * 7 + key, step) / 20

/** What the runs differ in: five models of two seeds each. */
const paramsOf = (run: number): { key: string; value: string }[] => [{ key: 'model', value: `model-${run % 5}` }, { key: 'seed', value: `seed-${Math.floor(run / 5) % 2}` }]

export async function logCurves(url: string, { runs, keys, points }: Curves, name = 'curves'): Promise<string> {
  const client = new CairnClient({ url })
  const experiment = await client.experiments.create({ name })
  for (let run = 0; run < runs; run += 1) {
    const { info } = await client.runs.create({ experiment_id: experiment, run_name: `curve-${run}`, start_time: epoch + run })
    await client.runs.logBatch({ run_id: info.run_id, params: paramsOf(run) })
    const steps = Math.floor(1000 / keys)
    for (let from = 0; from < points; from += steps) {
      await client.runs.logBatch({
        run_id: info.run_id,
        metrics: Array.from({ length: Math.min(steps, points - from) * keys }, (_, at) => {
          const [key, step] = [at % keys, from + Math.floor(at / keys)]
          return { key: `train/m${key}`, value: valueAt(run, key, step), step, timestamp: epoch + step * 1000 }
        }),
      })
    }
    await client.runs.update({ run_id: info.run_id, status: 'FINISHED', end_time: epoch + points * 1000 })
  }
  return experiment
}

/** The same in the tables that MLflow made itself: through its API it would take ten minutes. */
export function insertCurves(folder: string, { runs, keys, points }: Curves): string {
  using db = new DatabaseSync(join(folder, 'mlflow.db'))
  db.exec('PRAGMA synchronous = OFF; BEGIN')
  const insert = db.prepare(`INSERT INTO runs (run_uuid, name, source_type, source_name, entry_point_name, user_id, status, start_time, end_time, deleted_time, source_version, lifecycle_stage, artifact_uri, experiment_id)
    VALUES (?, ?, 'UNKNOWN', '', '', '', 'FINISHED', ?, ?, NULL, '', 'active', ?, 0)`)
  const tag = db.prepare('INSERT INTO tags (key, value, run_uuid) VALUES (?, ?, ?)')
  const param = db.prepare('INSERT INTO params (key, value, run_uuid) VALUES (?, ?, ?)')
  const metric = db.prepare('INSERT INTO metrics (key, value, timestamp, run_uuid, step, is_nan) VALUES (?, ?, ?, ?, ?, 0)')
  const latest = db.prepare('INSERT INTO latest_metrics (key, value, timestamp, run_uuid, step, is_nan) VALUES (?, ?, ?, ?, ?, 0)')
  for (let run = 0; run < runs; run += 1) {
    const id = run.toString(16).padStart(32, '0')
    insert.run(id, `curve-${run}`, epoch + run, epoch + points * 1000, `mlflow-artifacts:/0/${id}/artifacts`)
    tag.run('mlflow.runName', `curve-${run}`, id)
    for (const { key, value } of paramsOf(run)) param.run(key, value, id)
    for (let key = 0; key < keys; key += 1) {
      for (let step = 0; step < points; step += 1) metric.run(`train/m${key}`, valueAt(run, key, step), epoch + step * 1000, id, step)
      latest.run(`train/m${key}`, valueAt(run, key, points - 1), epoch + (points - 1) * 1000, id, points - 1)
    }
  }
  db.exec('COMMIT')
  return '0'
}

/** Runs of so many metrics and params that no page can show them all. */
export async function logWideRuns(client: CairnClient, { runs, metrics, params }: { runs: number; metrics: number; params: number }): Promise<string> {
  const experiment = await client.experiments.create({ name: `wide ${metrics} ${params}` })
  for (let run = 0; run < runs; run += 1) {
    const { info } = await client.runs.create({ experiment_id: experiment, run_name: `wide-${run}`, start_time: epoch + run })
    for (let from = 0; from < metrics; from += 1000) {
      await client.runs.logBatch({ run_id: info.run_id, metrics: Array.from({ length: Math.min(1000, metrics - from) }, (_, at) => ({ key: `group${(from + at) % 20}/m${from + at}`, value: fraction(run, from + at), step: 0, timestamp: epoch })) })
    }
    for (let from = 0; from < params; from += 100) {
      await client.runs.logBatch({ run_id: info.run_id, params: Array.from({ length: Math.min(100, params - from) }, (_, at) => ({ key: `p${from + at}`, value: `v${(run * (from + at + 1)) % 7}` })) })
    }
    await client.runs.update({ run_id: info.run_id, status: 'FINISHED' })
  }
  return experiment
}
