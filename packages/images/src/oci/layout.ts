import { randomBytes } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { ImageError } from '../errors.ts'
import { digestOf, hexOf, Meter, mustMatch } from './digest.ts'
import { parse, readBlob, type ImageSource } from './source.ts'
import { tarFileEntries } from './tar-read.ts'
import { mediaTypes, refName, type Descriptor, type Index } from './types.ts'

/** An image in an OCI layout: a folder, or a tar archive of one. @throws ImageError */
export async function openLayout(path: string, tag: string | undefined): Promise<ImageSource> {
  const info = await stat(path).catch(() => undefined)
  if (info === undefined) throw new ImageError(`There is no OCI layout ${path}.`, 'Make one: skopeo copy docker://debian:13-slim oci:FOLDER:TAG')
  const files = info.isDirectory() ? folderFiles(path) : await archiveFiles(path)
  const text = await files.small('index.json')
  if (text === undefined || await files.small('oci-layout') === undefined) throw new ImageError(`${path} is no OCI layout: it has no ${text === undefined ? 'index.json' : 'oci-layout'}.`, 'Make one: skopeo copy docker://debian:13-slim oci:FOLDER:TAG')
  const { manifests = [] } = parse(text, path) as unknown as Index
  const root = chosen(manifests, tag, path)
  const source: ImageSource = {
    where: tag === undefined ? path : `${path}:${tag}`, publicName: undefined, root,
    manifest: (descriptor) => readBlob(source, descriptor),
    open: async ({ digest }) => {
      const stream = await files.open(`blobs/sha256/${hexOf(digest)}`)
      if (stream === undefined) throw new ImageError(`${path} is not whole: it has no blob ${digest}.`, 'Copy it again.')
      return stream
    },
    async [Symbol.asyncDispose]() {},
  }
  return source
}

function chosen(manifests: readonly Descriptor[], tag: string | undefined, path: string): Descriptor {
  const tagOf = ({ annotations }: Descriptor): string | undefined => annotations?.[refName]
  const found = manifests.filter((one) => tag === undefined || tagOf(one) === tag || one.digest === tag)
  if (found.length === 1) return found[0]!
  const tags = manifests.map((one) => tagOf(one) ?? one.digest).join(', ')
  if (tag !== undefined) throw new ImageError(`${path} has no image "${tag}"; there is ${tags === '' ? 'none' : tags}.`, `Name one of them: ${path}:${manifests[0] === undefined ? 'TAG' : tagOf(manifests[0]) ?? manifests[0].digest}`)
  throw new ImageError(manifests.length === 0 ? `${path} holds no image.` : `${path} holds several images: ${tags}.`, `Say which: ${path}:TAG`)
}

interface Files {
  open(name: string): Promise<Readable | undefined>
  small(name: string): Promise<Buffer | undefined>
}

function folderFiles(folder: string): Files {
  return {
    open: async (name) => ((await stat(join(folder, name)).catch(() => undefined))?.isFile() ? createReadStream(join(folder, name), { highWaterMark: 1 << 20 }) : undefined),
    small: (name) => readFile(join(folder, name)).catch(() => undefined),
  }
}

async function archiveFiles(path: string): Promise<Files> {
  const entries = new Map<string, { at: number; size: number }>()
  for await (const { path: name, kind, size, at } of tarFileEntries(path)) if (kind === 'file') entries.set(name, { at, size })
  const open = async (name: string): Promise<Readable | undefined> => {
    const entry = entries.get(name)
    if (entry === undefined) return undefined
    return entry.size === 0 ? Readable.from([]) : createReadStream(path, { start: entry.at, end: entry.at + entry.size - 1, highWaterMark: 1 << 20 })
  }
  return {
    open,
    async small(name) {
      const stream = await open(name)
      return stream === undefined ? undefined : Buffer.concat(await stream.toArray() as Buffer[])
    },
  }
}

/** A layout that is being written. Blobs appear whole, the index last. */
export interface LayoutWriter {
  readonly folder: string
  put(bytes: Uint8Array): Promise<Pick<Descriptor, 'digest' | 'size'>>
  /** Takes a stream in; with `wanted` it must have that digest. */
  take(stream: Readable, wanted?: Pick<Descriptor, 'digest' | 'size'>, where?: string): Promise<Pick<Descriptor, 'digest' | 'size'>>
  /** Names a manifest; another one that had the tag loses it. */
  finish(manifest: Descriptor, tag: string): Promise<void>
}

/** @throws ImageError where the folder holds anything but a layout */
export async function checkOutput(folder: string): Promise<void> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [] as string[]
    if (error.code === 'ENOTDIR') throw new ImageError(`${folder} is a file.`, 'Name a folder, or a file that ends in .tar: -o image.tar')
    throw error
  })
  if (names.length > 0 && !names.includes('oci-layout')) throw new ImageError(`${folder} is not empty and no OCI layout. Nothing was written there.`, 'Name an empty folder, or one that is not there yet: -o FOLDER')
}

export async function layoutWriter(folder: string): Promise<LayoutWriter> {
  await checkOutput(folder)
  const known = await readFile(join(folder, 'index.json'), 'utf8').catch(() => undefined)
  const blobs = join(folder, 'blobs', 'sha256')
  await mkdir(blobs, { recursive: true })
  // First, so that what an interrupted call left is known again.
  await writeFile(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}')
  const placeOf = (digest: string): string => join(blobs, hexOf(digest))
  const has = async ({ digest, size }: Pick<Descriptor, 'digest' | 'size'>): Promise<boolean> => (await stat(placeOf(digest)).catch(() => undefined))?.size === size
  const take: LayoutWriter['take'] = async (stream, wanted, where = folder) => {
    const partial = join(folder, `.part-${randomBytes(6).toString('hex')}`)
    try {
      const meter = new Meter()
      await pipeline(stream, meter, createWriteStream(partial))
      const found = { digest: meter.digest(), size: meter.size }
      if (wanted !== undefined) mustMatch(wanted, found.digest, found.size, where)
      await rename(partial, placeOf(found.digest))
      return found
    } finally {
      await rm(partial, { force: true })
    }
  }
  return {
    folder, take,
    async put(bytes) {
      const descriptor = { digest: digestOf(bytes), size: bytes.length }
      return await has(descriptor) ? descriptor : take(Readable.from([Buffer.from(bytes)]))
    },
    async finish(manifest, tag) {
      const others = known === undefined ? [] : (JSON.parse(known) as Index).manifests.filter(({ annotations }) => annotations?.[refName] !== tag)
      const index: Index = { schemaVersion: 2, mediaType: mediaTypes.index, manifests: [...others, { ...manifest, annotations: { ...manifest.annotations, [refName]: tag } }] }
      const partial = join(folder, `.part-${randomBytes(6).toString('hex')}`)
      await writeFile(partial, JSON.stringify(index))
      await rename(partial, join(folder, 'index.json'))
    },
  }
}
