import { open, type FileHandle } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { ImageError } from '../errors.ts'

/** What an archive says of one entry. */
export interface TarHead {
  /** Without `./` in front and slashes at the end. */
  readonly path: string
  readonly kind: 'file' | 'folder' | 'link' | 'other'
  readonly size: number
  /** Where its contents begin in the archive. */
  readonly at: number
}

interface Bytes {
  readonly at: number
  /** Exactly so many bytes; undefined at the end. */
  take(count: number): Promise<Buffer | undefined>
  skip(count: number): Promise<void>
}

const block = 512
const padded = (size: number): number => Math.ceil(size / block) * block

/** The entries of an archive in a file that is not compressed; contents are not read. */
export async function* tarFileEntries(path: string): AsyncGenerator<TarHead> {
  const file = await open(path)
  try {
    yield* heads(fileBytes(file), path)
  } finally {
    await file.close()
  }
}

/** The entries of a layer, gzip, zstd or plain. */
export async function* layerEntries(stream: Readable, where: string): AsyncGenerator<TarHead> {
  const bytes = await decompressed(stream)
  try {
    yield* heads(bytes, where)
  } catch (error) {
    if (error instanceof ImageError) throw error
    throw new ImageError(`${where} cannot be unpacked: ${(error as Error).message}.`, 'It is damaged, or compressed in a way that is not known (gzip, zstd and none are).')
  } finally {
    stream.destroy()
  }
}

async function* heads(bytes: Bytes, where: string): AsyncGenerator<TarHead> {
  let longName: string | undefined
  let pax: Readonly<Record<string, string>> = {}
  for (;;) {
    const head = await bytes.take(block)
    if (head === undefined || head.every((byte) => byte === 0)) return
    if (!sumFits(head)) throw new ImageError(`${where} is no tar archive, or is damaged at byte ${bytes.at - block}.`, 'Make it again: skopeo copy docker://IMAGE oci:FOLDER')
    const type = String.fromCharCode(head[156]!)
    const size = Number(pax['size'] ?? number(head, 124, 12))
    if (type === 'x' || type === 'L') {
      const content = await bytes.take(padded(size))
      if (content === undefined || size > 1 << 20) throw new ImageError(`${where} is damaged at byte ${bytes.at}.`, 'Make it again.')
      if (type === 'x') pax = records(content.subarray(0, size))
      else longName = text(content, 0, size)
      continue
    }
    const prefix = head.toString('latin1', 257, 262) === 'ustar' && head[263] !== 0x20 ? text(head, 345, 155) : ''
    const name = pax['path'] ?? longName ?? (prefix === '' ? text(head, 0, 100) : `${prefix}/${text(head, 0, 100)}`)
    const at = bytes.at
    if (type !== 'g') {
      const kind = type === '0' || type === '\0' || type === '1' ? 'file' : type === '5' ? 'folder' : type === '2' ? 'link' : 'other'
      yield { path: name.replace(/^(?:\.?\/)+/, '').replace(/\/+$/, ''), kind, size, at }
      pax = {}
      longName = undefined
    }
    await bytes.skip(padded(size))
  }
}

function sumFits(head: Buffer): boolean {
  const sum = head.reduce((all, byte, at) => all + (at >= 148 && at < 156 ? 0x20 : byte), 0)
  return sum === number(head, 148, 8)
}

const text = (bytes: Buffer, at: number, length: number): string => {
  const part = bytes.subarray(at, at + length)
  const end = part.indexOf(0)
  return part.toString('utf8', 0, end < 0 ? length : end)
}

/** Octal, or GNU's binary form for large ones. */
function number(bytes: Buffer, at: number, length: number): number {
  if ((bytes[at]! & 0x80) === 0) return Number.parseInt(text(bytes, at, length).trim() || '0', 8)
  let value = 0
  for (let index = at + 1; index < at + length; index += 1) value = value * 256 + bytes[index]!
  return value
}

function records(content: Buffer): Record<string, string> {
  const found: Record<string, string> = {}
  for (let at = 0; at < content.length;) {
    const space = content.indexOf(0x20, at)
    const length = Number(content.toString('latin1', at, space))
    if (space < 0 || !(length > space - at)) break
    const [, key, value] = /^([^=]*)=([^]*)\n$/.exec(content.toString('utf8', space + 1, at + length)) ?? []
    if (key !== undefined) found[key] = value!
    at += length
  }
  return found
}

function fileBytes(file: FileHandle): Bytes {
  let at = 0
  return {
    get at() { return at },
    async take(count) {
      const buffer = Buffer.alloc(count)
      const { bytesRead } = await file.read(buffer, 0, count, at)
      at += bytesRead
      return bytesRead === count ? buffer : undefined
    },
    async skip(count) { at += count },
  }
}

function streamBytes(stream: AsyncIterable<Buffer>): Bytes {
  const chunks = stream[Symbol.asyncIterator]()
  let rest: Buffer = Buffer.alloc(0)
  let at = 0
  return {
    get at() { return at },
    async take(count) {
      const parts: Buffer[] = []
      let missing = count
      while (missing > 0) {
        if (rest.length === 0) {
          const { done, value } = await chunks.next()
          if (done === true) return undefined
          rest = value
        }
        parts.push(rest.subarray(0, missing))
        missing -= parts.at(-1)!.length
        rest = rest.subarray(parts.at(-1)!.length)
      }
      at += count
      return Buffer.concat(parts)
    },
    async skip(count) {
      let missing = count
      while (missing > rest.length) {
        missing -= rest.length
        const { done, value } = await chunks.next()
        if (done === true) return
        rest = value
      }
      rest = rest.subarray(missing)
      at += count
    },
  }
}

async function decompressed(stream: Readable): Promise<Bytes> {
  const chunks = stream.iterator({ destroyOnReturn: true })
  const { value, done } = await chunks.next() as IteratorResult<Buffer, undefined>
  const first = done === true ? Buffer.alloc(0) : value
  const whole = async function* (): AsyncGenerator<Buffer> {
    if (first.length > 0) yield first
    yield* chunks as AsyncIterable<Buffer>
  }
  const through = first.length >= 2 && first.readUInt16BE(0) === 0x1f8b ? createGunzip() : first.length >= 4 && first.readUInt32LE(0) === 0xfd2fb528 ? createZstdDecompress() : undefined
  if (through === undefined) return streamBytes(whole())
  // Its errors destroy the last, which throws them where it is read.
  pipeline(Readable.from(whole()), through).catch(() => {})
  return streamBytes(through as AsyncIterable<Buffer>)
}
