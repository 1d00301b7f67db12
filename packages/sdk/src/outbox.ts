import { updateRun, type Int64, type Param, type RunStatus, type RunTag } from '@cairn/protocol'
import type { CairnClient } from './client.ts'
import { ApiError, isTransient } from './errors.ts'
import type { CallOptions } from './transport.ts'

export interface LoggedMetric {
  readonly key: string
  readonly value: number
  /** Milliseconds since the epoch. */
  readonly timestamp: Int64
  readonly step: Int64
}

export interface RunEnd {
  readonly status: RunStatus
  readonly end_time: number
}

/** What one log-batch carries: all of it is stored, or nothing. `end` ends the run after it. */
export interface Batch {
  readonly run_id: string
  readonly metrics: LoggedMetric[]
  readonly params: Param[]
  readonly tags: RunTag[]
  end?: RunEnd
}

/** Keeps batches for which the server was away; `node.ts` has one on disk. */
export interface BatchStore {
  /** Resolves when the batch is safe. Rejects when there is no room for it. */
  save(batch: Batch): Promise<void>
  /**
   * Sends what is kept, oldest first; answers whether nothing is left. Stops where `send` throws
   * what may pass; sets aside what the server refuses for good.
   */
  drain(send: (batch: Batch) => Promise<void>): Promise<boolean>
}

export interface OutboxOptions {
  /** How long entries may wait for company; default 200. */
  readonly flushMs?: number | undefined
  /** Entries that may wait in memory; `log…` throws beyond. Default 1,000,000. */
  readonly limit?: number | undefined
  readonly store?: BatchStore | undefined
  /** Hears of what the server refused for good, which is then dropped. Default: `console.warn`. */
  readonly onError?: ((error: unknown, batch: Batch) => void) | undefined
}

type Entry = { readonly metric: LoggedMetric } | { readonly param: Param } | { readonly tag: RunTag } | { readonly end: RunEnd }

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
  #added = 0
  #settled = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  #sending: Promise<void> | undefined
  #refused: unknown
  /** Whether the store may hold something that must go first. */
  #stored = false
  #failures = 0
  #askAgainAt = 0
  /** Whether the last attempt left entries behind: no answer and no store, or no room in it. */
  #blocked = false
  /** Whether the timer stands for nothing but a look at the store. */
  #idle = false

  constructor(client: CairnClient, runId: string, options: OutboxOptions = {}) {
    this.#client = client
    this.#runId = runId
    this.#options = options
  }

  add(entry: Entry): void {
    const limit = this.#options.limit ?? 1_000_000
    if (this.#entries.length >= limit && !('end' in entry)) {
      throw new Error(`More than ${limit} entries wait for the server at ${this.#client.url}. Await flush() now and then, or give the outbox a store.`)
    }
    this.#entries.push(entry)
    this.#added += 1
    this.#schedule()
  }

  /**
   * Resolves when everything logged before the call is on the server, or safe in the store. Rejects
   * with the first error for what the server refused, or with a `NetworkError` (or `ApiError` of a
   * busy server) when it is away and there is no store; what was not sent stays for the next attempt.
   */
  async flush(): Promise<void> {
    const upTo = this.#added
    this.#askAgainAt = 0
    if (this.#stored) await this.#pump()
    while (this.#settled < upTo) await this.#pump()
    const refused = this.#refused
    this.#refused = undefined
    if (refused !== undefined) throw refused
  }

  #schedule(): void {
    if (this.#sending !== undefined) return
    if (this.#entries.length === 0) {
      // What is in the store is safe without this process, which need not stay for it.
      if (this.#stored) this.#wake(this.#askAgainAt - Date.now(), true)
    } else if (this.#blocked) this.#wake(this.#askAgainAt - Date.now())
    else if (this.#entries.length >= most.all) this.#background()
    else this.#wake(this.#options.flushMs ?? 200)
  }

  #wake(ms: number, idle = false): void {
    if (this.#timer !== undefined) {
      if (idle || !this.#idle) return
      clearTimeout(this.#timer)
    }
    this.#idle = idle
    this.#timer = setTimeout(() => this.#background(), Math.max(0, ms))
    if (idle) (this.#timer as { unref?: () => void }).unref?.()
  }

  #failed(): void {
    this.#failures += 1
    this.#askAgainAt = Date.now() + Math.min(60_000, 1000 * 2 ** this.#failures)
  }

  #background(): void {
    // A failure has been noted by the pump; flush() tells of it.
    this.#pump().catch(() => {})
  }

  /** The one place that sends, so that never two requests of a run are under way. */
  #pump(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    return this.#sending ??= this.#send()
      .then(() => {
        this.#blocked = false
        if (!this.#stored) this.#failures = 0
      }, (error: unknown) => {
        this.#blocked = true
        this.#failed()
        throw error
      })
      .finally(() => {
        this.#sending = undefined
        this.#schedule()
      })
  }

  async #send(): Promise<void> {
    const upTo = this.#added
    if (this.#stored && Date.now() >= this.#askAgainAt) await this.#drain()
    while (this.#settled < upTo) {
      const entries = takeEntries(this.#entries)
      await this.#deliver(entries, { left: 64 })
      this.#entries.splice(0, entries.length)
      this.#settled += entries.length
    }
  }

  /** A batch that is refused is halved until what is wrong with it stands alone; the rest gets through. */
  async #deliver(entries: readonly Entry[], probes: { left: number }): Promise<void> {
    const batch = batchOf(this.#runId, entries)
    try {
      await this.#sendOrStore(batch)
    } catch (error) {
      if (!(error instanceof ApiError) || isTransient(error)) throw error
      // Bounded, as each entry of a deleted run is wrong.
      if (error.status !== 400 || entries.length === 1 || probes.left < 2) return this.#refuse(error, batch)
      probes.left -= 2
      const middle = entries.length >> 1
      await this.#deliver(entries.slice(0, middle), probes)
      await this.#deliver(entries.slice(middle), probes)
    }
  }

  async #sendOrStore(batch: Batch): Promise<void> {
    const { store } = this.#options
    if (!this.#stored) {
      try {
        // With a store it is the store that waits: the sooner an entry is on disk, the less a crash loses.
        return await sendBatch(this.#client, batch, store && { retries: Math.min(2, this.#client.transport.retries), timeoutMs: 30_000 })
      } catch (error) {
        if (store === undefined || !isTransient(error)) throw error
      }
    }
    await store!.save(batch)
    if (!this.#stored) this.#failed()
    this.#stored = true
  }

  async #drain(): Promise<void> {
    this.#stored = !await this.#options.store!.drain(async (kept) => {
      try {
        await sendBatch(this.#client, kept, { retries: 0, timeoutMs: 30_000 })
      } catch (error) {
        if (!isTransient(error)) this.#refuse(error, kept)
        throw error
      }
    })
    if (this.#stored) this.#failed()
  }

  #refuse(error: unknown, batch: Batch): void {
    this.#refused ??= error
    try {
      if (this.#options.onError !== undefined) this.#options.onError(error, batch)
      else console.warn(`Cairn refused ${batch.metrics.length + batch.params.length + batch.tags.length} logged entries of run ${batch.run_id}: ${(error as Error).message}`)
    } catch (thrown) {
      // A listener that throws must not stop what comes after.
      console.warn(thrown)
    }
  }
}

export async function sendBatch(client: CairnClient, batch: Batch, options?: CallOptions): Promise<void> {
  const { end, ...logged } = batch
  if (logged.metrics.length + logged.params.length + logged.tags.length > 0) await client.runs.logBatch(logged, options)
  if (end !== undefined) await client.call(updateRun, { run_id: batch.run_id, ...end }, options)
}

/** As many entries from the front as one request takes; a param that comes again waits for the next. */
function takeEntries(entries: readonly Entry[]): readonly Entry[] {
  const keys = new Set<string>()
  let tags = 0
  let size = 0
  for (const entry of entries) {
    if (size === most.all) break
    if ('param' in entry) {
      if (keys.size === most.params || keys.has(entry.param.key)) break
      keys.add(entry.param.key)
    } else if ('tag' in entry && (tags += 1) > most.tags) break
    size += 1
    if ('end' in entry) break
  }
  return entries.slice(0, size)
}

function batchOf(run_id: string, entries: readonly Entry[]): Batch {
  const batch: Batch = { run_id, metrics: [], params: [], tags: [] }
  for (const entry of entries) {
    if ('metric' in entry) batch.metrics.push(entry.metric)
    else if ('param' in entry) batch.params.push(entry.param)
    else if ('tag' in entry) batch.tags.push(entry.tag)
    else batch.end = entry.end
  }
  return batch
}
