import { useMemo, useRef, useState } from 'react'

export interface Selection {
  readonly ids: ReadonlySet<string>
  has(id: string): boolean
  toggle(id: string, line: number): void
  /** Everything from the line last toggled to this one, as that one is. */
  extend(line: number): void
  set(ids: Iterable<string>): void
  clear(): void
}

/** Runs that are selected; `between` answers the ids of a stretch of lines. */
export function useSelection(between: (from: number, to: number) => Promise<string[]>): Selection {
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set())
  const anchor = useRef({ line: 0, on: true, before: new Set<string>() as ReadonlySet<string> })
  const round = useRef(0)
  return useMemo(() => ({
    ids,
    has: (id) => ids.has(id),
    toggle(id, line) {
      const next = new Set(ids)
      const on = !next.delete(id)
      if (on) next.add(id)
      anchor.current = { line, on, before: ids }
      round.current += 1
      setIds(next)
    },
    extend(line) {
      const { line: from, on, before } = anchor.current
      const mine = round.current += 1
      void between(Math.min(from, line), Math.max(from, line)).then((some) => {
        if (mine !== round.current) return
        const next = new Set(before)
        for (const id of some) {
          if (on) next.add(id)
          else next.delete(id)
        }
        setIds(next)
      })
    },
    set(all) {
      round.current += 1
      setIds(new Set(all))
    },
    clear() {
      round.current += 1
      setIds(new Set())
    },
  }), [ids, between])
}
