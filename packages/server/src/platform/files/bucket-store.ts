import { randomBytes } from 'node:crypto'
import { CairnError, invalid } from '@cairn/protocol'
import { shownProblem, StorageProblem, type Bucket } from './bucket.ts'
import { BucketMultipart } from './bucket-multipart.ts'
import { readObject } from './bucket-read.ts'
import { upload } from './bucket-upload.ts'
import { unexpected } from './disk.ts'
import { invalidPath, rootPath, type SafePath } from './path.ts'
import { workplaceName } from './workplace.ts'
import type { Entry, ObjectInfo, ObjectStore, OpenObject, PutOptions } from './store.ts'

export interface BucketStoreOptions {
  /** Keys begin with it; "" or ends in `/`. */
  readonly prefix: string
  /** Whether clients may be sent to the storage itself. */
  readonly sign: boolean
  /** How long the storage may say nothing while it sends. */
  readonly timeoutMs: number
}

const pageSize = 1000

/**
 * The objects of a bucket below a prefix as files in folders. Nothing but what begins with the
 * prefix is read, listed, written or deleted.
 *
 * Other than on a disk a file and a folder may have the same name; the file is what `open` finds.
 */
export class BucketStore implements ObjectStore {
  readonly bucket: Bucket
  readonly multipart: BucketMultipart
  readonly presign?: ObjectStore['presign']
  readonly #options: BucketStoreOptions

  constructor(bucket: Bucket, options: BucketStoreOptions) {
    this.bucket = bucket
    this.#options = options
    const keyOf = (path: SafePath): string => this.#key(path)
    this.multipart = new BucketMultipart(bucket, keyOf, options)
    const { sign } = bucket
    if (options.sign && sign !== undefined) {
      this.presign = async (path, method, expires, disposition) => {
        try {
          return await sign(keyOf(path), method, expires, disposition)
        } catch (error) {
          throw shownProblem(error)
        }
      }
    }
  }

  async put(path: SafePath, body: AsyncIterable<Uint8Array>, options: PutOptions = {}): Promise<ObjectInfo> {
    if (path === rootPath) throw invalidPath()
    const key = this.#key(path)
    const { onlyIf } = options
    return this.#ask(path, async () => {
      // Before a body of gigabytes; the storage looks again when it is there.
      if (onlyIf !== undefined) {
        const present = await this.bucket.head(key)
        if (onlyIf === 'new' ? present !== undefined : present?.info.etag !== onlyIf.etag) throw unexpected(path)
      }
      const mark = randomBytes(12).toString('base64url')
      const { size, etag } = await upload(this.bucket, key, body, { ...options, onlyIf, mark })
      return { size, etag, modifiedMs: Date.now() }
    })
  }

  async stat(path: SafePath): Promise<ObjectInfo | 'folder' | undefined> {
    return this.#ask(path, async () => {
      if (path === rootPath) return 'folder'
      const object = await this.bucket.head(this.#key(path))
      if (object !== undefined) return object.info
      const { objects } = await this.bucket.list(`${this.#key(path)}/`, { byFolder: false, limit: 1 })
      return objects.length > 0 ? 'folder' : undefined
    })
  }

  async open(path: SafePath): Promise<OpenObject | 'folder' | undefined> {
    const info = await this.stat(path)
    if (info === undefined || info === 'folder') return info
    const key = this.#key(path)
    return {
      info,
      read: (from = 0, to = info.size - 1) => this.#pieces(path, readObject(this.bucket, key, from, to, info.etag, this.#options.timeoutMs)),
      async [Symbol.asyncDispose]() {},
    }
  }

  async list(path: SafePath, page: { after?: string; limit?: number } = {}): Promise<{ entries: Entry[]; next: string | undefined }> {
    const { limit = Infinity } = page
    const prefix = this.#folder(path)
    return this.#ask(path, async () => {
      const entries: Entry[] = []
      let after = page.after
      do {
        const answer = await this.bucket.list(prefix, { byFolder: true, after, limit: Math.min(pageSize, limit - entries.length) })
        const found: Entry[] = [
          ...answer.folders.map((key): Entry => ({ name: key.slice(prefix.length, -1), isFolder: true })),
          ...answer.objects.map(({ key, info }): Entry => ({ name: key.slice(prefix.length), isFolder: false, size: info.size })),
        ]
        // A key that ends in `/` is how some consoles draw a folder.
        entries.push(...found.filter(({ name }) => isName(name)).sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)))
        after = answer.next
      } while (after !== undefined && entries.length < limit)
      return { entries, next: after }
    })
  }

  async* walk(path: SafePath): AsyncIterable<{ path: SafePath; info: ObjectInfo }> {
    const prefix = this.#folder(path)
    let after: string | undefined
    do {
      const page = await this.#ask(path, () => this.bucket.list(prefix, { byFolder: false, after, limit: pageSize }))
      for (const { key, info } of page.objects) {
        const below = key.slice(this.#options.prefix.length)
        // What other programs wrote may be named in a way that would lead out of a folder.
        if (below.split('/').every(isName)) yield { path: below as SafePath, info }
      }
      after = page.next
    } while (after !== undefined)
  }

  async delete(path: SafePath): Promise<void> {
    if (path === rootPath) throw invalid('The root cannot be deleted.')
    const key = this.#key(path)
    return this.#ask(path, async () => {
      await this.bucket.remove([key])
      // From the start each time: what was listed is gone.
      for (;;) {
        const { objects } = await this.bucket.list(`${key}/`, { byFolder: false, limit: pageSize })
        if (objects.length === 0) return
        await this.bucket.remove(objects.map((object) => object.key))
      }
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.bucket.close()
  }

  #key(path: SafePath): string {
    // As on a disk: where a storage keeps parts, nobody reads or writes by name.
    if (/^[^/]*/.exec(path)![0] === workplaceName) throw invalidPath()
    return this.#options.prefix + path
  }

  #folder(path: SafePath): string {
    return path === rootPath ? this.#options.prefix : `${this.#key(path)}/`
  }

  async* #pieces(path: SafePath, pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    try {
      yield* pieces
    } catch (error) {
      throw this.#shown(path, error)
    }
  }

  async #ask<T>(path: SafePath, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw this.#shown(path, error)
    }
  }

  #shown(path: SafePath, error: unknown): unknown {
    if (error instanceof StorageProblem && error.kind === 'changed') return unexpected(path)
    return error instanceof CairnError ? error : shownProblem(error)
  }
}

const isName = (name: string): boolean => name !== '' && name !== '.' && name !== '..' && !/[\p{Cc}\\/]/u.test(name)
