import { mkdir } from 'node:fs/promises'
import { invalid } from '@cairn/protocol'
import { joinPath, openLocalStore, safePath, type ObjectStore, type SafePath } from '../platform/files/index.ts'

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
}

export interface ArtifactSettings {
  readonly serve: boolean
  /** The folder behind the proxy. */
  readonly destination: string
  /** Where new experiments keep artifacts: a URI, or a folder if it starts with `/`. */
  readonly defaultRoot: string
}

/** Opens the folders that the operator configured. There is no other way to a store. */
export async function openArtifactRoots(settings: ArtifactSettings): Promise<ArtifactRoots> {
  const folders = new Set<string>()
  if (settings.serve) folders.add(settings.destination)
  if (settings.defaultRoot.startsWith('/')) folders.add(settings.defaultRoot)
  const opened = await Promise.all([...folders].map(async (folder) => {
    await mkdir(folder, { recursive: true })
    const store = await openLocalStore(folder)
    return { folder, names: [...new Set([folder.replace(/\/+$/, ''), store.root])], store }
  }))
  return {
    proxied: settings.serve ? opened.find(({ folder }) => folder === settings.destination)!.store : undefined,
    folders: opened,
    async [Symbol.asyncDispose]() {
      for (const { store } of opened) await store[Symbol.asyncDispose]()
    },
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
    default:
  }
  throw notServed(scheme)
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
