import type { Files } from './files.ts'

/** Of one kind of thing: how many were removed, or would be. */
export interface Removed {
  readonly kind: string
  readonly count: number
  /** Of files; absent where the kind has none. */
  readonly bytes?: number
}

/** What is due and stays, and why. */
export interface Left {
  readonly kind: 'run' | 'logged model' | 'experiment' | 'files'
  readonly id: string
  /** `in-use`: a model version needs the files. `unreachable`: this program has no storage in which they lie. */
  readonly reason: 'in-use' | 'unreachable' | 'not-empty' | 'changed' | 'failed'
  /** A sentence. */
  readonly why: string
}

export interface GcReport {
  readonly dry_run: boolean
  readonly removed: readonly Removed[]
  readonly left: readonly Left[]
  /** By so much the file of the database is smaller; absent where it is not. */
  readonly database_bytes?: number
  /** Whether all was looked at; false where it was ended before. */
  readonly complete: boolean
}

export interface GcProgress {
  readonly step: string
  readonly things: number
  readonly files: number
  readonly bytes: number
}

/** Counts while the work goes on. */
export class Tally {
  readonly #counts = new Map<string, { count: number; bytes: number | undefined }>()
  readonly #left: Left[] = []
  readonly #progress: ((now: GcProgress) => void) | undefined
  #step = ''
  #things = 0
  #files = 0
  #bytes = 0

  constructor(progress: ((now: GcProgress) => void) | undefined) {
    this.#progress = progress
  }

  step(name: string): void {
    this.#step = name
    this.#say()
  }

  things(kind: string, count = 1): void {
    if (count === 0) return
    this.#add(kind, count, undefined)
    this.#things += count
    this.#say()
  }

  files(kind: string, { files, bytes }: Files): void {
    if (files === 0) return
    this.#add(kind, files, bytes)
    this.#files += files
    this.#bytes += bytes
    this.#say()
  }

  leave(left: Left): void {
    this.#left.push(left)
  }

  report(dryRun: boolean, complete: boolean): GcReport {
    return {
      dry_run: dryRun, complete, left: this.#left,
      removed: [...this.#counts].map(([kind, { count, bytes }]) => ({ kind, count, ...(bytes !== undefined && { bytes }) })),
    }
  }

  #add(kind: string, count: number, bytes: number | undefined): void {
    const known = this.#counts.get(kind)
    this.#counts.set(kind, { count: (known?.count ?? 0) + count, bytes: bytes === undefined ? undefined : (known?.bytes ?? 0) + bytes })
  }

  #say(): void {
    this.#progress?.({ step: this.#step, things: this.#things, files: this.#files, bytes: this.#bytes })
  }
}
