import { resolveLocation, type ArtifactRoots, type Place } from '../artifacts/index.ts'

/** Bytes that lie at these locations; what lies in two of them counts once. Places of other storage are not counted. */
export async function measureFiles(locations: readonly string[], roots: ArtifactRoots, host: string | undefined, signal: AbortSignal): Promise<number> {
  const places: Place[] = []
  for (const location of new Set(locations)) {
    try {
      places.push(resolveLocation(location, roots, host))
    } catch {
      // Clients reach it by themselves.
    }
  }
  let bytes = 0
  for (const { store, path } of places) {
    const within = places.some((other) => other.store === store && other.path !== path && (other.path === '' || path.startsWith(`${other.path}/`)))
    if (within) continue
    for await (const { info } of store.walk(path)) {
      signal.throwIfAborted()
      bytes += info.size
    }
  }
  return bytes
}
