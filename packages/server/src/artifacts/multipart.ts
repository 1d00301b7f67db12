import { CairnError, invalid, notFound, type Int64, type MultipartUploadCredential, type MultipartUploadPart, type UploadedPart } from '@cairn/protocol'
import { maxPartNumber, type ObjectInfo } from '../platform/files/index.ts'
import { proxy, uploadTarget } from './artifacts.ts'
import type { ArtifactRoots } from './locations.ts'

/**
 * Uploads in parts as MLflow's client drives them: it asks for one URL per part, PUTs each part to
 * its URL with no credentials but the URL, and sends the ETags back. A bucket has such URLs of its
 * own; for a local folder they lead back here.
 */
export async function createUpload(
  roots: ArtifactRoots, input: { artifact_path: string; path: string; num_parts?: Int64 | undefined }, partUrl: (uploadId: string, part: number) => string,
): Promise<{ upload_id: string; credentials?: MultipartUploadCredential[] }> {
  const { multipart } = proxy(roots)
  const count = Number(input.num_parts ?? 1)
  if (count < 0 || count > maxPartNumber) throw invalid(`num_parts must be at most ${maxPartNumber}. Choose larger parts.`)
  const id = await multipart.create(uploadTarget(input.artifact_path, input.path))
  const credentials: MultipartUploadCredential[] = []
  for (let part = 1; part <= count; part += 1) {
    const { url, headers } = await multipart.presignPart?.(id, part) ?? { url: partUrl(id, part), headers: {} }
    credentials.push({ url, part_number: part, headers })
  }
  return { upload_id: id, credentials }
}

export async function completeUpload(
  roots: ArtifactRoots, input: { artifact_path: string; path: string; upload_id?: string | undefined; parts: readonly MultipartUploadPart[] }, limit: number,
): Promise<{ path: string; info: ObjectInfo }> {
  const path = uploadTarget(input.artifact_path, input.path)
  const parts = input.parts.map(({ part_number, etag }) => ({ number: Number(part_number ?? 0), etag }))
  const info = await proxy(roots).multipart.complete(input.upload_id ?? '', path, parts, { limit })
  return { path, info }
}

export async function abortUpload(roots: ArtifactRoots, input: { artifact_path: string; path: string; upload_id?: string | undefined }): Promise<void> {
  const { multipart } = proxy(roots)
  const path = uploadTarget(input.artifact_path, input.path)
  const id = input.upload_id ?? ''
  const upload = await multipart.parts(id)
  // The client gives up while it handles another error; to be told that there is nothing left to
  // give up would hide that.
  if (upload === undefined) return
  if (upload.path !== path) throw invalid('The upload was begun for another path.')
  await multipart.abort(id)
}

export async function uploadedParts(roots: ArtifactRoots, uploadId: string): Promise<{ path: string; parts: UploadedPart[] }> {
  const upload = await proxy(roots).multipart.parts(uploadId)
  if (upload === undefined) throw notFound('There is no such upload; it was completed, given up or never begun.')
  return { path: upload.path, parts: upload.parts.map(({ number, etag, size }) => ({ part_number: number, etag, size })) }
}

/** The storage has no URLs that clients could go to; MLflow's client then falls back to this server. */
export const unsupported = (what: 'Multipart download' | 'Presigned upload' | 'Presigned download'): CairnError =>
  new CairnError('NOT_IMPLEMENTED', `${what} is not supported for the current artifact repository`)
