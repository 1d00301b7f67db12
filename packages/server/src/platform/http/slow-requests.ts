import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'

interface Connection {
  /** The one that arrives, or arrived last. */
  request: IncomingMessage | undefined
  since: number
  before: number
}

/** Bytes per millisecond that a body must have come at, on average, once its grace is over. */
const least = 16

/**
 * Closes connections whose body hardly moves: a client that sends a byte a minute would keep its
 * connection, and what waits for it, for ever. A body has `graceMs`, then must have come at 16 kB/s.
 *
 * What is noted for each request is written into its connection's place: an entry for each made the
 * collector of garbage work twice as much under load.
 */
export class SlowRequests implements Disposable {
  readonly #graceMs: number
  readonly #connections = new Map<Socket, Connection>()
  readonly #timer: ReturnType<typeof setInterval>
  // Kept by the timer: asking the clock for each request costs more than the rest of this.
  #now = performance.now()

  constructor(graceMs: number) {
    this.#graceMs = graceMs
    this.#timer = setInterval(() => this.#look(), Math.max(10, graceMs / 6))
    this.#timer.unref()
  }

  connected(socket: Socket): void {
    this.#connections.set(socket, { request: undefined, since: 0, before: 0 })
    socket.once('close', () => this.#connections.delete(socket))
  }

  begin(request: IncomingMessage): void {
    const connection = this.#connections.get(request.socket)
    if (connection === undefined) return
    connection.request = request
    connection.since = this.#now
    connection.before = request.socket.bytesRead
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }

  #look(): void {
    this.#now = performance.now()
    for (const [socket, connection] of this.#connections) {
      const { request, since, before } = connection
      if (request === undefined) continue
      if (request.complete || request.destroyed) connection.request = undefined
      else {
        const late = this.#now - since - this.#graceMs
        // Where bytes wait, it is the handler that does not take them: a store that is slow is not the client's fault.
        if (late > 0 && request.readableLength === 0 && socket.bytesRead - before < late * least) socket.destroy()
      }
    }
  }
}
