import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { CairnError } from '@cairn/protocol'
import { Reply, type Log } from './types.ts'

const jsonType = 'application/json'

/** Writes an answer; a promise only where that takes a while. This is the only place that touches the response. */
export function respond(request: IncomingMessage, response: ServerResponse, answer: unknown, headers: Readonly<Record<string, string>>): Promise<void> | undefined {
  if (answer instanceof Reply) return writeReply(request, response, answer, headers)
  const text = toJson(answer ?? {})
  response.writeHead(200, { ...headers, 'content-type': jsonType, 'content-length': Buffer.byteLength(text) })
  response.end(text)
  return undefined
}

async function writeReply(request: IncomingMessage, response: ServerResponse, answer: Reply, headers: Readonly<Record<string, string>>): Promise<void> {
  const { body } = answer
  const all: OutgoingHttpHeaders = { ...headers, ...answer.headers }
  if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) {
    if (all['content-length'] === undefined && answer.status !== 204 && answer.status !== 304) {
      all['content-length'] = body === undefined ? 0 : Buffer.byteLength(body)
    }
    response.writeHead(answer.status, all)
    response.end(body)
    return
  }
  if (request.method === 'HEAD') {
    if (body instanceof Readable) body.destroy()
    else await body[Symbol.asyncIterator]().return?.()
    response.writeHead(answer.status, all)
    response.end()
    return
  }
  await writeStream(response, answer.status, all, body)
}

async function writeStream(response: ServerResponse, status: number, headers: OutgoingHttpHeaders, body: Readable | AsyncIterable<Uint8Array>): Promise<void> {
  if (body instanceof Readable) {
    response.writeHead(status, headers)
    await pipeline(body, response)
    return
  }
  // The head waits for the first piece, so that an error before it still gets its own status. A
  // piece longer than the socket's buffer has left before the next is asked for, so that its memory
  // may be used again.
  const iterator = body[Symbol.asyncIterator]()
  try {
    let next = await iterator.next()
    response.writeHead(status, headers)
    response.flushHeaders()
    while (!next.done) {
      if (!response.write(next.value) && !response.destroyed) await drained(response)
      if (response.destroyed) return
      next = await iterator.next()
    }
    response.end()
  } finally {
    await iterator.return?.()
  }
}

/** Resolves when more may be written, or never will be. Leaves no listener behind: a long answer waits thousands of times. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done)
      response.off('close', done)
      resolve()
    }
    response.on('drain', done)
    response.on('close', done)
  })
}

/** Writes an error: MLflow's body for those that name a code, an id and nothing else for the others. */
export function respondError(response: ServerResponse, error: unknown, requestId: () => string, log: Log, headers: Readonly<Record<string, string>>): void {
  if (isClientGone(error)) {
    response.destroy()
    return
  }
  let shown = error
  if (!(shown instanceof CairnError)) {
    const id = requestId()
    log.error('A request failed unexpectedly.', { requestId: id, error: (error as Error)?.stack ?? String(error) })
    shown = new CairnError('INTERNAL_ERROR', `Something went wrong inside the server. Its log tells what, under request id ${id}.`)
  }
  if (response.headersSent) {
    response.destroy()
    return
  }
  const known = shown as CairnError
  const text = toJson(known.toBody())
  const close: Record<string, string> = known.code === 'REQUEST_TOO_LARGE' || known.code === 'REQUEST_TIMEOUT' ? { connection: 'close' } : {}
  response.writeHead(known.status, { ...headers, ...known.headers, ...close, 'content-type': jsonType, 'content-length': Buffer.byteLength(text) })
  response.end(text)
}

function isClientGone(error: unknown): boolean {
  const code = (error as { code?: string } | undefined)?.code
  return code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ECONNRESET' || code === 'EPIPE' || code === 'CANCELLED'
}

/** JSON in which a bigint is a bare integer, NaN and the infinities are protobuf's strings. */
export function toJson(value: unknown): string {
  try {
    return JSON.stringify(value)
  } catch {
    // A bigint: rare enough to find out by failing.
    return JSON.stringify(value, (_key, item) => (typeof item === 'bigint' ? JSON.rawJSON(String(item)) : item))
  }
}
