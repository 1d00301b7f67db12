import { useCallback, useEffect, useRef, useState } from 'react'
import type { Entry, Shelf } from './shelf.ts'
import { folderOf } from './shelf.ts'

/** Folders that are read by themselves, so that their sizes are known. */
const ahead = 60
/** Entries at which a search stops reading on. */
const most = 20_000

export interface Tree {
  /** What each folder holds that was read: folders first, by name. */
  readonly folders: ReadonlyMap<string, readonly Entry[]>
  readonly error: string | undefined
  /** Whether every folder was read. */
  readonly complete: boolean
  open(folder: string): void
  /** Reads all folders, up to a limit. */
  readAll(): Promise<void>
  reload(): void
}

/** A shelf's folders, read as they are opened; `change` says that something in them is new. */
export function useTree(shelf: Shelf, path: string, change: number): Tree {
  const [folders, setFolders] = useState<ReadonlyMap<string, readonly Entry[]>>(new Map())
  const [error, setError] = useState<string>()
  const [round, setRound] = useState(0)
  const known = useRef(new Map<string, readonly Entry[]>())
  const asked = useRef(new Set<string>())

  const read = useCallback(async (folder: string): Promise<readonly Entry[]> => {
    asked.current.add(folder)
    const entries = [...await shelf.list(folder)].sort((a, b) => Number(b.folder) - Number(a.folder) || a.path.localeCompare(b.path, undefined, { numeric: true }))
    known.current.set(folder, entries)
    setFolders(new Map(known.current))
    return entries
  }, [shelf])

  const walk = useCallback(async (limit: number): Promise<void> => {
    let count = 0
    for (;;) {
      const waiting = [...known.current.values()].flat().filter((entry) => entry.folder && !known.current.has(entry.path)).slice(0, 6)
      if (waiting.length === 0 || count >= limit) return
      await Promise.all(waiting.map(({ path: folder }) => read(folder)))
      count += waiting.length
      if ([...known.current.values()].reduce((sum, { length }) => sum + length, 0) > most) return
    }
  }, [read])

  useEffect(() => {
    let current = true
    // What was read before stays until its folder has been read again.
    const again = new Set(['', ...ancestors(path), ...(round === 0 && change === 0 ? [] : known.current.keys())])
    void (async () => {
      try {
        await Promise.all([...again].map((folder) => read(folder)))
        if (!current) return
        setError(undefined)
        await walk(ahead)
      } catch (failure) {
        if (current) setError((failure as Error).message)
      }
    })()
    return () => { current = false }
    // A path that is opened by a click is in folders that are there.
  }, [shelf.key, change, round])

  const complete = folders.has('') && [...folders.values()].flat().every((entry) => !entry.folder || folders.has(entry.path))
  return {
    folders, error, complete,
    open: (folder) => { if (!asked.current.has(folder)) read(folder).catch((failure: unknown) => setError((failure as Error).message)) },
    readAll: () => walk(Infinity).catch((failure: unknown) => setError((failure as Error).message)),
    reload: () => setRound((old) => old + 1),
  }
}

/** The folders above a path, and the path itself in case that it is one. */
export function ancestors(path: string): string[] {
  const found: string[] = []
  for (let folder = folderOf(path); folder !== ''; folder = folderOf(folder)) found.push(folder)
  return found
}

/** Bytes below a folder; undefined while not all of it was read. */
export function sizeOf(folders: Tree['folders'], folder: string): number | undefined {
  let sum = 0
  for (const entry of folders.get(folder) ?? [undefined]) {
    const size = entry === undefined ? undefined : entry.folder ? sizeOf(folders, entry.path) : entry.size
    if (size === undefined) return undefined
    sum += size
  }
  return sum
}
