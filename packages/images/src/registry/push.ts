import { openLayout } from '../oci/layout.ts'
import { parse, readBlob, type ImageSource } from '../oci/source.ts'
import { isForeign, isIndex, type Descriptor, type Index, type Manifest } from '../oci/types.ts'
import { ImageError } from '../errors.ts'
import { registryClient, type ClientOptions, type RegistryClient } from './client.ts'
import { parseReference, type Reference } from './reference.ts'
import { uploadBlob } from './upload.ts'

export interface PushOptions extends ClientOptions {
  readonly layout: { readonly path: string; readonly tag: string | undefined }
  readonly reference: string
  /** Bytes that are sent in one request. */
  readonly chunkBytes: number
  readonly say: (line: string) => void
}

export interface Pushed {
  /** In full, with the tag. */
  readonly reference: string
  readonly digest: string
  /** How many blobs went which way. */
  readonly uploaded: number
  readonly mounted: number
  readonly there: number
}

type Way = 'uploaded' | 'mounted' | 'there'

/** Brings an image of a layout to a registry: what is there already is not sent. @throws ImageError */
export async function pushImage(options: PushOptions): Promise<Pushed> {
  const target = parseReference(options.reference)
  if (target.version.startsWith('sha256:')) throw new ImageError(`"${options.reference}" names a digest, and what is pushed has its own.`, 'Name a tag: registry.example/team/churn:3')
  await using source = await openLayout(options.layout.path, options.layout.tag)
  const client = registryClient(target.registry, options)
  const push = { source, client, target, options, done: new Map<string, Promise<Way>>() }
  await pushManifest(push, source.root, target.version)
  const ways = await Promise.all(push.done.values())
  const count = (way: Way): number => ways.filter((one) => one === way).length
  return { reference: target.name, digest: source.root.digest, uploaded: count('uploaded'), mounted: count('mounted'), there: count('there') }
}

interface Push {
  readonly source: ImageSource
  readonly client: RegistryClient
  readonly target: Reference
  readonly options: PushOptions
  readonly done: Map<string, Promise<Way>>
}

const atOnce = 3

/** What a manifest names goes first: a registry refuses one that names what it does not have. */
async function pushManifest(push: Push, descriptor: Descriptor, version: string, depth = 0): Promise<void> {
  const { source, client, target } = push
  if (depth > 4) throw new ImageError(`${source.where} is an index of indexes without end.`, 'Take another image.')
  const bytes = await readBlob(source, descriptor)
  const content = parse(bytes, source.where)
  if (isIndex(descriptor.mediaType)) {
    for (const one of (content as unknown as Index).manifests ?? []) await pushManifest(push, one, one.digest, depth + 1)
  } else {
    const { config, layers, annotations } = content as unknown as Manifest
    if (config === undefined || !Array.isArray(layers)) throw new ImageError(`${source.where} names no config and no layers.`, 'It is no image.')
    const from = mountable(annotations?.['org.opencontainers.image.base.name'], target)
    const pending = [...layers.filter(({ mediaType }) => !isForeign(mediaType)), config][Symbol.iterator]()
    await Promise.all(Array.from({ length: atOnce }, async () => {
      for (const blob of pending) {
        const doing = push.done.get(blob.digest) ?? pushBlob(push, blob, from)
        push.done.set(blob.digest, doing)
        await doing
      }
    }))
  }
  const scopes = [`repository:${target.repository}:pull,push`]
  const response = await client.send({ method: 'PUT', url: `/v2/${target.repository}/manifests/${version}`, headers: { 'content-type': descriptor.mediaType }, body: Buffer.from(bytes), scopes, accepts: [200, 201] })
  await response.body?.cancel()
  const kept = response.headers.get('docker-content-digest')
  if (kept !== null && kept !== descriptor.digest) throw new ImageError(`${target.registry} has kept ${target.name} as ${kept}, and it is ${descriptor.digest}: it was changed on the way.`, 'Ask whoever runs the registry.')
}

/** The repository of the same registry that has the base's layers. */
function mountable(base: string | undefined, target: Reference): string | undefined {
  if (base === undefined) return undefined
  try {
    const { registry, repository } = parseReference(base)
    return registry === target.registry && repository !== target.repository ? repository : undefined
  } catch {
    // Whoever made the image wrote it; where it is no reference there is nothing to mount.
    return undefined
  }
}

async function pushBlob({ source, client, target, options }: Push, blob: Descriptor, from: string | undefined): Promise<Way> {
  const scopes = [`repository:${target.repository}:pull,push`]
  const head = await client.send({ method: 'HEAD', url: `/v2/${target.repository}/blobs/${blob.digest}`, scopes, accepts: [200, 404] })
  if (head.status === 200) return 'there'
  if (from !== undefined) {
    const url = `/v2/${target.repository}/blobs/uploads/?mount=${encodeURIComponent(blob.digest)}&from=${encodeURIComponent(from)}`
    // An account that may not read the other repository uploads as if there were none.
    const mount = await client.send({ method: 'POST', url, scopes: [...scopes, `repository:${from}:pull`], accepts: [201, 202, 400, 401, 403, 404, 405] })
    await mount.body?.cancel()
    if (mount.status === 201) return 'mounted'
  }
  if (blob.size > 1e6) options.say(`Pushing ${blob.digest.slice(0, 19)} (${(blob.size / 1e6).toFixed(1)} MB).`)
  await uploadBlob({ client, repository: target.repository, scopes, blob, open: () => source.open(blob), chunkBytes: options.chunkBytes })
  return 'uploaded'
}
