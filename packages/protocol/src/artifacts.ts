import { endpoint } from './endpoint.ts'
import { answer, Bool, Empty, Int32, Int64, List, message, Str, StringMap, type Static } from './schema.ts'

/** `path` is relative to the root that was listed; through the proxy it is a bare name. */
export const FileInfo = answer({ path: Str, is_dir: Bool }, {
  /** Bytes; absent for a folder. */
  file_size: Int64,
})
export type FileInfo = Static<typeof FileInfo>

export const MultipartUploadCredential = answer({
  /** Where to PUT the part. */
  url: Str,
  /** From 1. */
  part_number: Int64,
}, { headers: StringMap })
export type MultipartUploadCredential = Static<typeof MultipartUploadCredential>

/** A part that was sent: the `ETag` of its answer goes back with the completion. */
export const MultipartUploadPart = message({}, { part_number: Int64, etag: Str, url: Str })
export type MultipartUploadPart = Static<typeof MultipartUploadPart>

const group = 'artifacts'
const api = 'mlflow'

export const listArtifacts = endpoint({
  name: 'listArtifacts', method: 'GET', api, path: '/artifacts/list', group,
  summary: 'Lists one folder of a run\'s artifacts. Listing a file or a missing folder gives no files.',
  request: message({ run_id: Str }, { run_uuid: Str, path: Str, page_token: Str }),
  response: answer({ root_uri: Str }, { files: List(FileInfo), next_page_token: Str }),
})

export const createPresignedUploadUrl = endpoint({
  name: 'createPresignedUploadUrl', method: 'POST', api, path: '/artifacts/presigned-upload-url', group,
  summary: 'A URL for uploading straight to the storage of a run or of a logged model (exactly one of them); expiration in seconds, default 900.',
  request: message({ path: Str }, { run_id: Str, expiration: Int64, model_id: Str }),
  response: answer({ presigned_url: Str }, { headers: StringMap }),
})

export const createPresignedDownloadUrl = endpoint({
  name: 'createPresignedDownloadUrl', method: 'POST', api, path: '/artifacts/presigned-download-url', group,
  summary: 'A URL for downloading straight from a run\'s storage; expiration 1 to 604,800 seconds, default 300.',
  request: message({ run_id: Str, path: Str }, { expiration: Int64 }),
  response: answer({ presigned_url: Str }, { headers: StringMap, file_size: Int64 }),
})

export const getArtifact = endpoint({
  name: 'getArtifact', method: 'GET', api: 'root', path: '/get-artifact', group,
  summary: 'Downloads one artifact of a run. The query says run_id or run_uuid, and path.', body: 'raw',
  request: message({}, { run_id: Str, run_uuid: Str, path: Str }), response: Empty,
})

export const getModelVersionArtifact = endpoint({
  name: 'getModelVersionArtifact', method: 'GET', api: 'root', path: '/model-versions/get-artifact', group,
  summary: 'Downloads one file of a registered model version.', body: 'raw',
  request: message({}, { name: Str, version: Str, path: Str }), response: Empty,
})

export const uploadArtifact = endpoint({
  name: 'uploadArtifact', method: 'POST', api: 'ajax', path: '/upload-artifact', group,
  summary: 'Stores the request\'s body, up to 10 MB, as an artifact of a run.', body: 'raw',
  request: message({}, { run_uuid: Str, path: Str }), response: Empty,
})

const proxied = { api: 'artifacts', group: 'proxied-artifacts' } as const
const artifactPath = { artifact_path: Str }

export const downloadProxiedArtifact = endpoint({
  name: 'downloadProxiedArtifact', method: 'GET', ...proxied, path: '/artifacts/{artifact_path*}', body: 'raw',
  summary: 'Downloads a file below the artifact destination; answers Range and ETag.',
  request: message(artifactPath), response: Empty,
})

export const uploadProxiedArtifact = endpoint({
  name: 'uploadProxiedArtifact', method: 'PUT', ...proxied, path: '/artifacts/{artifact_path*}', body: 'raw',
  summary: 'Stores the request\'s body below the artifact destination.',
  request: message(artifactPath), response: Empty,
})

export const deleteProxiedArtifact = endpoint({
  name: 'deleteProxiedArtifact', method: 'DELETE', ...proxied, path: '/artifacts/{artifact_path*}',
  summary: 'Deletes a file or a folder below the artifact destination; an absent one is no error.',
  request: message(artifactPath), response: Empty,
})

export const listProxiedArtifacts = endpoint({
  name: 'listProxiedArtifacts', method: 'GET', ...proxied, path: '/artifacts',
  summary: 'Lists one folder below the artifact destination, by bare names.',
  request: message({}, { path: Str }),
  response: answer({}, { files: List(FileInfo) }),
})

export const createMultipartUpload = endpoint({
  name: 'createMultipartUpload', method: 'POST', ...proxied, path: '/mpu/create/{artifact_path*}',
  summary: 'Starts an upload in parts. NOT_IMPLEMENTED where the storage cannot.',
  request: message({ ...artifactPath, path: Str }, { num_parts: Int64 }),
  response: answer({ upload_id: Str }, { credentials: List(MultipartUploadCredential) }),
})

export const completeMultipartUpload = endpoint({
  name: 'completeMultipartUpload', method: 'POST', ...proxied, path: '/mpu/complete/{artifact_path*}',
  summary: 'Joins the parts into the artifact.',
  request: message({ ...artifactPath, path: Str, parts: List(MultipartUploadPart) }, { upload_id: Str }),
  response: Empty,
})

export const abortMultipartUpload = endpoint({
  name: 'abortMultipartUpload', method: 'POST', ...proxied, path: '/mpu/abort/{artifact_path*}',
  summary: 'Gives an upload in parts up and removes what was sent.',
  request: message({ ...artifactPath, path: Str }, { upload_id: Str }),
  response: Empty,
})

export const getPresignedProxiedUrl = endpoint({
  name: 'getPresignedProxiedUrl', method: 'GET', ...proxied, path: '/presigned/{artifact_path*}',
  summary: 'A URL for downloading straight from the storage behind the proxy. NOT_IMPLEMENTED where it cannot.',
  request: message(artifactPath),
  response: answer({ url: Str }, { headers: StringMap, file_size: Int64 }),
})

/** A part that the server holds. */
export const UploadedPart = answer({ part_number: Int64, etag: Str, size: Int64 })
export type UploadedPart = Static<typeof UploadedPart>

export const uploadPart = endpoint({
  name: 'uploadPart', method: 'PUT', ...proxied, path: '/mpu/part/{upload_id}/{part_number}', body: 'raw',
  summary: 'Stores the request\'s body as one part, in place of an earlier one; its ETag goes into the completion. This is where createMultipartUpload sends clients when the storage has no URLs of its own.',
  request: message({ upload_id: Str, part_number: Int64 }), response: Empty,
})

export const listUploadedParts = endpoint({
  name: 'listUploadedParts', method: 'GET', ...proxied, path: '/mpu/parts/{upload_id}',
  summary: 'The parts that have arrived, by number, so that an upload that broke off goes on with the others.',
  request: message({ upload_id: Str }),
  response: answer({ path: Str, parts: List(UploadedPart) }),
})

const own = { api: 'cairn', group } as const

export const downloadRunArtifacts = endpoint({
  name: 'downloadRunArtifacts', method: 'GET', ...own, path: '/runs/{run_id}/artifacts.zip', body: 'raw',
  summary: 'A folder of a run\'s artifacts as a ZIP archive; all of them without a path.',
  request: message({ run_id: Str }, { path: Str }), response: Empty,
})

export const downloadLoggedModelArtifacts = endpoint({
  name: 'downloadLoggedModelArtifacts', method: 'GET', ...own, path: '/logged-models/{model_id}/artifacts.zip', body: 'raw',
  summary: 'A folder of a logged model\'s artifacts as a ZIP archive; all of them without a path.',
  request: message({ model_id: Str }, { path: Str }), response: Empty,
})

export const downloadModelVersionArtifacts = endpoint({
  name: 'downloadModelVersionArtifacts', method: 'GET', ...own, path: '/model-versions/artifacts.zip', body: 'raw',
  summary: 'A folder of a registered model version\'s files as a ZIP archive; all of them without a path.',
  request: message({ name: Str, version: Str }, { path: Str }), response: Empty,
})

export const deleteRunArtifacts = endpoint({
  name: 'deleteRunArtifacts', method: 'DELETE', ...own, path: '/runs/{run_id}/artifacts/{path*}',
  summary: 'Deletes a file or a folder of a run\'s artifacts; an absent one is no error.',
  request: message({ run_id: Str, path: Str }), response: Empty,
})

/** One of the files that `readArtifacts` found. */
export const FoundText = answer({ path: Str }, {
  /** Whose it is: one of the two. */
  run_id: Str,
  model_id: Str,
  /** Which of `texts` it holds; absent where it is too large or no text. */
  text: Int32,
})
export type FoundText = Static<typeof FoundText>

/** `owners`: runs and models of one call together; `bytes` of a file, and `total` of the different texts of a call. */
export const readArtifactsLimits = { owners: 1000, paths: 20, bytes: 512 * 1024, total: 16 * 2 ** 20 } as const

export const readArtifacts = endpoint({
  name: 'readArtifacts', method: 'POST', ...own, path: '/artifacts/read',
  summary: 'Small text files of many runs and logged models at once, such as all their requirements.txt: what is there of the paths, equal texts only once. Up to 1,000 runs and models, 20 paths and 512 KiB a file.',
  request: message({ run_ids: List(Str), paths: List(Str) }, { models: List(message({ model_id: Str })) }),
  response: answer({ files: List(FoundText), texts: List(Str) }),
})

export const artifactEndpoints = [
  listArtifacts, createPresignedUploadUrl, createPresignedDownloadUrl, getArtifact, getModelVersionArtifact, uploadArtifact,
  downloadProxiedArtifact, uploadProxiedArtifact, deleteProxiedArtifact, listProxiedArtifacts, createMultipartUpload,
  completeMultipartUpload, abortMultipartUpload, getPresignedProxiedUrl, uploadPart, listUploadedParts, downloadRunArtifacts,
  downloadLoggedModelArtifacts, downloadModelVersionArtifacts, deleteRunArtifacts, readArtifacts,
] as const
