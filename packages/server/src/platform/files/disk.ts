import type { BigIntStats } from 'node:fs'
import { constants, link, lstat, mkdir, open, rename, unlink, type FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { CairnError, invalid } from '@cairn/protocol'
import { invalidPath, type SafePath } from './path.ts'
import type { BodyOptions, ObjectInfo } from './store.ts'

export const errorCode = (error: unknown): string | undefined => (error as NodeJS.ErrnoException | undefined)?.code

/** `promise`'s value, or undefined where one of `codes` was the reason that there is none. */
export async function unless<T>(promise: Promise<T>, ...codes: string[]): Promise<T | undefined> {
  try {
    return await promise
  } catch (error) {
    if (codes.includes(errorCode(error) ?? '')) return undefined
    throw error
  }
}

/**
 * The absolute place of a name below `root` and what stands there. Every component is looked at
 * without following it; a symbolic link among them is refused, wherever it leads: one that points
 * inside today may point outside tomorrow.
 */
export async function locate(root: string, path: SafePath): Promise<{ absolute: string; stat: BigIntStats | undefined }> {
  const absolute = path === '' ? root : join(root, path)
  let current = root
  let stat = await unless(lstat(root, { bigint: true }), 'ENOENT')
  for (const segment of path === '' ? [] : path.split('/')) {
    if (stat === undefined || !stat.isDirectory()) return { absolute, stat: undefined }
    current = join(current, segment)
    stat = await unless(lstat(current, { bigint: true }), 'ENOENT', 'ENOTDIR')
    if (stat?.isSymbolicLink()) throw invalidPath()
  }
  return { absolute, stat }
}

/**
 * Size, time of writing in nanoseconds and inode make a strong tag: a put always makes a new inode,
 * and nothing writes into a published one. Hashing would cost a read of the whole file before the
 * first byte is answered, or a second file to keep beside each.
 */
export const infoOf = (stat: BigIntStats): ObjectInfo => ({
  size: Number(stat.size),
  modifiedMs: Number(stat.mtimeMs),
  etag: `"${stat.size.toString(36)}-${stat.mtimeNs.toString(36)}-${stat.ino.toString(36)}"`,
})

/** Opens a file, never through a link, and never waiting for the other end of a pipe. */
export async function openFile(absolute: string): Promise<{ handle: FileHandle; stat: BigIntStats } | undefined> {
  const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)
  const handle = await unless(open(absolute, flags), 'ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO')
  if (handle === undefined) return undefined
  const stat = await handle.stat({ bigint: true })
  if (stat.isFile()) return { handle, stat }
  await handle.close()
  return undefined
}

/** Makes a change of a folder's names durable. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await unless(open(folder, 'r'), 'EISDIR', 'EPERM', 'EACCES', 'ENOENT')
  if (handle === undefined) return
  try {
    // Windows and some network file systems cannot.
    await unless(handle.sync(), 'EINVAL', 'EPERM', 'ENOTSUP', 'EBADF')
  } finally {
    await handle.close()
  }
}

/** Makes a folder and those above it, durably. */
export async function makeFolders(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true })
  if (first === undefined) return
  for (let current = folder; ; current = dirname(current)) {
    await syncFolder(dirname(current))
    if (current === first || current === dirname(current)) return
  }
}

const batchSize = 1 << 20

/**
 * Writes all of `body`; answers how many bytes. Pieces of 64 KB come off a socket; joined to 1 MB
 * they cost a sixteenth of the trips to the thread pool, and the next megabyte arrives while the
 * last is written. At most two are held.
 */
export async function writeAll(handle: FileHandle, body: AsyncIterable<Uint8Array>, { limit = Infinity, owned = false }: BodyOptions): Promise<number> {
  let size = 0
  let batch: Uint8Array[] = []
  let batched = 0
  let writing: Promise<void> = Promise.resolve()
  const flush = async (): Promise<void> => {
    await writing
    writing = writePieces(handle, batch, owned)
    // Looked at by the next flush; until then it must not count as unhandled.
    writing.catch(() => {})
    batch = []
    batched = 0
  }
  try {
    for await (const piece of body) {
      size += piece.length
      if (size > limit) throw tooLarge(limit)
      batch.push(piece)
      batched += piece.length
      if (batched >= batchSize) await flush()
    }
    if (batched > 0) await flush()
  } finally {
    // The caller closes the handle: nothing may write into it then.
    await writing.catch(() => {})
  }
  await writing
  return size
}

async function writePieces(handle: FileHandle, pieces: readonly Uint8Array[], owned: boolean): Promise<void> {
  let left = [...pieces]
  while (left.length > 0) {
    let { bytesWritten } = await handle.writev(left)
    while (left.length > 0 && bytesWritten >= left[0]!.length) bytesWritten -= left.shift()!.length
    if (left.length > 0 && bytesWritten > 0) left[0] = left[0]!.subarray(bytesWritten)
  }
  if (!owned) return
  for (const { buffer, byteLength } of pieces) {
    // A small piece may share its memory with others.
    if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0)
  }
}

export const tooLarge = (limit: number): CairnError =>
  new CairnError('REQUEST_TOO_LARGE', `The file is larger than ${limit} bytes, the most that this server stores.`)

export const unexpected = (path: SafePath): CairnError =>
  new CairnError('PRECONDITION_FAILED', `'${path}' is not what the request expects to be there.`)

/** What the file system refused for a reason that the caller can do something about. */
export function explain(error: unknown, path: SafePath): unknown {
  switch (errorCode(error)) {
    case 'ENAMETOOLONG': return invalidPath()
    case 'EISDIR': case 'ENOTEMPTY': return invalid(`There is a folder at '${path}'.`)
    case 'ENOTDIR': case 'EEXIST': return invalid(`There is a file where '${path}' needs a folder.`)
    case 'ENOSPC': case 'EDQUOT': return new CairnError('INTERNAL_ERROR', 'The storage of this server is full.')
    default: return error
  }
}

/**
 * Moves a finished file to its place and makes that durable. `exclusive`: answers false where
 * something stands there, even if it came this very moment.
 */
export async function publish(temp: string, absolute: string, exclusive = false): Promise<boolean> {
  const move = exclusive ? linkNew : renameOver
  let moved: boolean
  try {
    moved = await move(temp, absolute)
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
    // The folder is not there yet, or was deleted since it was looked at.
    await makeFolders(dirname(absolute))
    moved = await move(temp, absolute)
  }
  if (moved) await syncFolder(dirname(absolute))
  return moved
}

async function renameOver(temp: string, absolute: string): Promise<boolean> {
  await rename(temp, absolute)
  return true
}

/** A second name cannot be given over an existing one; a rename would replace it. */
async function linkNew(temp: string, absolute: string): Promise<boolean> {
  try {
    await link(temp, absolute)
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false
    // Some file systems know no second names; the look before has to do.
    if (['EPERM', 'ENOTSUP', 'EMLINK', 'ENOSYS'].includes(errorCode(error) ?? '')) return renameOver(temp, absolute)
    throw error
  }
  await removeFile(temp)
  return true
}

export const removeFile = async (absolute: string): Promise<void> => {
  await unless(unlink(absolute), 'ENOENT')
}
