import type { Int64 } from '@cairn/protocol'
import type { Reader } from '../platform/db/index.ts'
import { ofRun, stretches } from './blocks-store.ts'

/** Runs that anything is stored for, by their numbers; those after one, some at a time. */
export async function storedRuns(tx: Reader, after: number, limit: number): Promise<number[]> {
  const rows = await tx.rows<[number]>(
    `SELECT run_id FROM (SELECT run_id FROM metric_segments WHERE run_id > ? UNION SELECT run_id FROM metric_chunks WHERE run_id > ?
      UNION SELECT run_id FROM latest_metrics WHERE run_id > ?) AS stored ORDER BY run_id LIMIT ?`, [after, after, after, limit])
  return rows.map(([run]) => run)
}

export const segmentNumbers = async (tx: Reader, runId: number): Promise<number[]> =>
  (await tx.rows<[number]>(`${stretches} SELECT seq FROM metric_segments WHERE ${ofRun} ORDER BY +seq`, [runId])).map(([seq]) => seq)

export const readSegment = async (tx: Reader, seq: number): Promise<Uint8Array> =>
  (await tx.rows<[Uint8Array]>('SELECT points FROM metric_segments WHERE seq = ?', [seq]))[0]![0]

export const chunkNumbers = (tx: Reader, runId: number) =>
  tx.rows<[id: number, keyId: number]>('SELECT id, key_id FROM metric_chunks WHERE run_id = ? ORDER BY key_id, id', [runId])

export const readChunkRow = async (tx: Reader, id: number): Promise<[summary: Uint8Array, points: Uint8Array]> =>
  (await tx.rows<[Uint8Array, Uint8Array]>('SELECT summary, points FROM metric_chunks WHERE id = ?', [id]))[0]!

export const latestRows = (tx: Reader, runId: number) => tx.rows<[keyId: number, value: number, isNan: number, timestamp: Int64, step: Int64]>(
  'SELECT key_id, value, is_nan, timestamp, step FROM latest_metrics WHERE run_id = ? ORDER BY key_id', [runId])

export const keyExists = async (tx: Reader, keyId: number): Promise<boolean> => (await tx.rows('SELECT id FROM keys WHERE id = ?', [keyId])).length > 0
