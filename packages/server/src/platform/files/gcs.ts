import { randomBytes } from 'node:crypto'
import { Storage, type File, type FileMetadata } from '@google-cloud/storage'
import { isSilence, StorageProblem, type Bucket, type BucketObject, type OnlyIf, type ProblemKind, type SignedUrl } from './bucket.ts'
import type { GcsSettings } from './settings.ts'

const markName = 'cairn-upload'
/** As many as one request joins. */
const joinedAtOnce = 32
const begun = 'begun'

/**
 * A bucket of Google Cloud Storage, with Google's application default credentials. A part is an
 * object below `prefix` + `.cairn-store/`, which listings leave out, and the whole is composed of
 * them: a signed URL then does for a part what it does for a file.
 *
 * Generations are the tags: each write of an object makes a new one.
 */
export function openGcs(name: string, prefix: string, settings: GcsSettings): Bucket {
  const { endpoint, timeoutMs } = settings
  const storage = new Storage({
    ...(endpoint !== undefined && { apiEndpoint: endpoint, useAuthWithCustomEndpoint: false, projectId: 'emulated' }),
    retryOptions: { autoRetry: true, maxRetries: 2, retryDelayMultiplier: 2, maxRetryDelay: 2, totalTimeout: Math.ceil(timeoutMs / 1000) },
  })
  // Where STORAGE_EMULATOR_HOST is set the client takes it for the whole of its base, without the API's path.
  if (endpoint !== undefined) storage.baseUrl = `${endpoint.replace(/\/+$/, '')}/storage/v1`
  const bucket = storage.bucket(name)
  const uri = `gs://${name}`
  const hidden = `${prefix}.cairn-store/`

  const ask = async <T>(work: () => Promise<T>): Promise<T> => {
    const { promise: late, reject } = Promise.withResolvers<never>()
    const timer = setTimeout(() => reject(new StorageProblem('silent', `${uri}: no answer for ${timeoutMs * 2} ms`)), timeoutMs * 2)
    try {
      return await Promise.race([work(), late])
    } catch (error) {
      throw problem(uri, error)
    } finally {
      clearTimeout(timer)
    }
  }
  const orAbsent = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await ask(work)
    } catch (error) {
      if (error instanceof StorageProblem && isAbsent(error.cause)) return undefined
      throw error
    }
  }
  const write = (file: File, content: Uint8Array, onlyIf: OnlyIf) => ask(async () => {
    await file.save(Buffer.from(content.buffer, content.byteOffset, content.length), { resumable: false, preconditionOpts: generationOf(onlyIf) })
    return file.metadata
  })
  const remove = async (keys: readonly string[]): Promise<void> => {
    const left = [...keys]
    await Promise.all(Array.from({ length: 16 }, async () => {
      for (let key = left.pop(); key !== undefined; key = left.pop()) {
        const gone = bucket.file(key)
        await orAbsent(() => gone.delete())
      }
    }))
  }
  /** Everything of an upload in parts. */
  const pieces = async (uploadId: string): Promise<File[]> => {
    const [files] = await ask(() => bucket.getFiles({ prefix: `${hidden}${uploadId}/` }))
    return files
  }
  const piece = (uploadId: string, piecename: string): File => bucket.file(`${hidden}${uploadId}/${piecename}`)
  const join = (sources: readonly File[], target: File, onlyIf: OnlyIf) => ask(async () => {
    const { ifGenerationMatch } = generationOf(onlyIf)
    await bucket.combine([...sources], target, ifGenerationMatch === undefined ? {} : { ifGenerationMatch })
  })

  return {
    uri,
    partSize: 16 * 2 ** 20,
    async check() {
      // The credentials of a server seldom may look at the bucket itself.
      await ask(() => bucket.getFiles({ prefix, maxResults: 1, autoPaginate: false }))
    },
    async head(key) {
      const answer = await orAbsent(() => bucket.file(key).getMetadata())
      return answer === undefined ? undefined : objectOf(key, answer[0])
    },
    async read(key, from, to, etag) {
      const stream = bucket.file(key, { generation: bare(etag) }).createReadStream({ start: from, end: to, validation: false })
      return told(uri, stream)
    },
    async put(key, content, onlyIf) {
      return { etag: tagOf(await write(bucket.file(key), content, onlyIf)) }
    },
    list: (start, { byFolder, after, limit }) => ask(async () => {
      const [files, next, answer] = await bucket.getFiles({
        prefix: start, maxResults: limit, autoPaginate: false, ...(byFolder && { delimiter: '/' }), ...(after !== undefined && { pageToken: after }),
      }) as [File[], { pageToken?: string } | null, { prefixes?: string[] }]
      return {
        objects: files.filter((file) => !file.name.startsWith(hidden)).map((file) => objectOf(file.name, file.metadata)),
        folders: (answer.prefixes ?? []).filter((folder) => folder !== hidden),
        next: next?.pageToken,
      }
    }),
    remove,
    async begin() {
      const id = randomBytes(12).toString('base64url')
      await write(piece(id, begun), Buffer.alloc(0), undefined)
      return id
    },
    async sendPart(_key, uploadId, number, content) {
      return md5Of(await write(piece(uploadId, partName(number)), content, undefined))
    },
    async parts(_key, uploadId) {
      const files = await pieces(uploadId)
      if (!files.some((file) => file.name.endsWith(`/${begun}`))) return undefined
      return files.flatMap((file) => {
        const number = /\/part-(\d{5})$/.exec(file.name)?.[1]
        return number === undefined ? [] : [{ number: Number(number), size: Number(file.metadata.size ?? 0), etag: md5Of(file.metadata) }]
      })
    },
    async finish(key, uploadId, parts, { onlyIf, mark }) {
      let level = 0
      let sources = parts.map(({ number }) => piece(uploadId, partName(number)))
      for (; sources.length > joinedAtOnce; level += 1) {
        const joined: File[] = []
        for (let at = 0; at < sources.length; at += joinedAtOnce) {
          const target = piece(uploadId, `joined-${level}-${joined.length}`)
          await join(sources.slice(at, at + joinedAtOnce), target, undefined)
          joined.push(target)
        }
        sources = joined
      }
      const whole = bucket.file(key)
      await join(sources, whole, onlyIf)
      // Killed before this, the completion is asked for again, and the parts are still there.
      const [metadata] = await ask(() => whole.setMetadata({ metadata: { [markName]: mark } }))
      await remove((await pieces(uploadId)).map((file) => file.name))
      return { etag: tagOf(metadata) }
    },
    async cancel(_key, uploadId) {
      await remove((await pieces(uploadId)).map((file) => file.name))
    },
    async* uploads() {
      // Its parts follow one another; the newest says when somebody last went on with it.
      let current: { key: string; uploadId: string; begunMs: number } | undefined
      for (let pageToken: string | undefined, more = true; more;) {
        const [files, next] = await ask(() => bucket.getFiles({ prefix: hidden, maxResults: 1000, autoPaginate: false, ...(pageToken !== undefined && { pageToken }) })) as [File[], { pageToken?: string } | null, unknown]
        for (const { name: key, metadata } of files) {
          const uploadId = key.slice(hidden.length).split('/')[0]!
          if (current !== undefined && current.uploadId !== uploadId) yield current
          current = { key, uploadId, begunMs: Math.max(current?.uploadId === uploadId ? current.begunMs : 0, Date.parse(metadata.updated ?? '') || Date.now()) }
        }
        pageToken = next?.pageToken
        more = pageToken !== undefined
      }
      if (current !== undefined) yield current
    },
    // An emulator has no credentials to sign with, and looks at no signature.
    ...(endpoint === undefined && {
      sign: (key, method, seconds, disposition): Promise<SignedUrl> => sign(bucket.file(key), method, seconds, disposition),
      signPart: (_key, uploadId, number, seconds): Promise<SignedUrl> => sign(piece(uploadId, partName(number)), 'PUT', seconds),
    } satisfies Partial<Bucket>),
    close() {},
  }

  async function sign(file: File, method: 'GET' | 'PUT', seconds: number, disposition?: string): Promise<SignedUrl> {
    const [url] = await ask(() => file.getSignedUrl({
      version: 'v4', action: method === 'GET' ? 'read' : 'write', expires: Date.now() + seconds * 1000, ...(disposition !== undefined && { responseDisposition: disposition }),
    }))
    return { url, headers: {} }
  }
}

const partName = (number: number): string => `part-${String(number).padStart(5, '0')}`
const bare = (etag: string): string => etag.replaceAll('"', '')
const tagOf = ({ generation }: FileMetadata): string => `"${generation}"`
/** What the storage answers to a PUT, and so what clients send back. */
const md5Of = ({ md5Hash = '' }: FileMetadata): string => `"${Buffer.from(md5Hash, 'base64').toString('hex')}"`
const generationOf = (onlyIf: OnlyIf): { ifGenerationMatch?: string | number } =>
  (onlyIf === undefined ? {} : { ifGenerationMatch: onlyIf === 'new' ? 0 : bare(onlyIf.etag) })

function objectOf(key: string, metadata: FileMetadata): BucketObject {
  const mark = metadata.metadata?.[markName]
  return {
    key, info: { size: Number(metadata.size ?? 0), modifiedMs: Date.parse(metadata.updated ?? '') || 0, etag: tagOf(metadata) },
    mark: typeof mark === 'string' ? mark : undefined,
  }
}

/** Its requests begin when it is read, so their failures come with the bytes. */
async function* told(uri: string, stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* stream
  } catch (error) {
    throw problem(uri, error)
  }
}

interface ApiError { readonly code?: number | string; readonly message?: string; readonly name?: string }

const isAbsent = (error: unknown): boolean => Number((error as ApiError | undefined)?.code) === 404

function problem(uri: string, error: unknown): StorageProblem {
  if (error instanceof StorageProblem) return error
  const { message = '', code } = error as ApiError
  return new StorageProblem(kindOf(error as ApiError), `${uri}: ${code ?? ''} ${message.split('\n')[0]}`, { cause: error })
}

function kindOf(error: ApiError): ProblemKind {
  const code = Number(error.code)
  if (code === 404) return 'absent'
  if (code === 412) return 'changed'
  if (code === 401 || code === 403 || /default credentials/i.test(error.message ?? '')) return 'forbidden'
  if (isSilence(error) || code === 429 || code >= 500) return 'silent'
  return 'other'
}
