import { useCallback, useEffect, useMemo, useRef } from 'react'
import { go, usePlaceQuery } from '../../../app/router.ts'
import { readTable, writeTable, type TableState } from './table-state.ts'

export type ChangeTable = (part: Partial<TableState>, how?: 'push' | 'replace') => void

/** What is chosen, from the address, and the one way to change it. */
export function useTableState(): [state: TableState, change: ChangeTable] {
  const query = usePlaceQuery()
  const state = useMemo(() => readTable(new URLSearchParams(query)), [query])
  const change = useCallback<ChangeTable>((part, how = 'push') => {
    const next = new URLSearchParams(location.search)
    writeTable({ ...readTable(next), ...part }, next)
    go(`${location.pathname}${next.size === 0 ? '' : `?${next.toString()}`}`, how)
  }, [])
  return [state, change]
}

/** How many of the steps in the browser's history were changes of this page: so far it can be undone. */
export function useUndo(change: ChangeTable): { readonly change: ChangeTable; undo(): void; redo(): void } {
  const steps = useRef({ back: 0, forward: 0 })
  const moving = useRef(0)
  useEffect(() => {
    const hear = (): void => {
      if (moving.current === 0) steps.current = { back: Math.max(0, steps.current.back - 1), forward: steps.current.forward + 1 }
      moving.current = 0
    }
    addEventListener('popstate', hear)
    return () => removeEventListener('popstate', hear)
  }, [])
  const changeAndCount = useCallback<ChangeTable>((part, how = 'push') => {
    if (how === 'push') steps.current = { back: steps.current.back + 1, forward: 0 }
    change(part, how)
  }, [change])
  const move = (by: 1 | -1): void => {
    const { back, forward } = steps.current
    if ((by < 0 ? back : forward) === 0) return
    steps.current = { back: back + by, forward: forward - by }
    moving.current = by
    history.go(by)
  }
  return { change: changeAndCount, undo: () => move(-1), redo: () => move(1) }
}
