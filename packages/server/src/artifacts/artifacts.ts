import { CairnError, invalid, type FileInfo } from '@cairn/protocol'
import { invalidPath, joinPath, rootPath, safePath, type ObjectInfo, type PutOptions } from '../platform/files/index.ts'
import { resolveLocation, within, type ArtifactRoots, type Place } from './locations.ts'

/** What other slices know about artifacts. Each throws RESOURCE_DOES_NOT_EXIST for what is not there. */
export interface ArtifactLookups {
  /** The `artifact_uri` of a run. */
  runArtifactUri(runId: string): Promise<string>
  /** Where the files of a model version are: its storage location, else its source. */
  modelVersionSource(name: string, version: string, workspace: number): Promise<string>
  /** The `artifact_uri` of a logged model. */
  loggedModelArtifactUri(modelId: string): Promise<string>
}

export interface ArtifactListing {
  root_uri: string
  files?: FileInfo[]
  next_page_token?: string
}

/** MLflow answers a folder whole, and clients do not ask for more pages; so a page is very long. */
const pageSize = 50_000

/** One folder below an artifact root, by paths relative to that root. */
export async function listArtifacts(
  roots: ArtifactRoots, uri: string, input: { path?: string | undefined; page_token?: string | undefined }, host: string | undefined, limit = pageSize,
): Promise<ArtifactListing> {
  const below = input.path === undefined ? rootPath : safePath(input.path, { dots: 'drop' })
  const place = within(resolveLocation(uri, roots, host), below)
  const after = input.page_token === undefined || input.page_token === '' ? {} : { after: nameOf(input.page_token) }
  const { entries, next } = await place.store.list(place.path, { ...after, limit })
  return {
    root_uri: uri,
    ...(entries.length > 0 && {
      files: entries.map(({ name, isFolder, size }) => fileInfo(below === '' ? name : `${below}/${name}`, isFolder, size)),
    }),
    ...(next !== undefined && { next_page_token: Buffer.from(next).toString('base64url') }),
  }
}

/** One folder below the proxy's root, whole and by bare names, as MLflow's client expects. */
export async function listProxied(roots: ArtifactRoots, path: string | undefined): Promise<{ files?: FileInfo[] }> {
  const { entries } = await proxy(roots).list(path === undefined ? rootPath : safePath(path, { dots: 'drop' }))
  return entries.length === 0 ? {} : { files: entries.map(({ name, isFolder, size }) => fileInfo(name, isFolder, size)) }
}

export function proxy(roots: ArtifactRoots): NonNullable<ArtifactRoots['proxied']> {
  if (roots.proxied === undefined) throw new CairnError('TEMPORARILY_UNAVAILABLE', 'This server runs with --no-serve-artifacts: clients reach the artifacts by themselves.')
  return roots.proxied
}

const fileInfo = (path: string, isFolder: boolean, size: number | undefined): FileInfo =>
  ({ path, is_dir: isFolder, ...(size !== undefined && { file_size: size }) })

function nameOf(token: string): string {
  const name = Buffer.from(token, 'base64url').toString('utf8')
  if (!/^[\w-]+$/.test(token) || name.includes('\ufffd')) throw invalid('Invalid page token.')
  return name
}

/** Where one named artifact of a root is. Never the root itself. */
export function artifactPlace(roots: ArtifactRoots, uri: string, path: string | undefined, host: string | undefined): { place: Place; shown: string } {
  const name = safePath(path ?? '', { dots: 'drop' })
  const root = resolveLocation(uri, roots, host)
  const place = within(root, name)
  // MLflow names the path below the proxy's root where there is one.
  return { place, shown: root.store === roots.proxied ? `${root.path}/${name}` : name }
}

/** A name to write or delete: `.` and the root mean nothing there, so they are refused. */
export function writablePlace(roots: ArtifactRoots, uri: string, path: string, host: string | undefined): Place {
  const name = safePath(path)
  if (name === rootPath) throw invalidPath()
  return within(resolveLocation(uri, roots, host), name)
}

/** Stores a whole upload below the proxy's root; `before` is told where. */
export async function putProxied(
  roots: ArtifactRoots, path: string, body: AsyncIterable<Uint8Array>, options: PutOptions, before?: (place: Place) => Promise<void>,
): Promise<{ path: string; info: ObjectInfo }> {
  const store = proxy(roots)
  const name = safePath(path)
  if (name === rootPath || /(?:\/|%2f)$/i.test(path)) throw invalid("Artifact path must include a filename (cannot end with '/').")
  await before?.({ store, path: name })
  return { path: name, info: await store.put(name, body, options) }
}

/**
 * What the web page and plain HTTP clients upload: small, in one request, and never empty.
 */
export async function* smallBody(body: AsyncIterable<Uint8Array>, limit: number): AsyncGenerator<Uint8Array> {
  let size = 0
  for await (const piece of body) {
    size += piece.length
    if (size > limit) throw tooLargeSmall()
    yield piece
  }
  if (size === 0) throw invalid('Request must specify data.')
}

export const tooLargeSmall = (): CairnError => invalid('Artifact size is too large. Max size is 10MB.')

export interface ArtifactChange {
  readonly kind: 'put' | 'delete'
  /** Known where the path is one of a run that keeps artifacts at the default place. */
  readonly runId?: string
  /** Relative to the run where `runId` is known, else to the root. */
  readonly path: string
  readonly size?: number
}

/** Proxied paths are `<experiment>/<run>/artifacts/<path>` unless a user chose another location. */
export function changeAt(kind: ArtifactChange['kind'], path: string, size?: number): ArtifactChange {
  const match = /^(?:[^/]+\/)*?([0-9a-f]{32})\/artifacts\/(.+)$/.exec(path)
  return { kind, ...(match === null ? { path } : { runId: match[1]!, path: match[2]! }), ...(size !== undefined && { size }) }
}

export const uploadTarget = (folder: string, localFile: string): ReturnType<typeof safePath> => {
  // The client sends the path of the file on its own machine, Windows or not.
  const name = localFile.slice(Math.max(localFile.lastIndexOf('/'), localFile.lastIndexOf('\\')) + 1)
  const target = safePath(name)
  if (target === rootPath || target.includes('/')) throw invalidPath()
  return joinPath(safePath(folder), target)
}

/** The path below the proxy that a request means; for an upload in parts by its folder and the name of the client's file. */
export function proxiedPath(path: string, localFile?: string): string {
  const folder = safePath(path, { dots: 'drop' })
  return localFile === undefined ? folder : uploadTarget(folder, localFile)
}
