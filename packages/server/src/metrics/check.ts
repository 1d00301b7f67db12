import type { Reader } from '../platform/db/index.ts'
import { bundleKey, decodeBundleHead } from './blocks-store.ts'
import { chunkNumbers, keyExists, latestRows, readChunkRow, readSegment, segmentNumbers } from './check-store.ts'
import { decodeChunk, decodeSummary, encodeSummary, summarize } from './chunk.ts'
import { compareInts, compareSpots, spotAt, storedValue, type Points, type Spot } from './points.ts'
import { segmentGroups } from './segment.ts'

export interface MetricsCheck {
  readonly points: number
  /** A sentence each. */
  readonly problems: readonly string[]
}

/**
 * Reads everything that is stored of a run's metrics: that each block can be decoded, that what stands
 * beside a chunk is what is in it, that chunks do not overlap, and that the latest values are the latest.
 */
export async function checkMetrics(tx: Reader, runId: number): Promise<MetricsCheck> {
  const problems: string[] = []
  const latest = new Map<number, Spot>()
  let count = 0
  const see = (keyId: number, points: Points): void => {
    count += points.count
    for (let at = 0; at < points.count; at += 1) {
      const before = latest.get(keyId)
      // Compared before a spot is made of it: there are millions.
      if (before !== undefined && points.steps[at]! < Number(before.step)) continue
      const spot = spotAt(points, at)
      if (before === undefined || compareSpots(spot, before) > 0) latest.set(keyId, spot)
    }
  }
  const attempt = async (what: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work()
    } catch (error) {
      problems.push(`${what}: ${(error as Error).message}`)
    }
  }
  for (const seq of await segmentNumbers(tx, runId)) {
    await attempt(`segment ${seq}`, async () => {
      for (const [keyId, points] of segmentGroups(await readSegment(tx, seq))) see(keyId, points)
    })
  }
  let previous: { keyId: number; spans: { first: Spot; last: Spot }[] } = { keyId: -1, spans: [] }
  const close = (): void => { if (overlap(previous.spans)) problems.push(`metric ${previous.keyId}: chunks overlap`) }
  for (const [id, keyId] of await chunkNumbers(tx, runId)) {
    await attempt(`chunk ${id}`, async () => {
      const [summary, bytes] = await readChunkRow(tx, id)
      if (keyId === bundleKey) {
        const groups = segmentGroups(bytes)
        const { count: told } = decodeBundleHead(summary)
        const held = [...groups.values()].reduce((sum, points) => sum + points.count, 0)
        if (held !== told) problems.push(`chunk ${id}: it holds ${held} points where ${told} are noted`)
        for (const [key, points] of groups) see(key, points)
        return
      }
      const points = decodeChunk(bytes)
      see(keyId, points)
      if (Buffer.compare(encodeSummary(summarize(points)), summary) !== 0) problems.push(`chunk ${id}: what is noted of it is not what is in it`)
      const { first, last } = decodeSummary(summary)
      if (keyId !== previous.keyId) {
        close()
        previous = { keyId, spans: [] }
      }
      previous.spans.push({ first, last })
    })
  }
  close()
  await checkLatest(tx, runId, latest, problems)
  return { points: count, problems }
}

function overlap(spans: { first: Spot; last: Spot }[]): boolean {
  const sorted = spans.toSorted((a, b) => compareSpots(a.first, b.first))
  return sorted.some(({ first }, at) => at > 0 && compareSpots(sorted[at - 1]!.last, first) >= 0)
}

async function checkLatest(tx: Reader, runId: number, latest: Map<number, Spot>, problems: string[]): Promise<void> {
  for (const [keyId, value, , timestamp, step] of await latestRows(tx, runId)) {
    const found = latest.get(keyId)
    latest.delete(keyId)
    if (!await keyExists(tx, keyId)) problems.push(`metric ${keyId}: it has no name`)
    if (found === undefined) problems.push(`metric ${keyId}: there is a latest value but no point`)
    // Of points that MLflow takes for equal (NaN and 0) the first is the latest.
    else if (compareInts(found.step, step) !== 0 || compareInts(found.timestamp, timestamp) !== 0 || storedValue(found.value) !== value) {
      problems.push(`metric ${keyId}: the latest value is another than that of its points`)
    }
  }
  for (const keyId of latest.keys()) problems.push(`metric ${keyId}: there are points but no latest value`)
}
