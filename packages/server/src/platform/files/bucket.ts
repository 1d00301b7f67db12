import { CairnError } from '@cairn/protocol'
import type { ObjectInfo, Part } from './store.ts'

export interface BucketObject {
  readonly key: string
  readonly info: ObjectInfo
  /** The `mark` that the upload in parts was begun with, if there was one. */
  readonly mark?: string | undefined
}

export interface BucketPage {
  readonly objects: readonly BucketObject[]
  /** With their `/`; only of a listing by folder. */
  readonly folders: readonly string[]
  /** Asks for the next page; absent at the end. */
  readonly next?: string | undefined
}

export type OnlyIf = 'new' | { readonly etag: string } | undefined
export interface SignedUrl { readonly url: string; readonly headers: Record<string, string> }
export interface SentPart { readonly number: number; readonly etag: string }

/**
 * What S3, Google Cloud Storage and Azure have in common: objects by key, and nothing about folders
 * and paths. A kind of storage is one implementation of this, around its official client;
 * `BucketStore` makes an `ObjectStore` of it. Every failure is a `StorageProblem`.
 */
export interface Bucket {
  /** For people: `s3://name`. */
  readonly uri: string
  /** Bytes of one part; a part is held in memory while it is sent. */
  readonly partSize: number
  /** Throws where the bucket is absent, forbidden or does not answer. */
  check(): Promise<void>
  head(key: string): Promise<BucketObject | undefined>
  /** Bytes from `from` to `to`, both included, of the content with that tag. */
  read(key: string, from: number, to: number, etag: string): Promise<AsyncIterable<Uint8Array>>
  put(key: string, content: Uint8Array, onlyIf: OnlyIf): Promise<{ etag: string }>
  /** At most `limit` keys that begin with `prefix`; up to the next `/` where `byFolder`. */
  list(prefix: string, options: { byFolder: boolean; after?: string | undefined; limit: number }): Promise<BucketPage>
  /** At most 1000 keys; absent ones are no error. */
  remove(keys: readonly string[]): Promise<void>
  /** Begins an upload in parts; `mark` stays with the object that becomes of it. */
  begin(key: string, mark: string): Promise<string>
  /** Answers the part's tag. */
  sendPart(key: string, uploadId: string, number: number, content: Uint8Array): Promise<string>
  /** Undefined for an upload that nobody began or that ended. */
  parts(key: string, uploadId: string): Promise<Part[] | undefined>
  finish(key: string, uploadId: string, parts: readonly SentPart[], options: { onlyIf: OnlyIf; mark: string }): Promise<{ etag: string }>
  cancel(key: string, uploadId: string): Promise<void>
  /** Uploads in parts of such keys that have not ended; absent where the storage cannot tell and forgets them by itself. */
  readonly uploads?: (prefix: string) => AsyncIterable<{ readonly key: string; readonly uploadId: string; readonly begunMs: number }>
  /** Absent where the credentials cannot sign. */
  readonly sign?: (key: string, method: 'GET' | 'PUT', expiresSeconds: number, disposition?: string) => Promise<SignedUrl>
  readonly signPart?: (key: string, uploadId: string, number: number, expiresSeconds: number) => Promise<SignedUrl>
  close(): void
}

/**
 * `absent`: the bucket; `forbidden`: it refuses our credentials; `silent`: it refuses connections,
 * does not answer in time, breaks off or says itself that it cannot now; `changed`: a condition
 * does not hold; `no-upload`: the upload in parts is not there.
 */
export type ProblemKind = 'absent' | 'forbidden' | 'silent' | 'changed' | 'no-upload' | 'other'

/** Why a storage did not do what it was asked, in words for the operator; `cause` is the client's own error. */
export class StorageProblem extends Error {
  readonly kind: ProblemKind

  constructor(kind: ProblemKind, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'StorageProblem'
    this.kind = kind
  }
}

/** What somebody who asks this server for an artifact is told. The operator's words stay in the cause. */
export function shownProblem(error: unknown): unknown {
  if (!(error instanceof StorageProblem)) return error
  const say = (code: 'TEMPORARILY_UNAVAILABLE' | 'INTERNAL_ERROR', message: string, headers = {}): Error =>
    Object.assign(new CairnError(code, message, headers), { cause: error })
  switch (error.kind) {
    case 'silent': return say('TEMPORARILY_UNAVAILABLE', 'The artifact storage does not answer. What was being sent is stored whole or not at all; try again.', { 'retry-after': '5' })
    case 'absent': return say('INTERNAL_ERROR', 'The bucket in which this server keeps artifacts does not exist.')
    case 'forbidden': return say('INTERNAL_ERROR', 'The artifact storage refuses the credentials of this server.')
    default: return error
  }
}

/** Node's words for a connection that could not be made or broke. */
const connectionCodes = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'ERR_STREAM_PREMATURE_CLOSE', 'UND_ERR_SOCKET', 'REQUEST_SEND_ERROR'])

/** Whether an error, or what lies behind it, says that nobody answered. */
export function isSilence(error: unknown): boolean {
  for (let current = error as { code?: unknown; name?: unknown; cause?: unknown; message?: unknown; errors?: unknown } | undefined, depth = 0; current && depth < 5; depth += 1) {
    if (connectionCodes.has(String(current.code)) || current.name === 'TimeoutError' || current.name === 'AbortError') return true
    if (/socket hang up|aborted|premature close|timed? ?out/i.test(String(current.message ?? ''))) return true
    current = (current.cause ?? (Array.isArray(current.errors) ? current.errors[0] : undefined)) as typeof current
  }
  return false
}
