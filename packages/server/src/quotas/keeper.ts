import { quotaExceeded, quotaKinds, quotaWords, type QuotaKind } from '@cairn/protocol'
import type { ArtifactRoots } from '../artifacts/index.ts'
import { countMissing, runsWithoutCount } from '../metrics/index.ts'
import type { Database, Lease } from '../platform/db/index.ts'
import type { Log } from '../platform/http/index.ts'
import { repeat } from '../platform/repeat.ts'
import type { Telemetry } from '../platform/telemetry/index.ts'
import type { Place } from '../workspaces/index.ts'
import { measureFiles } from './measure.ts'
import { measureAgain, noteMeasured, noteStored, readQuotas, readUsage, toMeasure } from './quotas.ts'
import type { Limits, Measured } from './quotas-store.ts'
import type { CountedKind } from './usage-view.ts'

export interface KeeperOptions {
  readonly db: Database
  readonly roots: ArtifactRoots
  /** For workspaces that have none of their own. */
  readonly defaults: Limits
  /** The server's own name in the URIs of artifacts, if they have one. */
  readonly host: string | undefined
  readonly log: Log
  readonly now: () => number
  readonly telemetry: Telemetry
}

/** What a request may use; disposed when the request has ended. */
export interface Admission extends Disposable {
  /** What was asked for is stored now. */
  done(): void
  /** How much there is left, with what was admitted; Infinity without a limit. */
  readonly left: number
  /** What somebody is told who turns out to need more than that. */
  refusal?(): Error
}

/** Of one kind in one workspace. */
interface Count {
  /** As it was counted last; undefined before. */
  base: number | undefined
  /** Stored through this server, ever, and at the time of that count. */
  stored: number
  counted: number
  /** On its way. */
  pending: number
  askedAt: number
  asking: Promise<void> | undefined
  /** Reads of it under way. */
  reading: number
  /** Something was on its way while it was read: it may be in the count already, and count twice. */
  unsure: boolean
}

/** Where nothing is asked for yet (a file whose length nobody knows) there must be some room. */
const fits = (count: Count, amount: number, most: number): boolean => count.base !== undefined && usedOf(count) + count.pending + Math.max(amount, 1) <= most

const usedOf = ({ base = 0, stored, counted }: Count): number => base + stored - counted

const free: Admission = { done() {}, left: Infinity, [Symbol.dispose]() {} }
const tickMs = 5000
/** How often counts are read anew, at least; and at most a twentieth of the time goes into it. */
const freshMs = 10_000
/** Whoever is refused may have what was counted before for so long. */
const askAgainMs = 1000
const measureMs = 3_600_000
/** Files may be deleted and replaced as often as somebody likes. */
const measureAgainMs = 15_000

/**
 * Holds limits, and how much of them is used, in memory: a request is admitted by an addition, and only
 * one that would be refused asks the database first. What other servers and programs store is seen
 * within ten seconds.
 */
export class QuotaKeeper implements AsyncDisposable {
  readonly #options: KeeperOptions
  readonly #lease: Lease
  readonly #stop = new AbortController()
  readonly #counts = new Map<string, Count>()
  readonly #refused: (labels: { workspace: string; quota: string }) => { add(): void }
  #names = new Map<number, string>()
  #limits = new Map<number, Limits>()
  #measured = new Map<number, Measured>()
  #measuredAt = new Map<number, number>()
  #readAt = -Infinity
  #readTookMs = 0
  #counted = false
  #loop: Promise<void> = Promise.resolve()
  #limitsRead: Promise<void> = Promise.resolve()

  constructor(options: KeeperOptions) {
    this.#options = options
    this.#lease = options.db.lease('quotas')
    this.#refused = options.telemetry.counter('cairn_quota_refused_total', 'Requests that were refused because of a limit, by workspace and quota.')
    const each = (value: (id: number, kind: QuotaKind) => number | undefined) => this.#each(value)
    options.telemetry.gauges('cairn_quota_limit', 'Limits of workspaces.', () => each((id, kind) => this.#most(id, kind)))
    options.telemetry.gauges('cairn_quota_used', 'How much of each limit is used.', () => each((id, kind) => this.#used(id, kind)))
  }

  async start(): Promise<void> {
    await this.#readLimits()
    this.#loop = repeat(tickMs, this.#stop.signal, () => this.tick(), (error) => {
      this.#options.log.error('Limits of workspaces could not be looked after; it will be tried again.', { error: String(error) })
    })
  }

  /** Somebody changed a limit through this server. */
  changed(): Promise<void> {
    return this.#readLimits()
  }

  /** Admits a request that brings so much, or throws what it is told. */
  admit(place: Place, kind: QuotaKind, amount: number): Admission | Promise<Admission> {
    const most = this.#most(place.id, kind)
    if (most === undefined) return free
    const count = this.#count(place.id, kind)
    if (fits(count, amount, most)) return this.#take(place, kind, amount)
    return this.#look(place, kind, amount, count)
  }

  /** A file was stored in a workspace; resolves when that is durable. */
  async stored(place: Place, bytes: number): Promise<void> {
    if (bytes === 0 || this.#most(place.id, 'artifact_bytes') === undefined) return
    await this.#options.db.write(noteStored, { workspace: place.id, bytes })
    await this.#readLimits()
  }

  /** A file was deleted. */
  async deleted(place: Place): Promise<void> {
    if (this.#most(place.id, 'artifact_bytes') !== undefined) await this.#options.db.write(measureAgain, { workspace: place.id })
  }

  /** Reads limits and counts anew where it is time. */
  async tick(): Promise<void> {
    await this.#readLimits()
    const kinds = quotaKinds.filter((kind): kind is CountedKind => kind !== 'artifact_bytes' && [...this.#names.keys()].some((id) => this.#most(id, kind) !== undefined))
    if (kinds.length > 0 && performance.now() - this.#readAt > Math.max(freshMs, 20 * this.#readTookMs)) await this.#readCounts(kinds)
    if (!await this.#lease.held()) return
    await this.#countOld()
    await this.#measure()
  }

  #most(id: number, kind: QuotaKind): number | undefined {
    return this.#limits.get(id)?.[kind] ?? this.#options.defaults[kind]
  }

  #count(id: number, kind: QuotaKind): Count {
    const key = `${id} ${kind}`
    let count = this.#counts.get(key)
    if (count === undefined) this.#counts.set(key, count = { base: undefined, stored: 0, counted: 0, pending: 0, askedAt: -Infinity, asking: undefined, reading: 0, unsure: false })
    return count
  }

  #used(id: number, kind: QuotaKind): number | undefined {
    const count = this.#counts.get(`${id} ${kind}`)
    return count?.base === undefined ? undefined : usedOf(count)
  }

  *#each(value: (id: number, kind: QuotaKind) => number | undefined): Generator<readonly [{ workspace: string; quota: string }, number]> {
    for (const [id, workspace] of this.#names) {
      for (const quota of quotaKinds) {
        const known = this.#most(id, quota) === undefined ? undefined : value(id, quota)
        if (known !== undefined) yield [{ workspace, quota }, known]
      }
    }
  }

  #take(place: Place, kind: QuotaKind, amount: number): Admission {
    const count = this.#count(place.id, kind)
    const most = this.#most(place.id, kind)!
    count.pending += amount
    let pending = amount
    const takenAt = performance.now()
    const end = (): void => {
      count.pending -= pending
      pending = 0
    }
    return {
      left: Math.max(0, most - usedOf(count) - count.pending + amount),
      refusal: () => this.#refusal(place, kind, 0),
      done() {
        if (count.reading > 0 || count.askedAt >= takenAt) count.unsure = true
        count.stored += pending
        end()
      },
      [Symbol.dispose]: end,
    }
  }

  /** The limit is reached as far as this server knows: others may have made room. */
  async #look(place: Place, kind: QuotaKind, amount: number, count: Count): Promise<Admission> {
    if (count.base === undefined || count.unsure || performance.now() - count.askedAt > askAgainMs) {
      await (count.asking ??= this.#ask(place.id, kind, count).finally(() => { count.asking = undefined }))
    }
    const most = this.#most(place.id, kind)
    if (most === undefined) return free
    // Never measured: nobody is refused because of what is not known.
    if (count.base === undefined) return free
    if (fits(count, amount, most)) return this.#take(place, kind, amount)
    this.#refused({ workspace: place.name, quota: kind }).add()
    if (kind === 'artifact_bytes' && this.#options.now() - (this.#measured.get(place.id)?.time ?? 0) > measureAgainMs) await this.#options.db.write(measureAgain, { workspace: place.id })
    throw this.#refusal(place, kind, amount)
  }

  #refusal(place: Place, kind: QuotaKind, amount: number): Error {
    const used = this.#used(place.id, kind) ?? 0
    const option = kind.replaceAll('_', '-')
    return quotaExceeded(`Quota exceeded: the workspace '${place.name}' has ${used} of at most ${this.#most(place.id, kind)} ${quotaWords[kind]}${amount > 1 ? `, and this request brings ${amount}` : ''}. `
      + `Nothing of it was stored. Delete what is not needed and have it removed for good (cairn gc), or ask an admin for more (cairn workspaces quota ${place.name} --${option} N).`)
  }

  async #ask(id: number, kind: QuotaKind, count: Count): Promise<void> {
    if (kind === 'artifact_bytes') await this.#readLimits()
    else await this.#reading([count], async () => [(await this.#options.db.scan(readUsage, { kinds: [kind] })).get(id)?.[kind] ?? 0])
  }

  /** Counts are what the database says from now on, with what ends while it is asked. */
  async #reading(counts: readonly Count[], ask: () => Promise<readonly number[]>): Promise<void> {
    const before = counts.map(({ stored }) => stored)
    for (const count of counts) {
      count.reading += 1
      count.unsure = false
    }
    try {
      const found = await ask()
      for (const [at, count] of counts.entries()) {
        // One that began later has ended already.
        if (before[at]! < count.counted) continue
        count.base = found[at]!
        count.counted = before[at]!
        count.askedAt = performance.now()
      }
    } finally {
      for (const count of counts) count.reading -= 1
    }
  }

  /** One after the other, so that none tells what was before another. */
  #readLimits(): Promise<void> {
    return this.#limitsRead = this.#limitsRead.then(() => this.#readLimitsNow(), () => this.#readLimitsNow())
  }

  async #readLimitsNow(): Promise<void> {
    const { names, limits, measured } = await this.#options.db.read(readQuotas, null)
    this.#names = names
    this.#limits = limits
    this.#measured = measured
    for (const [id, { bytes }] of measured) {
      const count = this.#count(id, 'artifact_bytes')
      count.base = bytes
      count.askedAt = performance.now()
    }
  }

  async #readCounts(kinds: readonly CountedKind[]): Promise<void> {
    const begun = performance.now()
    const asked = [...this.#names.keys()].flatMap((id) => kinds.map((kind) => ({ id, kind })))
    await this.#reading(asked.map(({ id, kind }) => this.#count(id, kind)), async () => {
      const usage = await this.#options.db.scan(readUsage, { kinds })
      return asked.map(({ id, kind }) => usage.get(id)?.[kind] ?? 0)
    })
    this.#readAt = performance.now()
    this.#readTookMs = this.#readAt - begun
  }

  /** Runs that were compacted before their points were counted: once after an upgrade. */
  async #countOld(): Promise<void> {
    for (let after: number | undefined = 0; !this.#counted;) {
      this.#stop.signal.throwIfAborted()
      const { runs, last }: { runs: number[]; last: number | undefined } = await this.#options.db.read(runsWithoutCount, { after })
      if (runs.length > 0) await this.#options.db.write(countMissing, { runs })
      if (last === undefined) this.#counted = true
      else after = last
    }
  }

  /** Walks the files of workspaces whose bytes are limited: once an hour, and after files were deleted. */
  async #measure(): Promise<void> {
    const { db, roots, host, now } = this.#options
    for (const workspace of this.#names.keys()) {
      if (this.#most(workspace, 'artifact_bytes') === undefined) continue
      const known = this.#measured.get(workspace)
      const asked = known === undefined || known.time === 0
      if (known !== undefined && now() - known.time < measureMs) continue
      if (asked && performance.now() - (this.#measuredAt.get(workspace) ?? -Infinity) < measureAgainMs) continue
      const { places, upTo } = await db.scan(toMeasure, { workspace })
      const bytes = await measureFiles(places, roots, host, this.#stop.signal)
      await db.write(noteMeasured, { workspace, upTo, bytes, time: now() })
      this.#measuredAt.set(workspace, performance.now())
      await this.#readLimits()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await this.#loop
  }
}
