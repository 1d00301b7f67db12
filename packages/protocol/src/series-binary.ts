import { nonFiniteValues, type Column, type NonFiniteValue, type Series, type SeriesBuckets, type SeriesExtremes } from './series.ts'

/**
 * The compact form of series: 51 bytes for a bucket (31 with float32) where JSON takes 135; of its
 * extremes alone 21 (13 and less).
 *
 *   "CSER" · version 1 · flags (1: values are float32, else float64) · series … · 0
 *   series: byte length · run id · key · kind (1: buckets, 8: extremes, else points; 2 added: x as float64;
 *     4 added: a smoothed line; 16 added: values as float64, whatever the head says) · count
 *     · number of non-finite entries, their x, their values (0 NaN, 1 Infinity, 2 -Infinity), their counts
 *   points: number · x · values
 *   buckets: from (float64) · width (float64) · number · indices · counts · x of first · values of first
 *     · for the buckets of more than one point: x of last, min and max · values of last, min, max and mean
 *   extremes: number · of each its count, x of first less x of the last before, and when there are more
 *     points x of last, min and max less x of first (varints without a sign) · values of min · values of
 *     max of the buckets of more than one point · value of the line's first point · of its last
 *   a smoothed line, behind the points, buckets or extremes: number · x · values
 *
 * Integers are varints (LEB128), strings are their byte length and UTF-8, lists of x are zig-zag
 * differences, indices differences, the x of last, min and max are offsets from the x of first.
 */
const magic = [0x43, 0x53, 0x45, 0x52]
const version = 1
const float32Flag = 1
const kinds = { buckets: 1, wide: 2, smooth: 4, extremes: 8, double: 16 } as const
/** Differences of larger x do not fit a double. */
const wideLimit = 2 ** 50

export type Precision = 'float64' | 'float32'

/** What stands in front of the first series. */
export const seriesHead = (precision: Precision): Uint8Array<ArrayBuffer> =>
  Uint8Array.of(...magic, version, precision === 'float32' ? float32Flag : 0)

/** What stands behind the last one. */
export const seriesEnd = (): Uint8Array<ArrayBuffer> => Uint8Array.of(0)

export function encodeSeries(series: Series, precision: Precision): Uint8Array<ArrayBuffer> {
  const { points, buckets, extremes, smooth, non_finite: nonFinite } = series
  const size = ((points?.x.length ?? 0) + (smooth?.x.length ?? 0)) * 17 + (buckets?.index.length ?? extremes?.count.length ?? 0) * 96 + nonFinite.x.length * 18 + series.run_id.length * 3 + series.key.length * 3 + 80
  const double = precision === 'float32' && !fitsFloat32(series)
  const writer = new Writer(size, double ? 'float64' : precision)
  const wide = [nonFinite.x, points?.x, buckets && [buckets.from, buckets.from + buckets.width * (1 + last(buckets.index))], extremes && [extremes.first_x[0] ?? 0, last(extremes.last_x)]]
    .some((xs) => xs !== undefined && someWide(xs))
  writer.wide = wide
  writer.text(series.run_id)
  writer.text(series.key)
  writer.byte((buckets === undefined ? 0 : kinds.buckets) | (extremes === undefined ? 0 : kinds.extremes) | (wide ? kinds.wide : 0) | (smooth === undefined ? 0 : kinds.smooth) | (double ? kinds.double : 0))
  writer.varint(series.count)
  writer.varint(nonFinite.x.length)
  writer.xs(nonFinite.x)
  for (const value of nonFinite.value) writer.byte(nonFiniteValues.indexOf(value))
  writer.counts(nonFinite.count)
  if (buckets !== undefined) encodeBuckets(writer, buckets)
  else if (extremes !== undefined) encodeExtremes(writer, extremes)
  else if (points !== undefined) {
    writer.varint(points.x.length)
    writer.xs(points.x)
    writer.values(points.value)
  }
  if (smooth !== undefined) {
    writer.varint(smooth.x.length)
    writer.xs(smooth.x)
    writer.values(smooth.value)
  }
  const block = writer.finish()
  const head = new Writer(8, precision)
  head.varint(block.length)
  const all = new Uint8Array(head.at + block.length)
  all.set(head.finish())
  all.set(block, head.at)
  return all
}

function encodeBuckets(writer: Writer, buckets: SeriesBuckets): void {
  const { index, count, first_x: firstX } = buckets
  writer.float64(buckets.from)
  writer.float64(buckets.width)
  writer.varint(index.length)
  let previous = 0
  for (let at = 0; at < index.length; at += 1) {
    writer.varint(index[at]! - previous)
    previous = index[at]!
  }
  writer.counts(count)
  writer.xs(firstX)
  writer.values(buckets.first)
  for (const column of [buckets.last_x, buckets.min_x, buckets.max_x]) {
    for (let at = 0; at < index.length; at += 1) {
      if (count[at]! > 1) writer.offset(column[at]!, firstX[at]!)
    }
  }
  for (const column of [buckets.last, buckets.min, buckets.max, buckets.mean]) {
    for (let at = 0; at < index.length; at += 1) if (count[at]! > 1) writer.value(column[at]!)
  }
}

function encodeExtremes(writer: Writer, extremes: SeriesExtremes): void {
  const { count, first_x: firstX, min, max } = extremes
  writer.varint(count.length)
  let before = 0
  for (let at = 0; at < count.length; at += 1) {
    const x = firstX[at]!
    writer.varint(count[at]!)
    writer.offset(x, before)
    if (count[at]! > 1) for (const column of [extremes.last_x, extremes.min_x, extremes.max_x]) writer.behind(column[at]!, x)
    before = extremes.last_x[at]!
  }
  writer.values(min)
  for (let at = 0; at < count.length; at += 1) if (count[at]! > 1) writer.value(max[at]!)
  writer.value(extremes.first)
  writer.value(extremes.last)
}

/** Reads what `getSeries` answers with `format: 'binary'`. Throws `RangeError` for bytes that are not whole. */
export function decodeSeries(bytes: Uint8Array): Series[] {
  if (bytes.length < 6 || magic.some((byte, index) => bytes[index] !== byte)) throw new RangeError('These bytes are not series.')
  if (bytes[4] !== version) throw new RangeError(`Series of version ${bytes[4]} cannot be read; this is version ${version}.`)
  const reader = new Reader(bytes, 6, (bytes[5]! & float32Flag) !== 0)
  const all: Series[] = []
  for (;;) {
    const size = reader.varint()
    if (size === 0) return all
    all.push(decodeOne(reader))
  }
}

function decodeOne(reader: Reader): Series {
  const runId = reader.text()
  const key = reader.text()
  const kind = reader.byte()
  reader.wide = (kind & kinds.wide) !== 0
  reader.double = (kind & kinds.double) !== 0
  const count = reader.varint()
  const others = reader.varint()
  const nonFinite = {
    x: reader.xs(others),
    value: Array.from({ length: others }, (): NonFiniteValue => nonFiniteValues[reader.byte()]!),
    count: reader.counts(others),
  }
  const base = { run_id: runId, key, count, non_finite: nonFinite }
  const body = (kind & kinds.buckets) !== 0 ? { buckets: decodeBuckets(reader) } : (kind & kinds.extremes) !== 0 ? { extremes: decodeExtremes(reader) } : { points: decodePoints(reader) }
  return { ...base, ...body, ...((kind & kinds.smooth) !== 0 && { smooth: decodePoints(reader) }) }
}

function decodePoints(reader: Reader): { x: Float64Array; value: Float64Array } {
  const length = reader.varint()
  return { x: reader.xs(length), value: reader.values(length) }
}

function decodeBuckets(reader: Reader): SeriesBuckets {
  const from = reader.float64()
  const width = reader.float64()
  const length = reader.varint()
  const index = new Float64Array(reader.checked(length))
  for (let at = 0, value = 0; at < length; at += 1) index[at] = value += reader.varint()
  const count = reader.counts(length)
  const firstX = reader.xs(length)
  const first = reader.values(length)
  const offsets = (): Float64Array => firstX.map((x, at) => (count[at]! > 1 ? reader.offset(x) : x))
  const lastX = offsets()
  const minX = offsets()
  const maxX = offsets()
  const values = (): Float64Array => first.map((value, at) => (count[at]! > 1 ? reader.value() : value))
  const lastValues = values()
  const min = values()
  const max = values()
  const mean = values()
  return { from, width, index, count, mean, min, min_x: minX, max, max_x: maxX, first, first_x: firstX, last: lastValues, last_x: lastX }
}

function decodeExtremes(reader: Reader): SeriesExtremes {
  const length = reader.varint()
  const column = (): Float64Array => new Float64Array(reader.checked(length))
  const [count, firstX, lastX, minX, maxX] = [column(), column(), column(), column(), column()]
  for (let at = 0, before = 0; at < length; at += 1) {
    const many = (count[at] = reader.varint()) > 1
    const x = firstX[at] = reader.offset(before)
    before = lastX[at] = many ? reader.behind(x) : x
    minX[at] = many ? reader.behind(x) : x
    maxX[at] = many ? reader.behind(x) : x
  }
  const min = reader.values(length)
  const max = min.map((value, at) => (count[at]! > 1 ? reader.value() : value))
  return { count, min, min_x: minX, max, max_x: maxX, first_x: firstX, last_x: lastX, first: reader.value(), last: reader.value() }
}

/** A picture shows no part of its height that is smaller than one of so many. */
const seenParts = 4096

/**
 * Whether values may be rounded to float32. Where they lie close together far from 0 (times, what has converged),
 * are smaller or larger than float32 knows, a line through the rounded ones would be another.
 */
function fitsFloat32({ points, smooth, buckets, extremes }: Series): boolean {
  let [low, high, error] = [Infinity, -Infinity, 0]
  for (const column of [points?.value, smooth?.value, buckets?.min, buckets?.max, extremes?.min, extremes?.max]) {
    for (let at = 0; column !== undefined && at < column.length; at += 1) {
      const value = column[at]!
      if (value < low) low = value
      if (value > high) high = value
      const off = Math.abs(value - Math.fround(value))
      if (off > error) error = off
    }
  }
  return error === 0 || (error < Infinity && error <= high / seenParts - low / seenParts)
}

const last = (column: Column): number => (column.length === 0 ? 0 : column[column.length - 1]!)

function someWide(xs: Column): boolean {
  for (let at = 0; at < xs.length; at += 1) if (!(Math.abs(xs[at]!) <= wideLimit) || !Number.isInteger(xs[at]!)) return true
  return false
}

class Writer {
  readonly #bytes: Uint8Array<ArrayBuffer>
  readonly #view: DataView
  readonly #float32: boolean
  at = 0
  wide = false

  constructor(size: number, precision: Precision) {
    this.#bytes = new Uint8Array(size)
    this.#view = new DataView(this.#bytes.buffer)
    this.#float32 = precision === 'float32'
  }

  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.at)
  }

  byte(value: number): void {
    this.#bytes[this.at++] = value
  }

  varint(value: number): void {
    let rest = value
    while (rest >= 0x80) {
      this.#bytes[this.at++] = (rest % 0x80) | 0x80
      rest = Math.floor(rest / 0x80)
    }
    this.#bytes[this.at++] = rest
  }

  float64(value: number): void {
    this.#view.setFloat64(this.at, value, true)
    this.at += 8
  }

  value(value: number): void {
    if (!this.#float32) return this.float64(value)
    this.#view.setFloat32(this.at, value, true)
    this.at += 4
  }

  values(column: Column): void {
    for (let at = 0; at < column.length; at += 1) this.value(column[at]!)
  }

  counts(column: Column): void {
    for (let at = 0; at < column.length; at += 1) this.varint(column[at]!)
  }

  xs(column: Column): void {
    let previous = 0
    for (let at = 0; at < column.length; at += 1) {
      this.offset(column[at]!, previous)
      previous = column[at]!
    }
  }

  offset(x: number, from: number): void {
    if (this.wide) return this.float64(x)
    const difference = x - from
    this.varint(difference < 0 ? -2 * difference - 1 : 2 * difference)
  }

  /** An x that is at `from` or beyond it. */
  behind(x: number, from: number): void {
    if (this.wide) this.float64(x)
    else this.varint(x - from)
  }

  text(text: string): void {
    const bytes = new TextEncoder().encode(text)
    this.varint(bytes.length)
    this.#bytes.set(bytes, this.at)
    this.at += bytes.length
  }
}

class Reader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #float32: boolean
  at: number
  wide = false
  /** Whether the values are float64, whatever the head says. */
  double = false

  constructor(bytes: Uint8Array, at: number, float32: boolean) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#float32 = float32
    this.at = at
  }

  /** A length, which is never more than there are bytes left. */
  checked(length: number): number {
    if (length > this.#bytes.length - this.at) throw new RangeError('These series end early.')
    return length
  }

  byte(): number {
    return this.#view.getUint8(this.at++)
  }

  varint(): number {
    let value = 0
    for (let scale = 1; ; scale *= 0x80) {
      const byte = this.byte()
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
    }
  }

  float64(): number {
    this.at += 8
    return this.#view.getFloat64(this.at - 8, true)
  }

  value(): number {
    if (!this.#float32 || this.double) return this.float64()
    this.at += 4
    return this.#view.getFloat32(this.at - 4, true)
  }

  values(length: number): Float64Array {
    const column = new Float64Array(this.checked(length))
    for (let at = 0; at < length; at += 1) column[at] = this.value()
    return column
  }

  counts(length: number): Float64Array {
    const column = new Float64Array(this.checked(length))
    for (let at = 0; at < length; at += 1) column[at] = this.varint()
    return column
  }

  xs(length: number): Float64Array {
    const column = new Float64Array(this.checked(length))
    for (let at = 0, previous = 0; at < length; at += 1) column[at] = previous = this.offset(previous)
    return column
  }

  offset(from: number): number {
    if (this.wide) return this.float64()
    const coded = this.varint()
    return from + (coded % 2 === 0 ? coded / 2 : -(coded + 1) / 2)
  }

  behind(from: number): number {
    return this.wide ? this.float64() : from + this.varint()
  }

  text(): string {
    const length = this.checked(this.varint())
    this.at += length
    return new TextDecoder().decode(this.#bytes.subarray(this.at - length, this.at))
  }
}
