import { lookup } from 'node:dns/promises'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import { isPublicAddress } from './addresses.ts'

/** Why a URL is not called. */
export type RefusalReason = 'url' | 'scheme' | 'host' | 'resolve' | 'address'

/** A URL that this server does not call, with the host and address that decided it. */
export class OutboundRefused extends Error {
  readonly reason: RefusalReason
  readonly host: string
  readonly address: string | undefined
  constructor(reason: RefusalReason, message: string, host = '', address?: string) {
    super(message)
    this.name = 'OutboundRefused'
    this.reason = reason
    this.host = host
    this.address = address
  }
}

export interface OutboundOptions {
  /** Lower case, without a colon. */
  readonly allowedSchemes: readonly string[]
  /** Lets calls go to loopback, private and link-local addresses. */
  readonly allowPrivate: boolean
  /** Every address of a host; the system's resolver by default. */
  resolve?(host: string): Promise<readonly string[]>
  /** A certificate authority to trust besides the system's, for tests. */
  readonly ca?: string
}

export interface OutboundRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array | StreamedBody
  /** For everything, from resolving to the last byte of the answer; of a streamed body, for each piece and then for the answer. */
  readonly timeoutMs: number
  /** What is longer is cut off. */
  readonly maxResponseBytes: number
  readonly signal?: AbortSignal
}

/** A body that is sent as it is read; fewer or more bytes than its size are an error. */
export interface StreamedBody {
  readonly size: number
  readonly pieces: AsyncIterable<Uint8Array>
}

export interface OutboundResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
  readonly truncated: boolean
}

/**
 * The one way out of this server to an address that somebody typed. A host is resolved once per
 * call, every address that it has must be public, and the connection goes to the address that was
 * checked, so that a name cannot change its meaning in between. Redirects are answers like others:
 * they are not followed.
 */
export interface Outbound {
  /** Throws `OutboundRefused` where `send` would. Where every address is allowed, none is looked up. */
  check(url: string): Promise<void>
  send(request: OutboundRequest): Promise<OutboundResponse>
}

const resolveTimeoutMs = 5000

export function createOutbound(options: OutboundOptions): Outbound {
  const resolve = options.resolve ?? (async (host) => (await lookup(host, { all: true })).map(({ address }) => address))

  async function admit(text: string): Promise<{ url: URL; address: string }> {
    const url = parse(text, options.allowedSchemes)
    const host = url.hostname.replace(/^\[|\]$/g, '')
    const shown = writtenHost(text)
    const addresses = isIP(host) ? [host] : await resolveInTime(resolve, host, shown)
    for (const address of addresses) {
      if (!options.allowPrivate && !isPublicAddress(address)) throw new OutboundRefused('address', `${shown} resolves to ${address}, which is not a public address.`, shown, address)
    }
    const [first] = addresses
    if (first === undefined) throw new OutboundRefused('resolve', 'It has no address.', shown)
    return { url, address: first }
  }

  return {
    async check(url) {
      if (options.allowPrivate) parse(url, options.allowedSchemes)
      else await admit(url)
    },
    async send(request) {
      const streamed = isStreamed(request.body)
      const timeout = streamed ? AbortSignal.timeout(longestUploadMs) : AbortSignal.timeout(request.timeoutMs)
      const signal = request.signal ? AbortSignal.any([timeout, request.signal]) : timeout
      try {
        const { url, address } = await unlessAborted(admit(request.url), signal)
        return await exchange(request, url, address, signal, options.ca)
      } catch (error) {
        if (timeout.aborted) throw new Error(`No answer within ${(streamed ? longestUploadMs : request.timeoutMs) / 1000} s.`, { cause: error })
        throw error
      }
    },
  }
}

function parse(text: string, allowedSchemes: readonly string[]): URL {
  const scheme = /^\s*([a-z][a-z0-9+.-]*):/i.exec(text)?.[1]?.toLowerCase() ?? ''
  if (!allowedSchemes.includes(scheme)) throw new OutboundRefused('scheme', `The scheme '${scheme}' is not allowed.`)
  // The URL standard would find a host in `https:/x` and `https:///x`.
  if (writtenHost(text) === '') throw new OutboundRefused('host', 'It names no host.')
  if (!URL.canParse(text)) throw new OutboundRefused('url', 'It is not a URL.')
  return new URL(text)
}

/** The host as it was typed, for messages: `2130706433` rather than the `127.0.0.1` that it means. */
function writtenHost(text: string): string {
  const authority = /^[^:]*:\/\/([^/?#\\]*)/.exec(text)?.[1] ?? ''
  const host = authority.slice(authority.lastIndexOf('@') + 1)
  return (/^\[([^\]]*)\]?/.exec(host)?.[1] ?? host.replace(/:[^:]*$/, '')).toLowerCase()
}

async function resolveInTime(resolve: NonNullable<OutboundOptions['resolve']>, host: string, shown: string): Promise<readonly string[]> {
  try {
    return await unlessAborted(resolve(host), AbortSignal.timeout(resolveTimeoutMs))
  } catch (error) {
    throw new OutboundRefused('resolve', error instanceof Error && error.name === 'TimeoutError' ? `Not resolved within ${resolveTimeoutMs / 1000} s.` : 'The name cannot be resolved.', shown)
  }
}

/** Resolvers cannot be cancelled: whoever waits for them can. */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted()
  let stop = (): void => {}
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error)
    signal.addEventListener('abort', stop, { once: true })
  })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', stop)
    promise.catch(() => {})
  }
}

function exchange(request: OutboundRequest, url: URL, address: string, signal: AbortSignal, ca: string | undefined): Promise<OutboundResponse> {
  return new Promise((resolve, reject) => {
    // Not imported: as an ES module, node:http brings undici into every start (30 ms).
    const open = process.getBuiltinModule(url.protocol === 'https:' ? 'node:https' : 'node:http').request
    const family = isIP(address)
    const outgoing = open(url, {
      method: request.method,
      headers: { 'user-agent': 'cairn', ...request.headers, ...(request.body !== undefined && { 'content-length': String(isStreamed(request.body) ? request.body.size : Buffer.byteLength(request.body)) }) },
      // A connection of its own, made to the address that was checked; TLS still asks for the name.
      agent: false,
      lookup: (_host, options, done) => options.all ? done(null, [{ address, family }]) : done(null, address, family),
      signal,
      ...(ca !== undefined && { ca }),
    })
    outgoing.on('error', reject)
    outgoing.on('response', (incoming) => {
      collect(incoming, request.maxResponseBytes).then(
        ({ body, truncated }) => resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body, truncated }),
        reject,
      ).finally(() => outgoing.destroy())
    })
    if (isStreamed(request.body)) sendPieces(outgoing, request.body, request.timeoutMs).catch((error: unknown) => outgoing.destroy(error as Error))
    else outgoing.end(request.body)
  })
}

const isStreamed = (body: OutboundRequest['body']): body is StreamedBody => typeof body === 'object' && 'pieces' in body

/** Of a file; a connection that takes nothing any more is given up long before. */
const longestUploadMs = 24 * 3_600_000

async function sendPieces(outgoing: ClientRequest, { size, pieces }: StreamedBody, timeoutMs: number): Promise<void> {
  outgoing.setTimeout(timeoutMs, () => outgoing.destroy(new Error(`Nothing was taken for ${timeoutMs / 1000} s.`)))
  let sent = 0
  for await (const piece of pieces) {
    sent += piece.length
    if (outgoing.destroyed) return
    // A copy: the piece may be overwritten once the next one is asked for.
    if (!outgoing.write(Buffer.from(piece))) await new Promise<void>((resolve) => { outgoing.once('drain', resolve).once('close', resolve) })
  }
  if (sent !== size) throw new Error(`${sent} of ${size} bytes could be read.`)
  outgoing.end()
}

async function collect(incoming: IncomingMessage, limit: number): Promise<{ body: Buffer; truncated: boolean }> {
  const pieces: Buffer[] = []
  let size = 0
  for await (const piece of incoming as AsyncIterable<Buffer>) {
    pieces.push(piece)
    size += piece.length
    if (size > limit) return { body: Buffer.concat(pieces).subarray(0, limit), truncated: true }
  }
  return { body: Buffer.concat(pieces), truncated: false }
}
