import type { Database } from '../platform/db/index.ts'
import type { Log } from '../platform/http/index.ts'
import type { Telemetry } from '../platform/telemetry/index.ts'
import { judgeError, judgeResponse, sendCall, type SenderOptions, type Verdict } from './delivery.ts'
import type { DueDelivery } from './deliveries-store.ts'
import { claimDeliveries, endAllLeases, finishDelivery, pruneDeliveries, readNextDue, readOldestDelivery } from './webhooks.ts'

export interface DispatcherOptions extends SenderOptions {
  readonly db: Database
  readonly log: Log
  /** Calls under way at one time. */
  readonly concurrency: number
  /** Attempts after the first. */
  readonly maxRetries: number
  /** The wait before the first retry, doubled for each further one; default 1 s. */
  readonly backoffMs?: number
  readonly telemetry?: Telemetry
}

const longestBackoffMs = 60_000
/** How long the log keeps what was delivered or given up. */
const keepMs = 30 * 24 * 3_600_000
const pruneEveryMs = 3_600_000
/** Other replicas' deliveries fall due without a word to this one. */
const lookEveryMs = 15_000

/** Sends what stands in the outbox. The outbox is the queue, so a restart loses nothing. */
export class WebhookDispatcher implements AsyncDisposable {
  readonly #options: DispatcherOptions
  readonly #abort = new AbortController()
  readonly #running = new Set<Promise<void>>()
  #pumping: Promise<void> | undefined
  #again = false
  #timer: NodeJS.Timeout | undefined
  #prunedAt = 0
  /** Since when a delivery is due that has not been taken; milliseconds since the epoch. */
  #oldestDue: number | undefined

  constructor(options: DispatcherOptions) {
    this.#options = options
    options.telemetry?.gauge('cairn_webhook_calls_under_way', 'Webhooks that are being called.', () => this.#running.size)
    options.telemetry?.gauge('cairn_webhook_late_seconds', 'For how long the webhook that waits longest could have been called; 0 where none waits.', () => (this.#oldestDue === undefined ? 0 : Math.max(0, options.now() - this.#oldestDue) / 1000))
  }

  async start(): Promise<void> {
    const { db, now } = this.#options
    // One SQLite file has one server: whoever held a lease is gone.
    if (db.dialect.name === 'sqlite' && await db.read(readNextDue, null) !== undefined) await db.write(endAllLeases, { now: now() })
    this.wake()
  }

  /** Something may be due. Cheap, and never throws. */
  wake(): void {
    if (this.#abort.signal.aborted) return
    this.#again = true
    this.#pumping ??= this.#pump().finally(() => {
      this.#pumping = undefined
      if (this.#again) this.wake()
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort()
    clearTimeout(this.#timer)
    await this.#pumping
    await Promise.all(this.#running)
  }

  async #pump(): Promise<void> {
    const { db, log } = this.#options
    clearTimeout(this.#timer)
    let waitMs = lookEveryMs
    try {
      while (this.#again && !this.#abort.signal.aborted) {
        this.#again = false
        await this.#prune()
        const due = await db.read(readNextDue, null)
        this.#oldestDue = due
        const free = this.#options.concurrency - this.#running.size
        // Full: the first call that ends wakes again.
        if (free <= 0) break
        const now = this.#options.now()
        if (due === undefined) continue
        if (due > now) {
          waitMs = Math.min(waitMs, due - now)
          continue
        }
        const claimed = await db.write(claimDeliveries, { now, limit: free, leaseMs: this.#options.timeoutMs + 30_000 })
        for (const delivery of claimed) this.#run(delivery)
        this.#again = true
      }
    } catch (error) {
      log.error('The webhook outbox could not be read.', { error: String(error) })
      waitMs = 1000
      this.#again = false
    }
    if (!this.#abort.signal.aborted) this.#timer = setTimeout(() => this.wake(), waitMs).unref()
  }

  #run(delivery: DueDelivery): void {
    const run = this.#deliver(delivery).catch((error: unknown) => {
      // The lease ends by itself and the delivery is tried again.
      this.#options.log.error('A webhook delivery could not be recorded.', { delivery: delivery.delivery_id, error: String(error) })
    }).finally(() => {
      this.#running.delete(run)
      this.wake()
    })
    this.#running.add(run)
  }

  async #deliver(delivery: DueDelivery): Promise<void> {
    const { db, now, log, maxRetries } = this.#options
    const verdict = await this.#attempt(delivery)
    const { delivery_seq } = delivery
    const { response_status, error_message } = verdict
    const seen = { delivery_seq, ...(response_status !== undefined && { response_status }), ...(error_message !== undefined && { error_message }) }
    if (this.#abort.signal.aborted && verdict.status === 'RETRY') return db.write(finishDelivery, { ...seen, status: 'PENDING', next_attempt_timestamp: now() })
    if (verdict.status === 'RETRY' && delivery.attempts <= maxRetries) {
      const wait = Math.round(verdict.retryAfterMs ?? this.#backoff(delivery.attempts))
      return db.write(finishDelivery, { ...seen, status: 'PENDING', next_attempt_timestamp: now() + wait })
    }
    if (verdict.status !== 'DELIVERED') log.warn('A webhook delivery was given up.', { delivery: delivery.delivery_id, webhook: delivery.webhook_id, error: error_message })
    return db.write(finishDelivery, { ...seen, status: verdict.status === 'DELIVERED' ? 'DELIVERED' : 'FAILED' })
  }

  async #attempt(delivery: DueDelivery): Promise<Verdict> {
    if (delivery.status !== 'ACTIVE') return { status: 'FAILED', error_message: 'The webhook was disabled before the event was sent.' }
    try {
      return judgeResponse(await sendCall(this.#options, delivery, this.#abort.signal), this.#options.now())
    } catch (error) {
      return judgeError(error)
    }
  }

  #backoff(attempts: number): number {
    const { backoffMs = 1000 } = this.#options
    return Math.min(backoffMs * 2 ** (attempts - 1), longestBackoffMs) + Math.random() * backoffMs
  }

  async #prune(): Promise<void> {
    const now = this.#options.now()
    if (now - this.#prunedAt < pruneEveryMs) return
    this.#prunedAt = now
    const oldest = await this.#options.db.read(readOldestDelivery, null)
    if (oldest !== undefined && oldest < now - keepMs) await this.#options.db.write(pruneDeliveries, { before: now - keepMs })
  }
}
