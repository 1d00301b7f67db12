import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ProjectError } from '../errors.ts'
import { ask, capture, type Variables } from '../process.ts'

/**
 * What git is called with everywhere here. No hook of a repository runs, and nothing asks for a
 * password where nobody can answer.
 */
const base = ['git', '-c', 'core.hooksPath=/dev/null', '-c', 'advice.detachedHead=false', '-c', 'init.defaultBranch=main'] as const

export const gitEnv = (env: Variables): Variables => ({ GIT_TERMINAL_PROMPT: '0', ...env })

interface Git {
  readonly cwd: string
  readonly env: Variables
  readonly signal?: AbortSignal | undefined
}

export const gitText = (args: readonly string[], { cwd, env, signal }: Git): Promise<string | undefined> => ask([...base, ...args], { cwd, env: gitEnv(env), signal })
export const gitCapture = (args: readonly string[], { cwd, env, signal }: Git) => capture([...base, ...args], { cwd, env: gitEnv(env), signal })

/** A repository's address without user names and passwords, so that it may be shown. */
export function withoutCredentials(url: string): string {
  const match = /^([a-zA-Z][a-zA-Z0-9+.-]*:\/\/)[^/?#]*@(.*)$/s.exec(url)
  return match === null ? url : match[1]! + match[2]!
}

/** Whether a folder is a repository of its own (not only part of one) with a branch in it, bare or not. */
export async function isRepository(folder: string, env: Variables): Promise<boolean> {
  const git = { cwd: folder, env }
  const bare = await gitText(['rev-parse', '--is-bare-repository', '--show-prefix'], git)
  if (bare === undefined) return false
  const [isBare, prefix = ''] = bare.split('\n')
  const own = isBare === 'true' ? await gitText(['rev-parse', '--git-dir'], git) === '.' : prefix === ''
  return own && (await gitText(['for-each-ref', '--count=1', 'refs/heads'], git) ?? '') !== ''
}

export interface CheckedOut {
  /** Set where the version named a branch. */
  readonly branch: string | undefined
}

/**
 * Fetches one version of a repository into an empty folder: a branch, tag or commit, or the branch
 * that the other side calls its HEAD. As shallow as the other side allows.
 */
export async function checkOut(url: string, version: string | undefined, folder: string, env: Variables, signal?: AbortSignal): Promise<CheckedOut> {
  const shown = withoutCredentials(url)
  if (url.startsWith('-') || version?.startsWith('-')) throw new ProjectError(`"${url.startsWith('-') ? url : version!}" is no ${url.startsWith('-') ? 'repository' : 'version'}.`)
  const git = { cwd: folder, env, signal }
  const must = async (args: readonly string[], what: string, fix: string): Promise<string> => {
    const { code, out, err } = await gitCapture(args, git)
    if (code === 127) throw new ProjectError('There is no git on the PATH.', 'Install it (Debian: apt install git).')
    if (code !== 0) throw new ProjectError(`${what}${lastLines(err.replaceAll(url, shown))}`, fix)
    return out.toString()
  }
  const unreachable = 'Look at the address and at who may read it: git ls-remote ADDRESS must work from here.'
  await must(['init', '--quiet'], `${folder} could not be made a repository: `, 'Look at the folder’s permissions.')
  await must(['remote', 'add', 'origin', url], `${shown} is no repository: `, unreachable)
  const refs = await must(['ls-remote', '--symref', 'origin'], `The repository ${shown} cannot be read: `, unreachable)
  const head = /^ref: refs\/heads\/(\S+)\s+HEAD$/m.exec(refs)?.[1]
  const wanted = version ?? head
  if (wanted === undefined) throw new ProjectError(`The repository ${shown} has no branch that is its HEAD.`, 'Name a branch, tag or commit: --version main')
  const branch = new RegExp(`\\srefs/heads/${wanted.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`, 'm').test(refs)
  const missing = `Unable to checkout version '${wanted}' of git repo ${shown} - please ensure that the version exists in the repo. `
  const fix = 'Name a branch, a tag, or a whole commit id that was pushed there.'
  if (branch) {
    await must(['fetch', '--quiet', '--depth=1', 'origin', `+refs/heads/${wanted}:refs/remotes/origin/${wanted}`], missing, fix)
    await must(['checkout', '--quiet', '-B', wanted, `refs/remotes/origin/${wanted}`], missing, fix)
  } else {
    // Not every server hands out a commit by its id, and none by its beginning: then all is fetched.
    const one = await gitCapture(['fetch', '--quiet', '--depth=1', 'origin', wanted], git)
    if (one.code === 0) await must(['checkout', '--quiet', '--detach', 'FETCH_HEAD'], missing, fix)
    else {
      await must(['fetch', '--quiet', '--tags', 'origin', '+refs/heads/*:refs/remotes/origin/*'], missing, fix)
      await must(['checkout', '--quiet', '--detach', wanted, '--'], missing, fix)
    }
  }
  if (await gitText(['ls-files', '--error-unmatch', '.gitmodules'], git) !== undefined) {
    await must(['submodule', '--quiet', 'update', '--init', '--recursive'], `The submodules of ${shown} cannot be fetched: `, 'Look at their addresses in .gitmodules, and at who may read them.')
  }
  return { branch: branch && version !== undefined ? wanted : undefined }
}

/** What git says of the matter, without the advice that it gives after every failure. */
const lastLines = (text: string): string => text.trim().split('\n').filter((line) => !/^(?:\s*|Please make sure you have the correct access rights|and the repository exists\.)$/.test(line)).slice(-3).join(' ')

export interface Repository {
  /** The working tree's folder. */
  readonly root: string
  readonly commit: string | undefined
  readonly branch: string | undefined
  /** Without credentials; of the first remote. */
  readonly remote: string | undefined
  /** The folder that was asked about, below the root; '' for the root. */
  readonly subfolder: string
  /** Whether the folder is one that git ignores, so that no commit says anything about it. */
  readonly ignored: boolean
}

/** The repository that a folder is part of. */
export async function repositoryOf(folder: string, env: Variables): Promise<Repository | undefined> {
  const git = { cwd: folder, env }
  const text = await gitText(['rev-parse', '--show-toplevel', '--show-prefix'], git)
  if (text === undefined) return undefined
  const [root = '', prefix = ''] = text.split('\n')
  const [head, branch, remotes, ignored] = await Promise.all([
    gitText(['rev-parse', '--verify', '--quiet', 'HEAD'], git), gitText(['symbolic-ref', '--quiet', '--short', 'HEAD'], git),
    gitText(['config', '--get-regexp', '^remote\\..*\\.url$'], git), gitCapture(['check-ignore', '--quiet', folder], git),
  ])
  const remote = /^remote\.\S+\.url (.*)$/m.exec(remotes ?? '')?.[1]
  return {
    root, commit: head === '' ? undefined : head, branch: branch === '' ? undefined : branch, subfolder: prefix.replace(/\/$/, ''),
    remote: remote === undefined ? undefined : withoutCredentials(remote), ignored: ignored.code === 0,
  }
}

/** Puts a commit of a repository into an empty folder, wherever the commit is found first. */
export async function checkOutCommit(sources: readonly string[], commit: string, folder: string, env: Variables, signal?: AbortSignal): Promise<string> {
  const failures: string[] = []
  for (const source of sources) {
    try {
      await checkOut(source, commit, folder, env, signal)
      return source
    } catch (error) {
      if (!(error instanceof ProjectError)) throw error
      failures.push(error.message)
      await rm(join(folder, '.git'), { recursive: true, force: true })
    }
  }
  throw new ProjectError(`Commit ${commit} is nowhere to be found. ${failures.join(' ')}`, 'Push it to the remote, or fetch it into the repository that the run was started from.')
}
