import type { ArtifactRoots } from '../artifacts/index.ts'
import type { Database } from '../platform/db/index.ts'
import type { Cutoff, LookedAtExperiment } from './due-store.ts'
import type { GcProgress, Tally } from './report.ts'
import { Uses } from './uses.ts'

export interface GcOptions {
  /** Up to when a thing of this experiment must have been deleted; undefined: nothing of it is due. */
  readonly cutoff: (experiment: LookedAtExperiment) => Cutoff | undefined
  /** Only these, instead of all that is due. */
  readonly only?: { readonly run_ids: readonly string[]; readonly experiment_ids: readonly string[]; readonly model_ids: readonly string[] } | undefined
  /** Only what lies in this workspace, by number. */
  readonly workspace?: number | undefined
  readonly dryRun: boolean
  /** Rows that belong to nothing, too. */
  readonly orphanRows: boolean
  /** Names that nothing has, too: keeps servers away on SQLite, or answers undefined where one works. */
  readonly unusedNames?: (() => Disposable | undefined) | undefined
  /** Files in the form of runs and models that are not there: of which places, not changed since when. */
  readonly orphanFiles?: { readonly uris: readonly string[]; readonly cutoff: Cutoff } | undefined
  /** Uploads in parts that were begun before this moment and never ended. */
  readonly abandonedUploads?: number | undefined
  /** Remove rows also where the files cannot be reached. */
  readonly forgetUnreachable: boolean
  /** Who does it, for the audit log. */
  readonly principal: string
  /** The server's own name in the URIs of artifacts, if they have one. */
  readonly host?: string | undefined
  readonly now: () => number
  readonly signal: AbortSignal
  readonly progress?: ((now: GcProgress) => void) | undefined
}

/** What one pass works with. */
export interface Pass {
  readonly db: Pick<Database, 'scan' | 'write'>
  readonly roots: ArtifactRoots
  readonly options: GcOptions
  readonly tally: Tally
  /** Read when it is first needed. */
  uses(): Promise<Uses>
}

export function startPass(db: Pass['db'], roots: ArtifactRoots, options: GcOptions, tally: Tally): Pass {
  let uses: Promise<Uses> | undefined
  return { db, roots, options, tally, uses: () => (uses ??= Uses.read(db, roots, options.host)) }
}

/** At most eight at a time: storage answers one after the other, and a disk has few heads. */
export async function eachOf<T>(items: readonly T[], signal: AbortSignal, work: (item: T) => Promise<void>): Promise<void> {
  const waiting = items.values()
  const ended = await Promise.allSettled(Array.from({ length: Math.min(8, items.length) }, async () => {
    for (const item of waiting) {
      signal.throwIfAborted()
      await work(item)
    }
  }))
  for (const end of ended) if (end.status === 'rejected') throw end.reason
}
