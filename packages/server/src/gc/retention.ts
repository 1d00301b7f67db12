import { parseRetention, type Retention } from '@cairn/protocol'
import type { ArtifactRoots } from '../artifacts/index.ts'
import type { Database, Lease } from '../platform/db/index.ts'
import type { Log } from '../platform/http/index.ts'
import { repeat } from '../platform/repeat.ts'
import type { Telemetry } from '../platform/telemetry/index.ts'
import type { Cutoff, LookedAtExperiment } from './due-store.ts'
import { collectGarbage } from './gc.ts'
import type { GcReport } from './report.ts'

export interface RetentionOptions {
  readonly db: Database
  readonly roots: ArtifactRoots
  /** Undefined: only what a tag of its experiment says. */
  readonly rule: Retention | undefined
  readonly intervalMs: number
  /** The server's own name in the URIs of artifacts, if they have one. */
  readonly host: string | undefined
  readonly log: Log
  readonly now: () => number
  readonly telemetry: Telemetry
  /** Something was removed for good. */
  removed?(): Promise<unknown>
}

/** Removes what was deleted longer ago than the rules say: one server for all that share the database. */
export function startRetention(options: RetentionOptions): RetentionJob {
  return new RetentionJob(options)
}

export class RetentionJob implements AsyncDisposable {
  readonly #options: RetentionOptions
  readonly #lease: Lease
  readonly #stop = new AbortController()
  readonly #loop: Promise<void>
  readonly #count: (report: GcReport) => void
  #endedAt = 0

  constructor(options: RetentionOptions) {
    this.#options = options
    this.#lease = options.db.lease('retention')
    this.#count = observe(options.telemetry, () => this.#endedAt / 1000)
    this.#loop = repeat(options.intervalMs, this.#stop.signal, () => this.tick(), (error) => {
      options.log.error('What was deleted could not be removed; it will be tried again.', { error: String(error) })
    })
  }

  /** One look at everything; undefined where another server has the work. */
  async tick(): Promise<GcReport | undefined> {
    if (!await this.#lease.held()) return undefined
    const { db, roots, rule, host, log, now } = this.#options
    const cutoff = (experiment: LookedAtExperiment): Cutoff | undefined => {
      // A tag that says nothing keeps everything: it may come from elsewhere.
      const own = experiment.retention === null ? rule : parseRetention(experiment.retention)
      return own === undefined || own.deleted === 'never' ? undefined : now() - own.deleted
    }
    const report = await collectGarbage(db, roots, {
      cutoff, dryRun: false, orphanRows: false, forgetUnreachable: false, principal: 'retention', host, now, signal: this.#stop.signal,
    })
    this.#count(report)
    if (report.complete) this.#endedAt = now()
    if (report.removed.length > 0) await this.#options.removed?.()
    if (report.removed.length > 0) log.info('Removed for good what was deleted longer ago than the rules say.', { removed: report.removed })
    for (const { kind, id, why } of report.left.filter(({ reason }) => reason === 'failed')) log.warn(`The ${kind} of ${id} stay. ${why}`)
    return report
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await this.#loop
  }
}

/** What was removed, by kind; what is due and stays; when a look at everything ended last. */
function observe(telemetry: Telemetry, endedAt: () => number): (report: GcReport) => void {
  const removed = telemetry.counter('cairn_retention_removed_total', 'Things that were removed for good because of their age, by kind.')
  const bytes = telemetry.counter('cairn_retention_removed_bytes_total', 'Bytes of files that were removed for good because of their age.')()
  let left = 0
  telemetry.gauge('cairn_retention_left', 'Things that are due and had to stay, at the last look.', () => left)
  telemetry.gauge('cairn_retention_last_look_seconds', 'When a look at everything ended last here, in seconds since the epoch; 0 for never.', endedAt)
  return (report) => {
    left = report.left.length
    for (const { kind, count, bytes: size } of report.removed) {
      removed({ kind }).add(count)
      if (size !== undefined) bytes.add(size)
    }
  }
}
