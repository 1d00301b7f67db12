import { useCallback, useMemo } from 'react'
import { go, usePlaceQuery } from '../../app/router.ts'
import { printList, readList, type ListState } from './list-state.ts'

/** What is chosen, from the address, and the one way to change it. */
export function useListState(): [state: ListState, change: (part: Partial<ListState>, how?: 'push' | 'replace') => void] {
  const query = usePlaceQuery()
  const state = useMemo(() => readList(new URLSearchParams(query)), [query])
  const change = useCallback((part: Partial<ListState>, how: 'push' | 'replace' = 'push'): void => {
    go(`${location.pathname}${printList({ ...readList(new URLSearchParams(location.search)), ...part })}`, how)
  }, [])
  return [state, change]
}
