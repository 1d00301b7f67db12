import type { Int64 } from '@cairn/protocol'
import { internKeys } from '../keys/index.ts'
import type { Reader, Value, Writer } from '../platform/db/index.ts'
import { storedValue } from './points.ts'
import { encodeSegment, packPoints, type LoggedPoint, type PackedPoints } from './segment.ts'

/** A run by the integers that rows hold. */
export interface RunRef {
  readonly id: number
  readonly experimentId: number
}

/**
 * Stores points of one run: one segment row, and the latest value of each key that they touch.
 * `packed` may come from another thread (`packPoints` there): then the writer neither copies nor
 * looks at single points.
 */
export async function appendPoints(tx: Writer, run: RunRef, points: readonly LoggedPoint[] | PackedPoints): Promise<void> {
  const packed = 'body' in points ? points : packPoints(points)
  if (packed.count === 0) return
  const keyIds = await internKeys(tx, packed.keys)
  await tx.run('INSERT INTO metric_segments (run_id, points) VALUES (?, ?)', [run.id, encodeSegment(keyIds, packed.body)])
  const { steps, timestamps, values } = packed.latest
  let index = 0
  // A statement for many rows saves the call's cost: 1000 keys in one batch take 1.5 instead of 1.9 ms.
  for (; index + manyRows <= keyIds.length; index += manyRows) await upsert(index, manyRows, upsertMany)
  for (; index < keyIds.length; index += 1) await upsert(index, 1, upsertOne)

  function upsert(from: number, rows: number, sql: string): unknown {
    const params: Value[] = []
    for (let at = from; at < from + rows; at += 1) {
      const value = values[at]!
      params.push(run.id, keyIds[at]!, run.experimentId, storedValue(value), value !== value ? 1 : 0, timestamps[at]!, steps[at]!)
    }
    return tx.run(sql, params)
  }
}

const manyRows = 32

// MLflow's rule: the latest is the greatest by (step, timestamp, stored value); of equals the first stays.
const upsertRows = (rows: number): string =>
  `INSERT INTO latest_metrics (run_id, key_id, experiment_id, value, is_nan, timestamp, step)
   VALUES ${Array(rows).fill('(?, ?, ?, ?, ?, ?, ?)').join(', ')}
   ON CONFLICT (run_id, key_id) DO UPDATE SET value = excluded.value, is_nan = excluded.is_nan, timestamp = excluded.timestamp, step = excluded.step
   WHERE (excluded.step, excluded.timestamp, excluded.value) > (latest_metrics.step, latest_metrics.timestamp, latest_metrics.value)`
const upsertOne = upsertRows(1)
const upsertMany = upsertRows(manyRows)

export interface LatestMetric {
  readonly key: string
  /** As MLflow answers it: NaN stays NaN, ±Infinity is ±1.7976931348623157e308. */
  readonly value: number
  readonly timestamp: Int64
  readonly step: Int64
}

/** The latest value of each metric of a run, by name. */
export async function latestMetrics(tx: Reader, runId: number): Promise<LatestMetric[]> {
  const rows = await tx.rows<[string, number, number, Int64, Int64]>(
    `SELECT keys.name, latest_metrics.value, latest_metrics.is_nan, latest_metrics.timestamp, latest_metrics.step
     FROM latest_metrics JOIN keys ON keys.id = latest_metrics.key_id
     WHERE latest_metrics.run_id = ? ORDER BY ${tx.dialect.bytewise('keys.name')}`, [runId])
  return rows.map(([key, value, isNan, timestamp, step]) => ({ key, value: isNan ? NaN : value, timestamp, step }))
}

/** Forgets everything that was logged to a run; for permanent deletion. */
export async function deletePoints(tx: Writer, runId: number): Promise<void> {
  await tx.run('DELETE FROM metric_segments WHERE run_id = ?', [runId])
  await tx.run('DELETE FROM metric_chunks WHERE run_id = ?', [runId])
  await tx.run('DELETE FROM latest_metrics WHERE run_id = ?', [runId])
}
