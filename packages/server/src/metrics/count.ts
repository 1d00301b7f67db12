import type { Reader } from '../platform/db/index.ts'
import { readChunkRefs, readPending } from './blocks-store.ts'
import { loggedKeys } from './metrics-store.ts'
import { makePieces, openPiece } from './pieces.ts'

/** How many metrics a run has, and how many points that differ. Chunks that nothing falls into are not opened. */
export async function countPoints(tx: Reader, runId: number): Promise<{ metrics: number; points: number }> {
  const keyIds = await loggedKeys(tx, runId)
  if (keyIds.length === 0) return { metrics: 0, points: 0 }
  const pending = await readPending(tx, runId, keyIds)
  let points = 0
  for (const keyId of keyIds) {
    for (const piece of makePieces(await readChunkRefs(tx, runId, keyId), pending.of(keyId))) {
      points += piece.chunk !== undefined && piece.points === undefined ? piece.chunk.summary.count : (await openPiece(tx, piece)).count
    }
  }
  return { metrics: keyIds.length, points }
}
