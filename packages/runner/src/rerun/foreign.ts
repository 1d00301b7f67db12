import { stat } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { tags as meaning, type Run } from '@cairn/protocol'
import { ProjectError } from '../errors.ts'
import { findEntryPoint, loadProject } from '../project/spec.ts'
import type { Values } from '../project/parameters.ts'
import type { Variables } from '../process.ts'
import type { RunRecord } from '../record/record.ts'

/** The tag by which MLflow names the repository of a project that came from git. */
const oldRepoUrl = 'mlflow.gitRepoURL'

/**
 * What MLflow's own tags say of a run that `mlflow run` started, as far as it goes: the commit, the
 * entry point and who built the environment. Undefined where they are no project's.
 */
export function recordOfTags({ info, data }: Run): RunRecord | undefined {
  const tags = new Map((data.tags ?? []).map(({ key, value }) => [key, value]))
  const name = tags.get(meaning.sourceName)
  const entry = tags.get(meaning.projectEntryPoint)
  if (tags.get(meaning.sourceType) !== 'PROJECT' || name === undefined || entry === undefined) return undefined
  const [address, subfolder = ''] = name.split('#') as [string, string?]
  const folder = address.startsWith('file://') ? fileURLToPath(address) : /^\w[\w+.-]*:|^git@/.test(address) ? undefined : address
  const commit = tags.get(meaning.gitCommit) ?? null
  const params = Object.fromEntries((data.params ?? []).map(({ key, value }) => [key, unquoted(value)]))
  return {
    format: 1, cairn: '',
    source: {
      kind: folder === undefined ? 'git' : 'folder', uri: folder ?? name, version: null, commit, branch: tags.get(meaning.gitBranch) ?? null,
      remote: tags.get(meaning.gitRepoUrl) ?? tags.get(oldRepoUrl) ?? null, root: folder ?? null, subfolder, dirty: false, patch_sha256: null, patch_kept: false, untracked: [], tree_digest: null,
    },
    project: null, entry_point: entry, given: params, parameters: params, paths: {}, command: '', backend: 'local', backend_config: null, docker: { args: {}, build_image: false }, seed: null, data: [],
    environment: { manager: tags.get(meaning.projectEnv) ?? 'local', engine: null, id: null, python: null, implementation: null, image: null, locked: false, notes: [] },
    machine: { host: '', os: '', kernel: '', arch: '', cpu: '', cpus: 0, memory_bytes: 0, gpus: [] }, variables: {}, rerun_of: null,
    result: { status: info.status ?? 'FINISHED', exit_status: null, signal: null, started_at: 0, ended_at: 0, wall_seconds: 0, cpu_seconds: null, max_memory_bytes: null },
  }
}

/** MLflow logs values as the shell got them. */
const unquoted = (value: string): string => (/^'[\s\S]*'$/.test(value) ? value.slice(1, -1).replaceAll(`'"'"'`, "'") : value)

/**
 * The parameters that were given to the run, of the params that it has: those that its entry point
 * declares. Others may have been given too, or logged by the program; nothing tells which.
 */
export async function givenOf(record: RunRecord, folder: string, over: Values, env: Variables, say: (line: string) => void): Promise<Values> {
  const entry = findEntryPoint(await loadProject(folder), record.entry_point, env)
  const declared = new Set(entry.parameters.map(({ name }) => name))
  const given = Object.fromEntries(Object.entries(record.given).filter(([name]) => declared.has(name)))
  const others = Object.keys(record.given).filter((name) => !declared.has(name) && !Object.hasOwn(over, name))
  if (others.length === 0) return given
  const list = `${others.slice(0, 8).join(', ')}${others.length > 8 ? ', …' : ''}`
  if (declared.size === 0 && Object.keys(over).length === 0) {
    throw new ProjectError(`The entry point ${record.entry_point} declares no parameters, so of the params of the run (${list}) nothing tells which were given to it and which it logged.`, `Say which were given: cairn rerun RUN ${others.slice(0, 2).map((name) => `-P ${name}=${record.given[name]}`).join(' ')}`)
  }
  say(`Not given again, for the entry point does not declare them: ${list}. Where they were given, add -P NAME=VALUE.`)
  return given
}

/** The folder itself, where no commit says how it was. */
export async function folderAsItIs({ source }: RunRecord, say: (line: string) => void) {
  const folder = source.subfolder === '' ? source.uri : `${source.uri}/${source.subfolder}`
  if (source.kind !== 'folder' || !await stat(folder).then((info) => info.isDirectory(), () => false)) {
    throw new ProjectError(`MLflow noted no commit of this run, and its project ${folder} is not here.`, 'Run the project anew: cairn run PROJECT, with the params that the run has.')
  }
  say(`Running ${folder} as it is now: MLflow noted no commit of it.`)
  return { kind: 'folder' as const, uri: folder, version: undefined, branch: undefined, folder, [Symbol.asyncDispose]: async () => {} }
}

/** The record with what nobody noted taken from the repetition's: what is not known is no difference. */
export function knownOf(record: RunRecord, after: RunRecord): RunRecord {
  const declared = Object.fromEntries(Object.entries(after.parameters).map(([name, value]) => [name, Object.hasOwn(after.paths, name) ? value : record.given[name] ?? value]))
  return {
    ...after, source: { ...after.source, ...(record.source.commit !== null && { commit: record.source.commit }) }, entry_point: record.entry_point, parameters: declared, given: { ...after.given, ...record.given },
    environment: { ...after.environment, manager: record.environment.manager }, result: after.result === null ? null : { ...after.result, status: record.result!.status },
  }
}
