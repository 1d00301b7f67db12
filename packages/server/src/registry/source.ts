import { CairnError, invalid, notFound, promptSources } from '@cairn/protocol'
import type { Awaitable, Reader } from '../platform/db/index.ts'
import { isWithin, pathParts, splitUri, unquoteAll, type Uri } from './uri.ts'

/** What the server was told about the sources that it takes. */
export interface SourceRules {
  /** MLFLOW_CREATE_MODEL_VERSION_SOURCE_VALIDATION_REGEX: found somewhere in every source. */
  readonly pattern: RegExp | undefined
  /** The server's own artifact storage: the default root and the destination behind the proxy. */
  readonly trustedRoots: readonly string[]
  /** MLFLOW_ALLOWED_HOST_ADDRESSED_ARTIFACT_SCHEMES. */
  readonly allowedHostSchemes: readonly string[]
}

/** What the registry needs to know of the slices below it. */
export interface SourceLookups {
  /** The artifact URI of a run; undefined when there is no such run. */
  runArtifactRoot(tx: Reader, runId: string): Awaitable<string | undefined>
  /** A logged model that is not deleted. */
  loggedModel(tx: Reader, modelId: string): Awaitable<{ readonly artifact_uri: string; readonly source_run_id?: string | undefined } | undefined>
}

/** What the registry itself says of a model that serves as a source. */
export interface VersionLookups {
  /** The version that `models:/name/…` stands for; throws when there is none or it is a prompt. */
  version(tx: Reader, reference: Extract<ModelReference, { name: string }>, source: string): Awaitable<{ version: number; run_id: string | null; logged_model_id: string | null; storage_location: string }>
}

export interface SourceRequest {
  readonly source: string
  /** Absent and "" are not the same in a copy: "" says that there is no run. */
  readonly run_id?: string | undefined
  readonly model_id?: string | undefined
}

/** A source that was accepted, with what it belongs to. */
export interface Origin {
  readonly source: string
  /** What clients are told to download from. */
  readonly storage_location: string
  readonly run_id: string | null
  readonly logged_model_id: string | null
}

const refused = (source: string, why: string): CairnError => invalid(`Invalid model version source: '${source}'. ${why}`)
const notIdentified = (source: string, parameter: 'run_id' | 'model_id'): CairnError =>
  refused(source, `The ${parameter} request parameter must identify the resource that contains the source.`)
const notAbsolute = (source: string): CairnError =>
  refused(source, 'If supplying a source as an http, https, local file path, ftp, objectstore, or mlflow-artifacts uri, an absolute path must be provided without relative path references present. Please provide an absolute path.')
const notInside = (source: string, parameter: 'run_id' | 'model_id'): CairnError =>
  refused(source, `To use a local path as a model version source, the ${parameter} request parameter has to be specified and the local path has to be contained within the artifact directory of the run specified by the ${parameter}.`)

const hostAddressed = new Set(['ftp', 'sftp', 'hdfs', 'viewfs', 'http', 'https', 'mlflow-artifacts', 'r2', 'b2', 'abfss'])

/** What can be said of a source before the database is asked. */
export function checkSourceText(source: string, isPrompt: boolean, rules: SourceRules): void {
  if (rules.pattern && !rules.pattern.test(source)) throw invalid(`Invalid model version source: '${source}'.`)
  if (isPrompt && !(promptSources as readonly string[]).includes(source)) throw invalid(`Invalid prompt source: '${source}'. Prompt sources must use an MLflow placeholder.`)
  const uri = readUri(source)
  // MLflow's parser drops what a reader would not see; here nothing may hide. Local paths have their own words.
  if (uri.scheme !== '' && uri.scheme !== 'file' && hidden.test(source)) throw notAbsolute(source)
  if (namesForeignHost(uri, rules)) {
    throw invalid(`'source' cannot use the '${uri.scheme}' scheme: the '${uri.scheme}' scheme addresses a host other than the tracking server's configured artifact storage, so the server would connect to the host named in the URI. Set the MLFLOW_ALLOWED_HOST_ADDRESSED_ARTIFACT_SCHEMES environment variable on the server to allow it.`)
  }
}

/** What a source in the registry names, for who asks whether it may be read; undefined for all other sources. */
export function referenceIn(source: string): ModelReference | undefined {
  const uri = readUri(source)
  return uri.scheme === 'models' ? parseModelReference(uri) : undefined
}

const hidden = /[\p{Cc}\\]|\s$/u

/** Python's parser takes no notice of spaces in front. */
const readUri = (source: string): Uri => splitUri(source.replace(/^ +/, ''))

function namesForeignHost({ scheme, authority }: Uri, rules: SourceRules): boolean {
  if (!hostAddressed.has(scheme) || (scheme === 'mlflow-artifacts' && authority === '')) return false
  if (rules.allowedHostSchemes.some((allowed) => allowed.toLowerCase() === scheme)) return false
  return !rules.trustedRoots.map(splitUri).some((root) => root.scheme === scheme && root.authority.toLowerCase() === authority.toLowerCase())
}

/**
 * Decides whether a source may be registered, by MLflow 3.17's rules: what lies on this server or
 * behind its proxy must belong to the run or the logged model that the request names, a copy takes
 * over what its original belongs to, and other storage is the client's affair.
 *
 * Paths are compared as text, decoded as often as they can be; links in the file system are the
 * business of the artifact resolver, when something is read.
 */
export async function resolveSource(tx: Reader, lookups: SourceLookups & VersionLookups, request: SourceRequest): Promise<Origin> {
  let { source, run_id: runId, model_id: modelId } = request
  const uri = readUri(source)
  const reference = uri.scheme === 'models' ? parseModelReference(uri) : undefined
  let copied: { storage_location: string } | undefined
  if (uri.scheme === 'models') {
    if (uri.authority !== '') throw refused(source, 'Registered model sources must use the active model registry.')
    if (reference === undefined) throw notIdentified(source, 'model_id')
    if ('name' in reference) {
      const original = await lookups.version(tx, reference, source)
      if ((runId !== undefined && runId !== (original.run_id ?? '')) || (modelId !== undefined && modelId !== (original.logged_model_id ?? ''))) {
        throw refused(source, 'The run_id and model_id request parameters must match the referenced model version.')
      }
      source = `models:/${reference.name}/${original.version}`
      runId ??= original.run_id ?? undefined
      modelId ??= original.logged_model_id ?? undefined
      copied = original
    }
  }
  if (copied === undefined) await checkBelonging(tx, lookups, source, uri, reference, runId ?? '', modelId ?? '')

  let storage = copied?.storage_location ?? source
  if (modelId) {
    const model = await lookups.loggedModel(tx, modelId)
    // A copy stays what it is when the logged model is gone.
    if (model === undefined && copied !== undefined) return { source, storage_location: storage, run_id: runId ?? null, logged_model_id: modelId }
    const missing = `Logged model with ID '${modelId}' not found.`
    if (model === undefined) throw notFound(reference && 'model_id' in reference ? `Unable to fetch model from model URI source artifact location '${source}'.Error: ${missing}` : missing)
    if (reference && 'model_id' in reference) storage = model.artifact_uri
    runId = runId || model.source_run_id || ''
  }
  // Where there is no run MLflow sends "".
  return { source, storage_location: storage, run_id: runId ?? (copied ? null : ''), logged_model_id: modelId || null }
}

async function checkBelonging(
  tx: Reader, lookups: SourceLookups, source: string, uri: Uri, reference: ModelReference | undefined, runId: string, modelId: string,
): Promise<void> {
  const parameter = modelId === '' ? 'run_id' : 'model_id'
  const root = async (): Promise<string | undefined> => {
    if (modelId !== '') return (await lookups.loggedModel(tx, modelId))?.artifact_uri
    return runId === '' ? undefined : lookups.runArtifactRoot(tx, runId)
  }
  if (isLocal(uri)) {
    const path = localPath(uri, source)
    const folder = path && await root()
    if (folder) {
      const folderUri = splitUri(folder)
      const folderPath = isLocal(folderUri) ? localPath(folderUri, folder) : undefined
      if (folderPath && isWithin(path, folderPath)) return
    }
    throw notInside(source, parameter)
  }
  checkNoRelativeParts(source, uri)
  // What this server reads has one spelling.
  if (source.startsWith(' ') && (reference !== undefined || uri.scheme === 'runs' || isProxied(uri))) throw notIdentified(source, parameter)
  if (reference !== undefined) {
    if ('model_id' in reference && reference.model_id === modelId) return
    throw notIdentified(source, 'model_id')
  }
  if (uri.scheme === 'runs') {
    const [sourceRun] = pathParts(uri.path)
    if (parameter === 'run_id' && uri.authority === '' && runId !== '' && sourceRun === runId && noTricks(uri)) return
    throw notIdentified(source, parameter)
  }
  if (isProxied(uri)) {
    const folder = await root()
    if (folder && noTricks(uri)) {
      const folderUri = splitUri(folder)
      const sameServer = folderUri.scheme === uri.scheme && folderUri.authority.toLowerCase() === uri.authority.toLowerCase()
      if (sameServer && isWithin(pathParts(uri.path), pathParts(folderUri.path))) return
    }
    throw notIdentified(source, parameter)
  }
}

const noTricks = ({ query, fragment, path }: Uri): boolean => query === '' && fragment === '' && !/[;?#]/.test(unquoteAll(path))

/** No scheme, `file:`, or a Windows drive. */
const isLocal = ({ scheme }: Uri): boolean => scheme.length <= 1 || scheme === 'file'

/** The parts of an absolute local path; undefined for one that could be read in two ways. */
function localPath(uri: Uri, text: string): string[] | undefined {
  if (uri.scheme.length === 1 || (uri.scheme === 'file' && !/^(?:|localhost)$/i.test(uri.authority))) return undefined
  const path = unquoteAll(uri.scheme === 'file' ? uri.path : text)
  if (!path.startsWith('/') || uri.query !== '' || uri.fragment !== '' || /[;?#]/.test(path) || hidden.test(path)) return undefined
  const parts = path.split('/').filter((part) => part !== '')
  return parts.includes('.') || parts.includes('..') ? undefined : parts
}

function checkNoRelativeParts(source: string, uri: Uri): void {
  const parts = unquoteAll(source).split('/')
  const path = unquoteAll(uri.path)
  const absolute = path.startsWith('/') && path.replace(/\/+$/, '') !== ''
  if (!absolute || parts.includes('..') || path.split('/').includes('.') || path.includes('\u0000')) throw notAbsolute(source)
}

function isProxied({ scheme, path }: Uri): boolean {
  if (scheme === 'mlflow-artifacts') return true
  return (scheme === 'http' || scheme === 'https') && `/${pathParts(path).join('/')}/`.includes('/api/2.0/mlflow-artifacts/artifacts/')
}

/** What a `models:` URI names. */
export type ModelReference =
  | { readonly model_id: string }
  | { readonly name: string; readonly version?: number; readonly stage?: string; readonly alias?: string }

/** Reads `models:/m-…`, `models:/name/3`, `/name/Production`, `/name/latest` and `/name@alias`; undefined for anything else. */
export function parseModelReference({ path, query, fragment }: Uri): ModelReference | undefined {
  if (!path.startsWith('/') || query !== '' || fragment !== '') return undefined
  const [name = '', suffix, ...rest] = path.replace(/^\/+/, '').split('/')
  if (rest.length > 0 || name.trim() === '') return undefined
  if (suffix !== undefined) {
    if (suffix.trim() === '') return undefined
    if (/^\d{1,15}$/.test(suffix)) return { name, version: Number(suffix) }
    return suffix.toLowerCase() === 'latest' ? { name } : { name, stage: suffix }
  }
  const at = name.lastIndexOf('@')
  if (at < 0) return { model_id: name }
  return name.slice(at + 1).trim() === '' ? undefined : { name: name.slice(0, at), alias: name.slice(at + 1) }
}
