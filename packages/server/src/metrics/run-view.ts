import type { Int64 } from '@cairn/protocol'
import type { Reader } from '../platform/db/index.ts'

/** What charts need of a run; the runs themselves belong to the slice `runs`, which logs through this one. */
export interface RunKey {
  readonly id: number
  readonly startTime: Int64
}

export async function findRun(tx: Reader, runId: string): Promise<RunKey | undefined> {
  const row = (await tx.rows<[number, Int64]>('SELECT id, start_time FROM runs WHERE run_id = ?', [runId]))[0]
  return row && { id: row[0], startTime: row[1] }
}
