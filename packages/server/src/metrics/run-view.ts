import type { Int64 } from '@cairn/protocol'
import { inLists, type Reader } from '../platform/db/index.ts'

/** What charts need of a run; the runs themselves belong to the slice `runs`, which logs through this one. */
export interface RunKey {
  readonly id: number
  readonly startTime: Int64
}

export const findRun = async (tx: Reader, runId: string): Promise<RunKey | undefined> => (await findRuns(tx, [runId])).get(runId)

/** Those that there are, by id. */
export async function findRuns(tx: Reader, runIds: readonly string[]): Promise<ReadonlyMap<string, RunKey>> {
  const found = new Map<string, RunKey>()
  for (const { sql, params } of inLists(runIds)) {
    for (const [runId, id, startTime] of await tx.rows<[string, number, Int64]>(`SELECT run_id, id, start_time FROM runs WHERE run_id IN ${sql}`, params)) found.set(runId, { id, startTime })
  }
  return found
}
