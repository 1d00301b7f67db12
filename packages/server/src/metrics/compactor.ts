import { read, write, type Database, type Lease } from '../platform/db/index.ts'
import type { Log } from '../platform/http/index.ts'
import { repeat } from '../platform/repeat.ts'
import { exchangeRows, lastSegment, readNewSegments } from './blocks-store.ts'
import { compactionLimits, planCompaction, type CompactionLimits, type CompactionPlan } from './compaction.ts'

export const planCompactionOf = read('metrics.planCompaction', (tx, { runId, limits }: { runId: number; limits: CompactionLimits }) =>
  planCompaction(tx, runId, limits))

/** Answers whether the plan was still good, and the number of the last segment that is left. */
export const applyCompaction = write('metrics.applyCompaction', async (tx, plan: CompactionPlan) => {
  const applied = await exchangeRows(tx, plan.runId, plan.segments, plan.removed, plan.added)
  return { applied, lastSeq: await lastSegment(tx) }
})

export const newSegments = read('metrics.newSegments', (tx, after: number) => readNewSegments(tx, after))

export const newestSegment = read('metrics.newestSegment', (tx) => lastSegment(tx))

export interface CompactorOptions {
  /** How often it looks for work. */
  readonly intervalMs?: number
  /** A run that has not logged for so long is compacted, if that is worth writing its bundles again. */
  readonly quietMs?: number
  /** A busy run is compacted when it has so many segments or bytes of them. */
  readonly segments?: number
  readonly bytes?: number
  readonly limits?: CompactionLimits
  readonly log?: Log
  /** Milliseconds since the epoch. */
  readonly now?: () => number
}

interface Dirty {
  segments: number
  bytes: number
  changedMs: number
  /** Points that the last compaction left in bundles: the next one writes them again. */
  bundled: number
}

const settled = (dirty: Dirty): void => { dirty.bytes = dirty.segments = 0 }

/**
 * Segments whose runs are compacted in one commit, about: those of runs that log at once lie on the same pages, so
 * that compaction of 64 runs costs half of what it costs one by one, and writes a quarter less. In PostgreSQL rows
 * share no page by the order of their key, so that large commits save little there and keep who logs waiting.
 */
const segmentsAtOnce = (db: Database): number => (db.dialect.name === 'sqlite' ? 4096 : 512)
/** All runs are looked at again so often, in case that something was missed (another server's commit). */
const fullScanMs = 60_000
/** Segments that are cheap to hold until rewriting the bundles pays. */
const patience = 4096
/** After so many times `quietMs` a run is compacted whether it is worth it or not, and then forgotten. */
const longQuiet = 60

/**
 * Turns segments into chunks while writers and readers go on. What there is to do is read from the
 * table of segments, so nothing is lost when the server dies: the next one finds it.
 */
export function startCompactor(db: Database, options: CompactorOptions = {}): Compactor {
  return new Compactor(db, options)
}

export class Compactor implements AsyncDisposable {
  readonly #db: Database
  readonly #lease: Lease
  readonly #options: Required<Omit<CompactorOptions, 'log'>> & { log: Log | undefined }
  readonly #dirty = new Map<number, Dirty>()
  readonly #stop = new AbortController()
  readonly #loop: Promise<void>
  /** Segments up to this number are counted in `#dirty`. */
  #seen = 0
  #fullScanAt = 0

  constructor(db: Database, options: CompactorOptions) {
    this.#db = db
    this.#lease = db.lease('compaction')
    this.#options = {
      intervalMs: 1000, quietMs: 5000, segments: 512, bytes: 512_000, limits: compactionLimits, now: Date.now, log: undefined, ...options,
    }
    this.#loop = repeat(this.#options.intervalMs, this.#stop.signal, () => this.tick(), (error) => {
      this.#options.log?.error('Compaction of metric points failed; it will be tried again.', { error: String(error) })
      this.#forget()
    })
  }

  /** Segments that wait to become chunks, as far as this server has counted them. */
  get pending(): number {
    let segments = 0
    for (const dirty of this.#dirty.values()) segments += dirty.segments
    return segments
  }

  /** Looks for runs that are due and compacts them, one after the other. Answers how many. */
  async tick(): Promise<number> {
    if (!await this.#lease.held()) {
      // Whoever has it does the work; when it ends, all that is left is found anew.
      this.#forget()
      return 0
    }
    await this.#discover()
    let waiting = [...this.#dirty].filter(([, dirty]) => this.#isDue(dirty))
    const done = waiting.length
    while (waiting.length > 0 && this.#dirty.size > 0 && !this.#stop.signal.aborted) {
      const count = this.#countAtOnce(waiting)
      waiting = [...await this.#compact(waiting.slice(0, count)), ...waiting.slice(count)]
    }
    return done
  }

  /** How many of the first runs go into one commit: at least one, and not more work than one may be. */
  #countAtOnce(waiting: readonly (readonly [number, Dirty])[]): number {
    const { limits } = this.#options
    let [segments, bytes] = [0, 0]
    const end = waiting.findIndex(([, dirty]) => {
      segments += Math.min(dirty.segments, limits.segments)
      bytes += Math.min(dirty.bytes, limits.bytes) + 10 * dirty.bundled
      return segments > segmentsAtOnce(this.#db) || bytes > limits.bytes
    })
    return end < 0 ? waiting.length : Math.max(1, end)
  }

  async #discover(): Promise<void> {
    const now = this.#options.now()
    if (now >= this.#fullScanAt) {
      this.#fullScanAt = now + fullScanMs
      this.#seen = 0
    }
    // Nothing was logged: a look at the newest number spares an idle server the reader thread.
    const newest = await this.#db.read(newestSegment, null)
    if (newest === 0 && this.#dirty.size === 0 || newest === this.#seen) return
    const full = this.#seen === 0
    const rows = await this.#db.scan(newSegments, this.#seen)
    if (full) {
      // What is gone was compacted or deleted by somebody else.
      const found = new Set(rows.map(([runId]) => runId))
      for (const [runId, dirty] of this.#dirty) if (!found.has(runId)) dirty.segments = dirty.bytes = 0
    }
    for (const [runId, segments, bytes, lastSeq] of rows) {
      const known = this.#dirty.get(runId) ?? { segments: 0, bytes: 0, changedMs: now, bundled: 0 }
      const before = known.segments
      known.segments = full ? segments : before + segments
      known.bytes = full ? bytes : known.bytes + bytes
      if (known.segments !== before) known.changedMs = now
      this.#dirty.set(runId, known)
      if (lastSeq > this.#seen) this.#seen = lastSeq
    }
    for (const [runId, dirty] of this.#dirty) {
      if (dirty.segments === 0 && now - dirty.changedMs >= longQuiet * this.#options.quietMs) this.#dirty.delete(runId)
    }
  }

  #isDue({ segments, bytes, changedMs, bundled }: Dirty): boolean {
    const { now, quietMs, segments: manySegments, bytes: manyBytes } = this.#options
    if (segments === 0) return false
    const quiet = now() - changedMs
    if (segments >= patience || quiet >= longQuiet * quietMs) return true
    // Bundles are written again each time: wait until what is new is worth it (a point takes ten bytes or so).
    return bytes * 4 >= bundled * 10 && (segments >= manySegments || bytes >= manyBytes || quiet >= quietMs)
  }

  /** Compacts some runs, in one commit; answers those that have more. */
  async #compact(runs: readonly [number, Dirty][]): Promise<[number, Dirty][]> {
    const planned: { run: [number, Dirty]; plan: CompactionPlan }[] = []
    for (const run of runs) {
      const plan = await this.#db.scan(planCompactionOf, { runId: run[0], limits: this.#options.limits })
      if (plan === undefined) settled(run[1])
      else planned.push({ run, plan })
    }
    const results = await Promise.all(planned.map(({ plan }) => this.#db.write(applyCompaction, plan)))
    // SQLite gives the numbers above the last row out again.
    for (const { lastSeq } of results) this.#seen = Math.min(this.#seen, lastSeq)
    if (results.some(({ applied }) => !applied)) {
      this.#forget()
      return []
    }
    const left: [number, Dirty][] = []
    for (const { run, plan } of planned) {
      const [, dirty] = run
      dirty.bundled = plan.bundled
      dirty.segments -= plan.segments.length
      if (plan.more && dirty.segments > 0) left.push(run)
      else settled(dirty)
    }
    return left
  }

  #forget(): void {
    this.#dirty.clear()
    this.#seen = 0
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await this.#loop
  }
}
