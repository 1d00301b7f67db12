import type { Readable } from 'node:stream'
import { ImageError } from '../errors.ts'
import { digestOf, mustMatch } from './digest.ts'
import { isForeign, isIndex, isManifest, platformText, samePlatform, type Descriptor, type ImageConfig, type Index, type Manifest, type Platform } from './types.ts'

/** Where an image comes from: a layout or a registry. */
export interface ImageSource extends AsyncDisposable {
  /** For messages. */
  readonly where: string
  /** What is written into an image about its base; undefined for what only this machine knows. */
  readonly publicName: string | undefined
  /** The manifest or index that was asked for. */
  readonly root: Descriptor
  /** A manifest or index of it, by its descriptor. */
  manifest(descriptor: Descriptor): Promise<Buffer>
  /** A blob's bytes, which the reader has to check. */
  open(descriptor: Descriptor): Promise<Readable>
}

/** One image for one platform. */
export interface Image {
  readonly source: ImageSource
  readonly descriptor: Descriptor
  readonly manifest: Manifest
  readonly config: ImageConfig
}

/** A file of a source in whole, checked. For manifests and configs. */
export async function readBlob(source: ImageSource, descriptor: Descriptor, limit = 8 * 2 ** 20): Promise<Buffer> {
  if (descriptor.size > limit) throw new ImageError(`${source.where}: ${descriptor.digest} is said to have ${descriptor.size} bytes, which no manifest or config has.`, 'The image is damaged, or no image.')
  const chunks: Buffer[] = []
  for await (const chunk of await source.open(descriptor)) chunks.push(chunk as Buffer)
  const bytes = Buffer.concat(chunks)
  mustMatch(descriptor, digestOf(bytes), bytes.length, source.where)
  return bytes
}

/** The image for a platform, through as many indexes as there are. @throws ImageError naming the platforms that there are */
export async function selectImage(source: ImageSource, platform: Platform): Promise<Image> {
  let descriptor = source.root
  for (let depth = 0; isIndex(descriptor.mediaType); depth += 1) {
    if (depth > 4) throw new ImageError(`${source.where} is an index of indexes without end.`, 'Take another image.')
    const { manifests = [] } = parse(await source.manifest(descriptor), source.where) as unknown as Index
    // Attestations stand among the images, for a platform `unknown`.
    const images = manifests.filter(({ platform: own }) => own?.os !== 'unknown')
    const found = images.find(({ platform: own }) => own !== undefined && samePlatform(own, platform)) ?? (images.length === 1 && images[0]!.platform === undefined ? images[0] : undefined)
    if (found === undefined) {
      const there = images.flatMap(({ platform: own }) => (own === undefined ? [] : [platformText(own)]))
      throw new ImageError(`${source.where} has no image for ${platformText(platform)}; there is ${there.length === 0 ? 'none' : there.join(', ')}.`, 'Name one of them: --platform linux/amd64')
    }
    descriptor = found
  }
  if (!isManifest(descriptor.mediaType)) throw new ImageError(`${source.where} is of the type ${descriptor.mediaType}, and no image that is known.`, 'It may be older than Docker 1.10, or something else than an image. Copy it: skopeo copy --format oci')
  const manifest = parse(await source.manifest(descriptor), source.where) as unknown as Manifest
  if (manifest.config === undefined || !Array.isArray(manifest.layers)) throw new ImageError(`${source.where} names no config and no layers.`, 'It is no image.')
  const foreign = manifest.layers.find(({ mediaType }) => isForeign(mediaType))
  if (foreign !== undefined) throw new ImageError(`${source.where} has a layer that may not be passed on (${foreign.mediaType}).`, 'Take a base of Linux.')
  const config = parse(await readBlob(source, manifest.config), source.where) as unknown as ImageConfig
  if (config.rootfs?.diff_ids?.length !== manifest.layers.length) throw new ImageError(`${source.where} has ${manifest.layers.length} layers, and its config names ${config.rootfs?.diff_ids?.length ?? 0}.`, 'It is no image of a file system.')
  if (config.os !== platform.os || config.architecture !== platform.architecture) {
    throw new ImageError(`${source.where} is for ${platformText(config)}, not for ${platformText(platform)}.`, `Take another base, or say so: --platform ${platformText(config)}`)
  }
  return { source, descriptor, manifest, config }
}

export function parse(bytes: Buffer, where: string): Record<string, unknown> {
  try {
    const value = JSON.parse(bytes.toString('utf8')) as unknown
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  } catch { /* told below */ }
  throw new ImageError(`${where}: what should be a manifest or config is no JSON object.`, 'The image is damaged, or no image.')
}
