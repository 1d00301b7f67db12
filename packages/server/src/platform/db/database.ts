import { CairnError } from '@cairn/protocol'
import type { Channel, ChannelListener, Lease } from './channel.ts'
import { receiveError, type Outcome } from './group-commit.ts'
import { durations, sizes, type Telemetry } from '../telemetry/index.ts'
import { during, type Span, type Tracing } from '../tracing/index.ts'
import type { PoolLoad } from './read-connection.ts'
import type { ReaderPool } from './threads.ts'
import type { Database, Dialect, ReadOperation, StreamOperation, WriteOperation } from './types.ts'

export interface Waiting {
  readonly operation: WriteOperation<never, unknown>
  readonly input: unknown
  resolve(value: unknown): void
  reject(error: Error): void
  /** Of a write that a collector hears of. */
  readonly span?: Span | undefined
}

/** Commits groups one after the other. */
export interface GroupWriter {
  /** Whether it takes a group while it commits another, and begins it without waiting for anybody. Default: no. */
  readonly takesAhead?: boolean
  commit(group: readonly Waiting[]): Promise<readonly Outcome[]>
  close(): Promise<void>
}

/** Reads of a few rows by key, on the server's own thread. */
export interface LocalReader {
  readonly dialect: Dialect
  read<In, Out>(operation: ReadOperation<In, Out>, input: In): Promise<Out>
  stream<In>(operation: StreamOperation<In>, input: In): AsyncIterable<Uint8Array>
  /** Of its connections; absent where it has one alone. */
  readonly load?: PoolLoad
  close(): Promise<void>
}

/** What several servers of one database need of each other. */
export interface Sharing {
  channel(listener: ChannelListener): Promise<Channel>
  lease(name: string): Lease
  close(): Promise<void>
}

export interface DatabaseParts {
  /** Undefined where no other server can be. */
  readonly sharing?: Sharing | undefined
  readonly local: LocalReader
  readonly writer: GroupWriter
  /** Without threads everything is read on the calling one. */
  readonly readers: ReaderPool | undefined
  /** Writes that may wait before new ones are refused with 503. */
  readonly queueLimit: number
  readonly telemetry: Telemetry | undefined
  readonly tracing?: Tracing | undefined
}

/** Calls in one commit at most, so that a long queue still answers its first in time. */
const groupLimit = 1024

/** What both databases have in common: writes wait in a queue and go out as groups, reads are spread. */
export class QueuedDatabase implements Database {
  readonly #parts: DatabaseParts
  readonly #observe: ((writes: number, ms: number) => void) | undefined
  #queue: Waiting[] = []
  /** Whether a group is sent at the end of this turn of the loop. */
  #scheduled = false
  /** Groups that the writer has, and how many writes the newest of them holds. */
  #away = 0
  #awaySize = 0
  #idle: (() => void) | undefined

  constructor(parts: DatabaseParts) {
    this.#parts = parts
    this.#observe = parts.telemetry && observeCommits(parts.telemetry, () => this.#queue.length)
    if (parts.telemetry !== undefined) observePools(parts.telemetry, { connections: () => parts.local.load, threads: () => parts.readers?.load })
  }

  get dialect() {
    return this.#parts.local.dialect
  }

  write<In, Out>(operation: WriteOperation<In, Out>, input: In): Promise<Out> {
    if (this.#queue.length >= this.#parts.queueLimit) {
      return Promise.reject(new CairnError('TEMPORARILY_UNAVAILABLE', 'The server has more writes waiting than it can hold. Try again in a moment.', { 'retry-after': '1' }))
    }
    return new Promise<Out>((resolve, reject) => {
      this.#queue.push({ operation: operation as never, input, resolve: resolve as Waiting['resolve'], reject, span: this.#span(operation.name, 'write') })
      if (this.#scheduled || !this.#isTime()) return
      this.#scheduled = true
      // Requests that arrive in the same turn of the loop share a commit.
      setImmediate(() => {
        this.#scheduled = false
        if (this.#isTime()) void this.#commit()
      })
    })
  }

  /**
   * A group is committed while the next one gathers. As soon as that is no smaller it is sent after it,
   * so that the writer goes on without waiting for this thread; sent earlier, groups would become many and small.
   */
  #isTime(): boolean {
    const waiting = this.#queue.length
    return waiting > 0 && (this.#away === 0 || (this.#away === 1 && waiting >= this.#awaySize && this.#parts.writer.takesAhead === true))
  }

  async #commit(): Promise<void> {
    const group = this.#queue.length <= groupLimit ? this.#queue : this.#queue.slice(0, groupLimit)
    this.#queue = group === this.#queue ? [] : this.#queue.slice(groupLimit)
    this.#away += 1
    this.#awaySize = group.length
    const began = performance.now()
    const span = this.#parts.tracing?.shared('db.commit', { 'db.system.name': this.#system, 'cairn.commit.writes': group.length }, group.map((waiting) => waiting.span))
    try {
      const outcomes = await this.#parts.writer.commit(group)
      span?.end()
      this.#observe?.(group.length, performance.now() - began)
      for (let index = 0; index < group.length; index += 1) settle(group[index]!, outcomes[index]!)
    } catch (error) {
      span?.end(error)
      for (const waiting of group) {
        waiting.span?.end(error)
        waiting.reject(error as Error)
      }
    }
    this.#away -= 1
    if (this.#isTime()) void this.#commit()
    else if (this.#away === 0) this.#idle?.()
  }

  read<In, Out>(operation: ReadOperation<In, Out>, input: In): Promise<Out> {
    const span = this.#span(operation.name, 'read')
    return span === undefined ? this.#parts.local.read(operation, input) : during(span, this.#parts.local.read(operation, input))
  }

  warm(): void {
    this.#parts.readers?.warm()
  }

  scan<In, Out>(operation: ReadOperation<In, Out>, input: In): Promise<Out> {
    const { readers } = this.#parts
    if (readers === undefined || this.#canAsk(operation, input)) return this.read(operation, input)
    const span = this.#span(operation.name, 'scan')
    const scanned = readers.scan(operation.name, input) as Promise<Out>
    return span === undefined ? scanned : during(span, scanned)
  }

  /**
   * Where the database is another process, this thread only waits for it: a short question is asked from here,
   * which spares two ways between threads, unless others have work for this thread.
   */
  #canAsk<In, Out>(operation: ReadOperation<In, Out>, input: In): boolean {
    const { local } = this.#parts
    return local.load?.busy === 0 && this.#away === 0 && operation.isShort?.(input) === true
  }

  stream<In>(operation: StreamOperation<In>, input: In, signal?: AbortSignal): AsyncIterable<Uint8Array> {
    const { readers, local } = this.#parts
    const span = this.#span(operation.name, 'stream')
    const pieces = readers === undefined ? local.stream(operation, input) : readers.stream(operation.name, input, signal)
    return span === undefined ? pieces : watched(pieces, span)
  }

  get #system(): string {
    return this.dialect.name === 'postgres' ? 'postgresql' : this.dialect.name
  }

  #span(name: string, kind: 'read' | 'write' | 'scan' | 'stream'): Span | undefined {
    return this.#parts.tracing?.part(`db.${kind} ${name}`, { 'db.system.name': this.#system, 'db.operation.name': name })
  }

  async channel(listener: ChannelListener): Promise<Channel | undefined> {
    return this.#parts.sharing?.channel(listener)
  }

  lease(name: string): Lease {
    return this.#parts.sharing?.lease(name) ?? alone
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#away > 0 || this.#queue.length > 0) await new Promise<void>((resolve) => { this.#idle = resolve })
    await Promise.all([this.#parts.writer.close(), this.#parts.readers?.close()])
    await Promise.all([this.#parts.local.close(), this.#parts.sharing?.close()])
  }
}

function observeCommits(telemetry: Telemetry, waiting: () => number): (writes: number, ms: number) => void {
  const seconds = telemetry.histogram('cairn_db_commit_duration_seconds', 'A group of writes, from the first statement until it is on disk.', durations)()
  const size = telemetry.histogram('cairn_db_commit_writes', 'Writes that shared a commit.', sizes)()
  telemetry.gauge('cairn_db_writes_waiting', 'Writes that wait for the next commit.', waiting)
  return (writes, ms) => {
    seconds.observe(ms / 1000)
    size.observe(writes)
  }
}

/** Connections that this thread reads by, and threads that search and stream. */
function observePools(telemetry: Telemetry, pools: Readonly<Record<string, () => PoolLoad | undefined>>): void {
  const each = function* (what: keyof PoolLoad): Iterable<readonly [{ pool: string }, number]> {
    for (const [pool, load] of Object.entries(pools)) {
      const now = load()
      if (now !== undefined) yield [{ pool }, now[what]]
    }
  }
  telemetry.gauges('cairn_db_pool_open', 'Connections and threads that read the database.', () => each('open'))
  telemetry.gauges('cairn_db_pool_busy', 'Of these, those that read at the moment.', () => each('busy'))
  telemetry.gauges('cairn_db_pool_waiting', 'Reads that wait for one of them.', () => each('waiting'))
}

const alone: Lease = { held: () => true }

function settle(waiting: Waiting, outcome: Outcome): void {
  if (outcome.ok) {
    waiting.span?.end()
    waiting.resolve(outcome.value)
    return
  }
  const error = receiveError(outcome.error)
  waiting.span?.end(error)
  waiting.reject(error)
}

async function* watched(pieces: AsyncIterable<Uint8Array>, span: Span): AsyncGenerator<Uint8Array> {
  let failure: unknown
  try {
    yield* pieces
  } catch (error) {
    failure = error
    throw error
  } finally {
    span.end(failure)
  }
}
