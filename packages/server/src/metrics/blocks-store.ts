import { inLists, type Reader, type Writer } from '../platform/db/index.ts'
import { decodeChunk, decodeSummary, type Summary } from './chunk.ts'
import { SegmentCollector } from './collector.ts'
import { ColumnReader, ColumnWriter } from './columns.ts'
import { compareSpots, noPoints, type Points } from './points.ts'

/** The key under which `metric_chunks` holds bundles. */
export const bundleKey = 0

export interface ChunkRef {
  readonly id: number
  readonly summary: Summary
}

/** What is read of several runs takes one question for all: a database elsewhere takes a round trip for each. */
type ByRun<T> = ReadonlyMap<number, T>

/** The chunks of a (run, key), in order. */
export const readChunkRefs = async (tx: Reader, runId: number, keyId: number): Promise<readonly ChunkRef[]> => (await readChunkRefsOf(tx, [runId], [keyId])).get(runId)?.get(keyId) ?? []

/** The same of several keys of several runs, by run and key; nothing stands for none. */
export async function readChunkRefsOf(tx: Reader, runIds: readonly number[], keyIds: readonly number[]): Promise<ByRun<ReadonlyMap<number, readonly ChunkRef[]>>> {
  const found = new Map<number, Map<number, ChunkRef[]>>()
  for (const [runId, keyId, id, summary] of await readSummaries(tx, runIds, keyIds)) {
    const ofRun = found.get(runId) ?? new Map<number, ChunkRef[]>()
    found.set(runId, ofRun)
    const refs = ofRun.get(keyId) ?? []
    ofRun.set(keyId, refs)
    refs.push({ id, summary: decodeSummary(summary) })
  }
  for (const ofRun of found.values()) for (const refs of ofRun.values()) refs.sort((a, b) => compareSpots(a.summary.first, b.summary.first))
  return found
}

type SummaryRow = [runId: number, keyId: number, id: number, summary: Uint8Array]

/** In the order of ids within each run and key. */
async function readSummaries(tx: Reader, runIds: readonly number[], keyIds: readonly number[]): Promise<SummaryRow[]> {
  const rows: SummaryRow[] = []
  for (const runs of inLists(runIds)) {
    for (const keys of inLists(keyIds)) {
      const found = await tx.rows<SummaryRow>(`SELECT run_id, key_id, id, summary FROM metric_chunks WHERE run_id IN ${runs.sql} AND key_id IN ${keys.sql} ORDER BY id`, [...runs.params, ...keys.params])
      // There may be more than a call takes arguments.
      for (const row of found) rows.push(row)
    }
  }
  return rows
}

export const readChunk = async (tx: Reader, id: number): Promise<Points> => decodeChunk(await readBytes(tx, id))

/** The bytes of a chunk or bundle. */
export async function readBytes(tx: Reader, id: number): Promise<Uint8Array> {
  const row = (await tx.rows<[Uint8Array]>('SELECT points FROM metric_chunks WHERE id = ?', [id]))[0]
  if (row === undefined) throw gone(id)
  return row[0]
}

/** The same of several, of some 8 kB each: `blobsAtOnce` of the dialect says of how many. */
export async function readChunkBytes(tx: Reader, ids: readonly number[]): Promise<ReadonlyMap<number, Uint8Array>> {
  if (ids.length === 1) return new Map([[ids[0]!, await readBytes(tx, ids[0]!)]])
  const bytes = new Map<number, Uint8Array>()
  for (const { sql, params } of inLists(ids)) {
    for (const [id, points] of await tx.rows<[number, Uint8Array]>(`SELECT id, points FROM metric_chunks WHERE id IN ${sql}`, params)) bytes.set(id, points)
  }
  for (const id of ids) if (!bytes.has(id)) throw gone(id)
  return bytes
}

const gone = (id: number): Error => new Error(`Chunk ${id} of the metric store is gone: its reader had no snapshot.`)

/** A bundle row's summary: which keys it may hold, and how many points. */
export interface BundleHead {
  readonly minKey: number
  readonly maxKey: number
  readonly count: number
}

export function encodeBundleHead(head: BundleHead): Uint8Array {
  const writer = new ColumnWriter(24)
  writer.varint(head.minKey)
  writer.varint(head.maxKey)
  writer.varint(head.count)
  return writer.finish()
}

export function decodeBundleHead(summary: Uint8Array): BundleHead {
  const reader = new ColumnReader(summary)
  return { minKey: reader.varint(), maxKey: reader.varint(), count: reader.varint() }
}

export async function readBundleHeads(tx: Reader, runId: number): Promise<(BundleHead & { id: number })[]> {
  return (await readSummaries(tx, [runId], [bundleKey])).map(([, , id, summary]) => ({ id, ...decodeBundleHead(summary) }))
}

/**
 * Finds a run's segments with the index that holds them by stretches of 4096: in front of a statement on
 * `metric_segments`, whose condition begins with `ofRun`. Stretches without a segment cost nothing. What
 * it says of the numbers besides it says of `+seq`, which is in no index: those of other runs lie between.
 */
export const stretches = `WITH RECURSIVE stretches (at) AS (
  SELECT (SELECT MIN(seq) FROM metric_segments) >> 12
  UNION ALL SELECT (SELECT MIN(seq) FROM metric_segments WHERE seq >= (at + 1) << 12) >> 12 FROM stretches WHERE at IS NOT NULL)`
const inStretches = 'seq >> 12 IN (SELECT at FROM stretches)'
/** One `?`: the run. */
export const ofRun = `${inStretches} AND run_id = ?`

/** A run's points that are in no chunk yet, read once for however many keys. */
export interface Pending {
  /** Sorted by step, timestamp, value; without exact duplicates. */
  of(keyId: number): Points
}

const nothingPending: Pending = { of: () => noPoints }

export const readPending = async (tx: Reader, runId: number, keyIds: readonly number[]): Promise<Pending> => (await readPendingOf(tx, [runId], keyIds)).get(runId) ?? nothingPending

/** The same of several runs; nothing stands for none. */
export async function readPendingOf(tx: Reader, runIds: readonly number[], keyIds: readonly number[]): Promise<ByRun<Pending>> {
  const collectors = new Map<number, SegmentCollector>()
  const add = (runId: number, block: Uint8Array): void => {
    // Of one key only its points are decoded; for several, every block is read once.
    const collector = collectors.get(runId) ?? new SegmentCollector(keyIds.length === 1 ? keyIds[0] : undefined)
    collectors.set(runId, collector)
    collector.add(block)
  }
  const bundles = (await readSummaries(tx, runIds, [bundleKey])).flatMap(([runId, , id, summary]) => {
    const { minKey, maxKey } = decodeBundleHead(summary)
    return keyIds.some((keyId) => keyId >= minKey && keyId <= maxKey) ? [{ runId, id }] : []
  })
  const { blobsAtOnce } = tx.dialect
  for (let from = 0; from < bundles.length; from += blobsAtOnce) {
    const some = bundles.slice(from, from + blobsAtOnce)
    const bytes = await readChunkBytes(tx, some.map(({ id }) => id))
    for (const { runId, id } of some) add(runId, bytes.get(id)!)
  }
  for (const { sql, params } of inLists(runIds)) {
    for (const [runId, points] of await tx.rows<[number, Uint8Array]>(`${stretches} SELECT run_id, points FROM metric_segments WHERE ${inStretches} AND run_id IN ${sql} ORDER BY +seq`, params)) add(runId, points)
  }
  return new Map([...collectors].map(([runId, collector]) => [runId, { of: (keyId) => collector.points(keyId) }]))
}

/** A run's oldest segments with their numbers, up to a number and a size, and whether there are more. */
export async function readSegments(tx: Reader, runId: number, limit: number, bytes: number): Promise<{ segments: [seq: number, points: Uint8Array][]; more: boolean }> {
  const segments: [number, Uint8Array][] = []
  let size = 0
  for (let after = -1; ;) {
    const rows = await tx.rows<[number, Uint8Array]>(
      `${stretches} SELECT seq, points FROM metric_segments WHERE ${ofRun} AND +seq > ? ORDER BY +seq LIMIT ?`, [runId, after, segmentsAtOnce])
    for (const row of rows) {
      if (segments.length === limit || size >= bytes) return { segments, more: true }
      segments.push(row)
      size += row[1].length
      after = row[0]
    }
    if (rows.length < segmentsAtOnce) return { segments, more: false }
  }
}

/** Segments may be large, so they are fetched a few at a time until there are enough bytes. */
const segmentsAtOnce = 128

/** A row to be of `metric_chunks`; without a key it is a bundle. */
export interface ChunkRow {
  readonly keyId: number | undefined
  readonly summary: Uint8Array
  readonly points: Uint8Array
}

/**
 * Exchanges the rows of a plan, or answers false and changes nothing when the plan is stale: another
 * server has compacted the run, or the run was deleted. Segments that have come since are not touched.
 */
export async function exchangeRows(
  tx: Writer, runId: number, segments: readonly number[], removed: readonly number[], added: readonly ChunkRow[],
): Promise<boolean> {
  // By their numbers, one after the other: to look for them by the run took PostgreSQL, whose index of numbers is full
  // of those that are gone, some 5 ms a run while everybody waited.
  const lists = [...inLists(segments)]
  let count = 0
  for (const { sql, params } of lists) count += (await tx.rows<[number]>(`SELECT COUNT(*) FROM metric_segments WHERE seq IN ${sql} AND run_id = ?`, [...params, runId]))[0]![0]
  if (count !== segments.length) return false
  let change = 0
  for (const id of removed) {
    const [row] = await tx.rows<[number, Uint8Array]>('SELECT key_id, summary FROM metric_chunks WHERE id = ? AND run_id = ?', [id, runId])
    if (row === undefined) return false
    change -= pointsIn(...row)
  }
  for (const { keyId, summary } of added) change += pointsIn(keyId ?? bundleKey, summary)
  await changeCount(tx, runId, change)
  for (const { sql, params } of lists) await tx.run(`DELETE FROM metric_segments WHERE seq IN ${sql}`, params)
  for (const id of removed) await tx.run('DELETE FROM metric_chunks WHERE id = ?', [id])
  for (const { keyId, summary, points } of added) {
    await tx.run('INSERT INTO metric_chunks (run_id, key_id, summary, points) VALUES (?, ?, ?, ?)', [runId, keyId ?? bundleKey, summary, points])
  }
  return true
}

/** How many points a row of `metric_chunks` holds, by its key and summary. */
export const pointsIn = (keyId: number, summary: Uint8Array): number => (keyId === bundleKey ? decodeBundleHead(summary) : decodeSummary(summary)).count

/**
 * Before the rows of a compaction are exchanged. A run whose chunks are older than these counts has none
 * yet; it is counted as a whole by `countMissing`.
 */
const changeCount = (tx: Writer, runId: number, change: number) => tx.run(
  `INSERT INTO metric_counts (run_id, points) SELECT CAST(? AS BIGINT), CAST(? AS BIGINT)
  WHERE EXISTS (SELECT 1 FROM metric_counts WHERE run_id = ?) OR NOT EXISTS (SELECT 1 FROM metric_chunks WHERE run_id = ?)
  ON CONFLICT (run_id) DO UPDATE SET points = metric_counts.points + excluded.points`, [runId, change, runId, runId])

/** Runs with segments numbered above `after`: how many, how many bytes, and the last one's number. */
export async function readNewSegments(tx: Reader, after: number): Promise<[runId: number, segments: number, bytes: number, lastSeq: number][]> {
  return tx.rows<[number, number, number, number]>(
    'SELECT run_id, COUNT(*), SUM(LENGTH(points)), MAX(seq) FROM metric_segments WHERE seq > ? GROUP BY 1 ORDER BY 1', [after])
}

export async function lastSegment(tx: Reader): Promise<number> {
  return (await tx.rows<[number | null]>('SELECT MAX(seq) FROM metric_segments'))[0]?.[0] ?? 0
}
