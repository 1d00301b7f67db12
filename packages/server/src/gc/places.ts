import { resolveLocation, type ArtifactRoots, type Place } from '../artifacts/index.ts'

/**
 * A place as one text, whatever way it was written in: folders by their real path, buckets by their
 * address. So the same files have the same name also where two of the server's roots overlap.
 */
export function placeName(roots: ArtifactRoots, { store, path }: Place): string {
  const folder = roots.folders.find((one) => one.store === store)
  const bucket = roots.buckets.find((one) => one.store === store)?.location
  const root = folder !== undefined ? folder.names.at(-1)! : `${bucket!.scheme}://${bucket!.authority}${bucket!.prefix === '' ? '' : `/${bucket!.prefix}`}`
  return path === '' ? root : `${root}/${path}`
}

export interface KnownPlace extends Place {
  readonly name: string
}

/** Where a location is; undefined where this program has no storage that it lies in. */
export function findPlace(roots: ArtifactRoots, uri: string, host: string | undefined): KnownPlace | undefined {
  try {
    const place = resolveLocation(uri, roots, host)
    return { ...place, name: placeName(roots, place) }
  } catch {
    return undefined
  }
}

const proxied = /^(?:mlflow-artifacts:\/\/|https?:\/\/.*?\/mlflow-artifacts\/artifacts)[^/]*\//i

/** The same for what is only to be spared: an address of the proxy counts whatever the host in it. */
export const sparedPlace = (roots: ArtifactRoots, uri: string, host: string | undefined): KnownPlace | undefined =>
  findPlace(roots, uri, host) ?? (proxied.test(uri) ? findPlace(roots, uri.replace(proxied, 'mlflow-artifacts:/'), host) : undefined)

/** Whose files lie where. Places overlap where one lies in the other. */
export class PlaceIndex<Owner> {
  readonly #owners = new Map<string, Owner[]>()
  #sorted: string[] | undefined

  add(name: string, owner: Owner): void {
    const known = this.#owners.get(name)
    if (known !== undefined) {
      known.push(owner)
      return
    }
    this.#owners.set(name, [owner])
    this.#sorted = undefined
  }

  at(name: string): readonly Owner[] {
    return this.#owners.get(name) ?? []
  }

  /** Owners of the folders that this place lies in. */
  *above(name: string): Generator<Owner> {
    for (let end = name.lastIndexOf('/'); end > 0; end = name.lastIndexOf('/', end - 1)) yield* this.at(name.slice(0, end))
  }

  /** What lies in this place, with its name. */
  *below(name: string): Generator<readonly [name: string, owner: Owner]> {
    const folder = `${name}/`
    const sorted = this.#sorted ??= [...this.#owners.keys()].sort()
    let low = 0
    for (let high = sorted.length; low < high;) {
      const middle = (low + high) >>> 1
      if (sorted[middle]! < folder) low = middle + 1
      else high = middle
    }
    for (let at = low; sorted[at]?.startsWith(folder); at += 1) for (const owner of this.at(sorted[at]!)) yield [sorted[at]!, owner]
  }
}
