import { statSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { CairnError } from '@cairn/protocol'
import { commitGroup, joinOutcomes, receiveError, type Outcome } from './group-commit.ts'
import type { FromWorker, ToWorker, WorkerData } from './messages.ts'
import { migrate, refuseForeign } from './migrate.ts'
import { SqliteConnection } from './sqlite.ts'
import type { Database, Migration, ReadOperation, StreamOperation, WriteOperation } from './types.ts'

export interface DatabaseOptions {
  /** File of the SQLite database; made when it does not exist. */
  readonly path: string
  readonly migrations: readonly Migration[]
  /**
   * The module that database threads run: it calls `serveDatabaseThread` with all operations.
   * Without it everything runs on the calling thread, which is what store tests want.
   */
  readonly thread?: URL
  /**
   * Reader threads at most, started as they are needed (8 MB each). Default 1: with two on two cores
   * four searchers got 300 instead of 280 pages/s and sixteen writers 3k instead of 11k points/s.
   */
  readonly readers?: number
  /** Writes that may wait for the writer before new ones are refused with 503; default 20,000. */
  readonly queueLimit?: number
}

interface Waiting {
  readonly operation: WriteOperation<never, unknown>
  readonly input: unknown
  resolve(value: unknown): void
  reject(error: Error): void
}

const writerCacheKiB = 32_000
const readerCacheKiB = 16_000
/** Calls in one commit at most, so that a long queue still answers its first in time. */
const groupLimit = 1024

/** Opens the database, brings its schema up to date and starts its threads. */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  if (statSync(options.path, { throwIfNoEntry: false })?.size) {
    using existing = new SqliteConnection({ path: options.path, readOnly: true, cacheKiB: 100 })
    refuseForeign(existing)
  }
  const connection = new SqliteConnection({ path: options.path, readOnly: false, cacheKiB: readerCacheKiB })
  try {
    migrate(connection, options.migrations, Date.now())
  } catch (error) {
    connection[Symbol.dispose]()
    throw error
  }
  if (options.thread === undefined) return new SqliteDatabase(connection, new LocalWriter(connection), undefined, options)
  const writer = new Thread(options.thread, { role: 'writer', path: options.path, cacheKiB: writerCacheKiB })
  const readers = new ReaderPool(options.thread, options.path, options.readers ?? 1)
  await writer.ready
  return new SqliteDatabase(connection, new ThreadWriter(writer), readers, options)
}

class SqliteDatabase implements Database {
  readonly #connection: SqliteConnection
  readonly #writer: GroupWriter
  readonly #readers: ReaderPool | undefined
  readonly #queueLimit: number
  #queue: Waiting[] = []
  #busy = false
  #reads: Promise<unknown> = Promise.resolve()
  #idle: (() => void) | undefined

  constructor(connection: SqliteConnection, writer: GroupWriter, readers: ReaderPool | undefined, options: DatabaseOptions) {
    this.#connection = connection
    this.#writer = writer
    this.#readers = readers
    this.#queueLimit = options.queueLimit ?? 20_000
  }

  get dialect() {
    return this.#connection.dialect
  }

  write<In, Out>(operation: WriteOperation<In, Out>, input: In): Promise<Out> {
    if (this.#queue.length >= this.#queueLimit) {
      return Promise.reject(new CairnError('TEMPORARILY_UNAVAILABLE', 'The server has more writes waiting than it can hold. Try again in a moment.', { 'retry-after': '1' }))
    }
    return new Promise<Out>((resolve, reject) => {
      this.#queue.push({ operation: operation as never, input, resolve: resolve as Waiting['resolve'], reject })
      if (!this.#busy) {
        this.#busy = true
        // Requests that arrive in the same turn of the loop share the first commit.
        setImmediate(() => void this.#drain())
      }
    })
  }

  async #drain(): Promise<void> {
    while (this.#queue.length > 0) {
      const group = this.#queue.length <= groupLimit ? this.#queue : this.#queue.slice(0, groupLimit)
      this.#queue = group === this.#queue ? [] : this.#queue.slice(groupLimit)
      try {
        const outcomes = await this.#writer.commit(group)
        for (let index = 0; index < group.length; index += 1) settle(group[index]!, outcomes[index]!)
      } catch (error) {
        for (const waiting of group) waiting.reject(error as Error)
      }
    }
    this.#busy = false
    this.#idle?.()
  }

  read<In, Out>(operation: ReadOperation<In, Out>, input: In): Promise<Out> {
    // One after the other: each runs in a snapshot of the one connection of this thread.
    const result = this.#reads.then(async () => {
      if (this.#readers === undefined && this.#connection.inTransaction) return operation.run(this.#connection, input)
      this.#connection.exec('BEGIN')
      try {
        return await operation.run(this.#connection, input)
      } finally {
        this.#connection.exec('COMMIT')
      }
    })
    this.#reads = result.catch(() => undefined)
    return result
  }

  scan<In, Out>(operation: ReadOperation<In, Out>, input: In): Promise<Out> {
    return this.#readers === undefined ? this.read(operation, input) : this.#readers.scan(operation.name, input) as Promise<Out>
  }

  stream<In>(operation: StreamOperation<In>, input: In, signal?: AbortSignal): AsyncIterable<Uint8Array> {
    return this.#readers === undefined
      ? operation.run(this.#connection, input) as AsyncIterable<Uint8Array>
      : this.#readers.stream(operation.name, input, signal)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#busy) await new Promise<void>((resolve) => { this.#idle = resolve })
    await this.#reads
    await Promise.all([this.#writer.close(), this.#readers?.close()])
    this.#connection[Symbol.dispose]()
  }
}

function settle(waiting: Waiting, outcome: Outcome): void {
  if (outcome.ok) waiting.resolve(outcome.value)
  else waiting.reject(receiveError(outcome.error))
}

interface GroupWriter {
  commit(group: readonly Waiting[]): Promise<readonly Outcome[]>
  close(): Promise<void>
}

class LocalWriter implements GroupWriter {
  readonly #connection: SqliteConnection
  constructor(connection: SqliteConnection) {
    this.#connection = connection
  }
  commit(group: readonly Waiting[]): Promise<readonly Outcome[]> {
    return commitGroup(this.#connection, group)
  }
  async close(): Promise<void> {}
}

/** Sends one group at a time; what arrives meanwhile is the next group. */
class ThreadWriter implements GroupWriter {
  readonly #thread: Thread
  #settle: { resolve(outcomes: readonly Outcome[]): void; reject(error: Error): void } | undefined
  constructor(thread: Thread) {
    this.#thread = thread
    thread.onMessage((message) => {
      if (message.type === 'wrote') this.#settle?.resolve(joinOutcomes(message.values, message.failures))
    })
    thread.onExit((error) => this.#settle?.reject(error))
  }
  commit(group: readonly Waiting[]): Promise<readonly Outcome[]> {
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject }
      const names: string[] = []
      const which: number[] = []
      for (const { operation } of group) {
        let index = names.indexOf(operation.name)
        if (index < 0) index = names.push(operation.name) - 1
        which.push(index)
      }
      this.#thread.send({ type: 'write', names, which, inputs: group.map((waiting) => waiting.input) })
    })
  }
  close(): Promise<void> {
    return this.#thread.close()
  }
}

interface StreamState {
  pieces: Uint8Array[]
  ended: boolean
  error: Error | undefined
  wake: () => void
}

class ReaderPool {
  readonly #threads: { readonly thread: Thread; pending: number }[] = []
  readonly #start: () => Thread
  readonly #most: number
  readonly #scans = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>()
  readonly #streams = new Map<number, StreamState>()
  #nextId = 0

  constructor(url: URL, path: string, count: number) {
    this.#most = count
    this.#start = () => {
      const thread = new Thread(url, { role: 'reader', path, cacheKiB: readerCacheKiB })
      thread.onMessage((message) => this.#receive(message))
      thread.onExit((error) => this.#fail(error))
      return thread
    }
  }

  async scan(name: string, input: unknown): Promise<unknown> {
    const least = this.#take()
    const id = this.#nextId++
    least.pending += 1
    try {
      return await new Promise((resolve, reject) => {
        this.#scans.set(id, { resolve, reject })
        least.thread.send({ type: 'scan', id, name, input })
      })
    } finally {
      least.pending -= 1
      this.#scans.delete(id)
    }
  }

  async *stream(name: string, input: unknown, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
    const taken = this.#take()
    const { thread } = taken
    taken.pending += 1
    const id = this.#nextId++
    const state: StreamState = { pieces: [], ended: false, error: undefined, wake: () => {} }
    this.#streams.set(id, state)
    thread.send({ type: 'stream', id, name, input })
    thread.send({ type: 'pull', id })
    const abort = (): void => { state.ended = true; state.wake() }
    signal?.addEventListener('abort', abort, { once: true })
    try {
      for (;;) {
        const piece = state.pieces.shift()
        if (piece !== undefined) {
          thread.send({ type: 'pull', id })
          yield piece
        } else if (state.error !== undefined) throw state.error
        else if (state.ended) return
        else await new Promise<void>((resolve) => { state.wake = resolve })
      }
    } finally {
      signal?.removeEventListener('abort', abort)
      taken.pending -= 1
      this.#streams.delete(id)
      thread.send({ type: 'cancel', id })
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map(({ thread }) => thread.close()))
  }

  /** An idle thread; else a new one while there may be more; else the one with least to do. */
  #take() {
    const best = this.#threads.reduce<{ thread: Thread; pending: number } | undefined>(
      (least, candidate) => (least === undefined || candidate.pending < least.pending ? candidate : least), undefined)
    if (best !== undefined && (best.pending === 0 || this.#threads.length >= this.#most)) return best
    const started = { thread: this.#start(), pending: 0 }
    this.#threads.push(started)
    return started
  }

  #receive(message: FromWorker): void {
    if (message.type === 'scanned') {
      const waiting = this.#scans.get(message.id)
      if (message.outcome.ok) waiting?.resolve(message.outcome.value)
      else waiting?.reject(receiveError(message.outcome.error))
    } else if (message.type === 'piece' || message.type === 'end') {
      const state = this.#streams.get(message.id)
      if (state === undefined) return
      if (message.type === 'piece') state.pieces.push(message.piece)
      else {
        state.ended = true
        if (message.error !== undefined) state.error = receiveError(message.error)
      }
      state.wake()
    }
  }

  #fail(error: Error): void {
    for (const waiting of this.#scans.values()) waiting.reject(error)
    for (const state of this.#streams.values()) {
      state.error = error
      state.wake()
    }
  }
}

/** A database thread: starts it, knows when it is ready, closes it. */
class Thread {
  readonly #worker: Worker
  readonly ready: Promise<void>
  #closed = false

  constructor(url: URL, data: WorkerData) {
    this.#worker = new Worker(url, { workerData: data })
    this.ready = new Promise((resolve, reject) => {
      this.onMessage((message) => { if (message.type === 'ready') resolve() })
      this.#worker.once('error', reject)
    })
    // Who needs the thread hears of its end through `onExit`.
    this.ready.catch(() => {})
  }

  send(message: ToWorker): void {
    if (!this.#closed) this.#worker.postMessage(message)
  }

  onMessage(listener: (message: FromWorker) => void): void {
    this.#worker.on('message', listener)
  }

  onExit(listener: (error: Error) => void): void {
    this.#worker.on('error', (error) => listener(error as Error))
    this.#worker.on('exit', () => listener(new Error('A database thread has ended.')))
  }

  async close(): Promise<void> {
    const exited = new Promise<void>((resolve) => this.#worker.once('exit', () => resolve()))
    this.send({ type: 'close' })
    this.#closed = true
    await exited
  }
}
