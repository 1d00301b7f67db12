import type { Int64, Param, RunTag } from '@cairn/protocol'
import type { CairnClient } from './client.ts'
import { ApiError, NetworkError } from './errors.ts'

export interface LoggedMetric {
  readonly key: string
  readonly value: number
  /** Milliseconds since the epoch. */
  readonly timestamp: Int64
  readonly step: Int64
}

/** What one request carries: all of it is stored, or nothing. */
export interface Batch {
  readonly run_id: string
  readonly metrics: LoggedMetric[]
  readonly params: Param[]
  readonly tags: RunTag[]
}

/** Keeps batches for which the server was away; `node.ts` has one on disk. */
export interface BatchStore {
  /** Resolves when the batch is safe. Rejects when there is no room for it. */
  save(batch: Batch): Promise<void>
  /** Sends what is kept, oldest first, until `send` fails; answers whether all of it went out. */
  drain(send: (batch: Batch) => Promise<void>): Promise<boolean>
}

export interface OutboxOptions {
  /** How long entries may wait for company; default 200. */
  readonly flushMs?: number | undefined
  /** Entries that may wait in memory; `log…` throws beyond. Default 1,000,000. */
  readonly limit?: number | undefined
  readonly store?: BatchStore | undefined
  /** Hears of what the server refused for good; the entries of that batch are dropped. Default: `console.warn`. */
  readonly onError?: ((error: unknown, batch: Batch) => void) | undefined
}

type Entry = { readonly metric: LoggedMetric } | { readonly param: Param } | { readonly tag: RunTag }

const most = { all: 1000, params: 100, tags: 100 }

/**
 * What is logged to one run, on its way out: in order, one request at a time, up to 1000 entries in
 * each. When the server is away entries wait here, or in the store, and go out in order once it is
 * back; sending one twice changes nothing, since MLflow's log-batch ignores repeated points.
 */
export class Outbox {
  readonly #client: CairnClient
  readonly #runId: string
  readonly #options: OutboxOptions
  #entries: Entry[] = []
  #timer: ReturnType<typeof setTimeout> | undefined
  #sending: Promise<void> | undefined
  #refused: unknown
  #stored = false

  constructor(client: CairnClient, runId: string, options: OutboxOptions = {}) {
    this.#client = client
    this.#runId = runId
    this.#options = options
  }

  add(entry: Entry): void {
    if (this.#entries.length >= (this.#options.limit ?? 1_000_000)) {
      throw new Error(`More than ${this.#options.limit ?? 1_000_000} entries wait for the server at ${this.#client.url}. Await flush() now and then, or give the outbox a store.`)
    }
    this.#entries.push(entry)
    if (this.#entries.length >= most.all) this.#start()
    else this.#timer ??= setTimeout(() => this.#start(), this.#options.flushMs ?? 200)
  }

  /**
   * Resolves when everything logged so far is on the server, or safe in the store. Rejects with the
   * first `ApiError` for what the server refused, or with a `NetworkError` when it does not answer
   * and there is no store; what was not sent stays for the next attempt.
   */
  async flush(): Promise<void> {
    this.#start()
    while (this.#sending !== undefined) await this.#sending
    const refused = this.#refused
    this.#refused = undefined
    if (refused !== undefined) throw refused
    if (this.#entries.length > 0) {
      await this.#send()
      if (this.#entries.length > 0) return this.flush()
    }
  }

  #start(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#sending !== undefined || this.#entries.length === 0) return
    this.#sending = this.#send().catch(() => {
      // The server is away and nothing keeps the entries but this list: try again in a while.
      this.#timer ??= setTimeout(() => this.#start(), 5000)
    }).finally(() => {
      this.#sending = undefined
      if (this.#entries.length >= most.all) this.#start()
    })
  }

  async #send(): Promise<void> {
    while (this.#entries.length > 0) {
      const { batch, size } = takeBatch(this.#runId, this.#entries)
      try {
        if (this.#stored) this.#stored = !await this.#options.store!.drain((kept) => this.#client.runs.logBatch(kept))
        if (this.#stored) await this.#options.store!.save(batch)
        else await this.#client.runs.logBatch(batch)
      } catch (error) {
        if (error instanceof ApiError) {
          this.#refused ??= error
          if (this.#options.onError !== undefined) this.#options.onError(error, batch)
          else console.warn(`Cairn refused ${size} logged entries of run ${this.#runId}: ${error.message}`)
        } else if (error instanceof NetworkError && this.#options.store !== undefined) {
          await this.#options.store.save(batch)
          this.#stored = true
        } else throw error
      }
      this.#entries.splice(0, size)
    }
  }
}

/** As many entries from the front as one request takes; a param that comes again waits for the next. */
function takeBatch(run_id: string, entries: readonly Entry[]): { batch: Batch; size: number } {
  const batch: Batch = { run_id, metrics: [], params: [], tags: [] }
  const keys = new Set<string>()
  let size = 0
  for (const entry of entries) {
    if (size === most.all) break
    if ('metric' in entry) batch.metrics.push(entry.metric)
    else if ('param' in entry) {
      if (batch.params.length === most.params || keys.has(entry.param.key)) break
      keys.add(entry.param.key)
      batch.params.push(entry.param)
    } else {
      if (batch.tags.length === most.tags) break
      batch.tags.push(entry.tag)
    }
    size += 1
  }
  return { batch, size }
}
