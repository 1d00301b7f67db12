import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { ImageError } from '../errors.ts'
import { digestOf, mustMatch } from '../oci/digest.ts'
import { blobPlace, keepBlob } from '../oci/layer.ts'
import { parse, type ImageSource } from '../oci/source.ts'
import { mediaTypes, type Descriptor } from '../oci/types.ts'
import { registryClient, type ClientOptions } from './client.ts'
import { parseReference } from './reference.ts'

export interface PullOptions extends ClientOptions {
  /** Where blobs are kept. */
  readonly cache: string
  readonly say: (line: string) => void
}

const known = [mediaTypes.index, mediaTypes.manifest, mediaTypes.dockerIndex, mediaTypes.dockerManifest].join(', ')
const manifestLimit = 8 * 2 ** 20
const tries = 3

/** An image of a registry. Its blobs are kept on this machine, each checked when it came. @throws ImageError */
export async function openRegistryImage(text: string, options: PullOptions): Promise<ImageSource> {
  const { registry, repository, version, name } = parseReference(text)
  const { cache, say, signal } = options
  const client = registryClient(registry, options)
  const scopes = [`repository:${repository}:pull`]

  const getManifest = async (which: string): Promise<{ bytes: Buffer; descriptor: Descriptor }> => {
    const response = await client.send({ method: 'GET', url: `/v2/${repository}/manifests/${which}`, headers: { accept: known }, scopes, accepts: [200] })
    const bytes = await bounded(response, name)
    const said = which.startsWith('sha256:') ? which : response.headers.get('docker-content-digest') ?? digestOf(bytes)
    if (said.startsWith('sha256:')) mustMatch({ digest: said, size: bytes.length }, digestOf(bytes), bytes.length, name)
    const { mediaType } = parse(bytes, name)
    const type = typeof mediaType === 'string' ? mediaType : response.headers.get('content-type')?.split(';')[0]?.trim() ?? ''
    return { bytes, descriptor: { mediaType: type, digest: digestOf(bytes), size: bytes.length } }
  }
  const root = await getManifest(version)

  return {
    where: name, publicName: name, root: root.descriptor,
    manifest: async ({ digest }) => (digest === root.descriptor.digest ? root.bytes : (await getManifest(digest)).bytes),
    async open(descriptor) {
      const place = blobPlace(cache, descriptor.digest)
      for (let attempt = 1; (await stat(place).catch(() => undefined))?.size !== descriptor.size; attempt += 1) {
        if (descriptor.size > 1e6) say(`Pulling ${descriptor.digest.slice(0, 19)} of ${name} (${(descriptor.size / 1e6).toFixed(1)} MB).`)
        const { body } = await client.send({ method: 'GET', url: `/v2/${repository}/blobs/${descriptor.digest}`, scopes, accepts: [200] })
        try {
          const stream = body === null ? Readable.from([]) : Readable.fromWeb(body as Parameters<typeof Readable.fromWeb>[0])
          await keepBlob(cache, stream, { limit: descriptor.size, check: ({ digest, size }) => mustMatch(descriptor, digest, size, name) })
        } catch (error) {
          signal.throwIfAborted()
          if (error instanceof ImageError) throw error
          if (attempt >= tries) throw new ImageError(`${registry} broke off ${tries} times while it sent ${descriptor.digest} of ${name} (${(error as Error).message}).`, 'Try again; what came whole is kept.')
        }
      }
      return createReadStream(place, { highWaterMark: 1 << 20 })
    },
    async [Symbol.asyncDispose]() {},
  }
}

async function bounded(response: Response, name: string): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += (chunk as Uint8Array).length
    if (size > manifestLimit) throw new ImageError(`${name}: what came as its manifest has more than ${manifestLimit} bytes.`, 'It is no image.')
    chunks.push(chunk as Uint8Array)
  }
  return Buffer.concat(chunks)
}
