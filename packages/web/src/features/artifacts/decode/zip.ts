import { Unreadable, type FileSource } from './table.ts'
import { words } from '../words.ts'

export interface ZipMember {
  readonly name: string
  /** Bytes once inflated. */
  readonly size: number
  read(): Promise<Uint8Array<ArrayBuffer>>
}

/** What a ZIP archive holds, from its directory at the end; a member is read when it is asked for. */
export async function openZip(source: FileSource): Promise<ZipMember[]> {
  const tail = await source.read(Math.max(source.size - 65_557, 0), source.size)
  const view = new DataView(tail.buffer, tail.byteOffset, tail.byteLength)
  let end = tail.length - 22
  while (end >= 0 && view.getUint32(end, true) !== 0x06054b50) end -= 1
  if (end < 0) throw new Unreadable(words.thisArchiveHasNoDirectory)
  let count = view.getUint16(end + 10, true)
  let size = view.getUint32(end + 12, true)
  let offset = view.getUint32(end + 16, true)
  // ZIP64, which NumPy writes for every member.
  if ((count === 0xffff || offset === 0xffffffff) && end >= 20 && view.getUint32(end - 20, true) === 0x07064b50) {
    const at = Number(view.getBigUint64(end - 12, true))
    const record = await source.read(at, at + 56)
    const wide = new DataView(record.buffer, record.byteOffset, record.byteLength)
    count = Number(wide.getBigUint64(32, true))
    size = Number(wide.getBigUint64(40, true))
    offset = Number(wide.getBigUint64(48, true))
  }
  const directory = await source.read(offset, offset + size)
  return members(source, directory, count)
}

function members(source: FileSource, directory: Uint8Array, count: number): ZipMember[] {
  const view = new DataView(directory.buffer, directory.byteOffset, directory.byteLength)
  const found: ZipMember[] = []
  for (let at = 0; found.length < count && at + 46 <= directory.length;) {
    if (view.getUint32(at, true) !== 0x02014b50) throw new Unreadable(words.theDirectoryOfThisArchive)
    const method = view.getUint16(at + 10, true)
    let packed = view.getUint32(at + 20, true)
    let size = view.getUint32(at + 24, true)
    const nameLength = view.getUint16(at + 28, true)
    const extraLength = view.getUint16(at + 30, true)
    let offset = view.getUint32(at + 42, true)
    const name = new TextDecoder().decode(directory.subarray(at + 46, at + 46 + nameLength))
    for (let extra = at + 46 + nameLength; extra + 4 <= at + 46 + nameLength + extraLength; extra += 4 + view.getUint16(extra + 2, true)) {
      if (view.getUint16(extra, true) !== 1) continue
      let place = extra + 4
      const wide = (value: number): number => (value === 0xffffffff ? Number(view.getBigUint64((place += 8) - 8, true)) : value)
      size = wide(size)
      packed = wide(packed)
      offset = wide(offset)
    }
    found.push({ name, size, read: () => readMember(source, { name, method, offset, packed, size }) })
    at += 46 + nameLength + extraLength + view.getUint16(at + 32, true)
  }
  return found
}

async function readMember(source: FileSource, member: { name: string; method: number; offset: number; packed: number; size: number }): Promise<Uint8Array<ArrayBuffer>> {
  const header = await source.read(member.offset, member.offset + 30)
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength)
  const start = member.offset + 30 + view.getUint16(26, true) + view.getUint16(28, true)
  const packed = await source.read(start, start + member.packed)
  if (member.method === 0) return packed
  if (member.method !== 8) throw new Unreadable(words.isCompressedInAWay(member.name, member.method))
  return inflated(packed, member)
}

/** Never more than the directory announced: a small archive may inflate to any size. */
async function inflated(packed: Uint8Array<ArrayBuffer>, { name, size }: { name: string; size: number }): Promise<Uint8Array<ArrayBuffer>> {
  const out = new Uint8Array(size)
  let length = 0
  const reader = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate-raw')).getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    if (length + value.length > size) {
      await reader.cancel()
      throw new Unreadable(words.isLargerThanItsArchive(name))
    }
    out.set(value, length)
    length += value.length
  }
  return out.subarray(0, length)
}
