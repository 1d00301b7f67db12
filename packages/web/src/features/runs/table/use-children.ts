import { useMemo, useRef, useState } from 'react'
import { client } from '../../../app/server.ts'
import type { Column } from '../columns.ts'
import { linesBelow, type Children, type Opened } from './forest.ts'
import { toRows, type RowStore } from './row-store.ts'

const most = 500

export interface Tree {
  readonly opened: readonly Opened[]
  readonly open: ReadonlySet<string>
  toggle(runId: string): void
}

/** The children of runs that are open, read when they are opened. */
export function useChildren(experiments: readonly string[], store: RowStore, columns: readonly Column[], enabled: boolean): Tree {
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set())
  const [children, setChildren] = useState<ReadonlyMap<string, Children>>(new Map())
  const latest = useRef(columns)
  latest.current = columns
  const read = async (runId: string): Promise<void> => {
    let found: Children
    try {
      const { rows, total = rows.length } = await client.runs.table({ experiment_ids: [...experiments], parent_run_id: runId, columns: latest.current.slice(0, 200), max_results: most })
      found = { rows: toRows(rows, latest.current), total }
    } catch (error) {
      found = { rows: [], total: 0, error: (error as Error).message }
    }
    setChildren((old) => new Map([...old, [runId, found]]))
  }
  const opened = useMemo(() => (!enabled ? [] : [...open].flatMap((runId): Opened[] => {
    const index = store.placeOf(runId)
    return index === undefined ? [] : [{ index, below: linesBelow(runId, open, children) }]
  }).sort((a, b) => a.index - b.index)), [open, children, enabled, store.version])
  return {
    opened, open,
    toggle(runId) {
      const next = new Set(open)
      if (!next.delete(runId)) {
        next.add(runId)
        void read(runId)
      }
      setOpen(next)
    },
  }
}
