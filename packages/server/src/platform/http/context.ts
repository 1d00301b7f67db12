import { randomBytes } from 'node:crypto'
import { isIP } from 'node:net'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Context, Log, Principal } from './types.ts'

export interface ContextSettings {
  /** Addresses of proxies whose `X-Forwarded-For` and `X-Forwarded-Host` are believed. */
  readonly trustedProxies?: readonly string[] | undefined
  readonly staticPrefix: string
  readonly bodyLimit: number
  readonly log: Log
  now(): number
}

const process8 = randomBytes(4).toString('hex')
let counter = 0

const newRequestId = (): string => `${process8}-${(counter += 1).toString(36)}`

/** The id that a proxy gave the request (`X-Request-Id`), where it looks like one, or one of our own. */
export function requestIdOf({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const given = headers['x-request-id']
  return typeof given === 'string' && /^[\w.:-]{1,128}$/.test(given) ? given : newRequestId()
}

/** The context of one request. What few handlers ask for is made when it is asked for. */
export class RequestContext implements Context {
  readonly principal: Principal
  readonly #request: IncomingMessage
  readonly #response: ServerResponse
  readonly #settings: ContextSettings
  #requestId: string | undefined
  #abort: AbortController | undefined

  /** `requestId` where it is known already. */
  constructor(request: IncomingMessage, response: ServerResponse, principal: Principal, settings: ContextSettings, requestId?: string) {
    this.#requestId = requestId
    this.principal = principal
    this.#request = request
    this.#response = response
    this.#settings = settings
  }

  get requestId(): string {
    return this.#requestId ??= newRequestId()
  }
  get log(): Log {
    return this.#settings.log
  }
  now(): number {
    return this.#settings.now()
  }
  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      const abort = this.#abort = new AbortController()
      if (this.#response.destroyed) abort.abort()
      else this.#response.once('close', () => { if (!this.#response.writableFinished) abort.abort() })
    }
    return this.#abort.signal
  }
  get headers(): Context['headers'] {
    return this.#request.headers
  }
  get address(): string {
    return clientAddress(this.#request, this.#settings.trustedProxies)
  }
  get host(): string | undefined {
    const { headers, socket } = this.#request
    const trusted = this.#settings.trustedProxies?.includes(plainAddress(socket.remoteAddress ?? '')) === true
    return (trusted && String(headers['x-forwarded-host'] ?? '').split(',')[0]!.trim()) || headers.host
  }
  get origin(): string {
    const forwarded = this.#request.headers['x-forwarded-proto']
    const scheme = forwarded === 'https' ? 'https' : 'http'
    return `${scheme}://${this.host ?? 'localhost'}`
  }
  get staticPrefix(): string {
    return this.#settings.staticPrefix
  }
  get body(): IncomingMessage {
    return this.#request
  }
  get bodyLimit(): number {
    return this.#settings.bodyLimit
  }
}

/** Where a request comes from. The last address that a trusted proxy added is the one that it saw itself. */
export function clientAddress(request: Pick<IncomingMessage, 'headers' | 'socket'>, trustedProxies: readonly string[] = []): string {
  const peer = plainAddress(request.socket.remoteAddress ?? '')
  if (trustedProxies.length === 0) return peer
  const forwarded = String(request.headers['x-forwarded-for'] ?? '').split(',').map((part) => plainAddress(part.trim())).filter((part) => isIP(part) !== 0)
  let address = peer
  while (forwarded.length > 0 && trustedProxies.includes(address)) address = forwarded.pop()!
  return address
}

/** An IPv4 address as IPv4. */
export const plainAddress = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, '')
