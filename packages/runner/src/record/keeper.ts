import type { Ended } from '../backends/local.ts'
import type { RunFiles } from '../console/run-files.ts'
import type { Repository } from '../source/git.ts'
import { readUntracked, type Changes } from './changes.ts'
import { lockFile, patchFile, recordFile, untrackedFolder, type RunRecord } from './record.ts'

/** A record, and what is kept beside it. */
export interface Recorded {
  readonly record: RunRecord
  readonly changes: Changes
  readonly lock: string | undefined
  readonly root: string
}

/** What the paths of untracked files are relative to. */
export const changesRoot = (folder: string, repository: Repository | undefined): string =>
  (repository?.commit === undefined || repository.ignored ? folder : repository.root)

/** Stores a run's record with what belongs to it: at the start without a result, at the end with it. */
export class RecordKeeper {
  readonly #files: RunFiles
  readonly #root: string
  #record: RunRecord | undefined

  /** `root`: where the untracked files of the record's changes are, see `changesRoot`. */
  constructor(files: RunFiles, root: string) {
    this.#files = files
    this.#root = root
  }

  async keep({ record, changes: { patch, untracked }, lock }: Recorded): Promise<void> {
    this.#record = record
    if (patch !== undefined) await this.#files.put(patchFile, new Uint8Array(patch))
    if (lock !== undefined && lock !== '') await this.#files.put(lockFile, lock)
    for (const { path, kept } of untracked) {
      if (kept === true) await this.#files.put(`${untrackedFolder}/${path}`, await readUntracked(this.#root, path))
    }
    await this.#files.put(recordFile, JSON.stringify(record, undefined, 2))
  }

  async finish({ exit, signal, started_at, ended_at, cpu_seconds, max_memory_bytes }: Omit<Ended, 'asked'>, status: string): Promise<void> {
    if (this.#record === undefined) return
    const result = {
      status, exit_status: exit ?? null, signal: signal ?? null, started_at, ended_at, wall_seconds: (ended_at - started_at) / 1000,
      cpu_seconds: cpu_seconds ?? null, max_memory_bytes: max_memory_bytes ?? null,
    }
    await this.#files.put(recordFile, JSON.stringify({ ...this.#record, result }, undefined, 2))
  }
}
