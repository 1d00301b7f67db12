import { baseName, joinPath, LocalStore, parentPath, rootPath, type SafePath } from '../platform/files/index.ts'
import type { Place } from '../artifacts/index.ts'
import { placeName } from './places.ts'
import type { ArtifactRoots } from '../artifacts/index.ts'

export interface Files {
  files: number
  bytes: number
}

const among = (name: string, folders: readonly string[]): boolean => folders.some((folder) => name === folder || name.startsWith(`${folder}/`))

/** What lies at a place and is not among those that stay. */
export async function measure(roots: ArtifactRoots, place: Place, spared: readonly string[], signal: AbortSignal): Promise<Files> {
  const found: Files = { files: 0, bytes: 0 }
  for await (const { path, info } of place.store.walk(place.path)) {
    signal.throwIfAborted()
    if (spared.length > 0 && among(placeName(roots, { store: place.store, path }), spared)) continue
    found.files += 1
    found.bytes += info.size
  }
  return found
}

/** Deletes it, and answers what that was. A second time does no harm. */
export async function deleteFiles(roots: ArtifactRoots, place: Place, spared: readonly string[], owner: string, signal: AbortSignal): Promise<Files> {
  const { store, path } = place
  const found = await measure(roots, place, spared, signal)
  if (spared.length > 0) {
    for await (const file of store.walk(path)) {
      signal.throwIfAborted()
      if (!among(placeName(roots, { store, path: file.path }), spared)) await store.delete(file.path)
    }
    return found
  }
  await store.delete(path)
  // `<run id>/artifacts`: what is left of the folder is empty.
  const parent = parentPath(path)
  if (store instanceof LocalStore && parent !== rootPath && baseName(parent) === owner) await deleteIfEmpty(store, parent)
  return found
}

/** A folder of a disk in which there are no files. */
export async function deleteIfEmpty(store: Place['store'], path: SafePath): Promise<void> {
  if (!(store instanceof LocalStore) || path === rootPath) return
  for await (const _file of store.walk(path)) return
  await store.delete(path)
}

export const inFolder = (place: Place, name: string): Place => ({ store: place.store, path: joinPath(place.path, name as SafePath) })
