import { inLists, type Writer } from '../platform/db/index.ts'
import { findRun, type RunRow } from './runs-store.ts'

/** The runs of these ids in their order; undefined for one that there is not. */
export async function findRuns(tx: Writer, runIds: readonly string[]): Promise<(RunRow | undefined)[]> {
  const found: (RunRow | undefined)[] = []
  for (const id of runIds) found.push(await findRun(tx, id))
  return found
}

/** Everything of a run that names its experiment. Its artifacts keep their place. */
export async function moveRuns(tx: Writer, ids: readonly number[], experimentId: number): Promise<void> {
  for (const list of inLists(ids)) {
    await tx.run(`UPDATE runs SET experiment_id = ?, texts = texts + 1 WHERE id IN ${list.sql}`, [experimentId, ...list.params])
    for (const table of ['params', 'tags', 'latest_metrics']) await tx.run(`UPDATE ${table} SET experiment_id = ? WHERE run_id IN ${list.sql}`, [experimentId, ...list.params])
  }
}
