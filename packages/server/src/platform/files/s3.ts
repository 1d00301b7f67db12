import {
  AbortMultipartUploadCommand, CompleteMultipartUploadCommand, CreateMultipartUploadCommand, DeleteObjectCommand, DeleteObjectsCommand, GetObjectCommand,
  HeadBucketCommand, HeadObjectCommand, ListMultipartUploadsCommand, ListObjectsV2Command, ListPartsCommand, PutObjectCommand, S3Client, UploadPartCommand,
} from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { isSilence, StorageProblem, type Bucket, type BucketObject, type OnlyIf, type ProblemKind, type SignedUrl } from './bucket.ts'
import type { S3Settings } from './settings.ts'
import type { Part } from './store.ts'

const markName = 'cairn-upload'

/** S3, or anything that speaks its protocol. Credentials come from the standard AWS chain. */
export function openS3(name: string, settings: S3Settings): Bucket {
  const { timeoutMs } = settings
  const client = new S3Client({
    ...(settings.region !== undefined && { region: settings.region }),
    ...(settings.endpoint !== undefined && { endpoint: settings.endpoint }),
    forcePathStyle: settings.pathStyle,
    maxAttempts: 3,
    // Its newer checksums are not known to every storage that speaks S3; bodies are signed with SHA-256.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: Math.min(timeoutMs, 10_000), socketTimeout: timeoutMs,
      httpAgent: { keepAlive: true, maxSockets: 256 },
      httpsAgent: { keepAlive: true, maxSockets: 256, rejectUnauthorized: !settings.ignoreTls },
    },
  })
  const { extra, bucketOwner } = settings
  const bucket = { Bucket: name, ...(bucketOwner !== undefined && { ExpectedBucketOwner: bucketOwner }) }
  // A key of the customer's own must come with every request that touches the content.
  const customerKey = Object.fromEntries(Object.entries(extra).filter(([key]) => key.startsWith('SSECustomer')))
  const uri = `s3://${name}`

  const ask = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      throw problem(uri, error)
    }
  }
  const condition = (onlyIf: OnlyIf): { IfNoneMatch?: string; IfMatch?: string } =>
    (onlyIf === undefined ? {} : onlyIf === 'new' ? { IfNoneMatch: '*' } : { IfMatch: onlyIf.etag })

  return {
    uri,
    partSize: 8 * 2 ** 20,
    async check() {
      await ask(() => client.send(new HeadBucketCommand(bucket)))
    },
    async head(key) {
      try {
        const { ContentLength: size = 0, LastModified: modified, ETag: etag = '', Metadata: metadata } = await client.send(new HeadObjectCommand({ ...bucket, ...customerKey, Key: key }))
        return { key, info: { size, modifiedMs: modified?.getTime() ?? 0, etag }, mark: metadata?.[markName] }
      } catch (error) {
        // An answer to HEAD has no body, so the bucket's absence reads the same: only start-up tells it.
        if (statusOf(error) === 404) return undefined
        throw problem(uri, error)
      }
    },
    read: (key, from, to, etag) => ask(async () => {
      const { Body } = await client.send(new GetObjectCommand({ ...bucket, ...customerKey, Key: key, Range: `bytes=${from}-${to}`, IfMatch: etag }))
      return Body as AsyncIterable<Uint8Array>
    }),
    put: (key, content, onlyIf) => ask(async () => {
      const { ETag: etag = '' } = await client.send(new PutObjectCommand({ ...bucket, ...extra, Key: key, Body: content, ContentLength: content.length, ...condition(onlyIf) }))
      return { etag }
    }),
    list: (prefix, { byFolder, after, limit }) => ask(async () => {
      const answer = await client.send(new ListObjectsV2Command({
        ...bucket, Prefix: prefix, MaxKeys: limit, ...(byFolder && { Delimiter: '/' }), ...(after !== undefined && { ContinuationToken: after }),
      }))
      return {
        objects: (answer.Contents ?? []).map(({ Key: key = '', Size: size = 0, LastModified: modified, ETag: etag = '' }): BucketObject =>
          ({ key, info: { size, modifiedMs: modified?.getTime() ?? 0, etag } })),
        folders: (answer.CommonPrefixes ?? []).flatMap(({ Prefix: folder }) => folder ?? []),
        next: answer.IsTruncated ? answer.NextContinuationToken : undefined,
      }
    }),
    async remove(keys) {
      await ask(async () => {
        if (keys.length === 1) {
          await client.send(new DeleteObjectCommand({ ...bucket, Key: keys[0]! }))
          return
        }
        const { Errors: errors = [] } = await client.send(new DeleteObjectsCommand({ ...bucket, Delete: { Quiet: true, Objects: keys.map((Key) => ({ Key })) } }))
        if (errors.length > 0) throw Object.assign(new Error(errors[0]!.Message ?? 'an object could not be deleted'), { name: errors[0]!.Code ?? '' })
      })
    },
    begin: (key, mark) => ask(async () => {
      const { UploadId } = await client.send(new CreateMultipartUploadCommand({ ...bucket, ...extra, Key: key, Metadata: { ...extra['Metadata'] as object, [markName]: mark } }))
      return UploadId!
    }),
    sendPart: (key, UploadId, PartNumber, content) => ask(async () => {
      const { ETag = '' } = await client.send(new UploadPartCommand({ ...bucket, ...customerKey, Key: key, UploadId, PartNumber, Body: content, ContentLength: content.length }))
      return ETag
    }),
    async parts(key, UploadId) {
      const found: Part[] = []
      try {
        for (let after: string | undefined; ;) {
          const answer = await client.send(new ListPartsCommand({ ...bucket, ...customerKey, Key: key, UploadId, ...(after !== undefined && { PartNumberMarker: after }) }))
          for (const { PartNumber: number = 0, Size: size = 0, ETag: etag = '' } of answer.Parts ?? []) found.push({ number, size, etag })
          after = answer.IsTruncated ? answer.NextPartNumberMarker : undefined
          if (after === undefined) return found
        }
      } catch (error) {
        if (kindOf(error) === 'no-upload') return undefined
        throw problem(uri, error)
      }
    },
    finish: (key, UploadId, parts, { onlyIf }) => ask(async () => {
      const { ETag: etag = '' } = await client.send(new CompleteMultipartUploadCommand({
        ...bucket, ...customerKey, Key: key, UploadId, ...condition(onlyIf),
        MultipartUpload: { Parts: parts.map(({ number, etag: ETag }) => ({ PartNumber: number, ETag })) },
      }))
      return { etag }
    }),
    async cancel(key, UploadId) {
      try {
        await client.send(new AbortMultipartUploadCommand({ ...bucket, Key: key, UploadId }))
      } catch (error) {
        if (kindOf(error) !== 'no-upload') throw problem(uri, error)
      }
    },
    async* uploads(prefix) {
      for (let after: { KeyMarker?: string; UploadIdMarker?: string } | undefined = {}; after !== undefined;) {
        const from: { KeyMarker?: string; UploadIdMarker?: string } = after
        const { Uploads: found = [], IsTruncated, NextKeyMarker: KeyMarker, NextUploadIdMarker: UploadIdMarker } = await ask(() => client.send(new ListMultipartUploadsCommand({ ...bucket, Prefix: prefix, ...from })))
        for (const { Key: key, UploadId: uploadId, Initiated: begun } of found) if (key !== undefined && uploadId !== undefined && begun !== undefined) yield { key, uploadId, begunMs: begun.getTime() }
        after = IsTruncated && KeyMarker !== undefined ? { KeyMarker, ...(UploadIdMarker !== undefined && { UploadIdMarker }) } : undefined
      }
    },
    // A key of the customer's own stays here: whoever had a signed URL would need it as well.
    ...(Object.keys(customerKey).length === 0 && {
      sign: (key, method, expiresIn, disposition): Promise<SignedUrl> => ask(async () => {
        if (method === 'GET') {
          const get = new GetObjectCommand({ ...bucket, Key: key, ...(disposition !== undefined && { ResponseContentDisposition: disposition }) })
          return { url: await getSignedUrl(client, get, { expiresIn }), headers: {} }
        }
        const put = new PutObjectCommand({ ...bucket, ...extra, Key: key })
        const headers = uploadHeaders(extra)
        return { url: await getSignedUrl(client, put, { expiresIn, unhoistableHeaders: new Set(Object.keys(headers)) }), headers }
      }),
      signPart: (key, UploadId, PartNumber, expiresIn): Promise<SignedUrl> => ask(async () =>
        ({ url: await getSignedUrl(client, new UploadPartCommand({ ...bucket, Key: key, UploadId, PartNumber }), { expiresIn }), headers: {} })),
    } satisfies Partial<Bucket>),
    close() {
      client.destroy()
    },
  }
}

/** What a client must send along with a presigned upload, by the parameter's name: they are signed as headers. */
const headerNames: Readonly<Record<string, string>> = {
  ServerSideEncryption: 'x-amz-server-side-encryption', SSEKMSKeyId: 'x-amz-server-side-encryption-aws-kms-key-id',
  SSEKMSEncryptionContext: 'x-amz-server-side-encryption-context', BucketKeyEnabled: 'x-amz-server-side-encryption-bucket-key-enabled',
  StorageClass: 'x-amz-storage-class', ACL: 'x-amz-acl', Tagging: 'x-amz-tagging',
}

const uploadHeaders = (extra: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(Object.entries(extra).flatMap(([name, value]) => (headerNames[name] === undefined ? [] : [[headerNames[name], String(value)]])))

const statusOf = (error: unknown): number | undefined => (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode

function kindOf(error: unknown): ProblemKind {
  const { name = '' } = error as { name?: string }
  const status = statusOf(error)
  if (name === 'NoSuchUpload') return 'no-upload'
  if (name === 'NoSuchBucket') return 'absent'
  if (name === 'PreconditionFailed' || name === 'ConditionalRequestConflict' || status === 412) return 'changed'
  if (name === 'CredentialsProviderError' || status === 401 || status === 403) return 'forbidden'
  if (isSilence(error) || status === 429 || (status !== undefined && status >= 500)) return 'silent'
  return 'other'
}

function problem(uri: string, error: unknown): StorageProblem {
  if (error instanceof StorageProblem) return error
  const { name, message } = error as Error
  const kind = statusOf(error) === 404 && name === 'NotFound' ? 'absent' : kindOf(error)
  // An answer to HEAD has no body that would say more.
  const what = name === 'Unknown' ? `HTTP status ${statusOf(error)}` : `${name}: ${message}`
  return new StorageProblem(kind, `${uri}: ${what}`, { cause: error })
}
