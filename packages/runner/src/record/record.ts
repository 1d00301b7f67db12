import type { EntryPoint } from '../project/spec.ts'
import type { Command, Values } from '../project/parameters.ts'
import type { Source } from '../source/fetch.ts'
import type { Repository } from '../source/git.ts'
import type { Changes, UntrackedFile } from './changes.ts'
import type { DataDigest } from './data.ts'
import type { Machine } from './machine.ts'

/** Where a record and what belongs to it lie among a run's artifacts. */
export const recordFolder = 'reproduce'
export const recordFile = `${recordFolder}/record.json`
export const patchFile = `${recordFolder}/changes.patch`
export const lockFile = `${recordFolder}/environment.lock`
export const untrackedFolder = `${recordFolder}/untracked`

/** All that is known about how a run came about: enough to do it again, and to say what differs then. */
export interface RunRecord {
  readonly format: 1
  readonly cairn: string
  readonly source: {
    readonly kind: Source['kind']
    /** As it was given, without credentials; a folder's absolute path. */
    readonly uri: string
    readonly version: string | null
    readonly commit: string | null
    readonly branch: string | null
    readonly remote: string | null
    /** The working tree on the machine that started the run. */
    readonly root: string | null
    /** The project's folder below the repository's root. */
    readonly subfolder: string
    readonly dirty: boolean
    readonly patch_sha256: string | null
    /** Whether `reproduce/changes.patch` is there. */
    readonly patch_kept: boolean
    readonly untracked: readonly UntrackedFile[]
    readonly tree_digest: string | null
  }
  readonly project: string | null
  readonly entry_point: string
  /** As they were given with -P. */
  readonly given: Values
  /** What the command got, defaults included. */
  readonly parameters: Values
  /** Where the parameters of type path lay on the machine that started the run. */
  readonly paths: Values
  readonly command: string
  readonly backend: string
  /** As given; null where there was none. */
  readonly backend_config: Readonly<Record<string, unknown>> | null
  /** Arguments of docker run (`true` for a flag), and whether an image of the project's own was built. */
  readonly docker: { readonly args: Readonly<Record<string, string | true>>; readonly build_image: boolean }
  readonly seed: string | null
  readonly data: readonly DataDigest[]
  readonly environment: RecordedEnvironment
  readonly machine: Machine
  readonly variables: Readonly<Record<string, string>>
  readonly rerun_of: string | null
  /** Set when the run has ended. */
  readonly result: RecordedResult | null
}

export interface RecordedEnvironment {
  /** `local`, `virtualenv`, `uv`, `conda`, `docker`. */
  readonly manager: string
  readonly engine: string | null
  readonly id: string | null
  readonly python: string | null
  readonly implementation: string | null
  /** Image with its digest or id, for containers. */
  readonly image: string | null
  /** Whether `reproduce/environment.lock` is there. */
  readonly locked: boolean
  readonly notes: readonly string[]
}

export interface RecordedResult {
  readonly status: string
  readonly exit_status: number | null
  readonly signal: string | null
  readonly started_at: number
  readonly ended_at: number
  readonly wall_seconds: number
  readonly cpu_seconds: number | null
  readonly max_memory_bytes: number | null
}

interface Parts {
  readonly cairn: string
  readonly source: Source
  readonly repository: Repository | undefined
  readonly changes: Changes
  readonly project: string | undefined
  readonly entry: EntryPoint
  readonly given: Values
  readonly command: Command
  readonly backend: string
  readonly backendConfig: Readonly<Record<string, unknown>> | undefined
  readonly docker: RunRecord['docker']
  readonly seed: string | undefined
  readonly data: readonly DataDigest[]
  readonly environment: RecordedEnvironment
  readonly machine: Machine
  readonly variables: Readonly<Record<string, string>>
  readonly rerunOf: string | undefined
}

export function makeRecord(parts: Parts): RunRecord {
  const { source, repository, changes, command } = parts
  const tracked = repository !== undefined && !repository.ignored ? repository : undefined
  return {
    format: 1, cairn: parts.cairn,
    source: {
      kind: source.origin?.kind ?? source.kind, uri: source.origin?.uri ?? (source.kind === 'folder' ? source.folder : source.uri), version: source.version ?? null,
      commit: tracked?.commit ?? null, branch: source.branch ?? tracked?.branch ?? null, remote: tracked?.remote ?? null,
      root: source.origin !== undefined ? source.origin.root : source.kind === 'folder' ? tracked?.root ?? null : null, subfolder: tracked?.subfolder ?? '',
      dirty: changes.dirty, patch_sha256: changes.patch_sha256 ?? null, patch_kept: changes.patch !== undefined,
      untracked: changes.untracked, tree_digest: changes.tree_digest ?? null,
    },
    project: parts.project ?? null, entry_point: parts.entry.name, given: parts.given, parameters: command.values, paths: command.paths, command: command.text, backend: parts.backend,
    backend_config: parts.backendConfig !== undefined && Object.keys(parts.backendConfig).length > 0 ? parts.backendConfig : null,
    docker: parts.docker, seed: parts.seed ?? null, data: parts.data, environment: parts.environment, machine: parts.machine, variables: parts.variables, rerun_of: parts.rerunOf ?? null, result: null,
  }
}
