import { invalid, limits, type Int64 } from '@cairn/protocol'
import { safePath } from '../platform/files/index.ts'
import type { ArtifactLookups } from './artifacts.ts'
import { unsupported } from './multipart.ts'

/**
 * URLs of the storage itself. No storage that this server keeps has any yet; the checks before that
 * answer are MLflow's, in its order and words.
 */
export async function presignUpload(lookups: ArtifactLookups, input: { path: string; run_id?: string; model_id?: string }): Promise<never> {
  const { run_id = '', model_id = '' } = input
  if ((run_id === '') === (model_id === '')) throw invalid('Exactly one of run_id and model_id must be provided.')
  safePath(input.path)
  const uri = run_id === '' ? await lookups.loggedModelArtifactUri(model_id) : await lookups.runArtifactUri(run_id)
  const scheme = proxiedScheme(uri)
  if (scheme !== undefined) {
    throw invalid(`Presigned upload is not supported for proxied artifact storage (artifact URI scheme: ${scheme}). This endpoint requires a direct cloud storage artifact URI.`)
  }
  throw unsupported('Presigned upload')
}

export async function presignDownload(lookups: ArtifactLookups, input: { path: string; run_id: string; expiration?: Int64 }): Promise<never> {
  safePath(input.path)
  const { expiration = limits.presignedDownloadSeconds } = input
  if (expiration < 1 || expiration > limits.presignedMaxSeconds) {
    throw invalid(`expiration must be between 1 and ${limits.presignedMaxSeconds} seconds (got ${expiration}).`)
  }
  const scheme = proxiedScheme(await lookups.runArtifactUri(input.run_id))
  if (scheme !== undefined) {
    throw invalid(`Presigned download is not supported for runs with proxied artifact storage (artifact URI scheme: ${scheme}). This endpoint requires a run with a direct cloud storage artifact URI.`)
  }
  throw unsupported('Presigned download')
}

const proxiedScheme = (uri: string): string | undefined => /^(https?|mlflow-artifacts):/i.exec(uri)?.[1]!.toLowerCase()
