import { crc32 } from 'node:zlib'
import { CairnError } from '@cairn/protocol'

/**
 * Columns of int64 in bytes. A column begins with its mode:
 * 0  arithmetic: the first value and, when there is a second, the one difference between neighbours
 * 1  deltas: byte length of the rest, the first value, a typical difference, then each difference
 *    less the typical one
 * 2  wide: int64 little-endian, for values beyond ±2^50, where a difference may not fit a double
 * Numbers are zig-zag varints, lengths are varints.
 */
const modes = { arithmetic: 0, deltas: 1, wide: 2 } as const

// A difference of differences then stays within 2^52, and its zig-zag code within 2^53.
const narrowLimit = 2 ** 50

/** Where a block's checksum lies, behind its version; it covers all that follows. */
const sumAt = 1
const sumSize = 3

/** 24 bits: one damage in 16 million goes unnoticed. */
const checksum = (bytes: Uint8Array): number => crc32(bytes.subarray(sumAt + sumSize)) & 0xff_ffff

/** Writes the checksum of a finished block into the three bytes behind its version. */
export function seal(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const sum = checksum(bytes)
  bytes.set([sum, sum >>> 8, sum >>> 16], sumAt)
  return bytes
}

export function checkSeal(bytes: Uint8Array, what: string): void {
  if (bytes.length < sumAt + sumSize || checksum(bytes) !== (bytes[1]! | bytes[2]! << 8 | bytes[3]! << 16)) throw new CorruptBlock(`${what} is not what was stored: its checksum is another`)
}

export class ColumnWriter {
  #bytes: Uint8Array<ArrayBuffer>
  #length = 0

  constructor(capacity: number) {
    this.#bytes = new Uint8Array(capacity)
  }

  get length(): number {
    return this.#length
  }

  /** What was written, in a buffer of its own. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length)
  }

  byte(value: number): void {
    this.#grow(1)
    this.#bytes[this.#length++] = value
  }

  varint(value: number): void {
    this.#grow(8)
    this.#length = putVarint(this.#bytes, this.#length, value)
  }

  zigzag(value: number): void {
    this.varint(value < 0 ? -2 * value - 1 : 2 * value)
  }

  bytes(bytes: Uint8Array): void {
    this.#grow(bytes.length)
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.length
  }

  doubles(values: Float64Array): void {
    this.bytes(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
  }

  ints(values: Float64Array, exact: BigInt64Array | undefined): void {
    const count = values.length
    let wide = false
    for (let index = 0; index < count; index += 1) {
      const value = values[index]!
      if (value > narrowLimit || value < -narrowLimit) { wide = true; break }
    }
    if (wide) {
      this.byte(modes.wide)
      const ints = exact ?? BigInt64Array.from(values, BigInt)
      this.bytes(new Uint8Array(ints.buffer, ints.byteOffset, ints.byteLength))
      return
    }
    const step = count > 1 ? values[1]! - values[0]! : 0
    let arithmetic = true
    for (let index = 2; index < count && arithmetic; index += 1) arithmetic = values[index]! - values[index - 1]! === step
    if (arithmetic) {
      this.byte(modes.arithmetic)
      if (count > 0) this.zigzag(values[0]!)
      if (count > 1) this.zigzag(step)
      return
    }
    this.byte(modes.deltas)
    this.#grow(8 * count + 12)
    // The length goes in front: its bytes are known only afterwards, so room for it is left.
    const start = this.#length + 4
    const bytes = this.#bytes
    const typical = typicalDifference(values)
    let at = putVarint(bytes, start, values[0]! < 0 ? -2 * values[0]! - 1 : 2 * values[0]!)
    at = putVarint(bytes, at, typical < 0 ? -2 * typical - 1 : 2 * typical)
    for (let index = 1; index < count; index += 1) {
      const delta = values[index]! - values[index - 1]! - typical
      const coded = delta < 0 ? -2 * delta - 1 : 2 * delta
      if (coded < 0x80) bytes[at++] = coded
      else at = putVarint(bytes, at, coded)
    }
    const size = at - start
    const head = putVarint(bytes, this.#length, size)
    bytes.copyWithin(head, start, at)
    this.#length = head + size
  }

  #grow(more: number): void {
    if (this.#length + more <= this.#bytes.length) return
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + more))
    larger.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = larger
  }
}

/** Timestamps are evenly spaced but for jitter: what is left after this takes one byte, not two. */
function typicalDifference(values: Float64Array): number {
  const at = (part: number): number => {
    const index = 1 + Math.floor((values.length - 2) * part)
    return values[index]! - values[index - 1]!
  }
  const a = at(0.25), b = at(0.5), c = at(0.75)
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c))
}

function putVarint(bytes: Uint8Array, at: number, value: number): number {
  while (value >= 0x8000_0000) {
    bytes[at++] = (value % 0x80) | 0x80
    value = Math.floor(value / 0x80)
  }
  while (value >= 0x80) {
    bytes[at++] = (value & 0x7f) | 0x80
    value >>>= 7
  }
  bytes[at++] = value
  return at
}

/** Thrown for bytes that no version of this code has written. */
export class CorruptBlock extends CairnError {
  constructor(what: string) {
    super('INTERNAL_ERROR', `Stored points of this metric are damaged: ${what}. Other metrics and runs are not affected. An administrator can bring them back from a backup.`)
    this.name = 'CorruptBlock'
  }
}

export class ColumnReader {
  readonly bytes: Uint8Array
  at: number

  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes
    this.at = at
  }

  byte(): number {
    if (this.at >= this.bytes.length) throw new CorruptBlock('it ends early')
    return this.bytes[this.at++]!
  }

  varint(): number {
    const bytes = this.bytes
    let value = 0
    let scale = 1
    for (;;) {
      const byte = bytes[this.at++]
      if (byte === undefined) throw new CorruptBlock('it ends early')
      if (byte < 0x80) return value + byte * scale
      value += (byte & 0x7f) * scale
      scale *= 0x80
    }
  }

  zigzag(): number {
    const coded = this.varint()
    return coded % 2 === 0 ? coded / 2 : -(coded + 1) / 2
  }

  double(): number {
    this.at += 8
    return new DataView(this.bytes.buffer, this.bytes.byteOffset + this.at - 8, 8).getFloat64(0, true)
  }

  /** `count` doubles from number `from` on, of a column that holds `total`; moves behind it. */
  doubles(total: number, from = 0, count = total): Float64Array {
    const start = this.at + 8 * from
    this.at += 8 * total
    if (this.at > this.bytes.length) throw new CorruptBlock('it ends early')
    const offset = this.bytes.byteOffset + start
    if (offset % 8 === 0) return new Float64Array(this.bytes.buffer as ArrayBuffer, offset, count)
    return new Float64Array(this.bytes.slice(start, start + 8 * count).buffer)
  }

  /**
   * Decodes values `from` to `from + target.length` of a column that holds `total`, and moves
   * behind it. Answers them exactly when any does not fit a double.
   */
  ints(total: number, from: number, target: Float64Array): BigInt64Array | undefined {
    const mode = this.byte()
    if (mode === modes.arithmetic) {
      const first = total > 0 ? this.zigzag() : 0
      const step = total > 1 ? this.zigzag() : 0
      let value = first + step * from
      for (let index = 0; index < target.length; index += 1, value += step) target[index] = value
      return undefined
    }
    if (mode === modes.deltas) {
      const size = this.varint()
      const end = this.at + size
      if (end > this.bytes.length) throw new CorruptBlock('it ends early')
      const first = this.zigzag()
      const typical = this.zigzag()
      decodeDeltas(this.bytes, this.at, first, typical, from, target)
      this.at = end
      return undefined
    }
    if (mode !== modes.wide) throw new CorruptBlock(`a column has the unknown mode ${mode}`)
    const start = this.at + 8 * from
    this.at += 8 * total
    if (this.at > this.bytes.length) throw new CorruptBlock('it ends early')
    const ints = new BigInt64Array(this.bytes.slice(start, start + 8 * target.length).buffer)
    let exact = false
    for (let index = 0; index < target.length; index += 1) {
      const value = target[index] = Number(ints[index]!)
      exact ||= !Number.isSafeInteger(value)
    }
    return exact ? ints : undefined
  }

  skipInts(total: number): void {
    const mode = this.byte()
    if (mode === modes.arithmetic) {
      if (total > 0) this.varint()
      if (total > 1) this.varint()
    } else if (mode === modes.deltas) {
      const size = this.varint()
      this.at += size
    } else this.at += 8 * total
  }
}

function decodeDeltas(bytes: Uint8Array, at: number, first: number, typical: number, from: number, target: Float64Array): void {
  const end = from + target.length
  let value = first
  if (from === 0 && end > 0) target[0] = first
  for (let index = 1; index < end; index += 1) {
    let byte = bytes[at++]!
    // Most differences take one or two bytes.
    if (byte < 0x80) value += typical + ((byte >>> 1) ^ -(byte & 1))
    else {
      let coded = byte & 0x7f
      byte = bytes[at++]!
      if (byte < 0x80) {
        coded |= byte << 7
        value += typical + ((coded >>> 1) ^ -(coded & 1))
      } else {
        let scale = 0x80
        while (byte >= 0x80) {
          coded += (byte & 0x7f) * scale
          scale *= 0x80
          byte = bytes[at++]!
        }
        coded += byte * scale
        value += typical + (coded % 2 === 0 ? coded / 2 : -(coded + 1) / 2)
      }
    }
    if (index >= from) target[index - from] = value
  }
}
