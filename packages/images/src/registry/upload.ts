import type { Readable } from 'node:stream'
import { ImageError } from '../errors.ts'
import { Meter, mustMatch } from '../oci/digest.ts'
import type { Descriptor } from '../oci/types.ts'
import type { RegistryClient } from './client.ts'

export interface Upload {
  readonly client: RegistryClient
  readonly repository: string
  readonly scopes: readonly string[]
  readonly blob: Descriptor
  open(): Promise<Readable>
  readonly chunkBytes: number
}

/** Statuses by which registries say that they take a blob in one piece only. */
const noChunks = [404, 405, 415, 501]

/** Sends a blob: what fits in one request in one, the rest in pieces, which go on from where they broke off. */
export async function uploadBlob(upload: Upload): Promise<void> {
  const { client, repository, scopes, blob, chunkBytes } = upload
  const start = async (): Promise<{ location: string; least: number }> => {
    const response = await client.send({ method: 'POST', url: `/v2/${repository}/blobs/uploads/`, headers: { 'content-length': '0' }, scopes, accepts: [202] })
    await response.body?.cancel()
    return { location: where(response, upload), least: Number(response.headers.get('oci-chunk-min-length') ?? 0) }
  }
  const { location, least } = await start()
  const piece = Math.max(chunkBytes, least)
  if (blob.size <= piece || !await inPieces(upload, location, piece)) {
    await inOne(upload, blob.size <= piece ? location : (await start()).location)
  }
}

async function inOne(upload: Upload, location: string): Promise<void> {
  const { client, scopes, blob } = upload
  const headers = { 'content-type': 'application/octet-stream', 'content-length': String(blob.size) }
  const response = await client.send({ method: 'PUT', url: withDigest(location, client, blob.digest), headers, body: async () => checked(await upload.open(), blob), scopes, accepts: [201, 204] })
  await response.body?.cancel()
}

/** Answers false where the registry takes no pieces, or does not say where it goes on: another upload has to begin. */
async function inPieces(upload: Upload, first: string, piece: number): Promise<boolean> {
  const { client, scopes, blob } = upload
  let location = first
  let sent = 0
  for await (const chunk of pieces(checked(await upload.open(), blob), piece)) {
    // A piece of which the registry has a part already, since an answer was lost, is cut there.
    for (let from = 0, attempt = 0; from < chunk.length;) {
      const part = chunk.subarray(from)
      const headers = { 'content-type': 'application/octet-stream', 'content-range': `${sent + from}-${sent + chunk.length - 1}` }
      const response = await client.send({ method: 'PATCH', url: location, headers, body: part, scopes, accepts: sent === 0 ? [202, 204, 416, ...noChunks] : [202, 204, 416] })
      await response.body?.cancel()
      if (noChunks.includes(response.status)) return false
      if (response.status !== 416) {
        location = where(response, upload)
        break
      }
      attempt += 1
      const state = await client.send({ method: 'GET', url: location, scopes, accepts: [204, 400, 404, 405] })
      await state.body?.cancel()
      // One that does not say what it has: all over again, at once.
      if (state.status !== 204) return false
      location = where(state, upload)
      from = received(state) - sent
      if (from < 0 || from > chunk.length || attempt > 3) throw new ImageError(`${client.registry} has ${received(state)} bytes of ${blob.digest}, and ${sent} to ${sent + chunk.length} were being sent.`, 'Try again.')
    }
    sent += chunk.length
  }
  const response = await client.send({ method: 'PUT', url: withDigest(location, client, blob.digest), headers: { 'content-length': '0' }, scopes, accepts: [201, 204] })
  await response.body?.cancel()
  return true
}

const received = (response: Response): number => {
  const last = /^(?:bytes=)?\d+-(\d+)$/.exec(response.headers.get('range') ?? '')?.[1]
  return last === undefined ? 0 : Number(last) + 1
}

function where(response: Response, { client, blob }: Upload): string {
  const location = response.headers.get('location')
  if (location === null || !URL.canParse(location, client.origin)) throw new ImageError(`${client.registry} takes ${blob.digest} and does not say where.`, 'Ask whoever runs the registry.')
  return new URL(location, response.url || client.origin).href
}

function withDigest(location: string, client: RegistryClient, digest: string): string {
  const url = new URL(location, client.origin)
  url.searchParams.set('digest', digest)
  return url.href
}

/** A layout may have been changed since it was written: the registry must not be told another digest than its bytes'. */
async function* checked(stream: Readable, blob: Descriptor): AsyncGenerator<Buffer> {
  const meter = new Meter()
  stream.once('error', (error) => meter.destroy(error))
  for await (const chunk of stream.pipe(meter)) yield chunk as Buffer
  mustMatch(blob, meter.digest(), meter.size, 'The layout')
}

async function* pieces(stream: AsyncIterable<Buffer>, size: number): AsyncGenerator<Buffer<ArrayBuffer>> {
  let parts: Buffer[] = []
  let length = 0
  for await (const chunk of stream) {
    for (let rest = chunk; rest.length > 0;) {
      const part = rest.subarray(0, size - length)
      parts.push(part)
      length += part.length
      rest = rest.subarray(part.length)
      if (length < size) continue
      yield Buffer.concat(parts)
      parts = []
      length = 0
    }
  }
  if (length > 0) yield Buffer.concat(parts)
}
