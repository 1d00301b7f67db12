import { open, mkdir, writeFile, chmod, type FileHandle } from 'node:fs/promises'
import { dirname, join, resolve, sep } from 'node:path'
import { promisify } from 'node:util'
import { inflateRaw } from 'node:zlib'
import { ProjectError } from '../errors.ts'

const inflate = promisify(inflateRaw)

/** Bytes that an archive may unpack to, so that a small file cannot fill the disk. */
const limit = 8 * 2 ** 30

/**
 * Unpacks a zip into a folder. Names that lead out of the folder stop it before anything is written;
 * links are not followed because none is made. Format: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 */
export async function unzip(path: string, folder: string): Promise<void> {
  const file = await open(path)
  try {
    const entries = await readDirectory(file, path)
    const root = resolve(folder)
    for (const { name } of entries) {
      const target = resolve(root, name)
      if (name.includes('\0') || name.includes('\\') || (target !== root && !target.startsWith(root + sep))) {
        throw new ProjectError(`Zip file member ${name} attempts path traversal`, 'Nothing was unpacked. Make the archive from inside the project’s folder.')
      }
    }
    let bytes = 0
    for (const entry of entries) {
      bytes += entry.size
      if (bytes > limit) throw new ProjectError(`${path} unpacks to more than ${limit} bytes.`, 'Unpack it yourself and run the folder.')
      await unpack(file, path, entry, join(root, entry.name))
    }
  } finally {
    await file.close()
  }
}

interface Entry {
  readonly name: string
  readonly method: number
  readonly packed: number
  readonly size: number
  readonly offset: number
  readonly mode: number
  readonly encrypted: boolean
}

function broken(path: string): ProjectError {
  return new ProjectError(`${path} is no zip archive that can be read.`, 'Make it again: zip -r project.zip .')
}

async function readDirectory(file: FileHandle, path: string): Promise<Entry[]> {
  const { size } = await file.stat()
  const tail = await read(file, Math.max(0, size - 65_557), Math.min(size, 65_557))
  const end = tail.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'))
  if (end < 0 || end + 22 > tail.length) throw broken(path)
  let count = tail.readUInt16LE(end + 10)
  let length = tail.readUInt32LE(end + 12)
  let start = tail.readUInt32LE(end + 16)
  // Zip64: the true numbers stand in a record of their own.
  if (count === 0xffff || start === 0xffffffff || length === 0xffffffff) {
    const locator = tail.lastIndexOf(Buffer.from('PK\x06\x07', 'latin1'), end)
    if (locator < 0) throw broken(path)
    const record = await read(file, Number(tail.readBigUInt64LE(locator + 8)), 56)
    if (record.length < 56 || record.toString('latin1', 0, 4) !== 'PK\x06\x06') throw broken(path)
    count = Number(record.readBigUInt64LE(32))
    length = Number(record.readBigUInt64LE(40))
    start = Number(record.readBigUInt64LE(48))
  }
  if (start + length > size) throw broken(path)
  const directory = await read(file, start, length)
  const entries: Entry[] = []
  for (let at = 0; entries.length < count;) {
    if (at + 46 > directory.length || directory.toString('latin1', at, at + 4) !== 'PK\x01\x02') throw broken(path)
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((field) => directory.readUInt16LE(at + field)) as [number, number, number]
    const extra = directory.subarray(at + 46 + nameLength, at + 46 + nameLength + extraLength)
    const [fullSize, fullPacked, fullOffset] = zip64(extra, [24, 20, 42].map((field) => directory.readUInt32LE(at + field)) as [number, number, number])
    const flags = directory.readUInt16LE(at + 8)
    entries.push({
      name: directory.toString((flags & 0x800) === 0 ? 'latin1' : 'utf8', at + 46, at + 46 + nameLength), encrypted: (flags & 1) === 1,
      method: directory.readUInt16LE(at + 10), size: fullSize, packed: fullPacked, offset: fullOffset, mode: directory.readUInt32LE(at + 38) >>> 16,
    })
    at += 46 + nameLength + extraLength + commentLength
  }
  return entries
}

/** Fields that are full are in the extra field 1, in this order. */
function zip64(extra: Buffer, fields: [number, number, number]): [number, number, number] {
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue
    let next = at + 4
    return fields.map((value) => {
      if (value !== 0xffffffff || next + 8 > extra.length) return value
      const full = Number(extra.readBigUInt64LE(next))
      next += 8
      return full
    }) as [number, number, number]
  }
  return fields
}

async function unpack(file: FileHandle, path: string, entry: Entry, target: string): Promise<void> {
  if (entry.name.endsWith('/')) return void await mkdir(target, { recursive: true })
  if (entry.encrypted) throw new ProjectError(`${path} is encrypted (${entry.name}).`, 'Unpack it yourself and run the folder.')
  if (entry.method !== 0 && entry.method !== 8) throw new ProjectError(`${path} is packed by method ${entry.method} (${entry.name}), which is not read here.`, 'Unpack it yourself and run the folder.')
  // A link's target would be its content: leaving it out is safer than following it.
  if ((entry.mode & 0o170000) === 0o120000) return
  const header = await read(file, entry.offset, 30)
  if (header.length < 30 || header.toString('latin1', 0, 4) !== 'PK\x03\x04') throw broken(path)
  const packed = await read(file, entry.offset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28), entry.packed)
  const content = entry.method === 0 ? packed : await inflate(packed, { maxOutputLength: Math.max(1, entry.size) }).catch(() => { throw broken(path) })
  if (content.length !== entry.size) throw broken(path)
  await mkdir(dirname(target), { recursive: true })
  await writeFile(target, content)
  if ((entry.mode & 0o111) !== 0) await chmod(target, 0o755)
}

async function read(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position)
  return buffer.subarray(0, bytesRead)
}
