import type { Int64 } from '@cairn/protocol'
import type { Reader } from '../platform/db/index.ts'
import { readChunkRefs, readPending } from './blocks-store.ts'
import { makePieces, openPiece, type Piece } from './pieces.ts'
import { concat, gather, noPoints, slice, stepAt, type Points } from './points.ts'

export interface StepRange {
  readonly from: Int64
  readonly to: Int64
}

/**
 * At most `limit` points of a (run, key), as MLflow 3.17.2 samples for its charts: the points by
 * step, timestamp, value are dealt into `limit` buckets of nearly equal size (SQL's NTILE) and the
 * first of each is taken; then the very last point replaces the last taken one, or joins when there
 * is room. Counts come from chunk summaries, so only the chunks that hold a taken point are opened.
 */
export async function sampleInterval(tx: Reader, runId: number, keyId: number, limit: number, range?: StepRange): Promise<Points> {
  const pending = await readPending(tx, runId, [keyId])
  const pieces = makePieces(await readChunkRefs(tx, runId, keyId), pending.of(keyId)).filter((piece) => range === undefined || overlaps(piece, range))
  const counts: number[] = []
  let total = 0
  for (const piece of pieces) {
    const count = countAtOnce(piece, range) ?? (await openWithin(tx, piece, range)).count
    counts.push(count)
    total += count
  }
  const wanted = sampleIndices(total, limit)
  const taken: Points[] = []
  let start = 0
  let at = 0
  for (let index = 0; index < pieces.length && at < wanted.length; index += 1) {
    const end = start + counts[index]!
    if (wanted[at]! < end) {
      const points = await openWithin(tx, pieces[index]!, range)
      const first = at
      while (at < wanted.length && wanted[at]! < end) at += 1
      taken.push(gather(points, Uint32Array.from(wanted.slice(first, at), (row) => row - start)))
    }
    start = end
  }
  return taken.length === 0 ? noPoints : concat(taken)
}

/** Indices of the rows that MLflow takes out of `total`. */
export function sampleIndices(total: number, limit: number): number[] {
  const buckets = Math.min(limit, total)
  const size = Math.floor(total / limit)
  const larger = total % limit
  const indices = Array.from({ length: buckets }, (_, bucket) => bucket * size + Math.min(bucket, larger))
  if (total > 0 && indices.at(-1) !== total - 1) {
    if (indices.length >= limit) indices.pop()
    indices.push(total - 1)
  }
  return indices
}

function ends({ chunk, points }: Piece): [first: Int64, last: Int64] {
  return chunk === undefined ? [stepAt(points!, 0), stepAt(points!, points!.count - 1)] : [chunk.summary.first.step, chunk.summary.last.step]
}

function overlaps(piece: Piece, range: StepRange): boolean {
  const [first, last] = ends(piece)
  return first <= range.to && last >= range.from
}

/** How many points of a piece are in the range, if that is known without opening it. */
function countAtOnce(piece: Piece, range: StepRange | undefined): number | undefined {
  if (piece.chunk !== undefined && piece.points !== undefined) return undefined
  const [first, last] = ends(piece)
  if (range !== undefined && (first < range.from || last > range.to)) return undefined
  return piece.chunk?.summary.count ?? piece.points!.count
}

async function openWithin(tx: Reader, piece: Piece, range: StepRange | undefined): Promise<Points> {
  const points = await openPiece(tx, piece)
  if (range === undefined) return points
  let from = 0
  while (from < points.count && stepAt(points, from) < range.from) from += 1
  let to = points.count
  while (to > from && stepAt(points, to - 1) > range.to) to -= 1
  return slice(points, from, to)
}
