import type { Reader } from '../platform/db/index.ts'
import { readChunk, type ChunkRef } from './blocks-store.ts'
import { compareSpots, concat, slice, sortUnique, spotAt, type Points, type Spot } from './points.ts'

/**
 * The points of a (run, key) as a list of pieces that do not overlap, in the order of step,
 * timestamp, value: chunks, chunks with pending points that fall into them, and pending points
 * between chunks. Exact duplicates always meet in one piece.
 */
export interface Piece {
  /** Undefined for points that are in no chunk. */
  readonly chunk: ChunkRef | undefined
  readonly points: Points | undefined
}

export function makePieces(chunks: readonly ChunkRef[], pending: Points): Piece[] {
  if (pending.count === 0) return chunks.map((chunk) => ({ chunk, points: undefined }))
  const pieces: Piece[] = []
  let from = 0
  for (const chunk of chunks) {
    const start = firstIndex(pending, from, (spot) => compareSpots(spot, chunk.summary.first) >= 0)
    const end = firstIndex(pending, start, (spot) => compareSpots(spot, chunk.summary.last) > 0)
    if (start > from) pieces.push({ chunk: undefined, points: slice(pending, from, start) })
    pieces.push({ chunk, points: end > start ? slice(pending, start, end) : undefined })
    from = end
  }
  if (from < pending.count) pieces.push({ chunk: undefined, points: slice(pending, from, pending.count) })
  return pieces
}

/** The points of a piece, sorted by step, timestamp, value; without exact duplicates. */
export const openPiece = (tx: Reader, piece: Piece): Promise<Points> => openPieceWith((id) => readChunk(tx, id), piece)

/** The same, of chunks that come from elsewhere than a question of their own. */
export async function openPieceWith(chunk: (id: number) => Promise<Points>, piece: Piece): Promise<Points> {
  if (piece.chunk === undefined) return piece.points!
  const stored = await chunk(piece.chunk.id)
  return piece.points === undefined ? stored : sortUnique(concat([stored, piece.points]))
}

/** The first index from `from` on whose point satisfies what all later points satisfy too. */
function firstIndex(points: Points, from: number, reached: (spot: Spot) => boolean): number {
  // Pending points lie behind the chunks nearly always: look at the first before halving.
  if (from >= points.count || reached(spotAt(points, from))) return from
  let low = from + 1
  let high = points.count
  while (low < high) {
    const middle = (low + high) >>> 1
    if (reached(spotAt(points, middle))) high = middle
    else low = middle + 1
  }
  return low
}
