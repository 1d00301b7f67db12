import { resolveLocation, type ArtifactRoots } from '../artifacts/index.ts'
import { invalidPath, joinPath, safePath } from '../platform/files/index.ts'
import type { SourceFolder } from './source-artifacts.ts'

export interface CopyCounts {
  /** At the source. */
  files: number
  bytes: number
  /** Here, of the same sizes. */
  filesHere: number
  bytesHere: number
  readonly failed: { readonly file: string; readonly why: string }[]
}

export interface CopyTarget {
  /** Where copies of artifacts go; without it artifacts stay where they are. */
  readonly copy: { readonly root: string; readonly roots: ArtifactRoots } | undefined
  readonly signal: AbortSignal
}

export const noCopies = (): CopyCounts => ({ files: 0, bytes: 0, filesHere: 0, bytesHere: 0, failed: [] })

const atOnce = 4

/**
 * Copies what is not there yet in the same size, so that a copy which was ended goes on. A file that
 * cannot be copied is written down, and the others are copied.
 */
export async function copyFolder(from: SourceFolder, to: string, roots: ArtifactRoots, counts: CopyCounts, signal: AbortSignal): Promise<void> {
  const target = resolveLocation(to, roots, undefined)
  const one = async ({ path, size }: { path: string; size: number }): Promise<void> => {
    counts.files += 1
    counts.bytes += size
    try {
      const name = joinPath(target.path, checkedName(path))
      const there = await target.store.stat(name)
      if (there === undefined || there === 'folder' || there.size !== size) {
        const stored = await target.store.put(name, from.read(path))
        if (stored.size !== size) throw new Error(`${stored.size} of ${size} bytes came`)
      }
      counts.filesHere += 1
      counts.bytesHere += size
    } catch (error) {
      counts.failed.push({ file: `${to}/${path}`, why: (error as Error).message })
    }
  }
  const under = new Set<Promise<void>>()
  for await (const file of from.files()) {
    signal.throwIfAborted()
    const work: Promise<void> = one(file).finally(() => under.delete(work))
    under.add(work)
    if (under.size >= atOnce) await Promise.race(under)
  }
  await Promise.all(under)
}

/** A name that clients could not ask for again would be lost here. */
function checkedName(path: string): ReturnType<typeof safePath> {
  const name = safePath(path)
  if (name !== path) throw invalidPath()
  return name
}
