import { createHash, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { lstat, readdir, readFile } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { gitCapture, gitText, type Repository } from '../source/git.ts'
import type { Variables } from '../process.ts'

export interface UntrackedFile {
  /** Below the repository's root, or the project's folder where there is no repository; with `/`. */
  readonly path: string
  readonly bytes: number
  /** Null where there is too much to read; its size and time stand for it then. */
  readonly sha256: string | null
  /** Whether the run holds its content, as `reproduce/untracked/PATH`; if not, why. */
  readonly kept: true | 'too large' | 'looks like a secret' | 'too many files'
  readonly executable: boolean
}

export interface Changes {
  readonly dirty: boolean
  /** `git diff --binary HEAD`; undefined where nothing changed or it is over the limit. */
  readonly patch: Buffer | undefined
  readonly patch_sha256: string | undefined
  readonly untracked: readonly UntrackedFile[]
  /** Of the sources as they are: the commit's tree, the patch, untracked files. Undefined where there are too many bytes to read. */
  readonly tree_digest: string | undefined
}

export interface Limits {
  readonly file: number
  readonly all: number
  readonly files: number
  readonly patch: number
  /** Bytes and files that are read for digests: a data set beside the code must not keep a run from starting. */
  readonly digest: number
  readonly digestFiles: number
}

export const defaultLimits: Limits = { file: 2 ** 20, all: 16 * 2 ** 20, files: 1000, patch: 32 * 2 ** 20, digest: 2 ** 29, digestFiles: 10_000 }

/** Names whose files stay where they are: a run is read by more people than a folder. */
const secret = /(?:^|\/)(?:\.env(?:\..*)?|\.netrc|\.pypirc|\.npmrc|id_(?:rsa|dsa|ecdsa|ed25519)|[^/]*\.(?:pem|key|p12|pfx|jks|kdbx)|credentials(?:\.json)?|\.aws\/.*|\.ssh\/.*)$/i

/** Folders that hold nothing of the project's own, where no git says so. */
const skipped = new Set(['.git', '__pycache__', 'node_modules', '.venv', 'venv', '.ipynb_checkpoints', 'mlruns', 'mlartifacts', 'cairn-data', '.cache', '.mypy_cache', '.pytest_cache', '.ruff_cache'])

/** What a project's sources have that no commit has, as they are now. */
export async function changesOf(folder: string, repository: Repository | undefined, env: Variables, limits: Limits = defaultLimits): Promise<Changes> {
  if (repository?.commit === undefined || repository.ignored) return changesOfFolder(folder, limits)
  const git = { cwd: repository.root, env }
  const [diff, others, tree] = await Promise.all([
    gitCapture(['diff', '--binary', '--no-color', '--no-ext-diff', '--no-textconv', 'HEAD'], git),
    gitCapture(['ls-files', '--others', '--exclude-standard', '-z'], git),
    gitText(['rev-parse', `HEAD^{tree}`], git),
  ])
  const names = others.out.toString().split('\0').filter((name) => name !== '')
  const untracked = await keptFiles(repository.root, names, limits)
  const patchDigest = diff.out.length === 0 ? undefined : createHash('sha256').update(diff.out).digest('hex')
  const digest = createHash('sha256').update(tree ?? '').update(patchDigest ?? '')
  addFiles(digest, untracked)
  return {
    dirty: diff.out.length > 0 || untracked.length > 0, untracked: untracked.map(withoutStamp), patch_sha256: patchDigest, tree_digest: digest.digest('hex'),
    patch: diff.out.length > 0 && diff.out.length <= limits.patch ? diff.out : undefined,
  }
}

/** Without git every file is one that no commit holds. */
async function changesOfFolder(folder: string, limits: Limits): Promise<Changes> {
  const names: string[] = []
  const walk = async (at: string): Promise<void> => {
    for (const entry of (await readdir(at, { withFileTypes: true })).toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      if (entry.isDirectory() && !skipped.has(entry.name)) await walk(join(at, entry.name))
      else if (entry.isFile() && !entry.name.endsWith('.pyc')) names.push(relative(folder, join(at, entry.name)).split(sep).join('/'))
    }
  }
  await walk(folder)
  const sizes = await Promise.all(names.map(async (name) => (await lstat(join(folder, name))).size))
  if (sizes.reduce((sum, size) => sum + size, 0) > limits.digest) return { dirty: true, patch: undefined, patch_sha256: undefined, untracked: [], tree_digest: undefined }
  const untracked = await keptFiles(folder, names, limits)
  const digest = createHash('sha256')
  addFiles(digest, untracked)
  return { dirty: true, patch: undefined, patch_sha256: undefined, untracked: untracked.map(withoutStamp), tree_digest: digest.digest('hex') }
}

function withoutStamp(seen: SeenFile): UntrackedFile {
  const { stamp: _, ...file } = seen
  return file
}

function addFiles(hash: Hash, files: readonly SeenFile[]): void {
  for (const { path, sha256, stamp } of files) hash.update(`${path}\0${sha256 ?? stamp}\0`)
}

interface SeenFile extends UntrackedFile {
  /** Size and time, for a file that is not read. */
  readonly stamp: string
}

async function keptFiles(root: string, names: readonly string[], limits: Limits): Promise<SeenFile[]> {
  const files: SeenFile[] = []
  let [all, count, read] = [0, 0, 0]
  for (const path of names.toSorted()) {
    const info = await lstat(join(root, path)).catch(() => undefined)
    if (info === undefined || !info.isFile()) continue
    const kept = secret.test(path) ? 'looks like a secret' as const
      : info.size > limits.file ? 'too large' as const
        : count >= limits.files || all + info.size > limits.all ? 'too many files' as const : true
    if (kept === true) {
      all += info.size
      count += 1
    }
    const reads = files.length < limits.digestFiles && read + info.size <= limits.digest
    if (reads) read += info.size
    files.push({
      path, bytes: info.size, sha256: reads ? await fileDigest(join(root, path)) : null, kept, executable: (info.mode & 0o111) !== 0, stamp: `${info.size} ${Math.floor(info.mtimeMs)}`,
    })
  }
  return files
}

export async function fileDigest(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

export const readUntracked = (root: string, path: string): Promise<Buffer<ArrayBuffer>> => readFile(join(root, path)) as Promise<Buffer<ArrayBuffer>>
