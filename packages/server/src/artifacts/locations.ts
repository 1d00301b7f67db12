import { mkdir } from 'node:fs/promises'
import { invalid } from '@cairn/protocol'
import {
  bucketLocation, defaultStorage, joinPath, openBucketStore, openLocalStore, safePath, StorageProblem, tracedStore, type BucketLocation, type BucketStore, type ObjectStore,
  type SafePath, type StorageSettings,
} from '../platform/files/index.ts'
import type { Tracing } from '../platform/tracing/index.ts'

/** Where a file or folder of artifacts is, in a store that this server was told to serve. */
export interface Place {
  readonly store: ObjectStore
  readonly path: SafePath
}

export interface ArtifactRoots extends AsyncDisposable {
  /** What `mlflow-artifacts:` means; undefined with `--no-serve-artifacts`. */
  readonly proxied: ObjectStore | undefined
  /** Local folders that the operator gave, with every absolute name that they have. */
  readonly folders: readonly { readonly names: readonly string[]; readonly store: ObjectStore }[]
  /** Buckets, or what lies below a prefix in them, that the operator gave. */
  readonly buckets: readonly { readonly location: BucketLocation; readonly store: ObjectStore }[]
}

export interface ArtifactSettings {
  readonly serve: boolean
  /** The folder or the bucket (`s3://bucket/prefix`) behind the proxy. */
  readonly destination: string
  /** Where new experiments keep artifacts: a URI, or a folder if it starts with `/`. */
  readonly defaultRoot: string
  /** More folders and buckets whose artifacts are served where a run, a model or a version lies in them. */
  readonly more?: readonly string[]
  /** How buckets are reached. */
  readonly storage?: StorageSettings
}

/** What an operator is told whose artifact storage cannot be used; start-up ends with it. */
export class StorageRefused extends Error {}

/**
 * Opens what the operator configured. There is no other way to a store.
 *
 * The bucket behind the proxy must be there: every upload would fail without it. One that only does
 * not answer may come back, and the others may be for clients alone, so `warn` is told of them.
 */
export async function openArtifactRoots(settings: ArtifactSettings, warn: (message: string) => void = () => {}, tracing?: Tracing): Promise<ArtifactRoots> {
  const watched = (store: ObjectStore, system: string): ObjectStore => (tracing === undefined ? store : tracedStore(store, tracing, system))
  const { serve, destination, defaultRoot, more = [], storage = defaultStorage } = settings
  await using opened = new AsyncDisposableStack()
  const folders: { place: string; names: string[]; store: ObjectStore }[] = []
  const buckets: { place: string; location: BucketLocation; store: ObjectStore }[] = []
  for (const place of new Set([...(serve ? [destination] : []), defaultRoot, ...more])) {
    const location = bucketLocation(place)
    if (location !== undefined) {
      const store = opened.use(await openBucketStore(location, storage))
      if (serve && place === destination) await checkBucket(store, true, warn)
      // Not waited for: where there are no credentials, to find that out takes seconds.
      else void checkBucket(store, false, warn)
      buckets.push({ place, location, store: watched(store, location.scheme) })
    } else if (place.startsWith('/')) {
      await mkdir(place, { recursive: true })
      const store = opened.use(await openLocalStore(place))
      folders.push({ place, names: [...new Set([place.replace(/\/+$/, ''), store.root])], store: watched(store, 'local') })
    }
  }
  const proxied = serve ? [...folders, ...buckets].find(({ place }) => place === destination)!.store : undefined
  const stack = opened.move()
  return { proxied, folders, buckets, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

async function checkBucket({ bucket }: BucketStore, needed: boolean, warn: (message: string) => void): Promise<void> {
  try {
    await bucket.check()
  } catch (error) {
    if (!(error instanceof StorageProblem)) {
      if (needed) throw error
      return
    }
    const fix = {
      absent: 'Create the bucket, or correct its name, the endpoint and the region.',
      forbidden: 'Give credentials that may list, read, write and delete there.',
    }[error.kind as string] ?? 'Look at the endpoint, the network and the storage itself.'
    const message = `Artifacts are to be kept in ${bucket.uri}, but ${said(error)}. ${fix}`
    if (needed && error.kind !== 'silent') throw new StorageRefused(message, { cause: error })
    warn(message)
  }
}

const said = ({ kind, message }: StorageProblem): string => {
  switch (kind) {
    case 'absent': return 'there is no such bucket'
    case 'forbidden': return `the storage refuses this server's credentials (${message})`
    case 'silent': return `the storage does not answer (${message}); it is asked again with each request`
    default: return message
  }
}

const anchor = '/mlflow-artifacts/artifacts'

/**
 * The place that an artifact URI means, if this server serves it. Locations are set by users
 * (`artifact_location`, a version's `source`), so a URI only ever selects among the configured
 * roots: it is compared with them as text, after the resolver of names, and never opened as such.
 * MLflow 3.17.2 opens whatever folder it names.
 *
 * `host` is the server's own name as the client knows it: `mlflow-artifacts://other/…` is
 * another server's.
 */
export function resolveLocation(uri: string, roots: ArtifactRoots, host: string | undefined): Place {
  const match = /^([a-z][a-z0-9+.-]*):(?:\/\/([^/?#\\]*))?(.*)$/is.exec(uri)
  const scheme = match?.[1]!.toLowerCase() ?? ''
  const authority = match?.[2] ?? ''
  const rest = match === null ? uri : match[3]!
  switch (scheme) {
    case 'mlflow-artifacts':
      if (authority === '' || authority === host) return proxied(rest, roots, scheme)
      break
    case 'http': case 'https': {
      const at = rest.indexOf(`${anchor}/`)
      if (authority === host && at >= 0) return proxied(rest.slice(at + anchor.length), roots, scheme)
      break
    }
    case 'file': case '':
      if (authority === '' || authority === 'localhost') return local(rest, roots, scheme)
      break
    default: {
      const place = inBucket(scheme, authority, rest, roots)
      if (place !== undefined) return place
    }
  }
  throw notServed(scheme)
}

/** The longest prefix wins where one bucket was given twice. */
function inBucket(scheme: string, authority: string, rest: string, roots: ArtifactRoots): Place | undefined {
  const candidates = roots.buckets.filter(({ location }) => location.scheme === scheme && location.authority === authority)
  if (candidates.length === 0) return undefined
  const path = below(rest, scheme)
  const [best] = candidates
    .filter(({ location: { prefix } }) => prefix === '' || path === prefix || path.startsWith(`${prefix}/`))
    .sort((a, b) => b.location.prefix.length - a.location.prefix.length)
  if (best === undefined) return undefined
  const { prefix } = best.location
  return { store: best.store, path: (prefix === '' ? path : path.slice(prefix.length + 1)) as SafePath }
}

function proxied(rest: string, roots: ArtifactRoots, scheme: string): Place {
  if (roots.proxied === undefined) throw notServed(scheme)
  return { store: roots.proxied, path: below(rest, scheme) }
}

function local(path: string, roots: ArtifactRoots, scheme: string): Place {
  for (const { names, store } of roots.folders) {
    // What the operator called the folder may hold any character; only what follows is a user's.
    for (const name of names.flatMap((plain) => (scheme === 'file' ? [plain, encodeURI(plain)] : [plain]))) {
      if (path === name || path.startsWith(`${name}/`)) return { store, path: below(path.slice(name.length), scheme) }
    }
  }
  throw notServed(scheme)
}

function below(rest: string, scheme: string): SafePath {
  // `;`, `?` and `#` mean something in a URI; no location of ours has them.
  if (/[;?#\\]/.test(rest)) throw notServed(scheme)
  return safePath(rest.replace(/^\/+/, ''))
}

const notServed = (scheme: string): Error => invalid(scheme === '' || scheme === 'file'
  ? 'The artifacts are in a folder that this server does not serve. Clients that reach it read it by themselves.'
  : `The artifacts are at a '${scheme}' location that this server does not serve. Clients read it by themselves.`)

/** A name inside a place. */
export const within = (place: Place, path: SafePath): Place => ({ store: place.store, path: joinPath(place.path, path) })
