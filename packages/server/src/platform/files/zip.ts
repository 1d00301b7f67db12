import { crc32, createDeflateRaw, constants, deflateRawSync } from 'node:zlib'

export interface ZipEntry {
  /** With `/`; never absolute, never with `..`. */
  readonly path: string
  readonly size: number
  readonly modifiedMs: number
  /** Worth compressing: text is, pictures and pickles are not. */
  readonly compress: boolean
  read(): Promise<AsyncIterable<Uint8Array>>
}

/**
 * A ZIP archive as a stream, in memory that does not grow with the files: one piece of one file,
 * and some 100 bytes per file for the directory at the end. APPNOTE.TXT 6.3.10; ZIP64 where a size,
 * an offset or the count needs it.
 *
 * Sizes and checksums follow each file's data (bit 3), as they are known only then. Everything is
 * "deflated", at level 0 where compression would be wasted: stored entries cannot be followed by
 * their sizes for readers that stream. Entries are not compared: give each path once.
 */
export async function* zipStream(entries: AsyncIterable<ZipEntry>, options: { zip64From?: number } = {}): AsyncGenerator<Uint8Array> {
  // Three pieces of some bytes per small file would each be a write to the socket. Large ones pass
  // as they are; a piece is valid only until the next is asked for, so what waits is copied.
  const batch = Buffer.allocUnsafeSlow(batchSize)
  let filled = 0
  for await (const piece of pieces(entries, options)) {
    if (filled > 0 && filled + piece.length > batchSize) {
      yield Buffer.from(batch.subarray(0, filled))
      filled = 0
    }
    if (piece.length >= batchSize) yield piece
    else {
      batch.set(piece, filled)
      filled += piece.length
    }
  }
  if (filled > 0) yield Buffer.from(batch.subarray(0, filled))
}

/** The socket's own measure: what is as long has left before more is asked for. */
const batchSize = 64 * 1024

async function* pieces(entries: AsyncIterable<ZipEntry>, options: { zip64From?: number }): AsyncGenerator<Uint8Array> {
  const zip64From = options.zip64From ?? 0xffff_ffff
  const directory: Buffer[] = []
  let offset = 0
  for await (const entry of entries) {
    const name = Buffer.from(entry.path)
    const stamp = dosTime(entry.modifiedMs)
    // Level 0 adds five bytes to each block of at most 64 KB; a hundredth is more than that.
    const wide = entry.size * 1.01 + 1024 >= zip64From
    const head = localHeader(name, stamp, wide)
    yield head
    const start = offset
    offset += head.length
    const totals = { crc: 0, size: 0, compressed: 0 }
    const source = await entry.read()
    const deflated = entry.size <= small ? deflateSmall(source, entry.compress, totals) : entry.compress ? deflate(source, totals) : store(source, totals)
    for await (const piece of deflated) {
      offset += piece.length
      yield piece
    }
    const tail = descriptor(totals, wide)
    offset += tail.length
    yield tail
    directory.push(centralHeader(name, stamp, totals, start, zip64From, wide))
  }
  const directoryStart = offset
  for (const header of directory) {
    offset += header.length
    yield header
  }
  yield endOfDirectory(directory.length, directoryStart, offset, zip64From)
}

interface Totals { crc: number; size: number; compressed: number }
type Stamp = readonly [time: number, date: number]

const deflatedNothing = Buffer.from([3, 0])
const levelOf = (compress: boolean): number => (compress ? constants.Z_BEST_SPEED : constants.Z_NO_COMPRESSION)

/** A stream per file costs 0.2 ms and 256 KB; a folder of 100,000 small files would feel it. */
const small = 32 * 1024

async function* deflateSmall(source: AsyncIterable<Uint8Array>, compress: boolean, totals: Totals): AsyncGenerator<Uint8Array> {
  const pieces: Uint8Array[] = []
  // Copied: a piece is valid only until the next is asked for.
  for await (const piece of source) pieces.push(Buffer.from(piece))
  const whole = Buffer.concat(pieces)
  const deflated = whole.length === 0 ? deflatedNothing : deflateRawSync(whole, { level: levelOf(compress) })
  totals.crc = crc32(whole)
  totals.size = whole.length
  totals.compressed = deflated.length
  yield deflated
}

async function* deflate(source: AsyncIterable<Uint8Array>, totals: Totals): AsyncGenerator<Uint8Array> {
  const output = createDeflateRaw({ level: constants.Z_BEST_SPEED, chunkSize: 256 * 1024 })
  async function feed(): Promise<void> {
    for await (const piece of source) {
      totals.crc = crc32(piece, totals.crc)
      totals.size += piece.length
      // A piece is valid only until the next is asked for.
      await new Promise<void>((resolve, reject) => { output.write(piece, (error) => { if (error) reject(error); else resolve() }) })
    }
    output.end()
  }
  const feeding = feed()
  feeding.catch((error: Error) => { output.destroy(error) })
  for await (const piece of output as AsyncIterable<Uint8Array>) {
    totals.compressed += piece.length
    yield piece
  }
  await feeding
}

const blockSize = 0xffff

/** Deflate's stored blocks (RFC 1951 §3.2.4): what level 0 of zlib makes, without its fresh buffers. */
async function* store(source: AsyncIterable<Uint8Array>, totals: Totals): AsyncGenerator<Uint8Array> {
  let out = Buffer.alloc(0)
  for await (const piece of source) {
    totals.crc = crc32(piece, totals.crc)
    totals.size += piece.length
    const blocks = Math.ceil(piece.length / blockSize)
    const length = piece.length + 5 * blocks
    if (out.length < length) out = Buffer.allocUnsafeSlow(length)
    for (let block = 0; block < blocks; block += 1) {
      const data = piece.subarray(block * blockSize, (block + 1) * blockSize)
      const at = block * (blockSize + 5)
      blockHead(data.length, false).copy(out, at)
      out.set(data, at + 5)
    }
    totals.compressed += length
    yield out.subarray(0, length)
  }
  totals.compressed += 5
  yield blockHead(0, true)
}

function blockHead(length: number, last: boolean): Buffer {
  const head = Buffer.alloc(5)
  head[0] = last ? 1 : 0
  head.writeUInt16LE(length, 1)
  head.writeUInt16LE(length ^ 0xffff, 3)
  return head
}

const method = 8
/** Sizes follow the data; names are UTF-8. */
const flags = 0x0808
const version = (wide: boolean): number => (wide ? 45 : 20)

function localHeader(name: Buffer, [time, date]: Stamp, wide: boolean): Buffer {
  const head = Buffer.alloc(30)
  head.writeUInt32LE(0x04034b50, 0)
  head.writeUInt16LE(version(wide), 4)
  head.writeUInt16LE(flags, 6)
  head.writeUInt16LE(method, 8)
  head.writeUInt16LE(time, 10)
  head.writeUInt16LE(date, 12)
  if (wide) head.fill(0xff, 18, 26)
  head.writeUInt16LE(name.length, 26)
  const extra = wide ? zip64Extra([0n, 0n]) : Buffer.alloc(0)
  head.writeUInt16LE(extra.length, 28)
  return Buffer.concat([head, name, extra])
}

function descriptor({ crc, size, compressed }: Totals, wide: boolean): Buffer {
  const tail = Buffer.alloc(wide ? 24 : 16)
  tail.writeUInt32LE(0x08074b50, 0)
  tail.writeUInt32LE(crc, 4)
  if (wide) {
    tail.writeBigUInt64LE(BigInt(compressed), 8)
    tail.writeBigUInt64LE(BigInt(size), 16)
  } else {
    tail.writeUInt32LE(compressed, 8)
    tail.writeUInt32LE(size, 12)
  }
  return tail
}

function centralHeader(name: Buffer, [time, date]: Stamp, { crc, size, compressed }: Totals, start: number, zip64From: number, wide: boolean): Buffer {
  const far = start >= zip64From
  const head = Buffer.alloc(46)
  head.writeUInt32LE(0x02014b50, 0)
  // Made on Unix, so that the mode below counts: a plain file, rw-r--r--.
  head.writeUInt16LE(0x0300 | version(wide || far), 4)
  head.writeUInt16LE(version(wide || far), 6)
  head.writeUInt16LE(flags, 8)
  head.writeUInt16LE(method, 10)
  head.writeUInt16LE(time, 12)
  head.writeUInt16LE(date, 14)
  head.writeUInt32LE(crc, 16)
  head.writeUInt32LE(wide ? 0xffff_ffff : compressed, 20)
  head.writeUInt32LE(wide ? 0xffff_ffff : size, 24)
  head.writeUInt16LE(name.length, 28)
  const wideValues = [...(wide ? [BigInt(size), BigInt(compressed)] : []), ...(far ? [BigInt(start)] : [])]
  const extra = wideValues.length > 0 ? zip64Extra(wideValues) : Buffer.alloc(0)
  head.writeUInt16LE(extra.length, 30)
  head.writeUInt32LE((0o100644 << 16) >>> 0, 38)
  head.writeUInt32LE(far ? 0xffff_ffff : start, 42)
  return Buffer.concat([head, name, extra])
}

function zip64Extra(values: bigint[]): Buffer {
  const extra = Buffer.alloc(4 + 8 * values.length)
  extra.writeUInt16LE(0x0001, 0)
  extra.writeUInt16LE(8 * values.length, 2)
  values.forEach((value, index) => extra.writeBigUInt64LE(value, 4 + 8 * index))
  return extra
}

function endOfDirectory(count: number, start: number, end: number, zip64From: number): Buffer {
  const wide = count >= 0xffff || start >= zip64From || end - start >= zip64From
  const tail = Buffer.alloc(22)
  tail.writeUInt32LE(0x06054b50, 0)
  tail.writeUInt16LE(wide ? 0xffff : count, 8)
  tail.writeUInt16LE(wide ? 0xffff : count, 10)
  tail.writeUInt32LE(wide ? 0xffff_ffff : end - start, 12)
  tail.writeUInt32LE(wide ? 0xffff_ffff : start, 16)
  if (!wide) return tail
  const record = Buffer.alloc(56 + 20)
  record.writeUInt32LE(0x06064b50, 0)
  record.writeBigUInt64LE(44n, 4)
  record.writeUInt16LE(0x0300 | 45, 12)
  record.writeUInt16LE(45, 14)
  record.writeBigUInt64LE(BigInt(count), 24)
  record.writeBigUInt64LE(BigInt(count), 32)
  record.writeBigUInt64LE(BigInt(end - start), 40)
  record.writeBigUInt64LE(BigInt(start), 48)
  record.writeUInt32LE(0x07064b50, 56)
  record.writeBigUInt64LE(BigInt(end), 64)
  record.writeUInt32LE(1, 72)
  return Buffer.concat([record, tail])
}

/** Local time in steps of two seconds, from 1980 to 2107. */
function dosTime(ms: number): Stamp {
  const date = new Date(Math.min(Math.max(ms, Date.UTC(1980, 0, 2)), Date.UTC(2107, 11, 30)))
  return [
    (date.getHours() << 11) | (date.getMinutes() << 5) | (date.getSeconds() >> 1),
    ((date.getFullYear() - 1980) << 9) | ((date.getMonth() + 1) << 5) | date.getDate(),
  ]
}
