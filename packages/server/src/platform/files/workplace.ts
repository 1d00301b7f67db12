import { randomBytes } from 'node:crypto'
import { lstat, open, readdir, rm, type FileHandle } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { makeFolders, removeFile, unless } from './disk.ts'

/**
 * The folder in which a store prepares what is not yet visible: files that are being written,
 * folders that are being deleted, uploads in parts. It lies in the store itself, because only
 * inside one file system is a rename atomic.
 */
export const workplaceName = '.cairn-store'

const kinds = ['writing', 'deleting', 'multipart'] as const
type Kind = (typeof kinds)[number]

const weekMs = 7 * 24 * 3600 * 1000

// Several servers may share one store (a network folder), so what is left over must say whose it
// was: a file of a process that still runs is not left over.
const host = hostname().replace(/[^\w.]/g, '_')
const processToken = `${host}~${process.pid}~${randomBytes(4).toString('hex')}`

export class Workplace {
  readonly #root: string
  readonly #ready = new Map<Kind, Promise<string>>()

  constructor(root: string) {
    this.#root = join(root, workplaceName)
  }

  folder(kind: Kind): string {
    return join(this.#root, kind)
  }

  /** Made at the first write, so that a store that is only read may be read-only. */
  async make(kind: Kind): Promise<string> {
    let ready = this.#ready.get(kind)
    if (ready === undefined) {
      const folder = this.folder(kind)
      ready = makeFolders(folder).then(() => folder)
      this.#ready.set(kind, ready)
      ready.catch(() => this.#ready.delete(kind))
    }
    return ready
  }

  /** A new name for something of this process. */
  async name(kind: Kind): Promise<string> {
    return join(await this.make(kind), `${processToken}~${randomBytes(8).toString('hex')}`)
  }

  /** A new file; `fill` writes it. Gone again if that fails, closed in any case. */
  async write(fill: (handle: FileHandle) => Promise<void>): Promise<string> {
    let path = await this.name('writing')
    const handle = await unless(open(path, 'wx'), 'ENOENT') ?? await this.#again(async () => open(path = await this.name('writing'), 'wx'))
    try {
      await fill(handle)
      await handle.sync()
    } catch (error) {
      await handle.close()
      await removeFile(path)
      throw error
    }
    await handle.close()
    return path
  }

  /** Somebody removed the folders since they were made. */
  async #again<T>(attempt: () => Promise<T>): Promise<T> {
    this.#ready.clear()
    return attempt()
  }

  /** Removes what processes that are gone left over, and uploads that nobody went on with for a week. */
  async sweep(now: number): Promise<void> {
    for (const kind of kinds) {
      const folder = this.folder(kind)
      for (const name of await unless(readdir(folder), 'ENOENT', 'ENOTDIR') ?? []) {
        const path = join(folder, name)
        const stat = await unless(lstat(path), 'ENOENT')
        if (stat === undefined) continue
        const old = now - stat.mtimeMs > weekMs
        if (old || (kind !== 'multipart' && isOrphan(name))) await rm(path, { recursive: true, force: true })
      }
    }
  }
}

function isOrphan(name: string): boolean {
  const [owner, pid, token] = name.split('~')
  if (owner !== host) return false
  const number = Number(pid)
  if (number === process.pid) return `${owner}~${pid}~${token}` !== processToken
  try {
    process.kill(number, 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}
