import type { ServedRows, VersionProfile } from '@cairn/protocol'
import type { ColumnSpec } from '../models/signature.ts'
import { FirstRows } from './first-rows.ts'
import { ProfileCounts } from './profile-counts.ts'
import { readSeen, type SeenRows } from './seen-rows.ts'

/** The share of a processor that counting may take; what comes while it rests is passed over. */
const share = 0.02
/** Time that may be taken at once after a rest, and is made up for at most. */
const mostMs = 20
const mostWaiting = 256
const mostBytes = 1024 * 1024
export const windowMs = 300_000
/** The server may have put what it has of that time together with other times by then, so it could count twice. */
const resendMs = 3_600_000

type Sending = ServedRows & { readonly since: number }

/**
 * Counts what one version is asked. A request waits for nothing: its rows are put aside and counted
 * after the answer is under way, as long as that takes no more than `share` of a processor.
 */
export class InputWatch {
  readonly version: string
  readonly #specs: readonly ColumnSpec[] | undefined
  #waiting: SeenRows[] = []
  #budgetMs = mostMs
  #paid = performance.now()
  #resting = false
  #skipped = 0
  #first: FirstRows | undefined
  #counts: ProfileCounts | undefined
  #profile: string | undefined
  #since = 0
  #seq = 0
  #sending: Sending | undefined

  constructor(version: string, specs: readonly ColumnSpec[] | undefined) {
    this.version = version
    this.#specs = specs
    this.#first = new FirstRows(specs)
  }

  /** On the way of each request: it must cost nothing. */
  readonly offer = (seen: SeenRows): void => {
    if (this.#resting || this.#waiting.length >= mostWaiting || (seen.kind === 'body' && seen.body.byteLength > mostBytes)) {
      this.#skipped += 1
      return
    }
    if (this.#waiting.push(seen) === 1) setImmediate(this.#count)
  }

  readonly #count = (): void => {
    const began = performance.now()
    this.#budgetMs = Math.min(mostMs, this.#budgetMs + (began - this.#paid) * share)
    const waiting = this.#waiting
    this.#waiting = []
    for (const seen of waiting) {
      try {
        this.#add(seen)
      } catch {
        // Whatever is wrong with these rows, their request was answered, and the next one must be.
        this.#skipped += 1
      }
    }
    this.#paid = performance.now()
    // Where others have the processor meanwhile it looks longer than it was: it rests for a second at most.
    this.#budgetMs = Math.max(-mostMs, this.#budgetMs - (this.#paid - began))
    if (this.#budgetMs > 0) return
    this.#resting = true
    setTimeout(() => { this.#resting = false }, -this.#budgetMs / share + 1).unref()
  }

  #add(seen: SeenRows): void {
    const rows = seen.kind === 'body' ? readSeen(seen, this.#specs) : seen
    if (rows === undefined || (this.#counts === undefined && this.#first!.full)) {
      this.#skipped += 1
    } else if (this.#counts === undefined) this.#first!.add(rows)
    else {
      if (this.#counts.rows === 0) this.#since = Date.now()
      this.#counts.add(rows)
    }
  }

  /** The profile on which it counts. */
  get profile(): string | undefined {
    return this.#profile
  }

  /** Whether something was asked that was not said. */
  get untold(): boolean {
    return this.#sending !== undefined || (this.#counts ?? this.#first)!.rows > 0
  }

  /** What is to be said now: what was not heard last time is said again. */
  report(now = Date.now()): ServedRows {
    if (this.#sending !== undefined && now - this.#sending.since > resendMs) this.#sending = undefined
    if (this.#sending === undefined && this.#counts !== undefined && this.#counts.rows > 0) {
      this.#sending = { version: this.version, profile_uid: this.#profile!, since: this.#since - (this.#since % windowMs), seq: this.#seq += 1, skipped: this.#skipped, ...this.#counts.take() }
      this.#skipped = 0
    }
    if (this.#sending !== undefined) return this.#sending
    const first = this.#first?.full === true ? this.#first.profile() : []
    return { version: this.version, ...(first.length > 0 && { rows: this.#first!.rows, first }) }
  }

  /** That was heard. */
  heard(): void {
    this.#sending = undefined
  }

  /** Counts on this profile from now on; what the first rows hold counts, unless the profile was made of them. */
  compareWith({ profile_uid, columns }: Pick<VersionProfile, 'profile_uid' | 'columns'>, learned: boolean): void {
    this.#profile = profile_uid
    this.#counts = new ProfileCounts(columns)
    this.#sending = undefined
    if (this.#first !== undefined && this.#first.rows > 0 && !learned) {
      this.#since = Date.now()
      this.#counts.add(this.#first.seen())
    }
    this.#first = undefined
  }

  /** The profile was taken away: the next rows are the first. */
  beginAnew(): void {
    this.#profile = this.#counts = this.#sending = undefined
    this.#first ??= new FirstRows(this.#specs)
  }
}
