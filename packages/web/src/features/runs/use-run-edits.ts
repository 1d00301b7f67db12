import { useEffect, useMemo, useRef, useState } from 'react'
import type { Run } from '@cairn/protocol'
import { client } from '../../app/server.ts'
import { words } from './words.ts'

export interface RunEdits {
  /** The name as it was typed, until the server's is the same. */
  readonly name: string | undefined
  /** The tags with those changes that the server does not yet show. */
  readonly tags: ReadonlyMap<string, string>
  readonly error: string | undefined
  readonly undo: { readonly what: string; act(): Promise<void> } | undefined
  rename(name: string): Promise<void>
  setTag(key: string, value: string): Promise<void>
  deleteTag(key: string): Promise<void>
}

/**
 * Changes of a run's name and tags: shown at once, taken back with the reason when the server
 * refuses them, and undone by a change the other way.
 */
export function useRunEdits(id: string, run: Run | undefined, reload: () => void): RunEdits {
  const [name, setName] = useState<{ from: string; to: string }>()
  const [changed, setChanged] = useState<ReadonlyMap<string, string | undefined>>(new Map())
  const [error, setError] = useState<string>()
  const [undo, setUndo] = useState<RunEdits['undo']>()
  const tags = useMemo(() => {
    const all = new Map((run?.data.tags ?? []).map(({ key, value }) => [key, value]))
    for (const [key, value] of changed) {
      if (value === undefined) all.delete(key)
      else all.set(key, value)
    }
    return all
  }, [run, changed])

  // What the server has taken is shown as it tells it from then on: somebody else may change it again.
  const taken = useRef(new Set<string>())
  useEffect(() => {
    const keys = [...taken.current]
    taken.current.clear()
    if (keys.length > 0) setChanged((old) => new Map([...old].filter(([key]) => !keys.includes(key))))
  }, [run])

  // An undo is asked for long after the drawing that it was made in.
  const now = useRef({ name: '', tags })
  now.current = { name: name?.to ?? run?.info.run_name ?? '', tags }

  async function change(key: string, to: string | undefined, isUndo: boolean): Promise<void> {
    const from = now.current.tags.get(key)
    if (from === to) return
    setError(undefined)
    taken.current.delete(key)
    setChanged((old) => new Map([...old, [key, to]]))
    const label = words.theTag(key)
    try {
      if (to === undefined) await client.runs.deleteTag(id, key)
      else await client.runs.setTag(id, key, to)
      taken.current.add(key)
      setUndo(isUndo ? undefined : { what: `${label} ${to === undefined ? words.deleted : words.saved}`, act: () => change(key, from, true) })
      reload()
    } catch (failure) {
      setChanged((old) => new Map([...old, [key, from]]))
      setError(words.couldNotBeChanged(label, (failure as Error).message))
      throw failure
    }
  }

  async function rename(to: string, isUndo = false): Promise<void> {
    const from = now.current.name
    if (to === from) return
    setError(undefined)
    setName({ from, to })
    try {
      await client.runs.update({ run_id: id, run_name: to })
      setUndo(isUndo ? undefined : { what: words.renamedFromTo(from, to), act: () => rename(from, true) })
    } catch (failure) {
      setName(undefined)
      setError(words.theRunCouldNotBe((failure as Error).message))
      throw failure
    }
  }

  return { name: name?.to, tags, error, undo, rename: (to) => rename(to), setTag: (key, value) => change(key, value, false), deleteTag: (key) => change(key, undefined, false) }
}
