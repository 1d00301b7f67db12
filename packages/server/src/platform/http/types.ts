import type { Readable } from 'node:stream'
import type { Endpoint, RequestOf, ResponseOf } from '@cairn/protocol'

/** Who sent the request. Without accounts everybody is `anonymous`. */
export interface Principal {
  readonly name: string
}

export interface Log {
  debug(message: string, fields?: Record<string, unknown>): void
  info(message: string, fields?: Record<string, unknown>): void
  warn(message: string, fields?: Record<string, unknown>): void
  error(message: string, fields?: Record<string, unknown>): void
}

export interface Context {
  readonly principal: Principal
  /** In the log and in the answer of a 5xx. */
  readonly requestId: string
  /** Milliseconds since the epoch. */
  now(): number
  readonly log: Log
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** Of the client, or what a proxy that is trusted says it is. */
  readonly address: string
  /** By which the client reached the server (`Host`), or the one that a proxy that is trusted says it was. */
  readonly host: string | undefined
  /** The same with its scheme: `http://localhost:5000`. */
  readonly origin: string
  /** What stands in front of every path (`--static-prefix`), "" by default. */
  readonly staticPrefix: string
  /** The body as it arrives, for endpoints with `body: 'raw'`; empty for others. */
  readonly body: Readable
  /** The longest body that this server takes for this endpoint, in bytes, after decompression. */
  readonly bodyLimit: number
}

/** An answer other than 200 with JSON. */
export class Reply {
  readonly status: number
  /** A list where a header stands several times, as cookies do. */
  readonly headers: Readonly<Record<string, string | string[]>>
  readonly body: Readable | AsyncIterable<Uint8Array> | Uint8Array | string | undefined

  constructor(reply: { status?: number; headers?: Record<string, string | string[]>; body?: Reply['body'] }) {
    this.status = reply.status ?? 200
    this.headers = reply.headers ?? {}
    this.body = reply.body
  }
}

/** JSON that was already written, for answers rendered in a reader thread. */
export const jsonReply = (body: Uint8Array | string | AsyncIterable<Uint8Array>): Reply =>
  new Reply({ headers: { 'content-type': 'application/json' }, body })

export type Handler<E extends Endpoint> =
  (input: RequestOf<E>, context: Context) => ResponseOf<E> | Reply | Promise<ResponseOf<E> | Reply>

export interface Route {
  readonly endpoint: Endpoint
  readonly handle: (input: never, context: Context) => unknown
}

/** Binds an endpoint to the function of a slice that answers it. */
export const route = <E extends Endpoint>(endpoint: E, handle: Handler<E>): Route => ({ endpoint, handle: handle as Route['handle'] })
