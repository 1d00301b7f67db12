import { realpath } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { resolve, sep } from 'node:path'
import { tags as meaning } from '@cairn/protocol'
import type { Variables } from '../process.ts'
import { localPath, type Source } from '../source/fetch.ts'
import type { Repository } from '../source/git.ts'

/** Tags of Cairn's own. Their values are text, as all tags are. */
export const cairnTags = {
  /** Exit status of the command, or the signal that ended it. */
  exitStatus: 'cairn.exit_status',
  cpuSeconds: 'cairn.cpu_seconds',
  maxMemoryMegabytes: 'cairn.max_memory_megabytes',
  /** `true` where the working tree had changes that no commit holds. */
  gitDirty: 'cairn.git.dirty',
  /** Id of the run that this one repeats. */
  rerunOf: 'cairn.rerun_of',
  /** Why a run failed before its command began, in a sentence. */
  failure: 'cairn.failure',
  slurmJob: 'cairn.slurm.job_id',
  kubernetesJob: 'cairn.kubernetes.job',
} as const

interface TagInput {
  readonly source: Source
  readonly cwd: string
  readonly entryPoint: string
  readonly backend: string
  /** `virtualenv`, `uv`, `conda`, `docker`; undefined for the local environment, which has no tag. */
  readonly env: string | undefined
  readonly repository: Repository | undefined
  readonly variables: Variables
}

/** The tags of `mlflow.projects.run`, plus whether the tree was dirty. */
export async function projectTags({ source, cwd, entryPoint, backend, env, repository, variables }: TagInput): Promise<Record<string, string>> {
  const tracked = repository !== undefined && !repository.ignored ? repository.commit : undefined
  return {
    [meaning.user]: userName(variables), [meaning.sourceName]: await sourceName(source, cwd, repository), [meaning.sourceType]: 'PROJECT',
    [meaning.projectEntryPoint]: entryPoint, [meaning.projectBackend]: backend,
    ...(tracked !== undefined && { [meaning.gitCommit]: tracked }),
    ...(repository?.remote !== undefined && { [meaning.gitRepoUrl]: repository.remote }),
    ...(source.branch !== undefined && { [meaning.gitBranch]: source.branch }),
    ...(env !== undefined && { [meaning.projectEnv]: env }),
  }
}

/** MLflow's name for a folder inside a repository: `file://ROOT#SUBFOLDER`; else the folder or address itself. */
async function sourceName({ uri }: Source, cwd: string, repository: Repository | undefined): Promise<string> {
  const local = uri.includes('#') ? undefined : await localPath(uri, cwd)
  if (local === undefined) return uri
  const path = resolve(local)
  if (repository === undefined || uri.endsWith('.zip')) return path
  const root = await realpath(repository.root)
  const real = await realpath(path)
  // A bare repository is no folder of its own working tree.
  if (real !== root && !real.startsWith(root + sep)) return path
  return real === root ? `file://${root}` : `file://${root}#${real.slice(root.length + 1)}`
}

/** Python's `getpass.getuser`: the variables first. */
function userName(env: Variables): string {
  for (const name of ['LOGNAME', 'USER', 'LNAME', 'USERNAME']) {
    if (env[name]) return env[name]
  }
  try {
    return userInfo().username
  } catch {
    return 'unknown'
  }
}
