import { randomBytes } from 'node:crypto'
import { lstat, mkdir, readdir, readFile, rename, rm, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { invalid, notFound } from '@cairn/protocol'
import { explain, infoOf, openFile, publish, removeFile, syncFolder, tooLarge, unless, writeAll } from './disk.ts'
import { invalidPath, rootPath, type SafePath } from './path.ts'
import { maxPartNumber, type BodyOptions, type Multipart, type ObjectInfo, type Part } from './store.ts'
import type { Workplace } from './workplace.ts'

/**
 * An upload is a folder: `upload.json` says where it goes, each part is a file of its own, and
 * `done.json` stands there once it was joined, so that a completion whose answer was lost can be
 * asked for again. Everything is on disk, so a restart changes nothing.
 */
export class LocalMultipart implements Multipart {
  readonly #workplace: Workplace
  readonly #place: (temp: string, path: SafePath) => Promise<ObjectInfo>
  readonly #completing = new Map<string, Promise<ObjectInfo>>()

  constructor(workplace: Workplace, place: (temp: string, path: SafePath) => Promise<ObjectInfo>) {
    this.#workplace = workplace
    this.#place = place
  }

  async create(path: SafePath): Promise<string> {
    if (path === rootPath) throw invalidPath()
    // 192 bits: whoever knows the id may send parts, as with a presigned URL.
    const id = randomBytes(24).toString('base64url')
    const uploads = await this.#workplace.make('multipart')
    await mkdir(join(uploads, id))
    await this.#writeJson(id, 'upload.json', { path })
    await syncFolder(uploads)
    return id
  }

  async putPart(uploadId: string, number: number, body: AsyncIterable<Uint8Array>, options: BodyOptions = {}): Promise<Part> {
    if (!Number.isInteger(number) || number < 1 || number > maxPartNumber) throw invalid(`Part numbers go from 1 to ${maxPartNumber}.`)
    const folder = this.#folder(uploadId)
    const path = await this.#open(folder)
    let temp: string | undefined
    try {
      temp = await this.#workplace.write(async (handle) => { await writeAll(handle, body, options) })
      const info = infoOf(await lstat(temp, { bigint: true }))
      if (await unless(rename(temp, join(folder, partName(number))).then(() => true), 'ENOENT') === undefined) throw unknownUpload()
      await syncFolder(folder)
      return { number, size: info.size, etag: info.etag }
    } catch (error) {
      if (temp !== undefined) await removeFile(temp)
      throw explain(error, path)
    }
  }

  async parts(uploadId: string): Promise<{ path: SafePath; parts: Part[] } | undefined> {
    const folder = this.#folder(uploadId)
    const manifest = await readJson<{ path: SafePath }>(join(folder, 'upload.json'))
    if (manifest === undefined || await readJson(join(folder, 'done.json')) !== undefined) return undefined
    const parts: Part[] = []
    for (const name of (await readdir(folder)).sort()) {
      if (!/^part-\d{5}$/.test(name)) continue
      const { size, etag } = infoOf(await lstat(join(folder, name), { bigint: true }))
      parts.push({ number: Number(name.slice(5)), size, etag })
    }
    return { path: manifest.path, parts }
  }

  complete(uploadId: string, path: SafePath, parts: readonly { number: number; etag: string | undefined }[], options: { limit?: number } = {}): Promise<ObjectInfo> {
    const running = this.#completing.get(uploadId)
    if (running !== undefined) return running
    const work = this.#join(uploadId, path, parts, options.limit ?? Infinity)
    this.#completing.set(uploadId, work)
    const forget = (): void => { this.#completing.delete(uploadId) }
    work.then(forget, forget)
    return work
  }

  async abort(uploadId: string): Promise<void> {
    await rm(this.#folder(uploadId), { recursive: true, force: true })
  }

  async abandoned(beforeMs: number, remove: boolean): Promise<number> {
    const uploads = this.#workplace.folder('multipart')
    let count = 0
    for (const id of await unless(readdir(uploads), 'ENOENT', 'ENOTDIR') ?? []) {
      const folder = join(uploads, id)
      // Each part that comes changes it.
      const stat = await unless(lstat(folder), 'ENOENT')
      if (stat === undefined || stat.mtimeMs >= beforeMs) continue
      if (await readJson(join(folder, 'done.json')) === undefined) count += 1
      if (remove) await rm(folder, { recursive: true, force: true })
    }
    return count
  }

  async #join(uploadId: string, path: SafePath, wanted: readonly { number: number; etag: string | undefined }[], limit: number): Promise<ObjectInfo> {
    const folder = this.#folder(uploadId)
    const manifest = await readJson<{ path: SafePath }>(join(folder, 'upload.json'))
    if (manifest === undefined) throw unknownUpload()
    if (manifest.path !== path) throw invalid('The upload was begun for another path.')
    const done = await readJson<ObjectInfo>(join(folder, 'done.json'))
    if (done !== undefined) return done
    const present = await this.parts(uploadId)
    checkParts(wanted, present?.parts ?? [], limit)
    try {
      const temp = await this.#workplace.write(async (handle) => {
        const buffer = Buffer.allocUnsafeSlow(1 << 20)
        for (const { number } of wanted) await append(handle, join(folder, partName(number)), buffer)
      })
      const info = await this.#place(temp, path)
      await this.#writeJson(uploadId, 'done.json', info)
      for (const { number } of present!.parts) await removeFile(join(folder, partName(number)))
      return info
    } catch (error) {
      throw explain(error, path)
    }
  }

  #folder(uploadId: string): string {
    if (!/^[\w-]{32}$/.test(uploadId)) throw unknownUpload()
    return join(this.#workplace.folder('multipart'), uploadId)
  }

  /** The path of an upload that still takes parts. */
  async #open(folder: string): Promise<SafePath> {
    const manifest = await readJson<{ path: SafePath }>(join(folder, 'upload.json'))
    if (manifest === undefined || await readJson(join(folder, 'done.json')) !== undefined) throw unknownUpload()
    return manifest.path
  }

  async #writeJson(uploadId: string, name: string, value: unknown): Promise<void> {
    const temp = await this.#workplace.write(async (handle) => { await handle.writeFile(JSON.stringify(value)) })
    await publish(temp, join(this.#folder(uploadId), name))
  }
}

const partName = (number: number): string => `part-${String(number).padStart(5, '0')}`
export const unknownUpload = (): Error => notFound('There is no such upload; it was completed, given up or never begun.')

async function readJson<T>(path: string): Promise<T | undefined> {
  const text = await unless(readFile(path, 'utf8'), 'ENOENT', 'ENOTDIR')
  return text === undefined ? undefined : JSON.parse(text) as T
}

/** Throws where a completion does not name parts that are there, once each and in order. */
export function checkParts(wanted: readonly { number: number; etag: string | undefined }[], present: readonly Part[], limit: number): void {
  if (wanted.length === 0) throw invalid('A completion must name at least one part.')
  const byNumber = new Map(present.map((part) => [part.number, part]))
  let last = 0
  let size = 0
  for (const { number, etag } of wanted) {
    if (!(number > last)) throw invalid('Parts must be named once each, in ascending order.')
    last = number
    const part = byNumber.get(number)
    if (part === undefined) throw invalid(`Part ${number} was not uploaded.`)
    if (etag !== undefined && etag !== '' && bare(etag) !== bare(part.etag)) throw invalid(`Part ${number} is not the one with that ETag.`)
    size += part.size
  }
  if (size > limit) throw tooLarge(limit)
}

const bare = (etag: string): string => etag.replace(/^W\//, '').replaceAll('"', '')

async function append(target: FileHandle, part: string, buffer: Buffer): Promise<void> {
  const opened = await openFile(part)
  if (opened === undefined) throw unknownUpload()
  try {
    for (;;) {
      const { bytesRead } = await opened.handle.read(buffer, 0, buffer.length)
      if (bytesRead === 0) return
      for (let at = 0; at < bytesRead;) at += (await target.write(buffer, at, bytesRead - at)).bytesWritten
    }
  } finally {
    await opened.handle.close()
  }
}
