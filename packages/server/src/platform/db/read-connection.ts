import type { Awaitable } from './awaitable.ts'
import type { Reader } from './types.ts'

/** A connection as reads use it: all between `beginReading` and `end` see one state of the database. */
export interface ReadConnection extends Reader {
  beginReading(): Awaitable<void>
  end(): Awaitable<void>
  close(): Awaitable<void>
}

/** What a pool has and does at the moment, for whoever watches the server. */
export interface PoolLoad {
  readonly open: number
  readonly busy: number
  /** Reads that wait until one of them is free. */
  readonly waiting: number
}

/** Connections that are lent out one by one; who asks when all are lent waits. */
export class ReadPool {
  readonly #open: () => ReadConnection
  readonly #most: number
  readonly #all = new Set<ReadConnection>()
  readonly #idle: ReadConnection[] = []
  readonly #waiting: ((connection: ReadConnection) => void)[] = []

  constructor(open: () => ReadConnection, most: number) {
    this.#open = open
    this.#most = most
  }

  /** Lends a connection in a transaction of its own to `work`. */
  async use<T>(work: (connection: ReadConnection) => T | Promise<T>): Promise<T> {
    const connection = await this.take()
    try {
      await connection.beginReading()
      return await work(connection)
    } finally {
      await this.give(connection)
    }
  }

  take(): ReadConnection | Promise<ReadConnection> {
    const idle = this.#idle.pop()
    if (idle !== undefined) return idle
    if (this.#all.size >= this.#most) return new Promise((resolve) => this.#waiting.push(resolve))
    const opened = this.#open()
    this.#all.add(opened)
    return opened
  }

  async give(connection: ReadConnection): Promise<void> {
    await connection.end()
    const next = this.#waiting.shift()
    if (next !== undefined) next(connection)
    else this.#idle.push(connection)
  }

  get load(): PoolLoad {
    return { open: this.#all.size, busy: this.#all.size - this.#idle.length, waiting: this.#waiting.length }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#all].map((connection) => connection.close()))
  }
}
