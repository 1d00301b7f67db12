import { inLists, type Reader } from '../platform/db/index.ts'
import { readChunkRefs, readPending, stretches } from './blocks-store.ts'

/** The least and the greatest of all finite points of one metric of a run. */
export interface Extremes {
  readonly low: number
  readonly high: number
}

interface Known {
  /** Of the run when this was read; another one says that points may have come. */
  readonly stamp: string
  readonly extremes: Extremes | undefined
}

const mostKnown = 200_000

/**
 * Extremes of one metric by number of the run; runs without a finite point of it are left out. Chunks give
 * theirs by their summaries; what waits for compaction is decoded. What was found is kept by the reader while
 * nothing is logged to the run: the first time a run costs some 60 µs, then 2.
 */
export async function extremesOf(tx: Reader, runs: readonly number[], keyId: number): Promise<Map<number, Extremes>> {
  const known = tx.cache('metric-extremes', () => new Map<string, Known>())
  if (known.size > mostKnown) known.clear()
  const stamps = await stampsOf(tx, runs)
  const found = new Map<number, Extremes>()
  for (const run of runs) {
    const [name, stamp] = [`${run} ${keyId}`, stamps.get(run)]
    let kept = known.get(name)
    if (kept === undefined || kept.stamp !== stamp) {
      kept = { stamp: stamp ?? '', extremes: await readExtremes(tx, run, keyId) }
      if (stamp !== undefined) known.set(name, kept)
    }
    if (kept.extremes !== undefined) found.set(run, kept.extremes)
  }
  return found
}

/** By what it is seen that points came to a run: how many are compacted, and the last segment that waits. Undefined where that is not known. */
async function stampsOf(tx: Reader, runs: readonly number[]): Promise<Map<number, string>> {
  const stamps = new Map<number, string>()
  for (const { sql, params } of inLists(runs)) {
    const waiting = new Map(await tx.rows<[number, number]>(`${stretches} SELECT run_id, MAX(seq) FROM metric_segments WHERE seq >> 12 IN (SELECT at FROM stretches) AND run_id IN ${sql} GROUP BY run_id`, params))
    // A number may be given again when the newest run is removed for good; its id is not.
    for (const [run, id, points] of await tx.rows<[number, string, number | null]>(`SELECT r.id, r.run_id, n.points FROM runs r LEFT JOIN metric_counts n ON n.run_id = r.id WHERE r.id IN ${sql}`, params)) {
      const last = waiting.get(run)
      if (points !== null || last !== undefined) stamps.set(run, `${id} ${points} ${last}`)
    }
  }
  return stamps
}

async function readExtremes(tx: Reader, run: number, keyId: number): Promise<Extremes | undefined> {
  let [low, high] = [Infinity, -Infinity]
  for (const { summary: { finite } } of await readChunkRefs(tx, run, keyId)) {
    if (finite === undefined) continue
    low = Math.min(low, finite.min.value)
    high = Math.max(high, finite.max.value)
  }
  for (const value of (await readPending(tx, run, [keyId])).of(keyId).values) {
    if (!Number.isFinite(value)) continue
    if (value < low) low = value
    if (value > high) high = value
  }
  return low > high ? undefined : { low, high }
}
