import { existsSync } from 'node:fs'
import { isAbsolute, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { openArtifactRoots, resolveLocation, type ArtifactRoots, type Place } from '../artifacts/index.ts'
import { joinPath, type StorageSettings, type SafePath } from '../platform/files/index.ts'

/** A folder of artifacts at the source. */
export interface SourceFolder {
  files(): AsyncIterable<{ readonly path: string; readonly size: number }>
  read(path: string): AsyncIterable<Uint8Array>
}

/** What a location belongs to: a store that was moved is found by its experiment's place in it. */
export interface LocationOwner {
  readonly experiment?: { readonly id: string; readonly artifact_location: string }
  readonly run_id?: string
  readonly model_id?: string
}

export interface SourceArtifacts extends AsyncDisposable {
  /** The location as it is understood from anywhere. */
  absolute(uri: string): string
  /** Told of all experiments before it is asked for any folder. */
  learn(experiments: readonly NonNullable<LocationOwner['experiment']>[]): void
  /** Undefined where this process cannot or may not read the location. */
  folder(uri: string, owner: LocationOwner): Promise<SourceFolder | undefined>
}

export interface SourcePlaces {
  /** Folders and buckets from which files may be taken. The first is also what `mlflow-artifacts:` means. */
  readonly places: readonly string[]
  /** What relative locations are resolved against. */
  readonly base: string
  readonly storage: StorageSettings
}

/**
 * Files of the source, out of places that the person who imports has named or that belong to the store.
 * Locations are texts that users of the source have set: taken at their word, one could point at any
 * file of this machine and have it copied to where everybody reads it.
 */
export async function openSourceArtifacts({ places, base, storage }: SourcePlaces, proxied: string | undefined): Promise<SourceArtifacts> {
  const there = places.filter((place) => !isAbsolute(place) || existsSync(place))
  const roots = await openArtifactRoots({
    serve: proxied !== undefined, destination: proxied ?? '', defaultRoot: 'none:', more: there, storage,
  })
  const moved = new MovedStore(base, there.filter((place) => isAbsolute(place)))
  return {
    absolute: (uri) => absoluteUri(uri, base),
    learn: (experiments) => moved.learn(experiments),
    async folder(uri, { experiment }) {
      const absolute = absoluteUri(uri, base)
      const names = [absolute, ...(experiment === undefined ? [] : moved.namesOf(absolute, experiment))]
      const places = names.map((name) => placeOf(name, roots)).filter((place) => place !== undefined)
      let found = places[0]
      for (let at = 0; at < places.length && places.length > 1; at += 1) {
        const { store, path } = places[at]!
        if (await store.stat(path) !== 'folder') continue
        found = places[at]
        break
      }
      return found && folderAt(found)
    },
    [Symbol.asyncDispose]: () => roots[Symbol.asyncDispose](),
  }
}

type Experiment = NonNullable<LocationOwner['experiment']>

/**
 * A store that was copied here from elsewhere names folders of there, and MLflow's file store moves an
 * experiment that is deleted. What follows the experiment in the name is the same; where one
 * experiment of a root was found in a place, the others of that root belong there too.
 */
class MovedStore {
  readonly #base: string
  readonly #places: readonly string[]
  readonly #roots = new Map<string, Set<string>>()

  constructor(base: string, places: readonly string[]) {
    this.#base = base
    this.#places = places
  }

  learn(experiments: readonly Experiment[]): void {
    for (const experiment of experiments) {
      const root = this.#rootOf(experiment)
      if (root === undefined) continue
      const found = this.#places.filter((place) => existsSync(join(place, experiment.id)))
      this.#roots.set(root, new Set([...this.#roots.get(root) ?? [], ...found]))
    }
  }

  namesOf(uri: string, experiment: Experiment): string[] {
    const root = this.#rootOf(experiment)
    if (root === undefined || !uri.startsWith(`${root}/${experiment.id}/`)) return []
    return [...this.#roots.get(root) ?? []].map((place) => place + uri.slice(root.length))
  }

  /** The folder that held the experiment's, for those that are folders named by their ids. */
  #rootOf({ id, artifact_location }: Experiment): string | undefined {
    const location = absoluteUri(artifact_location, this.#base)
    return isLocal(location) && location.endsWith(`/${id}`) ? location.slice(0, -id.length - 1) : undefined
  }
}

/** `./mlruns/0` is relative to where MLflow ran. */
export const absoluteUri = (uri: string, base: string): string => (/^[a-z][a-z0-9+.-]*:/i.test(uri) || uri === '' ? uri : resolve(base, uri))

function placeOf(uri: string, roots: ArtifactRoots): Place | undefined {
  try {
    return uri === '' ? undefined : resolveLocation(uri, roots, undefined)
  } catch {
    return undefined
  }
}

const isLocal = (uri: string): boolean => uri.startsWith('/') || /^file:/i.test(uri)

export function folderAt({ store, path }: Place): SourceFolder {
  return {
    async *files() {
      for await (const { path: below, info } of store.walk(path)) yield { path: path === '' ? below : below.slice(path.length + 1), size: info.size }
    },
    async *read(name) {
      // The name comes from the store's own list.
      const opened = await store.open(joinPath(path, name as SafePath))
      if (opened === undefined || opened === 'folder') throw new Error(`${name} has gone while it was being copied`)
      await using file = opened
      yield* file.read()
    },
  }
}

/** A local path of a `file:` URI or path; undefined for anything else. */
export function localPath(uri: string): string | undefined {
  if (!/^file:/i.test(uri)) return uri.startsWith('/') ? uri : undefined
  try {
    return fileURLToPath(uri)
  } catch {
    return undefined
  }
}

export const fileUri = (path: string): string => pathToFileURL(path).href
