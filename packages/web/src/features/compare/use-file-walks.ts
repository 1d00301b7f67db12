import { useEffect, useMemo, useState } from 'react'
import { client } from '../../app/server.ts'
import { runShelf } from '../artifacts/shelf.ts'
import { FileWalk } from './file-walk.ts'

/** Folders of each run that are looked through unasked, and then each time that one asks for more. */
const first = 60
const further = 600

export interface FileWalks {
  readonly walks: readonly FileWalk[]
  /** Whether as far as was asked first. */
  readonly looked: boolean
  readonly looking: boolean
  readonly error: string | undefined
  lookFurther(): void
}

/** Goes through the files of some runs, as far as one asks; of the file that `choose` tells it is known of each whether it is there. */
export function useFileWalks(ids: readonly string[], file: string, choose: (walks: readonly FileWalk[], file: string) => string | undefined): FileWalks {
  const walks = useMemo(() => ids.map((id) => new FileWalk(runShelf(client, id))), [ids.join(' ')])
  const [asked, setAsked] = useState({ walks, folders: first })
  const [state, setState] = useState<{ readonly walks: unknown; readonly looking: boolean; readonly looked: boolean; readonly error?: string }>()
  const own = state?.walks === walks ? state : undefined
  useEffect(() => {
    let current = true
    const folders = asked.walks === walks ? asked.folders : first
    setState((old) => ({ walks, looking: true, looked: old?.walks === walks && old.looked }))
    void (async () => {
      try {
        await Promise.all(walks.map((walk) => walk.go(folders, file)))
        const chosen = choose(walks, file)
        if (chosen !== undefined) await Promise.all(walks.filter(({ files }) => !files.has(chosen)).map((walk) => walk.go(0, chosen)))
        if (current) setState({ walks, looking: false, looked: true })
      } catch (failure) {
        if (current) setState((old) => ({ walks, looking: false, looked: old?.looked === true, error: (failure as Error).message }))
      }
    })()
    return () => { current = false }
  }, [walks, asked, file])
  return {
    walks, looked: own?.looked === true, looking: own?.looking !== false, error: own?.error,
    lookFurther: () => setAsked({ walks, folders: (walks.length === 0 ? 0 : Math.max(...walks.map(({ read }) => read))) + further }),
  }
}
