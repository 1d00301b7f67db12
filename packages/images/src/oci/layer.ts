import { createHash, randomBytes } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip, createZstdCompress } from 'node:zlib'
import { hexOf, Meter } from './digest.ts'
import type { LayoutWriter } from './layout.ts'
import { ordered, writeTar, type TarEntry } from './tar-write.ts'
import { mediaTypes, type Descriptor } from './types.ts'

export type Compression = 'gzip' | 'zstd'

export interface LayerOptions {
  /** Unix time of every file in it. */
  readonly seconds: number
  readonly compression: Compression
  readonly writer: LayoutWriter
  /** Where layers are kept that go into many images; undefined for one that is not worth it. */
  readonly cache: string | undefined
}

/** What goes into a layer. */
export interface LayerContent {
  /** Stands for the files where they need not be listed and read to be known. */
  readonly key?: string | undefined
  entries(): Promise<readonly TarEntry[]>
}

export interface Layer {
  readonly descriptor: Descriptor
  /** Digest of the archive before it was compressed. */
  readonly diffId: string
}

// Changes when a layer of an older Cairn is not what this one would make of the same files.
const format = 1

/** Packs files into a layer of the layout. The same files give the same bytes. */
export async function addLayer(content: LayerContent, options: LayerOptions): Promise<Layer> {
  const { writer, compression, cache } = options
  const mediaType = `${mediaTypes.layer}+${compression}`
  if (cache === undefined) {
    const { stream, diffId } = packed(await content.entries(), options)
    const blob = await writer.take(stream)
    return { descriptor: { mediaType, ...blob }, diffId: diffId() }
  }
  let entries = content.key === undefined ? await content.entries() : undefined
  const note = join(cache, 'layers', await keyOf(content.key ?? entries!, options))
  let kept = await readFile(note, 'utf8').then((text) => JSON.parse(text) as Kept, () => undefined)
  if (kept !== undefined && (await stat(blobPlace(cache, kept.digest)).catch(() => undefined))?.size === kept.size) {
    // When it was last used, for whoever tidies up.
    await utimes(blobPlace(cache, kept.digest), new Date(), new Date()).catch(() => {})
  } else {
    entries ??= await content.entries()
    const { stream, diffId } = packed(entries, options)
    const blob = await keepBlob(cache, stream)
    kept = { ...blob, diffId: diffId() }
    await mkdir(join(cache, 'layers'), { recursive: true })
    await writeFile(note, JSON.stringify(kept))
  }
  const { digest, size, diffId } = kept
  await writer.take(createReadStream(blobPlace(cache, digest), { highWaterMark: 1 << 20 }), { digest, size }, cache)
  return { descriptor: { mediaType, digest, size }, diffId }
}

type Kept = Pick<Descriptor, 'digest' | 'size'> & Pick<Layer, 'diffId'>

function packed(entries: readonly TarEntry[], { seconds, compression }: LayerOptions): { stream: Readable; diffId: () => string } {
  const meter = new Meter()
  const tar = Readable.from(writeTar(entries, seconds))
  const out = compression === 'zstd' ? createZstdCompress() : sameHeader()
  // An error of any part destroys all of them, the last with the error, which its reader gets.
  const done = compression === 'zstd' ? pipeline(tar, meter, out) : pipeline(tar, meter, createGzip({ level: 6 }), out)
  done.catch(() => {})
  let digest: string | undefined
  return { stream: out, diffId: () => digest ??= meter.digest() }
}

/** The tenth byte of a gzip file names the system that wrote it. */
function sameHeader(): Transform {
  let first = true
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (first) chunk[9] = 0xff
      first = false
      done(null, chunk)
    },
  })
}

async function keyOf(content: string | readonly TarEntry[], { seconds, compression }: LayerOptions): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([format, seconds, compression, compression === 'zstd' ? process.versions['zstd'] : process.versions.zlib]))
  if (typeof content === 'string') return hash.update(content).digest('hex')
  for (const entry of ordered(content)) {
    if (entry.kind !== 'file') {
      hash.update(JSON.stringify(entry))
      continue
    }
    const bytes = createHash('sha256')
    if (typeof entry.source === 'string') for await (const chunk of createReadStream(entry.source, { highWaterMark: 1 << 20 })) bytes.update(chunk as Buffer)
    else bytes.update(entry.source)
    hash.update(JSON.stringify([entry.path, entry.mode, entry.size, bytes.digest('hex')]))
  }
  return hash.digest('hex')
}

/** Where the cache has a blob, whether or not it is there. */
export const blobPlace = (cache: string, digest: string): string => join(cache, 'blobs', 'sha256', hexOf(digest))

interface Keeping {
  /** More bytes than these are not taken. */
  readonly limit: number
  /** May refuse what came before it is kept. */
  readonly check: (blob: Pick<Descriptor, 'digest' | 'size'>) => void
}

/** Keeps what a stream brings, under its digest. */
export async function keepBlob(cache: string, stream: Readable, keeping?: Keeping): Promise<Pick<Descriptor, 'digest' | 'size'>> {
  await mkdir(join(cache, 'blobs', 'sha256'), { recursive: true })
  const partial = join(cache, `.part-${randomBytes(6).toString('hex')}`)
  try {
    const meter = new Meter(keeping?.limit)
    await pipeline(stream, meter, createWriteStream(partial))
    const blob = { digest: meter.digest(), size: meter.size }
    keeping?.check(blob)
    await rename(partial, blobPlace(cache, blob.digest))
    return blob
  } finally {
    await rm(partial, { force: true })
  }
}
