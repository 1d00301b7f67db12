import * as protocol from '@cairn/protocol'
import { CairnError, invalid, limits, prefixes, type Endpoint } from '@cairn/protocol'
import { baseName, rootPath, safePath, type ObjectInfo, type PutOptions } from '../platform/files/index.ts'
import { compressedJson, Reply, route, type Context, type Handler, type Route } from '../platform/http/index.ts'
import {
  artifactPlace, changeAt, listArtifacts, listProxied, proxy, putProxied, smallBody, tooLargeSmall, uploadTarget, writablePlace,
  type ArtifactChange, type ArtifactLookups,
} from './artifacts.ts'
import { sendFile, sendFolder } from './downloads.ts'
import { workspaceOf } from '../workspaces/index.ts'
import { resolveLocation, within, type ArtifactRoots, type Place } from './locations.ts'
import { abortUpload, completeUpload, createUpload, uploadedParts } from './multipart.ts'
import { readTexts } from './texts.ts'
import { presignDownload, presignProxied, presignUpload } from './presigned.ts'

export interface ArtifactDeps {
  readonly roots: ArtifactRoots
  readonly lookups: ArtifactLookups
  /** Bytes of one file; Infinity where the operator set none. */
  readonly uploadLimit: number
  /** How long a signed URL for a download holds, where the request does not say it. */
  readonly downloadUrlSeconds?: number
  /** Told of every file that was stored or deleted here, after it is durable and before the client is. */
  changed?(change: ArtifactChange, context: Context): void | Promise<void>
  /** Told before files are deleted, here or in a bucket: what cannot be written down is not done. */
  deleting?(change: ArtifactChange, context: Context): void | Promise<void>
  /** Told before a file is stored; `before` looks what it replaces. What cannot be written down is not done. */
  storing?(change: ArtifactChange, before: () => Promise<ObjectInfo | undefined>, context: Context): Promise<void>
  /** Asked before so many bytes are stored (0 where that is not known yet): refuses where there is no room. */
  admit?(context: Context, bytes: number): Room | Promise<Room>
}

/** Room for a file, until it is disposed. */
export interface Room extends Disposable {
  /** Bytes that there is room for. */
  readonly left: number
  /** What a client is told whose file is longer. */
  refusal?(): Error
}

export function artifactRoutes(deps: ArtifactDeps): Route[] {
  return [manyRoute(deps), ...runRoutes(deps), ...modelRoutes(deps), ...proxyRoutes(deps), ...multipartRoutes(deps)]
}

function manyRoute({ roots, lookups }: ArtifactDeps): Route {
  return route(protocol.readArtifacts, async ({ run_ids, models = [], paths }, context) => compressedJson(context, await readTexts(roots, lookups, {
    owners: [...run_ids.map((run_id) => ({ run_id })), ...models.map(({ model_id }) => ({ model_id }))], paths,
  }, context.host)))
}

function runRoutes({ roots, lookups, uploadLimit, downloadUrlSeconds, changed, deleting, storing, admit }: ArtifactDeps): Route[] {
  const roomy = withRoom(uploadLimit, admit)
  const runIdOf = (input: { run_id?: string; run_uuid?: string }): string => {
    const id = input.run_id || input.run_uuid
    if (!id) throw protocol.missing('run_id')
    return id
  }
  return [
    route(protocol.listArtifacts, async (input, context) => {
      const uri = await lookups.runArtifactUri(input.run_id)
      return listArtifacts(roots, uri, input, context.host)
    }),
    route(protocol.getArtifact, async (input, context) => {
      if (input.path === undefined) throw protocol.missing('path')
      // Before the run is looked up, as MLflow does.
      safePath(input.path, { dots: 'drop' })
      const { place, shown } = artifactPlace(roots, await lookups.runArtifactUri(runIdOf(input)), input.path, context.host)
      return sendFile(place, shown, context.headers)
    }),
    route(protocol.uploadArtifact, async (input, context) => {
      if (!input.run_uuid) throw invalid('Request must specify run_uuid.')
      if (!input.path) throw invalid('Request must specify path.')
      const { 'content-length': length, 'transfer-encoding': encoding } = context.headers
      if (Number(length ?? 0) > limits.uploadArtifactBytes) throw tooLargeSmall()
      if (encoding === undefined && Number(length ?? 0) === 0) throw invalid('Request must specify data.')
      safePath(input.path)
      const place = writablePlace(roots, await lookups.runArtifactUri(input.run_uuid), input.path, context.host)
      await roomy(context, async (limit) => {
        await storing?.({ kind: 'put', runId: input.run_uuid!, path: safePath(input.path!), ...sizeOf(context) }, replacedAt(place), context)
        const { size } = await place.store.put(place.path, smallBody(bodyOf(context), limits.uploadArtifactBytes), { limit, owned: true })
        await changed?.({ kind: 'put', runId: input.run_uuid!, path: safePath(input.path!), size }, context)
      })
      return new Reply({ headers: { 'content-type': 'application/json' }, body: '' })
    }),
    route(protocol.deleteRunArtifacts, async (input, context) => {
      const place = writablePlace(roots, await lookups.runArtifactUri(input.run_id), input.path, context.host)
      const change = { kind: 'delete', runId: input.run_id, path: safePath(input.path) } as const
      await deleting?.(change, context)
      await place.store.delete(place.path)
      await changed?.(change, context)
      return {}
    }),
    route(protocol.downloadRunArtifacts, async (input, context) =>
      archive(roots, await lookups.runArtifactUri(input.run_id), input.path, input.run_id, context)),
    route(protocol.createPresignedUploadUrl, async (input, context) => {
      using _room = await admit?.(context, 0)
      const told = storing && ((place: Place) => storing({ kind: 'put', ...(input.run_id && { runId: input.run_id }), path: input.run_id ? safePath(input.path) : `models/${input.model_id}/artifacts/${safePath(input.path)}` }, replacedAt(place), context))
      return presignUpload(roots, lookups, input, context.host, told)
    }),
    route(protocol.createPresignedDownloadUrl, (input, context) => presignDownload(roots, lookups, input, context.host, downloadUrlSeconds)),
  ]
}

function modelRoutes({ roots, lookups }: ArtifactDeps): Route[] {
  return [
    route(protocol.getModelVersionArtifact, async ({ name = '', version = '', path }, context) => {
      if (path === undefined) throw protocol.missing('path')
      safePath(path, { dots: 'drop' })
      const { place, shown } = artifactPlace(roots, await lookups.modelVersionSource(name, version, workspaceOf(context.principal).id), path, context.host)
      return sendFile(place, shown, context.headers)
    }),
    route(protocol.downloadModelVersionArtifacts, async ({ name, version, path }, context) =>
      archive(roots, await lookups.modelVersionSource(name, version, workspaceOf(context.principal).id), path, `${name}-${version}`, context)),
    route(protocol.listLoggedModelArtifacts, async (input, context) => {
      const uri = await lookups.loggedModelArtifactUri(input.model_id)
      return listArtifacts(roots, uri, { path: input.artifact_directory_path, page_token: input.page_token }, context.host)
    }),
    route(protocol.getLoggedModelArtifact, async ({ model_id, artifact_file_path: path }, context) => {
      if (!path) throw new CairnError('BAD_REQUEST', 'Request must include the "artifact_file_path" query parameter.')
      safePath(path, { dots: 'drop' })
      const { place, shown } = artifactPlace(roots, await lookups.loggedModelArtifactUri(model_id), path, context.host)
      return sendFile(place, shown, context.headers)
    }),
    route(protocol.downloadLoggedModelArtifacts, async (input, context) =>
      archive(roots, await lookups.loggedModelArtifactUri(input.model_id), input.path, input.model_id, context)),
  ]
}

function proxyRoutes({ roots, uploadLimit, changed, deleting, storing, admit }: ArtifactDeps): Route[] {
  const roomy = withRoom(uploadLimit, admit)
  return [
    served(roots, protocol.listProxiedArtifacts, (input) => listProxied(roots, input.path)),
    served(roots, protocol.downloadProxiedArtifact, async (input, context) => {
      const path = safePath(input.artifact_path, { dots: 'drop' })
      return sendFile({ store: proxy(roots), path }, path, context.headers)
    }),
    served(roots, protocol.uploadProxiedArtifact, async (input, context) => {
      refuseOverLimit(context, uploadLimit)
      const info = await roomy(context, async (limit) => {
        const told = storing && ((place: Place) => storing({ ...changeAt('put', place.path), ...sizeOf(context) }, replacedAt(place, expected(context)), context))
        const put = await putProxied(roots, input.artifact_path, bodyOf(context), { limit, owned: true, ...expected(context) }, told)
        await changed?.(changeAt('put', put.path, put.info.size), context)
        return put.info
      })
      return new Reply({ headers: { etag: info.etag } })
    }),
    served(roots, protocol.deleteProxiedArtifact, async (input, context) => {
      const path = safePath(input.artifact_path)
      await deleting?.(changeAt('delete', path), context)
      await proxy(roots).delete(path)
      await changed?.(changeAt('delete', path), context)
      return {}
    }),
  ]
}

function multipartRoutes({ roots, uploadLimit, downloadUrlSeconds, changed, storing, admit }: ArtifactDeps): Route[] {
  return [
    served(roots, protocol.createMultipartUpload, async (input, context) => {
      using _room = await admit?.(context, 0)
      const base = `${context.origin}${context.staticPrefix}${prefixes.artifacts[0]}/mpu/part`
      return createUpload(roots, input, (uploadId, part) => `${base}/${uploadId}/${part}`)
    }),
    served(roots, protocol.uploadPart, async (input, context) => {
      refuseOverLimit(context, uploadLimit)
      const { etag } = await proxy(roots).multipart.putPart(input.upload_id, Number(input.part_number), bodyOf(context), { limit: uploadLimit, owned: true })
      return new Reply({ headers: { etag } })
    }),
    served(roots, protocol.listUploadedParts, (input) => uploadedParts(roots, input.upload_id)),
    served(roots, protocol.completeMultipartUpload, async (input, context) => {
      // One that was completed before is asked for again.
      const sent = admit === undefined && storing === undefined ? undefined : await proxy(roots).multipart.parts(input.upload_id ?? '')
      const size = sent?.parts.reduce((sum, part) => sum + part.size, 0)
      using _room = size === undefined ? undefined : await admit?.(context, size)
      if (size !== undefined) {
        const target = uploadTarget(input.artifact_path, input.path)
        await storing?.(changeAt('put', target, size), replacedAt({ store: proxy(roots), path: target }), context)
      }
      const { path, info } = await completeUpload(roots, input, uploadLimit)
      await changed?.(changeAt('put', path, sent === undefined && admit !== undefined ? 0 : info.size), context)
      return {}
    }),
    served(roots, protocol.abortMultipartUpload, async (input) => {
      await abortUpload(roots, input)
      return {}
    }),
    served(roots, protocol.getPresignedProxiedUrl, (input) => presignProxied(roots, input.artifact_path, downloadUrlSeconds)),
  ]
}

/** Stores a file where there is room for it: as long as its length says, or as there is room where that is not said. */
const withRoom = (uploadLimit: number, admit: ArtifactDeps['admit']) => async <T>(context: Context, store: (limit: number) => Promise<T>): Promise<T> => {
  if (admit === undefined) return store(uploadLimit)
  using room = await admit(context, Number(context.headers['content-length'] ?? 0))
  try {
    return await store(Math.min(uploadLimit, room.left))
  } catch (error) {
    const full = error instanceof CairnError && error.code === 'REQUEST_TOO_LARGE' && room.left < uploadLimit
    throw full ? room.refusal?.() ?? error : error
  }
}

/** Answers 503 in plain text without the proxy, as MLflow does. */
function served<E extends Endpoint>(roots: ArtifactRoots, endpoint: E, handle: Handler<E>): Route {
  if (roots.proxied !== undefined) return route(endpoint, handle)
  return route(endpoint, () => new Reply({
    status: 503, headers: { 'content-type': 'text/plain; charset=utf-8' },
    body: `Endpoint: ${prefixes[endpoint.api][0]}${endpoint.path} disabled due to the server running with \`--no-serve-artifacts\`. To enable artifacts server functionality, run the server with \`--serve-artifacts\``,
  }))
}

async function archive(roots: ArtifactRoots, uri: string, path: string | undefined, owner: string, context: Context): Promise<Reply> {
  const below = path === undefined ? rootPath : safePath(path, { dots: 'drop' })
  const place = within(resolveLocation(uri, roots, context.host), below)
  // A run without artifacts has no folder yet; its archive is empty.
  return below === rootPath ? sendFolder(place, below, owner, { mayBeAbsent: true }) : sendFolder(place, below, `${owner}-${baseName(below)}`)
}

/** Left as it is when a loop over it ends early: destroyed, it would take the answer's socket with it. */
const bodyOf = ({ body }: Context): AsyncIterable<Uint8Array> => body.iterator({ destroyOnReturn: false })

function expected({ headers }: Context): { onlyIf?: 'new' | { etag: string } } {
  if (headers['if-none-match'] === '*') return { onlyIf: 'new' }
  const etag = headers['if-match']
  return typeof etag === 'string' && etag !== '*' ? { onlyIf: { etag } } : {}
}

/** What a file that is about to be stored replaces; nothing where the storage will refuse it for what is there. */
const replacedAt = ({ store, path }: Place, { onlyIf }: Pick<PutOptions, 'onlyIf'> = {}) => async (): Promise<ObjectInfo | undefined> => {
  const info = await store.stat(path)
  if (info === undefined || info === 'folder' || onlyIf === 'new') return undefined
  return onlyIf === undefined || onlyIf.etag === info.etag ? info : undefined
}

const sizeOf = ({ headers }: Context): { size?: number } => (headers['content-length'] === undefined ? {} : { size: Number(headers['content-length']) })

/** Before the body is read, so that the client can stop sending. */
function refuseOverLimit({ headers }: Context, limit: number): void {
  if (Number(headers['content-length'] ?? 0) > limit) {
    throw new CairnError('REQUEST_TOO_LARGE', `The file is larger than ${limit} bytes, the most that this server stores.`)
  }
}
