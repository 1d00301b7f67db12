import { isIPv6, type Socket } from 'node:net'
import type { Telemetry } from '../telemetry/index.ts'
import { plainAddress } from './context.ts'
import type { Log } from './types.ts'

export interface ConnectionLimits {
  /** Of all clients together. */
  readonly most: number
  /** Of one address, or of one IPv6 network (/64), whose addresses a client may change as it likes. */
  readonly mostOfClient: number
}

/** How long a client that was refused may take to read why. */
const farewellMs = 500
/** More at once than this are told nothing: whoever floods a server does not read. */
const mostFarewells = 200
const warnEveryMs = 60_000

/**
 * Counts connections, and refuses those beyond the limits before anything is read of them: each costs
 * memory and a file handle, however little is asked on it. Proxies that are trusted stand for many
 * clients, so only the limit of all counts for them.
 */
export class Connections implements Disposable {
  readonly #limits: ConnectionLimits
  readonly #exempt: ReadonlySet<string>
  readonly #log: Log
  readonly #byClient = new Map<string, number>()
  readonly #refused = new Set<Socket>()
  readonly #counted: { add(): void } | undefined
  readonly #answer: string
  #open = 0
  #warned = -Infinity

  constructor(limits: ConnectionLimits, { trustedProxies = [], log, telemetry }: { readonly trustedProxies?: readonly string[] | undefined; readonly log: Log; readonly telemetry?: Telemetry | undefined }) {
    this.#limits = limits
    this.#exempt = new Set(trustedProxies)
    this.#log = log
    const body = JSON.stringify({ error_code: 'TEMPORARILY_UNAVAILABLE', message: 'This server has as many connections open as it takes, from everybody or from you. Close some, or try again in a moment.' })
    this.#answer = `HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nRetry-After: 1\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n${body}`
    telemetry?.gauge('cairn_http_connections', 'Connections that are open.', () => this.#open)
    this.#counted = telemetry?.counter('cairn_http_connections_refused_total', 'Connections that were refused because there were too many.')()
  }

  /** False where there are too many: then the connection is told so and closed, and nothing on it is to be answered. */
  admit(socket: Socket): boolean {
    const address = plainAddress(socket.remoteAddress ?? '')
    const client = networkOf(address)
    const ofClient = this.#byClient.get(client) ?? 0
    if (this.#open >= this.#limits.most || (ofClient >= this.#limits.mostOfClient && !this.#exempt.has(address))) {
      this.#refuse(socket, client)
      return false
    }
    this.#open += 1
    this.#byClient.set(client, ofClient + 1)
    socket.once('close', () => {
      this.#open -= 1
      const left = this.#byClient.get(client)! - 1
      if (left === 0) this.#byClient.delete(client)
      else this.#byClient.set(client, left)
    })
    return true
  }

  wasRefused(socket: Socket): boolean {
    return this.#refused.has(socket)
  }

  #refuse(socket: Socket, client: string): void {
    this.#counted?.add()
    const now = performance.now()
    if (now - this.#warned > warnEveryMs) {
      this.#warned = now
      this.#log.warn('Connections are refused: there are too many.', { open: this.#open, client, ofClient: this.#byClient.get(client) ?? 0, ...this.#limits })
    }
    const quiet = this.#refused.size >= mostFarewells
    this.#refused.add(socket)
    socket.on('error', () => {})
    socket.once('close', () => this.#refused.delete(socket))
    if (quiet) return void socket.destroy()
    socket.end(this.#answer)
    setTimeout(() => socket.destroy(), farewellMs).unref()
  }

  [Symbol.dispose](): void {
    for (const socket of this.#refused) socket.destroy()
  }
}

/** An IPv4 address, or the half of an IPv6 address that its owner cannot choose. */
export function networkOf(address: string): string {
  const plain = plainAddress(address)
  if (!isIPv6(plain)) return plain
  const [head = '', tail] = plain.replace(/%.*$/, '').split('::')
  const groups = head === '' ? [] : head.split(':')
  const rest = tail === undefined || tail === '' ? [] : tail.split(':')
  const all = tail === undefined ? groups : [...groups, ...Array<string>(Math.max(0, 8 - groups.length - rest.length)).fill('0'), ...rest]
  return all.slice(0, 4).map((group) => group.toLowerCase().replace(/^0+(?=.)/, '')).join(':')
}
