import type { Dirent } from 'node:fs'
import { lstat, mkdir, readdir, realpath, rename, rm, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { invalid } from '@cairn/protocol'
import { explain, infoOf, locate, makeFolders, openFile, publish, removeFile, syncFolder, unexpected, unless, writeAll } from './disk.ts'
import { LocalMultipart } from './local-multipart.ts'
import { invalidPath, joinPath, rootPath, type SafePath } from './path.ts'
import { FilePieces, pieceSizes } from './pieces.ts'
import type { BodyOptions, Entry, ObjectInfo, ObjectStore, OpenObject, PutOptions } from './store.ts'
import { Workplace, workplaceName } from './workplace.ts'

/** A folder as a store. What an earlier process left half done in it is removed. */
export async function openLocalStore(folder: string, options: { now?: () => number } = {}): Promise<LocalStore> {
  await mkdir(folder, { recursive: true })
  // The operator may link the folder itself to wherever the disk is.
  const root = await realpath(folder)
  const store = new LocalStore(root)
  await new Workplace(root).sweep((options.now ?? Date.now)())
  return store
}

const statsAtOnce = 32
/** In large pieces 100 MB take a third less processor time. Few may have them at once, for slow readers hold them. */
const largeFrom = 8 << 20
const mostInLargePieces = 8

export class LocalStore implements ObjectStore {
  readonly root: string
  readonly multipart: LocalMultipart
  readonly #workplace: Workplace
  #inLargePieces = 0

  constructor(root: string) {
    this.root = root
    this.#workplace = new Workplace(root)
    this.multipart = new LocalMultipart(this.#workplace, (temp, path) => this.#place(temp, path, undefined))
  }

  async put(path: SafePath, body: AsyncIterable<Uint8Array>, options: PutOptions = {}): Promise<ObjectInfo> {
    // Before a body of gigabytes, and again when it is there.
    await this.#vacancy(path, options.onlyIf)
    const temp = await this.#write(path, body, options)
    return this.#place(temp, path, options.onlyIf)
  }

  async stat(path: SafePath): Promise<ObjectInfo | 'folder' | undefined> {
    const { stat } = await this.#locate(path)
    if (stat?.isDirectory()) return 'folder'
    return stat?.isFile() ? infoOf(stat) : undefined
  }

  async open(path: SafePath): Promise<OpenObject | 'folder' | undefined> {
    const { absolute, stat } = await this.#locate(path)
    if (stat?.isDirectory()) return 'folder'
    const opened = stat?.isFile() ? await openFile(absolute) : undefined
    if (opened === undefined) return undefined
    const { handle } = opened
    const info = infoOf(opened.stat)
    let used = false
    const close = async (): Promise<void> => {
      if (!used) await handle.close()
      used = true
    }
    return {
      info,
      read: (from = 0, to = info.size - 1) => {
        used = true
        if (to - from < largeFrom || this.#inLargePieces >= mostInLargePieces) return new FilePieces(handle, from, to)
        this.#inLargePieces += 1
        return new FilePieces(handle, from, to, pieceSizes.large, () => { this.#inLargePieces -= 1 })
      },
      [Symbol.asyncDispose]: close,
    }
  }

  async list(path: SafePath, page: { after?: string; limit?: number } = {}): Promise<{ entries: Entry[]; next: string | undefined }> {
    const { after, limit = Infinity } = page
    const all = await this.#names(path)
    const from = after === undefined ? 0 : all.findIndex(({ name }) => name > after)
    if (from < 0) return { entries: [], next: undefined }
    const chosen = all.slice(from, from + limit)
    const entries: Entry[] = []
    for (let at = 0; at < chosen.length; at += statsAtOnce) {
      const some = await Promise.all(chosen.slice(at, at + statsAtOnce).map(async (dirent): Promise<Entry | undefined> => {
        if (dirent.isDirectory()) return { name: dirent.name, isFolder: true }
        const stat = await unless(lstat(join(dirent.parentPath, dirent.name)), 'ENOENT')
        return stat?.isFile() ? { name: dirent.name, isFolder: false, size: stat.size } : undefined
      }))
      for (const entry of some) if (entry !== undefined) entries.push(entry)
    }
    return { entries, next: from + chosen.length < all.length ? chosen.at(-1)!.name : undefined }
  }

  async* walk(path: SafePath): AsyncIterable<{ path: SafePath; info: ObjectInfo }> {
    for (const dirent of await this.#names(path)) {
      // A name on disk is one segment by nature: it holds no slash and is neither `.` nor `..`.
      const below = joinPath(path, dirent.name as SafePath)
      if (dirent.isDirectory()) {
        yield* this.walk(below)
        continue
      }
      const stat = await unless(lstat(join(dirent.parentPath, dirent.name), { bigint: true }), 'ENOENT')
      if (stat?.isFile()) yield { path: below, info: infoOf(stat) }
    }
  }

  async delete(path: SafePath): Promise<void> {
    if (path === rootPath) throw invalid('The root cannot be deleted.')
    const { absolute, stat } = await this.#locate(path)
    if (stat === undefined) return
    if (!stat.isDirectory()) {
      await unless(unlink(absolute), 'ENOENT')
      await syncFolder(dirname(absolute))
      return
    }
    // Out of sight in one step; then it may take its time, and a crash leaves it to the sweep.
    const doomed = await this.#workplace.name('deleting')
    if (await unless(rename(absolute, doomed).then(() => true), 'ENOENT') === undefined) return
    await syncFolder(dirname(absolute))
    await rm(doomed, { recursive: true, force: true })
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  async #locate(path: SafePath): ReturnType<typeof locate> {
    // Case folds on some file systems.
    if (/^[^/]*/.exec(path)![0].toLowerCase() === workplaceName) throw invalidPath()
    try {
      return await locate(this.root, path)
    } catch (error) {
      throw explain(error, path)
    }
  }

  /** The names in a folder, sorted; links and devices are not there. */
  async #names(path: SafePath): Promise<Dirent[]> {
    const { absolute, stat } = await this.#locate(path)
    if (!stat?.isDirectory()) return []
    const all = await unless(readdir(absolute, { withFileTypes: true }), 'ENOENT', 'ENOTDIR') ?? []
    return all
      .filter((dirent) => (dirent.isFile() || dirent.isDirectory()) && !(path === rootPath && dirent.name === workplaceName))
      .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
  }

  async #vacancy(path: SafePath, onlyIf: PutOptions['onlyIf']): Promise<string> {
    if (path === rootPath) throw invalidPath()
    const { absolute, stat } = await this.#locate(path)
    if (stat?.isDirectory()) throw invalid(`There is a folder at '${path}'.`)
    if (onlyIf === 'new' ? stat !== undefined : onlyIf !== undefined && (stat === undefined || infoOf(stat).etag !== onlyIf.etag)) {
      throw unexpected(path)
    }
    return absolute
  }

  async #write(path: SafePath, body: AsyncIterable<Uint8Array>, options: BodyOptions): Promise<string> {
    try {
      return await this.#workplace.write(async (handle) => { await writeAll(handle, body, options) })
    } catch (error) {
      throw explain(error, path)
    }
  }

  async #place(temp: string, path: SafePath, onlyIf: PutOptions['onlyIf']): Promise<ObjectInfo> {
    try {
      const absolute = await this.#vacancy(path, onlyIf)
      const info = infoOf(await lstat(temp, { bigint: true }))
      await makeFolders(dirname(absolute))
      if (!await publish(temp, absolute, onlyIf === 'new')) throw unexpected(path)
      return info
    } catch (error) {
      await removeFile(temp)
      throw explain(error, path)
    }
  }
}
