import { createHash, randomBytes } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, isAbsolute, join, relative, resolve } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { CairnClient } from '@cairn/sdk'
import { ModelError } from '../errors.ts'
import { findModelFiles, type ModelFiles } from './model-files.ts'
import { parseMlModel, readMlModel, type MlModel } from './mlmodel.ts'
import { parseModelUri } from './model-uri.ts'

/** A model's files on this machine. */
export interface FetchedModel {
  readonly uri: string
  readonly folder: string
  /** sha256 over the names and contents of its files: the same model has the same digest everywhere. */
  readonly digest: string
  /** The registered version that the URI named, or that its alias points at now. */
  readonly version: { readonly name: string; readonly version: string } | undefined
}

export interface FetchOptions {
  /** Asked for everything but folders. */
  readonly client: CairnClient
  readonly cwd: string
  /** Default `modelCache(env)`. */
  readonly cache: string
  readonly signal?: AbortSignal | undefined
}

/** CAIRN_MODEL_DIR, or `~/.cache/cairn/models`. */
export const modelCache = (env: Readonly<Record<string, string | undefined>>): string =>
  env['CAIRN_MODEL_DIR'] || join(env['XDG_CACHE_HOME'] || join(env['HOME'] ?? homedir(), '.cache'), 'cairn', 'models')

/**
 * Brings a model's files here, unless they are here. The cache keeps each model once, under its
 * digest; a note for each place says which digest it had, and is believed while the listing and the
 * file MLmodel there (every save writes a new id into it) are the same.
 *
 * @throws ModelError, and what the SDK throws where the server refuses or does not answer
 */
export async function fetchModel(uri: string, options: FetchOptions): Promise<FetchedModel> {
  const reference = parseModelUri(uri, options.cwd)
  if (reference.kind === 'folder') return { uri, folder: reference.path, digest: await folderDigest(reference.path), version: undefined }

  const files = await findModelFiles(options.client, reference)
  const listing = await files.list()
  if (!listing.some(({ path }) => path === 'MLmodel')) throw new ModelError(`There is no model at ${uri}: it has no file MLmodel.`, 'See what there is: cairn artifacts list')
  const head = await (await files.open('MLmodel')).text()
  const state = sha256(JSON.stringify([listing.map(({ path, file_size }) => [path, String(file_size ?? 0)]), head]))
  const note = join(options.cache, 'places', sha256(`${options.client.url} ${files.place}`))
  const known = await readFile(note, 'utf8').then((text) => JSON.parse(text) as { state: string; digest: string }, () => undefined)
  if (known?.state === state) {
    const folder = folderFor(options.cache, known.digest)
    // When it was last used, for whoever tidies up.
    if (await utimes(folder, new Date(), new Date()).then(() => true, () => false)) return { uri, folder, digest: known.digest, version: files.version }
  }
  const { folder, digest } = await download(files, listing.map(({ path }) => path), options)
  await mkdir(dirname(note), { recursive: true })
  await writeWhole(note, JSON.stringify({ state, digest, uri }))
  return { uri, folder, digest, version: files.version }
}

/** What a model takes and gives, without its other files. @throws ModelError, and what the SDK throws */
export async function readModelSignature(uri: string, { client, cwd }: Pick<FetchOptions, 'client' | 'cwd'>): Promise<MlModel['signature']> {
  const reference = parseModelUri(uri, cwd)
  if (reference.kind === 'folder') return (await readMlModel(reference.path)).signature
  const response = await (await findModelFiles(client, reference)).open('MLmodel')
  return parseMlModel(await response.text()).signature
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
const folderFor = (cache: string, digest: string): string => join(cache, 'sha256', digest)
const atOnce = 4

async function download(files: ModelFiles, paths: readonly string[], { cache, signal }: FetchOptions): Promise<{ folder: string; digest: string }> {
  const partial = join(cache, `.part-${randomBytes(6).toString('hex')}`)
  try {
    const pending = paths[Symbol.iterator]()
    await Promise.all(Array.from({ length: atOnce }, async () => {
      for (const path of pending) {
        const file = placeOf(partial, path)
        await mkdir(dirname(file), { recursive: true })
        const { body } = await files.open(path)
        await pipeline(body === null ? Readable.from([]) : Readable.fromWeb(body as Parameters<typeof Readable.fromWeb>[0]), createWriteStream(file), { signal })
      }
    }))
    const digest = await folderDigest(partial)
    const folder = folderFor(cache, digest)
    await mkdir(dirname(folder), { recursive: true })
    // Another process may have brought the same; what is there already is as good.
    await rename(partial, folder).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
      await utimes(folder, new Date(), new Date())
    })
    return { folder, digest }
  } finally {
    await rm(partial, { recursive: true, force: true })
  }
}

/** Names come from the server: none may lead out of the folder. */
export function placeOf(folder: string, name: string): string {
  const file = resolve(folder, name)
  const inside = relative(resolve(folder), file)
  if (name === '' || name.includes('\0') || name.includes('\\') || inside === '' || inside.startsWith('..') || isAbsolute(inside)) {
    throw new ModelError(`The server names a file "${name}", which would lie outside the model's folder. Nothing was written there.`)
  }
  return file
}

/** sha256 over each file's path and contents, in order of path. */
export async function folderDigest(folder: string): Promise<string> {
  const hash = createHash('sha256')
  for (const path of await filesBelow(folder)) {
    const content = createHash('sha256')
    for await (const chunk of createReadStream(join(folder, path))) content.update(chunk as Buffer)
    hash.update(`${path}\0${content.digest('hex')}\n`)
  }
  return hash.digest('hex')
}

/** Files below a folder, relative, with `/`, sorted by code point. */
export async function filesBelow(folder: string): Promise<string[]> {
  if (!(await stat(folder).catch(() => undefined))?.isDirectory()) throw new ModelError(`There is no folder ${folder}.`, 'Name the folder that holds MLmodel, or a model URI: models:/churn@champion, runs:/RUN/model.')
  const found: string[] = []
  const pending = ['']
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    for (const entry of await readdir(join(folder, at), { withFileTypes: true })) {
      const path = at === '' ? entry.name : `${at}/${entry.name}`
      if (entry.isDirectory() && entry.name !== '__pycache__') pending.push(path)
      else if (!entry.isDirectory()) found.push(path)
    }
  }
  return found.toSorted((a, b) => (a < b ? -1 : 1))
}

async function writeWhole(path: string, text: string): Promise<void> {
  const partial = `${path}.${randomBytes(4).toString('hex')}`
  await writeFile(partial, text)
  await rename(partial, path)
}
