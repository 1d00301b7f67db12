import { clampMean, type Curve, type Int64 } from '@cairn/protocol'
import { checkSeal, ColumnReader, ColumnWriter, CorruptBlock, seal } from './columns.ts'
import { slice, spotAt, timestampAt, toBigInts, type Points, type Spot } from './points.ts'

/**
 * A chunk: at most `chunkLimit` points of one run and key, sorted by step, timestamp, value, without
 * exact duplicates. The chunks of a (run, key) do not overlap in that order.
 *
 *   version 2 · checksum (24 bits) · count (uint32) · values (float64) · steps · timestamps
 *
 * The values come first and at a multiple of 8, so that they are read where they lie. Version 1, which
 * was written before, has three zero bytes in place of the checksum.
 */
const version = 2
const unsealed = 1
const headSize = 8

export const chunkLimit = 1000

export function encodeChunk(points: Points): Uint8Array {
  const writer = new ColumnWriter(points.count * 12 + 48)
  writer.bytes(Uint8Array.of(version, 0, 0, 0, points.count, points.count >>> 8, points.count >>> 16, points.count >>> 24))
  writer.doubles(points.values)
  writer.ints(points.steps, points.exact?.steps)
  writer.ints(points.timestamps, points.exact?.timestamps)
  return seal(writer.finish())
}

export function decodeChunk(bytes: Uint8Array): Points {
  const count = chunkCount(bytes)
  const reader = new ColumnReader(bytes, headSize)
  const values = reader.doubles(count)
  const steps = new Float64Array(count)
  const timestamps = new Float64Array(count)
  const exactSteps = reader.ints(count, 0, steps)
  const exactTimestamps = reader.ints(count, 0, timestamps)
  const exact = exactSteps || exactTimestamps
    ? { steps: exactSteps ?? toBigInts(steps), timestamps: exactTimestamps ?? toBigInts(timestamps) }
    : undefined
  return { count, values, steps, timestamps, exact }
}

/** A chunk along one axis, without decoding the other: half the time. By timestamp it is in order only if it is monotone. */
export function decodeCurve(bytes: Uint8Array, axis: 'steps' | 'timestamps'): Curve {
  const count = chunkCount(bytes)
  const reader = new ColumnReader(bytes, headSize)
  const values = reader.doubles(count)
  if (axis === 'timestamps') reader.skipInts(count)
  const xs = new Float64Array(count)
  reader.ints(count, 0, xs)
  return { xs, values }
}

function chunkCount(bytes: Uint8Array): number {
  if (bytes[0] !== version && bytes[0] !== unsealed) throw new CorruptBlock(`a chunk has the unknown version ${bytes[0]}`)
  if (bytes.length < headSize) throw new CorruptBlock('a chunk ends early')
  if (bytes[0] === version) checkSeal(bytes, 'a chunk')
  const count = bytes[4]! + bytes[5]! * 0x100 + bytes[6]! * 0x1_0000 + bytes[7]! * 0x100_0000
  if (bytes.length < headSize + 8 * count) throw new CorruptBlock('a chunk ends early')
  return count
}

/** Sorted points cut into equal parts of at most `limit`. */
export function cutChunks(points: Points, limit = chunkLimit): Points[] {
  const parts = Math.ceil(points.count / limit)
  return Array.from({ length: parts }, (_, part) =>
    slice(points, Math.floor(points.count * part / parts), Math.floor(points.count * (part + 1) / parts)))
}

/** What is known of a chunk without opening it. */
export interface Summary {
  readonly count: number
  readonly first: Spot
  readonly last: Spot
  readonly minTimestamp: Int64
  readonly maxTimestamp: Int64
  /** The order by step is the order by time too. */
  readonly monotone: boolean
  readonly nan: number
  readonly positiveInfinity: number
  readonly negativeInfinity: number
  /** Of the finite points; undefined when there are none. */
  readonly finite: FiniteSummary | undefined
}

export interface FiniteSummary {
  readonly count: number
  /** Rather than the sum, which may overflow. */
  readonly mean: number
  readonly first: Spot
  readonly last: Spot
  /** The first of the smallest, and the first of the greatest. */
  readonly min: Spot
  readonly max: Spot
}

export function summarize(points: Points): Summary {
  const { count, values, timestamps } = points
  let nan = 0, positiveInfinity = 0, negativeInfinity = 0, sum = 0
  let firstFinite = -1, lastFinite = -1, min = -1, max = -1
  let earliest = 0, latest = 0
  let monotone = true
  for (let index = 0; index < count; index += 1) {
    const value = values[index]!
    const timestamp = timestamps[index]!
    if (index > 0 && timestamp < timestamps[index - 1]!) monotone = false
    if (timestamp < timestamps[earliest]!) earliest = index
    if (timestamp > timestamps[latest]!) latest = index
    if (value - value === 0) {
      if (firstFinite < 0) firstFinite = min = max = index
      lastFinite = index
      sum += value
      if (value < values[min]!) min = index
      if (value > values[max]!) max = index
    } else if (value > 0) positiveInfinity += 1
    else if (value < 0) negativeInfinity += 1
    else nan += 1
  }
  if (points.exact !== undefined) {
    // Floats that are equal may hide different integers.
    const exact = points.exact.timestamps
    for (let index = 1; index < count; index += 1) {
      if (exact[index]! < exact[index - 1]!) monotone = false
      if (exact[index]! < exact[earliest]!) earliest = index
      if (exact[index]! > exact[latest]!) latest = index
    }
  }
  const finite = count - nan - positiveInfinity - negativeInfinity
  return {
    count, first: spotAt(points, 0), last: spotAt(points, count - 1),
    minTimestamp: timestampAt(points, earliest), maxTimestamp: timestampAt(points, latest),
    monotone, nan, positiveInfinity, negativeInfinity,
    finite: finite === 0 ? undefined : {
      count: finite, mean: meanOf(values, finite, sum),
      first: spotAt(points, firstFinite), last: spotAt(points, lastFinite), min: spotAt(points, min), max: spotAt(points, max),
    },
  }
}

function meanOf(values: Float64Array, finite: number, sum: number): number {
  if (Number.isFinite(sum)) return sum / finite
  let mean = 0
  for (const value of values) if (Number.isFinite(value)) mean += value / finite
  return clampMean(mean)
}

/**
 *   version 1 · flags · count · counts of NaN, +Infinity, -Infinity · first · last · timestamps' range
 *   and, with finite points: mean · min · max · first and last finite unless they are first and last
 * Integers are zig-zag varints relative to the first point's, or int64 when the flag `wide` is set.
 */
const summaryVersion = 1
const flags = { wide: 1, monotone: 2, finite: 4, firstFinite: 8, lastFinite: 16 } as const
const relativeLimit = 2 ** 50

export function encodeSummary(summary: Summary): Uint8Array {
  const { first, last, finite } = summary
  const spots = finite === undefined ? [last] : [last, finite.min, finite.max, finite.first, finite.last]
  const wide = [first, ...spots].some(({ step, timestamp }) => isWide(step) || isWide(timestamp))
    || isWide(summary.minTimestamp) || isWide(summary.maxTimestamp)
  const ownFirst = finite !== undefined && !sameSpot(finite.first, first)
  const ownLast = finite !== undefined && !sameSpot(finite.last, last)
  const writer = new ColumnWriter(192)
  const int = (value: Int64, base: Int64): void => {
    if (wide) writer.bytes(new Uint8Array(BigInt64Array.of(BigInt(value)).buffer))
    else writer.zigzag((value as number) - (base as number))
  }
  const spot = ({ step, timestamp, value }: Spot): void => {
    int(step, first.step)
    int(timestamp, first.timestamp)
    writer.doubles(Float64Array.of(value))
  }
  writer.byte(summaryVersion)
  writer.byte((wide ? flags.wide : 0) | (summary.monotone ? flags.monotone : 0) | (finite ? flags.finite : 0)
    | (ownFirst ? flags.firstFinite : 0) | (ownLast ? flags.lastFinite : 0))
  writer.varint(summary.count)
  writer.varint(summary.nan)
  writer.varint(summary.positiveInfinity)
  writer.varint(summary.negativeInfinity)
  int(first.step, 0)
  int(first.timestamp, 0)
  writer.doubles(Float64Array.of(first.value))
  spot(last)
  int(summary.minTimestamp, first.timestamp)
  int(summary.maxTimestamp, first.timestamp)
  if (finite !== undefined) {
    writer.doubles(Float64Array.of(finite.mean))
    spot(finite.min)
    spot(finite.max)
    if (ownFirst) spot(finite.first)
    if (ownLast) spot(finite.last)
  }
  return writer.finish()
}

export function decodeSummary(bytes: Uint8Array): Summary {
  const reader = new ColumnReader(bytes)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const found = reader.byte()
  if (found !== summaryVersion) throw new CorruptBlock(`a chunk's summary has the unknown version ${found}`)
  const flag = reader.byte()
  const wide = (flag & flags.wide) !== 0
  const int = (base: Int64): Int64 => {
    if (!wide) return reader.zigzag() + (base as number)
    const value = view.getBigInt64(reader.at, true)
    reader.at += 8
    const number = Number(value)
    return Number.isSafeInteger(number) ? number : value
  }
  const double = (): number => {
    reader.at += 8
    return view.getFloat64(reader.at - 8, true)
  }
  const count = reader.varint()
  const nan = reader.varint()
  const positiveInfinity = reader.varint()
  const negativeInfinity = reader.varint()
  const first = { step: int(0), timestamp: int(0), value: double() }
  const spot = (): Spot => ({ step: int(first.step), timestamp: int(first.timestamp), value: double() })
  const last = spot()
  const minTimestamp = int(first.timestamp)
  const maxTimestamp = int(first.timestamp)
  let finite: FiniteSummary | undefined
  if ((flag & flags.finite) !== 0) {
    const mean = double()
    const min = spot()
    const max = spot()
    finite = {
      count: count - nan - positiveInfinity - negativeInfinity, mean, min, max,
      first: (flag & flags.firstFinite) !== 0 ? spot() : first,
      last: (flag & flags.lastFinite) !== 0 ? spot() : last,
    }
  }
  return { count, first, last, minTimestamp, maxTimestamp, monotone: (flag & flags.monotone) !== 0, nan, positiveInfinity, negativeInfinity, finite }
}

const isWide = (value: Int64): boolean => typeof value === 'bigint' || value > relativeLimit || value < -relativeLimit

const sameSpot = (a: Spot, b: Spot): boolean => a.step === b.step && a.timestamp === b.timestamp && Object.is(a.value, b.value)
