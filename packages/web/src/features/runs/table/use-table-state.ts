import { useCallback, useMemo } from 'react'
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
