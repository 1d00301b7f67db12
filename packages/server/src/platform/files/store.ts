import type { SafePath } from './path.ts'

/** What a file is, without its content. */
export interface ObjectInfo {
  readonly size: number
  readonly modifiedMs: number
  /** Strong, with quotes: equal only for the same bytes. */
  readonly etag: string
}

export interface Entry {
  /** The bare name. */
  readonly name: string
  readonly isFolder: boolean
  /** Bytes; absent for a folder. */
  readonly size?: number
}

export interface OpenObject extends AsyncDisposable {
  readonly info: ObjectInfo
  /**
   * Bytes `from` to `to`, both included; everything without them. Once per open; it closes at the
   * end or when the consumer returns. Each piece is valid only until the next one is asked for.
   */
  read(from?: number, to?: number): AsyncIterable<Uint8Array>
}

export interface Part {
  /** From 1. */
  readonly number: number
  readonly size: number
  readonly etag: string
}

export interface BodyOptions {
  /** More bytes than this are refused with REQUEST_TOO_LARGE. */
  readonly limit?: number
  /**
   * The pieces belong to the store, which gives their memory back as soon as they are written.
   * Left to the garbage collector, those of an upload of 100 MB cost it four full runs.
   */
  readonly owned?: boolean
}

export interface PutOptions extends BodyOptions {
  /** `new`: PRECONDITION_FAILED where something stands already. A tag: where it is another one. */
  readonly onlyIf?: 'new' | { readonly etag: string }
}

/**
 * Files by name, in a local folder or in S3, Google Cloud Storage or Azure: nothing here needs more
 * than they have. Folders exist as far as files stand in them; a local folder may also be empty.
 */
export interface ObjectStore extends AsyncDisposable {
  /** All of `body`, or nothing: a reader sees the old or the new content, also after a crash. */
  put(path: SafePath, body: AsyncIterable<Uint8Array>, options?: PutOptions): Promise<ObjectInfo>
  /** Undefined where there is nothing. */
  stat(path: SafePath): Promise<ObjectInfo | 'folder' | undefined>
  open(path: SafePath): Promise<OpenObject | 'folder' | undefined>
  /**
   * One folder, in the store's own order (a disk: by name); nothing for a file or a missing folder.
   * `after` is what `next` of the page before said: a name on a disk, a cursor in a bucket.
   */
  list(path: SafePath, page?: { after?: string; limit?: number }): Promise<{ entries: Entry[]; next: string | undefined }>
  /** Every file below a folder, in the store's order, without holding more than a page or one folder's names per level. */
  walk(path: SafePath): AsyncIterable<{ path: SafePath; info: ObjectInfo }>
  /** A file, or a folder with all in it; nothing happens where there is nothing. Never the root. */
  delete(path: SafePath): Promise<void>
  readonly multipart: Multipart
  /**
   * A URL at which a client reaches the file without this server, and the headers that it must send;
   * absent where there is none. `disposition`: the Content-Disposition of the answer to GET.
   */
  readonly presign?: (path: SafePath, method: 'GET' | 'PUT', expiresSeconds: number, disposition?: string) => Promise<{ url: string; headers: Record<string, string> }>
}

/** An upload in parts. It survives a restart, and parts may be sent again until it is completed. */
export interface Multipart {
  /** Answers the upload's id, which nobody can guess. */
  create(path: SafePath): Promise<string>
  putPart(uploadId: string, number: number, body: AsyncIterable<Uint8Array>, options?: BodyOptions): Promise<Part>
  /** What is there already, by number; undefined for an upload that nobody began or that ended. */
  parts(uploadId: string): Promise<{ path: SafePath; parts: Part[] } | undefined>
  /** Joins the parts in the order given. A second call for the same upload answers as the first did. */
  complete(uploadId: string, path: SafePath, parts: readonly { number: number; etag: string | undefined }[], options?: { limit?: number }): Promise<ObjectInfo>
  /** Nothing happens where there is no such upload. */
  abort(uploadId: string): Promise<void>
  /** How many uploads were begun before then and never ended; `remove` gives them up. Azure forgets its own after a week. */
  abandoned(beforeMs: number, remove: boolean): Promise<number>
  /** A URL to which a client PUTs a part without this server; absent where parts come through it. */
  readonly presignPart?: (uploadId: string, number: number) => Promise<{ url: string; headers: Record<string, string> }>
}

export const maxPartNumber = 10_000
