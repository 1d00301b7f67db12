import { resolveLocation, type ArtifactRoots } from '../artifacts/index.ts'
import { joinPath, safePath, type SafePath } from '../platform/files/index.ts'
import type { CopyCounts } from './copy-artifacts.ts'
import type { TargetFolder } from './export-target.ts'
import { folderAt, type SourceFolder } from './source-artifacts.ts'

const atOnce = 4

/** Copies what is not there yet in the same size. A file that cannot be copied is written down, and the others are copied. */
export async function fillFolder(from: SourceFolder, to: TargetFolder, uri: string, counts: CopyCounts, signal: AbortSignal): Promise<void> {
  let there: ReadonlyMap<string, number> | undefined
  const one = async ({ path, size }: { path: string; size: number }): Promise<void> => {
    counts.files += 1
    counts.bytes += size
    try {
      if (there!.get(path) !== size) {
        const stored = await to.put(path, from.read(path), size)
        if (stored !== size) throw new Error(`${stored} of ${size} bytes came`)
      }
      counts.filesHere += 1
      counts.bytesHere += size
    } catch (error) {
      counts.failed.push({ file: `${uri}/${path}`, why: (error as Error).message })
    }
  }
  const under = new Set<Promise<void>>()
  for await (const file of from.files()) {
    signal.throwIfAborted()
    there ??= await to.sizes()
    const work: Promise<void> = one(file).finally(() => under.delete(work))
    under.add(work)
    if (under.size >= atOnce) await Promise.race(under)
  }
  await Promise.all(under)
}

/** The folder of a location of our own. */
export function ownFolder(roots: ArtifactRoots, uri: string): SourceFolder | undefined {
  try {
    return folderAt(resolveLocation(uri, roots, undefined))
  } catch {
    return undefined
  }
}

/** A folder in storage that this program writes itself. */
export function storedFolder(roots: ArtifactRoots, uri: string): TargetFolder | undefined {
  try {
    const { store, path } = resolveLocation(uri, roots, undefined)
    return {
      async sizes() {
        const sizes = new Map<string, number>()
        for await (const { path: below, info } of store.walk(path)) sizes.set(below.slice(path === '' ? 0 : path.length + 1), info.size)
        return sizes
      },
      put: async (name, body) => (await store.put(joinPath(path, safePath(name) as SafePath), body)).size,
    }
  } catch {
    return undefined
  }
}
