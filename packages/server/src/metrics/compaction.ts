import type { Reader } from '../platform/db/index.ts'
import { encodeBundleHead, readBundleHeads, readBytes, readChunkRefs, readSegments, type ChunkRow } from './blocks-store.ts'
import { chunkLimit, cutChunks, encodeChunk, encodeSummary, summarize } from './chunk.ts'
import { SegmentCollector } from './collector.ts'
import { makePieces, openPiece, type Piece } from './pieces.ts'
import { concat, slice, sortUnique, type Points } from './points.ts'
import { encodeGroups } from './segment.ts'

export interface CompactionLimits {
  /** Segments and bytes of them that one transaction takes. */
  readonly segments: number
  readonly bytes: number
  /** Points in a chunk at most. */
  readonly chunk: number
  /** Points of existing chunks that one transaction rewrites, about. */
  readonly rewrites: number
  /** A bundle row's size in points, about. */
  readonly bundle: number
  /** When a run has more points in bundles, keys that do not fill a chunk get a smaller one. */
  readonly pending: number
}

/** One transaction then costs the writer some 10 ms. */
export const compactionLimits: CompactionLimits = { segments: 1024, bytes: 512_000, chunk: chunkLimit, rewrites: 50_000, bundle: 16_000, pending: 64_000 }

/** What one transaction changes: rows that go and rows that come, holding the same points. */
export interface CompactionPlan {
  readonly runId: number
  /** Numbers of the segments that go. */
  readonly segments: readonly number[]
  readonly removed: readonly number[]
  readonly added: readonly ChunkRow[]
  /** Points that the plan leaves in bundles. */
  readonly bundled: number
  /** The run has more segments than were taken. */
  readonly more: boolean
}

/**
 * Plans the compaction of a run's oldest segments, from a snapshot. Their points join those of the
 * bundles that hold the same keys. A key with a chunk's worth gives it away: points behind the last
 * chunk become whole chunks, points that fall into chunks are merged with them. What is left
 * becomes bundles again.
 */
export async function planCompaction(tx: Reader, runId: number, limits: CompactionLimits = compactionLimits): Promise<CompactionPlan | undefined> {
  const { segments, more } = await readSegments(tx, runId, limits.segments, limits.bytes)
  if (segments.length === 0) return undefined
  const collector = new SegmentCollector()
  for (const [, points] of segments) collector.add(points)
  const removed: number[] = []
  const touched = collector.keyIds
  let untouched = 0
  for (const head of await readBundleHeads(tx, runId)) {
    // Small bundles are taken along, so that few keys at a time do not leave many of them.
    if (head.count < limits.bundle / 4 || touched.some((keyId) => keyId >= head.minKey && keyId <= head.maxKey)) {
      removed.push(head.id)
      collector.add(await readBytes(tx, head.id))
    } else untouched += head.count
  }
  const pending = new Map<number, Points>()
  let total = untouched
  for (const keyId of collector.keyIds) {
    const points = collector.points(keyId)
    pending.set(keyId, points)
    total += points.count
  }
  const added: ChunkRow[] = []
  const least = total > limits.pending ? limits.chunk / 4 : limits.chunk
  const work = { rewrites: limits.rewrites }
  for (const [keyId, points] of pending) {
    if (points.count < least) continue
    const left = await moveToChunks(tx, { runId, keyId, points, least, most: limits.chunk }, work, removed, added)
    if (left === undefined) pending.delete(keyId)
    else pending.set(keyId, left)
  }
  let bundled = untouched
  for (const points of pending.values()) bundled += points.count
  added.push(...makeBundles(pending, limits.bundle))
  return { runId, segments: segments.map(([seq]) => seq), removed, added, bundled, more }
}

interface Move {
  readonly runId: number
  readonly keyId: number
  readonly points: Points
  /** The smallest chunk worth a row. */
  readonly least: number
  /** The largest. */
  readonly most: number
}

/** Answers the points that stay pending. */
async function moveToChunks(
  tx: Reader, { runId, keyId, points, least, most }: Move, work: { rewrites: number }, removed: number[], added: ChunkRow[],
): Promise<Points | undefined> {
  const left: Points[] = []
  const add = (chunk: Points): void => {
    added.push({ keyId, summary: encodeSummary(summarize(chunk)), points: encodeChunk(chunk) })
  }
  for (const piece of joinGaps(makePieces(await readChunkRefs(tx, runId, keyId), points), least, most)) {
    if (piece.points === undefined) continue
    if (piece.chunk !== undefined) {
      if (work.rewrites <= 0) {
        left.push(piece.points)
        continue
      }
      const merged = sortUnique(await openPiece(tx, piece))
      work.rewrites -= merged.count
      removed.push(piece.chunk.id)
      for (const part of cutChunks(merged, most)) add(part)
      continue
    }
    let from = 0
    for (; piece.points.count - from >= most; from += most) add(slice(piece.points, from, from + most))
    if (piece.points.count - from >= least) add(slice(piece.points, from, piece.points.count))
    else if (from < piece.points.count) left.push(slice(piece.points, from, piece.points.count))
  }
  return left.length === 0 ? undefined : concat(left)
}

/**
 * Points between chunks that are too few for a chunk of their own join the chunk before them, and
 * points behind the last chunk do when that one is small. Without this a run whose steps come out
 * of order would end in chunks of a few points.
 */
function joinGaps(pieces: readonly Piece[], least: number, most: number): Piece[] {
  const joined: Piece[] = []
  for (const [index, piece] of pieces.entries()) {
    const before = joined.at(-1)
    const isLast = index === pieces.length - 1
    const small = before?.chunk !== undefined && before.chunk.summary.count < most / 2
    if (piece.chunk === undefined && before?.chunk !== undefined && piece.points!.count < least && (small || !isLast)) {
      joined[joined.length - 1] = { chunk: before.chunk, points: before.points === undefined ? piece.points : concat([before.points, piece.points!]) }
    } else joined.push(piece)
  }
  return joined
}

function makeBundles(pending: ReadonlyMap<number, Points>, size: number): ChunkRow[] {
  const rows: ChunkRow[] = []
  let groups = new Map<number, Points>()
  let count = 0
  const close = (): void => {
    if (count === 0) return
    const keys = [...groups.keys()]
    rows.push({
      keyId: undefined,
      summary: encodeBundleHead({ minKey: keys[0]!, maxKey: keys.at(-1)!, count }),
      points: encodeGroups(groups),
    })
    groups = new Map()
    count = 0
  }
  for (const [keyId, points] of pending) {
    groups.set(keyId, points)
    count += points.count
    if (count >= size) close()
  }
  close()
  return rows
}
