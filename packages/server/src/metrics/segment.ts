import type { Int64 } from '@cairn/protocol'
import { checkSeal, ColumnReader, ColumnWriter, CorruptBlock, seal } from './columns.ts'
import { byStep, concat, makePoints, spotAt, storedValue, toBigInts, type Points } from './points.ts'

/**
 * A segment: points of one run and any number of keys, grouped by key in order of arrival.
 *
 *   version 1 · key count · key ids · body
 *   body: point count of each key · steps · timestamps · values (float64, little-endian)
 *
 * One that compaction makes begins with version 2 and a checksum (24 bits) of all that follows; what a request
 * brought has none, for the seconds until compaction: of a single point it would be three of its 24 bytes.
 *
 * The body does not know key ids, so that the thread that received the request can encode it and
 * the writer only puts the ids in front.
 */
const version = 1
const sealed = 2

export interface LoggedPoint {
  readonly key: string
  readonly value: number
  /** Milliseconds since the epoch. */
  readonly timestamp: Int64
  readonly step?: Int64 | undefined
}

/** One logging request's points, ready for the writer; survives `structuredClone`. */
export interface PackedPoints {
  readonly keys: readonly string[]
  readonly body: Uint8Array
  /** Of each key, the point with the greatest (step, timestamp, value): the latest, if nothing stored is later. */
  readonly latest: {
    readonly steps: readonly Int64[]
    readonly timestamps: readonly Int64[]
    readonly values: readonly number[]
  }
  readonly count: number
}

export function packPoints(logged: readonly LoggedPoint[]): PackedPoints {
  const count = logged.length
  const keys: string[] = []
  const sizes: number[] = []
  const keyOf = new Uint32Array(count)
  const known = new Map<string, number>()
  let exact = false
  for (let index = 0; index < count; index += 1) {
    const point = logged[index]!
    let key = known.get(point.key)
    if (key === undefined) {
      known.set(point.key, key = keys.length)
      keys.push(point.key)
      sizes.push(0)
    }
    keyOf[index] = key
    sizes[key]! += 1
    if (typeof point.step === 'bigint' || typeof point.timestamp === 'bigint') exact = true
  }
  const next = new Uint32Array(keys.length)
  for (let key = 1; key < keys.length; key += 1) next[key] = next[key - 1]! + sizes[key - 1]!
  const points = makePoints(count, exact)
  for (let index = 0; index < count; index += 1) {
    const point = logged[index]!
    const at = next[keyOf[index]!]!++
    const step = point.step ?? 0
    points.steps[at] = Number(step)
    points.timestamps[at] = Number(point.timestamp)
    // SQLite has no -0 either; with it here two duplicates would differ.
    points.values[at] = point.value + 0
    if (points.exact !== undefined) {
      points.exact.steps[at] = BigInt(step)
      points.exact.timestamps[at] = BigInt(point.timestamp)
    }
  }
  return { keys, body: encodeBody(sizes, points), latest: latestOf(sizes, points), count }
}

function latestOf(sizes: readonly number[], points: Points): PackedPoints['latest'] {
  const steps: Int64[] = []
  const timestamps: Int64[] = []
  const values: number[] = []
  let from = 0
  for (const size of sizes) {
    let best = from
    for (let index = from + 1; index < from + size; index += 1) {
      // MLflow keeps the first of those that are equal to it: NaN against 0.
      if (byStep(points, index, points, best) > 0 && !sameStored(points, index, best)) best = index
    }
    const spot = spotAt(points, best)
    steps.push(spot.step)
    timestamps.push(spot.timestamp)
    values.push(spot.value)
    from += size
  }
  return { steps, timestamps, values }
}

const sameStored = (points: Points, a: number, b: number): boolean =>
  points.steps[a] === points.steps[b] && points.timestamps[a] === points.timestamps[b]
  && storedValue(points.values[a]!) === storedValue(points.values[b]!)
  && (points.exact === undefined
    || (points.exact.steps[a] === points.exact.steps[b] && points.exact.timestamps[a] === points.exact.timestamps[b]))

function encodeBody(sizes: readonly number[], points: Points): Uint8Array {
  const writer = new ColumnWriter(points.count * 12 + sizes.length * 2 + 48)
  for (const size of sizes) writer.varint(size)
  writer.ints(points.steps, points.exact?.steps)
  writer.ints(points.timestamps, points.exact?.timestamps)
  writer.doubles(points.values)
  return writer.finish()
}

export function encodeSegment(keyIds: readonly number[], body: Uint8Array): Uint8Array {
  const writer = new ColumnWriter(keyIds.length * 4 + body.length + 12)
  writer.byte(version)
  return encodeRest(writer, keyIds, body)
}

function encodeRest(writer: ColumnWriter, keyIds: readonly number[], body: Uint8Array): Uint8Array<ArrayBuffer> {
  writer.varint(keyIds.length)
  for (const id of keyIds) writer.varint(id)
  writer.bytes(body)
  return writer.finish()
}

/** A segment of points that are already grouped, as compaction makes it. */
export function encodeGroups(groups: ReadonlyMap<number, Points>): Uint8Array {
  const parts = [...groups.values()]
  const body = encodeBody(parts.map((part) => part.count), concat(parts))
  const writer = new ColumnWriter(groups.size * 4 + body.length + 15)
  writer.bytes(Uint8Array.of(sealed, 0, 0, 0))
  return seal(encodeRest(writer, [...groups.keys()], body))
}

export interface SegmentHead {
  readonly keyIds: Float64Array
  readonly counts: Float64Array
  readonly total: number
  /** Where the columns begin. */
  readonly columns: number
}

export function readHead(bytes: Uint8Array): SegmentHead {
  const found = bytes[0]
  if (found !== version && found !== sealed) throw new CorruptBlock(`a segment has the unknown version ${found}`)
  if (found === sealed) checkSeal(bytes, 'a segment')
  const reader = new ColumnReader(bytes, found === sealed ? 4 : 1)
  const keyCount = reader.varint()
  if (keyCount > bytes.length) throw new CorruptBlock('a segment names more keys than it has room for')
  const keyIds = new Float64Array(keyCount)
  const counts = new Float64Array(keyCount)
  for (let index = 0; index < keyCount; index += 1) keyIds[index] = reader.varint()
  let total = 0
  for (let index = 0; index < keyCount; index += 1) total += counts[index] = reader.varint()
  return { keyIds, counts, total, columns: reader.at }
}

/** The points of one key, in order of arrival; undefined when the segment has none. */
export function segmentPoints(bytes: Uint8Array, keyId: number): Points | undefined {
  const head = readHead(bytes)
  const index = head.keyIds.indexOf(keyId)
  if (index < 0) return undefined
  let from = 0
  for (let before = 0; before < index; before += 1) from += head.counts[before]!
  return readColumns(bytes, head, from, head.counts[index]!)
}

/** How many points it holds. */
export const segmentSize = (bytes: Uint8Array): number => readHead(bytes).total

/** The points of every key. */
export function segmentGroups(bytes: Uint8Array): Map<number, Points> {
  const head = readHead(bytes)
  const all = readColumns(bytes, head, 0, head.total)
  const groups = new Map<number, Points>()
  let from = 0
  for (let index = 0; index < head.keyIds.length; index += 1) {
    const to = from + head.counts[index]!
    groups.set(head.keyIds[index]!, {
      count: to - from,
      steps: all.steps.subarray(from, to),
      timestamps: all.timestamps.subarray(from, to),
      values: all.values.subarray(from, to),
      exact: all.exact && { steps: all.exact.steps.subarray(from, to), timestamps: all.exact.timestamps.subarray(from, to) },
    })
    from = to
  }
  return groups
}

function readColumns(bytes: Uint8Array, head: SegmentHead, from: number, count: number): Points {
  const reader = new ColumnReader(bytes, head.columns)
  const steps = new Float64Array(count)
  const timestamps = new Float64Array(count)
  const exactSteps = reader.ints(head.total, from, steps)
  const exactTimestamps = reader.ints(head.total, from, timestamps)
  const values = reader.doubles(head.total, from, count)
  const exact = exactSteps || exactTimestamps
    ? { steps: exactSteps ?? toBigInts(steps), timestamps: exactTimestamps ?? toBigInts(timestamps) }
    : undefined
  return { count, steps, timestamps, values, exact }
}
