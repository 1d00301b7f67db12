import { randomBytes } from 'node:crypto'
import {
  BlobSASPermissions, BlobServiceClient, generateBlobSASQueryParameters, StorageSharedKeyCredential, type BlobRequestConditions, type ContainerClient,
} from '@azure/storage-blob'
import { isSilence, StorageProblem, type Bucket, type OnlyIf, type ProblemKind, type SignedUrl } from './bucket.ts'
import type { AzureSettings } from './settings.ts'

const markName = 'cairn_upload'

/**
 * A container of Azure Blob Storage, by `container@account.blob.core.windows.net` (`wasbs:`) or its
 * `dfs` name (`abfss:`). As MLflow: AZURE_STORAGE_CONNECTION_STRING, else AZURE_STORAGE_ACCESS_KEY, else
 * the default Azure credential.
 *
 * Azure knows no uploads in parts, only blocks that lie beside a blob until some are named. So an
 * upload is a prefix of block names; a block numbered 0 says that it was begun, and one beyond the
 * last that it was given up. Blocks that nobody named vanish after a week.
 */
export async function openAzure(authority: string, settings: AzureSettings): Promise<Bucket> {
  const [containerName = '', host = ''] = authority.split('@')
  const { service, key } = await connect(host.replace('.dfs.', '.blob.'), settings)
  const container = service.getContainerClient(containerName)
  const uri = `wasbs://${authority}`

  /** With all its retries; nothing else ends a wait for a storage that hangs. */
  const ask = async <T>(work: (abortSignal: AbortSignal) => Promise<T>): Promise<T> => {
    const control = new AbortController()
    const timer = setTimeout(() => control.abort(), settings.timeoutMs * 2)
    try {
      return await work(control.signal)
    } catch (error) {
      throw problem(uri, error)
    } finally {
      clearTimeout(timer)
    }
  }
  const blob = (name: string) => container.getBlockBlobClient(name)
  const blocks = async (name: string, uploadId: string): Promise<Map<number, number>> => {
    const list = await ask((abortSignal) => blob(name).getBlockList('uncommitted', { abortSignal })).catch((error: unknown) => {
      if (error instanceof StorageProblem && isAbsent(error.cause)) return undefined
      throw error
    })
    return new Map((list?.uncommittedBlocks ?? []).flatMap(({ name: id, size }) => {
      const [owner, number] = Buffer.from(id, 'base64').toString('latin1').split('.')
      return owner === uploadId ? [[Number(number), size] as const] : []
    }))
  }
  const stage = async (name: string, uploadId: string, number: number, content: Uint8Array): Promise<void> => {
    await ask((abortSignal) => blob(name).stageBlock(blockId(uploadId, number), content, content.length, { abortSignal }))
  }
  const signed = (name: string, permissions: string, seconds: number, contentDisposition?: string): string => {
    const sas = generateBlobSASQueryParameters({
      containerName, blobName: name, permissions: BlobSASPermissions.parse(permissions), expiresOn: new Date(Date.now() + seconds * 1000),
      ...(contentDisposition !== undefined && { contentDisposition }),
    }, key!)
    return `${blob(name).url}?${sas}`
  }

  return {
    uri,
    partSize: 8 * 2 ** 20,
    async check() {
      await ask((abortSignal) => container.getProperties({ abortSignal }))
    },
    async head(name) {
      try {
        const { contentLength: size = 0, lastModified, etag = '', metadata = {} } = await ask((abortSignal) => blob(name).getProperties({ abortSignal }))
        // A folder of a storage with a real hierarchy.
        if (metadata['hdi_isfolder'] === 'true') return undefined
        return { key: name, info: { size, modifiedMs: lastModified?.getTime() ?? 0, etag: quoted(etag) }, mark: metadata[markName] }
      } catch (error) {
        if (error instanceof StorageProblem && isAbsent(error.cause)) return undefined
        throw error
      }
    },
    read: (name, from, to, etag) => ask(async (abortSignal) => {
      const { readableStreamBody } = await blob(name).download(from, to - from + 1, { conditions: { ifMatch: etag }, maxRetryRequests: 0, abortSignal })
      return readableStreamBody as NodeJS.ReadableStream & AsyncIterable<Uint8Array>
    }),
    put: (name, content, onlyIf) => ask(async (abortSignal) => {
      const { etag = '' } = await blob(name).upload(content, content.length, { conditions: condition(onlyIf), abortSignal })
      return { etag: quoted(etag) }
    }),
    list: (prefix, options) => ask((abortSignal) => list(container, prefix, options, abortSignal)),
    async remove(names) {
      const left = [...names]
      await Promise.all(Array.from({ length: 16 }, async () => {
        for (let name = left.pop(); name !== undefined; name = left.pop()) {
          const gone = name
          await ask((abortSignal) => blob(gone).deleteIfExists({ deleteSnapshots: 'include', abortSignal }))
        }
      }))
    },
    async begin(name) {
      const id = randomBytes(12).toString('base64url')
      await stage(name, id, 0, Buffer.from('.'))
      return id
    },
    async sendPart(name, uploadId, number, content) {
      await stage(name, uploadId, number, content)
      return partTag(number, content.length)
    },
    async parts(name, uploadId) {
      const found = await blocks(name, uploadId)
      if (!found.has(0) || found.has(givenUp)) return undefined
      found.delete(0)
      return [...found].sort(([a], [b]) => a - b).map(([number, size]) => ({ number, size, etag: partTag(number, size) }))
    },
    finish: (name, uploadId, parts, { onlyIf, mark }) => ask(async (abortSignal) => {
      const { etag = '' } = await blob(name).commitBlockList(parts.map(({ number }) => blockId(uploadId, number)), { metadata: { [markName]: mark }, conditions: condition(onlyIf), abortSignal })
      return { etag: quoted(etag) }
    }),
    async cancel(name, uploadId) {
      if ((await blocks(name, uploadId)).size > 0) await stage(name, uploadId, givenUp, Buffer.from('.'))
    },
    ...(key !== undefined && {
      sign: async (name, method, seconds, disposition): Promise<SignedUrl> => (method === 'GET'
        ? { url: signed(name, 'r', seconds, disposition), headers: {} }
        : { url: signed(name, 'cw', seconds), headers: { 'x-ms-blob-type': 'BlockBlob' } }),
      signPart: async (name, uploadId, number, seconds) => ({ url: `${signed(name, 'cw', seconds)}&comp=block&blockid=${encodeURIComponent(blockId(uploadId, number))}`, headers: {} }),
    } satisfies Partial<Bucket>),
    close() {},
  }
}

const givenUp = 99_999

async function connect(host: string, { connectionString, accessKey, timeoutMs }: AzureSettings): Promise<{ service: BlobServiceClient; key: StorageSharedKeyCredential | undefined }> {
  const options = { retryOptions: { maxTries: 3, tryTimeoutInMs: timeoutMs, retryDelayInMs: 200, maxRetryDelayInMs: 2000 } }
  if (connectionString !== undefined) {
    const service = BlobServiceClient.fromConnectionString(connectionString, options)
    return { service, key: service.credential instanceof StorageSharedKeyCredential ? service.credential : undefined }
  }
  if (accessKey !== undefined) {
    const key = new StorageSharedKeyCredential(host.split('.')[0]!, accessKey)
    return { service: new BlobServiceClient(`https://${host}`, key, options), key }
  }
  return { service: new BlobServiceClient(`https://${host}`, await defaultCredential(), options), key: undefined }
}

/** The package for it is larger than all else that the server needs, and few need it. */
async function defaultCredential(): Promise<BlobServiceClient['credential']> {
  const name = '@azure/identity'
  try {
    const { DefaultAzureCredential } = await import(name) as { DefaultAzureCredential: new () => BlobServiceClient['credential'] }
    return new DefaultAzureCredential()
  } catch (error) {
    throw new StorageProblem('forbidden', `neither AZURE_STORAGE_CONNECTION_STRING nor AZURE_STORAGE_ACCESS_KEY is set, and the package for Azure's default credential is not installed: npm install -g ${name}`, { cause: error })
  }
}

async function list(container: ContainerClient, prefix: string, { byFolder, after, limit }: Parameters<Bucket['list']>[1], abortSignal: AbortSignal): ReturnType<Bucket['list']> {
  const paging = { maxPageSize: limit, ...(after !== undefined && { continuationToken: after }) }
  const options = { prefix, includeMetadata: true, abortSignal }
  const pages = byFolder ? container.listBlobsByHierarchy('/', options).byPage(paging) : container.listBlobsFlat(options).byPage(paging)
  const { value } = await pages.next()
  const segment = value?.segment as { blobItems?: { name: string; metadata?: Record<string, string>; properties: { contentLength?: number; lastModified: Date; etag: string } }[]; blobPrefixes?: { name: string }[] } | undefined
  return {
    objects: (segment?.blobItems ?? []).filter(({ metadata }) => metadata?.['hdi_isfolder'] !== 'true').map(({ name, properties }) => ({
      key: name, info: { size: properties.contentLength ?? 0, modifiedMs: properties.lastModified.getTime(), etag: quoted(properties.etag) },
    })),
    folders: (segment?.blobPrefixes ?? []).map(({ name }) => name),
    next: value?.continuationToken || undefined,
  }
}

const blockId = (uploadId: string, number: number): string => Buffer.from(`${uploadId}.${String(number).padStart(5, '0')}`).toString('base64')
const partTag = (number: number, size: number): string => `"${number}-${size}"`
const quoted = (etag: string): string => (etag.startsWith('"') ? etag : `"${etag}"`)

const condition = (onlyIf: OnlyIf): BlobRequestConditions =>
  (onlyIf === undefined ? {} : onlyIf === 'new' ? { ifNoneMatch: '*' } : { ifMatch: onlyIf.etag })

interface RestError { readonly code?: string; readonly statusCode?: number; readonly message?: string; readonly name?: string }

const isAbsent = (error: unknown): boolean => {
  const { code, statusCode } = error as RestError
  return code === 'BlobNotFound' || (statusCode === 404 && code !== 'ContainerNotFound')
}

function problem(uri: string, error: unknown): StorageProblem {
  if (error instanceof StorageProblem) return error
  const { code = '', statusCode, message = '', name = '' } = error as RestError
  return new StorageProblem(kindOf(error as RestError), `${uri}: ${code || name || statusCode}: ${message.split('\n')[0]}`, { cause: error })
}

function kindOf({ code = '', statusCode, ...error }: RestError): ProblemKind {
  if (code === 'ContainerNotFound') return 'absent'
  if (code === 'InvalidBlockList') return 'no-upload'
  if (statusCode === 412 || code === 'BlobAlreadyExists') return 'changed'
  if (statusCode === 401 || statusCode === 403) return 'forbidden'
  if (isSilence({ ...error, code }) || statusCode === 429 || (statusCode !== undefined && statusCode >= 500)) return 'silent'
  return 'other'
}
