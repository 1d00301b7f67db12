import { invalid, limits, type Int64 } from '@cairn/protocol'
import { baseName, safePath } from '../platform/files/index.ts'
import { artifactPlace, proxy, writablePlace, type ArtifactLookups } from './artifacts.ts'
import { attachment } from './disposition.ts'
import { noSuchArtifact } from './downloads.ts'
import type { ArtifactRoots, Place } from './locations.ts'
import { unsupported } from './multipart.ts'

/**
 * URLs of the storage itself, so that bytes need not pass this server. The checks before are
 * MLflow's, in its order and words; only storage that this server was told of signs anything.
 * `before` is told where somebody may write.
 */
export async function presignUpload(
  roots: ArtifactRoots, lookups: ArtifactLookups, input: { path: string; run_id?: string; model_id?: string; expiration?: Int64 }, host: string | undefined, before?: (place: Place) => Promise<void>,
): Promise<{ presigned_url: string; headers: Record<string, string> }> {
  const { run_id = '', model_id = '', expiration = limits.presignedUploadSeconds } = input
  if ((run_id === '') === (model_id === '')) throw invalid('Exactly one of run_id and model_id must be provided.')
  safePath(input.path)
  const uri = run_id === '' ? await lookups.loggedModelArtifactUri(model_id) : await lookups.runArtifactUri(run_id)
  const scheme = proxiedScheme(uri)
  if (scheme !== undefined) {
    throw invalid(`Presigned upload is not supported for proxied artifact storage (artifact URI scheme: ${scheme}). This endpoint requires a direct cloud storage artifact URI.`)
  }
  checkExpiration(expiration)
  const { store, path } = served(() => writablePlace(roots, uri, input.path, host), 'Presigned upload')
  if (store.presign === undefined) throw unsupported('Presigned upload')
  await before?.({ store, path })
  const { url, headers } = await store.presign(path, 'PUT', Number(expiration))
  return { presigned_url: url, headers }
}

export async function presignDownload(
  roots: ArtifactRoots, lookups: ArtifactLookups, input: { path: string; run_id: string; expiration?: Int64 }, host: string | undefined, seconds: number = limits.presignedDownloadSeconds,
): Promise<{ presigned_url: string; headers: Record<string, string>; file_size: number }> {
  safePath(input.path)
  const { expiration = seconds } = input
  checkExpiration(expiration)
  const uri = await lookups.runArtifactUri(input.run_id)
  const scheme = proxiedScheme(uri)
  if (scheme !== undefined) {
    throw invalid(`Presigned download is not supported for runs with proxied artifact storage (artifact URI scheme: ${scheme}). This endpoint requires a run with a direct cloud storage artifact URI.`)
  }
  const { place, shown } = served(() => artifactPlace(roots, uri, input.path, host), 'Presigned download')
  const { url, headers, file_size } = await signedGet(place, shown, Number(expiration), 'Presigned download')
  return { presigned_url: url, headers, file_size }
}

/** For a file behind the proxy; clients fetch it in ranges at once. */
export function presignProxied(roots: ArtifactRoots, artifactPath: string, seconds: number = limits.presignedDownloadSeconds): Promise<{ url: string; headers: Record<string, string>; file_size: number }> {
  const path = safePath(artifactPath)
  return signedGet({ store: proxy(roots), path }, path, seconds, 'Multipart download')
}

/** Always as an attachment: a page that somebody logged is not shown in the storage's name either. */
async function signedGet({ store, path }: Place, shown: string, seconds: number, what: Parameters<typeof unsupported>[0]) {
  if (store.presign === undefined) throw unsupported(what)
  const info = await store.stat(path)
  if (info === undefined || info === 'folder') throw noSuchArtifact(shown)
  const { url, headers } = await store.presign(path, 'GET', seconds, attachment(baseName(path)))
  return { url, headers, file_size: info.size }
}

/** A place that this server does not serve cannot be signed for either, and clients know that answer. */
function served<T>(find: () => T, what: Parameters<typeof unsupported>[0]): T {
  try {
    return find()
  } catch (error) {
    if (/does not serve/.test((error as Error).message)) throw unsupported(what)
    throw error
  }
}

function checkExpiration(expiration: Int64): void {
  if (expiration < 1 || expiration > limits.presignedMaxSeconds) {
    throw invalid(`expiration must be between 1 and ${limits.presignedMaxSeconds} seconds (got ${expiration}).`)
  }
}

const proxiedScheme = (uri: string): string | undefined => /^(https?|mlflow-artifacts):/i.exec(uri)?.[1]!.toLowerCase()
