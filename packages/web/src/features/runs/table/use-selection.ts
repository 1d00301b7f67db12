import { useMemo, useRef } from 'react'
import { useRunSelection } from '../selection.ts'

export interface Selection {
  readonly ids: ReadonlySet<string>
  has(id: string): boolean
  toggle(id: string, line: number): void
  /** Everything from the line last toggled to this one, as that one is. */
  extend(line: number): void
  set(ids: Iterable<string>): void
  clear(): void
}

/** Runs that are selected, the same ones as in the charts; `between` answers the ids of a stretch of lines. */
export function useSelection(workspace: string, between: (from: number, to: number) => Promise<string[]>): Selection {
  const { ids, set: setIds } = useRunSelection(workspace)
  const anchor = useRef({ line: 0, on: true, before: new Set<string>() as ReadonlySet<string> })
  const round = useRef(0)
  // A row that is not drawn again calls what it was given before: it must find what is selected now.
  const latest = useRef({ ids, between })
  latest.current = { ids, between }
  return useMemo(() => {
    const put = (next: Iterable<string>): void => {
      const all = new Set(next)
      latest.current = { ...latest.current, ids: all }
      setIds(all)
    }
    return {
      ids,
      has: (id) => ids.has(id),
      toggle(id, line) {
        const before = latest.current.ids
        const next = new Set(before)
        const on = !next.delete(id)
        if (on) next.add(id)
        anchor.current = { line, on, before }
        round.current += 1
        put(next)
      },
      extend(line) {
        const { line: from, on, before } = anchor.current
        const mine = round.current += 1
        void latest.current.between(Math.min(from, line), Math.max(from, line)).then((some) => {
          if (mine !== round.current) return
          const next = new Set(before)
          for (const id of some) {
            if (on) next.add(id)
            else next.delete(id)
          }
          put(next)
        })
      },
      set(all) {
        round.current += 1
        put(all)
      },
      clear() {
        round.current += 1
        put([])
      },
    }
  }, [ids, setIds])
}
