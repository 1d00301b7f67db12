import { createWriteStream } from 'node:fs'
import { mkdtemp, realpath, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve, sep } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { ProjectError } from '../errors.ts'
import type { Variables } from '../process.ts'
import { checkOut, isRepository, withoutCredentials } from './git.ts'
import { unzip } from './zip.ts'

export interface Source extends AsyncDisposable {
  readonly kind: 'folder' | 'git' | 'zip'
  /** As it was given, without credentials. */
  readonly uri: string
  readonly version: string | undefined
  /** Where the project lies now: in place for a folder, else in a folder that goes with this value. */
  readonly folder: string
  /** Set where the version names a branch. */
  readonly branch: string | undefined
  /** For sources that were made again from a record: what the new record says of where they come from. */
  readonly origin?: { readonly kind: Source['kind']; readonly uri: string; readonly root: string | null } | undefined
}

export interface FetchOptions {
  readonly uri: string
  readonly version?: string | undefined
  readonly cwd: string
  readonly env: Variables
  readonly signal?: AbortSignal | undefined
  readonly say?: ((line: string) => void) | undefined
}

/**
 * Brings a project here: a folder is run in place, a zip (file or http) and a git repository (any
 * address that git takes, `#subfolder` behind it) are unpacked into a folder of their own, which is
 * removed at the end. A folder with a version is cloned as well, so that nobody's files are touched.
 */
export async function fetchProject({ uri, version, cwd, env, signal, say = () => {} }: FetchOptions): Promise<Source> {
  const bare = uri.replace(/^['"]+|['"]+$/g, '')
  const [address, ...rest] = bare.split('#') as [string, ...string[]]
  const subfolder = rest.join('#')
  if (subfolder.includes('.')) throw new ProjectError("'.' is not allowed in project subdirectory paths.", 'Name a folder inside the repository: https://example.org/repo.git#examples/train')
  const local = await localPath(address, cwd)
  const zipped = /.\.zip$/s.test(address)
  if (local === undefined && !zipped && !/^[\w+.-]+:\/\//.test(address) && !/^(?:[^/:]+@)?[^/:]+:/.test(address)) {
    throw new ProjectError(`There is no folder ${resolve(cwd, address)}, and "${withoutCredentials(address)}" is no address of a git repository.`, 'Look at its spelling. A repository’s address begins with https://, ssh:// or file://, or is like git@example.org:team/repo.git')
  }
  const shown = withoutCredentials(bare)
  const source = { uri: shown, version, branch: undefined }
  if (!zipped && local !== undefined) {
    if (!(await stat(local)).isDirectory()) throw new ProjectError(`${address} is a file, and a project is a folder.`, `Run a script of a folder by its name: cairn run . --entry-point ${address}`)
    const repository = version !== undefined || !await stat(join(local, '.git')).then(() => true, () => false) ? await isRepository(local, env) : false
    if (version !== undefined && !repository) throw new ProjectError('Setting a version is only supported for Git project URIs', `${local} is no git repository: leave --version out.`)
    // A bare repository has no files to run in place.
    if (!repository) return { ...source, kind: 'folder', folder: await inside(local, subfolder), [Symbol.asyncDispose]: async () => {} }
  }
  const place = await realpath(await mkdtemp(join(tmpdir(), 'cairn-project-')))
  const dispose = () => rm(place, { recursive: true, force: true, maxRetries: 3 })
  try {
    say(`Fetching ${shown} into ${place}.`)
    if (zipped) {
      const archive = local ?? await download(address, join(place, '..', `${place.split(sep).at(-1)!}.zip`), signal)
      try {
        await unzip(archive, place)
      } finally {
        if (local === undefined) await rm(archive, { force: true })
      }
      return { ...source, kind: 'zip', folder: await inside(place, subfolder), [Symbol.asyncDispose]: dispose }
    }
    const { branch } = await checkOut(local === undefined ? address : pathToFileURL(local).href, version, place, env, signal)
    return { ...source, kind: 'git', branch, folder: await inside(place, subfolder), [Symbol.asyncDispose]: dispose }
  } catch (error) {
    await dispose()
    throw error
  }
}

/** The existing file or folder that an address means, if it means one. */
export async function localPath(address: string, cwd: string): Promise<string | undefined> {
  const path = /^file:\/\/./.test(address) ? fileURLToPath(address.replace(/^file:\/\/(?!\/|localhost\/)/, 'file:///')) : resolve(cwd, address)
  return stat(path).then(() => path, () => undefined)
}

async function inside(folder: string, subfolder: string): Promise<string> {
  const path = resolve(folder, subfolder.replace(/^\/+/, ''))
  if (!await stat(path).then((info) => info.isDirectory(), () => false)) throw new ProjectError(`Could not find subdirectory ${subfolder} of ${folder}`, 'Look at its spelling, and at the version.')
  return path
}

async function download(url: string, path: string, signal: AbortSignal | undefined): Promise<string> {
  if (!/^https?:\/\//.test(url)) throw new ProjectError(`There is no file ${url}.`, 'Give the path of a zip, or an address that begins with http:// or https://.')
  const response = await fetch(url, { ...(signal !== undefined && { signal }) }).catch((error: unknown) => {
    signal?.throwIfAborted()
    throw new ProjectError(`Unable to retrieve ZIP file. Reason: ${((error as Error).cause as Error | undefined)?.message ?? (error as Error).message}`, `Look whether ${withoutCredentials(url)} can be reached from here.`)
  })
  if (!response.ok || response.body === null) throw new ProjectError(`Unable to retrieve ZIP file. Reason: ${response.status} ${response.statusText} for ${withoutCredentials(url)}`, 'Look at the address and at who may read it.')
  await pipeline(Readable.fromWeb(response.body as never), createWriteStream(path))
  return path
}
