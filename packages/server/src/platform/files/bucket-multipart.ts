import { randomBytes } from 'node:crypto'
import { invalid } from '@cairn/protocol'
import { shownProblem, StorageProblem, type Bucket } from './bucket.ts'
import { tooLarge } from './disk.ts'
import { checkParts, unknownUpload } from './local-multipart.ts'
import { invalidPath, rootPath, safePath, type SafePath } from './path.ts'
import { maxPartNumber, type BodyOptions, type Multipart, type ObjectInfo, type Part } from './store.ts'

/** Of a part that comes through this server, which must know its length before the storage takes it. */
const maxThrough = 64 * 1024 * 1024
const partUrlSeconds = 3600

interface Upload { readonly path: SafePath; readonly mark: string; readonly id: string }

/**
 * Uploads in parts that the storage keeps, so that any replica goes on with any of them. Their id
 * here holds the path and the storage's own id: the storage takes an id only for its own key, and the
 * key lies below the store's prefix whatever the id says.
 */
export class BucketMultipart implements Multipart {
  readonly presignPart?: Multipart['presignPart']
  readonly #bucket: Bucket
  readonly #keyOf: (path: SafePath) => string
  readonly #prefix: string

  constructor(bucket: Bucket, keyOf: (path: SafePath) => string, { prefix, sign }: { readonly prefix: string; readonly sign: boolean }) {
    this.#bucket = bucket
    this.#prefix = prefix
    this.#keyOf = keyOf
    const { signPart } = bucket
    if (sign && signPart !== undefined) {
      this.presignPart = (uploadId, number) => {
        const { path, id } = readId(uploadId)
        return signPart(keyOf(path), id, number, partUrlSeconds)
      }
    }
  }

  async create(path: SafePath): Promise<string> {
    if (path === rootPath) throw invalidPath()
    return this.#ask(async () => {
      const mark = randomBytes(12).toString('base64url')
      return writeId({ path, mark, id: await this.#bucket.begin(this.#keyOf(path), mark) })
    })
  }

  async putPart(uploadId: string, number: number, body: AsyncIterable<Uint8Array>, options: BodyOptions = {}): Promise<Part> {
    if (!Number.isInteger(number) || number < 1 || number > maxPartNumber) throw invalid(`Part numbers go from 1 to ${maxPartNumber}.`)
    const { path, id } = readId(uploadId)
    const limit = Math.min(options.limit ?? Infinity, maxThrough)
    const pieces: Uint8Array[] = []
    let size = 0
    for await (const piece of body) {
      size += piece.length
      if (size > limit) throw tooLarge(limit)
      pieces.push(options.owned ? piece : Buffer.from(piece))
    }
    return this.#ask(async () => ({ number, size, etag: await this.#bucket.sendPart(this.#keyOf(path), id, number, Buffer.concat(pieces)) }))
  }

  async parts(uploadId: string): Promise<{ path: SafePath; parts: Part[] } | undefined> {
    const { path, id } = readId(uploadId)
    const parts = await this.#ask(() => this.#bucket.parts(this.#keyOf(path), id))
    return parts === undefined ? undefined : { path, parts }
  }

  complete(uploadId: string, path: SafePath, wanted: readonly { number: number; etag: string | undefined }[], options: { limit?: number } = {}): Promise<ObjectInfo> {
    return this.#ask(async () => {
      const upload = readId(uploadId)
      if (upload.path !== path) throw invalid('The upload was begun for another path.')
      const key = this.#keyOf(path)
      const parts = await this.#bucket.parts(key, upload.id)
      if (parts === undefined) return this.#completed(key, upload)
      checkParts(wanted, parts, options.limit ?? Infinity)
      const byNumber = new Map(parts.map((part) => [part.number, part.etag]))
      try {
        await this.#bucket.finish(key, upload.id, wanted.map(({ number }) => ({ number, etag: byNumber.get(number)! })), { onlyIf: undefined, mark: upload.mark })
      } catch (error) {
        // Somebody else completed it meanwhile, or its answer was lost.
        if (!(error instanceof StorageProblem) || (error.kind !== 'no-upload' && error.kind !== 'silent')) throw error
        return this.#completed(key, upload, error)
      }
      return this.#completed(key, upload)
    })
  }

  async abort(uploadId: string): Promise<void> {
    const { path, id } = readId(uploadId)
    await this.#ask(() => this.#bucket.cancel(this.#keyOf(path), id))
  }

  abandoned(beforeMs: number, remove: boolean): Promise<number> {
    return this.#ask(async () => {
      let count = 0
      for await (const { key, uploadId, begunMs } of this.#bucket.uploads?.(this.#prefix) ?? []) {
        if (begunMs >= beforeMs) continue
        count += 1
        if (remove) await this.#bucket.cancel(key, uploadId)
      }
      return count
    })
  }

  /** What an upload that is no more became, if it is what stands there. */
  async #completed(key: string, { mark }: Upload, otherwise: Error = unknownUpload()): Promise<ObjectInfo> {
    const object = await this.#bucket.head(key)
    if (object?.mark !== mark) throw otherwise instanceof StorageProblem && otherwise.kind === 'no-upload' ? unknownUpload() : otherwise
    return object.info
  }

  async #ask<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      if (error instanceof StorageProblem && error.kind === 'no-upload') throw unknownUpload()
      throw shownProblem(error)
    }
  }
}

const writeId = ({ path, mark, id }: Upload): string => Buffer.from(JSON.stringify([path, mark, id])).toString('base64url')

function readId(uploadId: string): Upload {
  try {
    const [path, mark, id] = JSON.parse(Buffer.from(uploadId, 'base64url').toString()) as unknown[]
    if (typeof path === 'string' && typeof mark === 'string' && typeof id === 'string' && path !== '' && id !== '' && safePath(path) === path) {
      return { path: path as SafePath, mark, id }
    }
  } catch {
    // Not one of ours.
  }
  throw unknownUpload()
}
