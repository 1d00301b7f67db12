import { read, write, type Reader } from '../platform/db/index.ts'
import { pointsIn } from './blocks-store.ts'
import { segmentSize } from './segment.ts'

/** Few are looked at, in less than a millisecond, so that no thread needs to be started for it: it would stay, with 30 MB. */
const runsAtOnce = 100

/** Those of the next hundred runs that have chunks and no count, by number, and the last one looked at; undefined when all were. */
export const runsWithoutCount = read('metrics.runsWithoutCount', async (tx, { after }: { after: number }): Promise<{ runs: number[]; last: number | undefined }> => {
  const rows = await tx.rows<[id: number, missing: number]>(
    `SELECT r.id, CASE WHEN EXISTS (SELECT 1 FROM metric_counts n WHERE n.run_id = r.id) THEN 0 WHEN EXISTS (SELECT 1 FROM metric_chunks c WHERE c.run_id = r.id) THEN 1 ELSE 0 END
     FROM runs r WHERE r.id > ? ORDER BY r.id LIMIT ?`, [after, runsAtOnce])
  return { runs: rows.filter(([, missing]) => missing === 1).map(([id]) => id), last: rows.length < runsAtOnce ? undefined : rows.at(-1)![0] }
})

/** Counts them, in the transaction that writes it down, so that no compaction comes between. */
export const countMissing = write('metrics.countMissing', async (tx, { runs }: { runs: readonly number[] }): Promise<void> => {
  for (const run of runs) {
    let points = 0
    for (const [keyId, summary] of await tx.rows<[number, Uint8Array]>('SELECT key_id, summary FROM metric_chunks WHERE run_id = ? ORDER BY id', [run])) points += pointsIn(keyId, summary)
    await tx.run('INSERT INTO metric_counts (run_id, points) VALUES (?, ?) ON CONFLICT (run_id) DO NOTHING', [run, points])
  }
})

/** Points by experiment, as they are stored: those that wait for compaction may be there twice and count twice until then. */
export async function pointsByExperiment(tx: Reader): Promise<Map<number, number>> {
  const counts = new Map(await tx.rows<[number, number]>('SELECT r.experiment_id, SUM(n.points) FROM metric_counts n JOIN runs r ON r.id = n.run_id GROUP BY r.experiment_id'))
  for (const [experiment, points] of counts) counts.set(experiment, Number(points))
  const waiting = await tx.rows<[number, Uint8Array]>('SELECT r.experiment_id, s.points FROM metric_segments s JOIN runs r ON r.id = s.run_id')
  for (const [experiment, points] of waiting) counts.set(experiment, (counts.get(experiment) ?? 0) + segmentSize(points))
  return counts
}
