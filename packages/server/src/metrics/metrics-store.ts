import type { Int64 } from '@cairn/protocol'
import { internKeys } from '../keys/index.ts'
import { insertMany, insertRows, type Reader, type Value, type Writer } from '../platform/db/index.ts'
import { ofRun, stretches } from './blocks-store.ts'
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
  await Promise.all([insertMany(tx, segmentRows, [[run.id, encodeSegment(keyIds, packed.body)]]), insertMany(tx, latestMetricRows, latestRows(run, keyIds, packed.latest))])
}

/**
 * The same for the points of many runs, in as few statements as there are sizes of them: where each
 * is a journey, 64 loggers get four times as many points stored.
 */
export async function appendPointsOfMany(tx: Writer, runs: ReadonlyMap<RunRef, readonly LoggedPoint[] | PackedPoints>): Promise<void> {
  const segments: Value[][] = []
  const latest: Value[][] = []
  for (const [run, points] of runs) {
    const packed = 'body' in points ? points : packPoints(points)
    if (packed.count === 0) continue
    const keyIds = await internKeys(tx, packed.keys)
    segments.push([run.id, encodeSegment(keyIds, packed.body)])
    latest.push(...latestRows(run, keyIds, packed.latest))
  }
  await Promise.all([insertMany(tx, segmentRows, segments), insertMany(tx, latestMetricRows, latest)])
}

function latestRows(run: RunRef, keyIds: readonly number[], { steps, timestamps, values }: PackedPoints['latest']): Value[][] {
  return keyIds.map((keyId, at) => {
    const value = values[at]!
    return [run.id, keyId, run.experimentId, storedValue(value), value !== value ? 1 : 0, timestamps[at]!, steps[at]!]
  })
}

// MLflow's rule: the latest is the greatest by (step, timestamp, stored value); of equals the first stays.
const latestMetricRows = insertRows('latest_metrics (run_id, key_id, experiment_id, value, is_nan, timestamp, step)', 7,
  `ON CONFLICT (run_id, key_id) DO UPDATE SET value = excluded.value, is_nan = excluded.is_nan, timestamp = excluded.timestamp, step = excluded.step
   WHERE (excluded.step, excluded.timestamp, excluded.value) > (latest_metrics.step, latest_metrics.timestamp, latest_metrics.value)`)
const segmentRows = insertRows('metric_segments (run_id, points)', 2)

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

/** The ids of the names that a run has logged metrics under. */
export const loggedKeys = async (tx: Reader, runId: number): Promise<number[]> =>
  (await tx.rows<[number]>('SELECT key_id FROM latest_metrics WHERE run_id = ? ORDER BY key_id', [runId])).map(([keyId]) => keyId)

/** Forgets everything that was logged to a run; for permanent deletion. */
export async function deletePoints(tx: Writer, runId: number): Promise<void> {
  await tx.run(`${stretches} DELETE FROM metric_segments WHERE ${ofRun}`, [runId])
  await tx.run('DELETE FROM metric_chunks WHERE run_id = ?', [runId])
  await tx.run('DELETE FROM metric_counts WHERE run_id = ?', [runId])
  await tx.run('DELETE FROM latest_metrics WHERE run_id = ?', [runId])
}
