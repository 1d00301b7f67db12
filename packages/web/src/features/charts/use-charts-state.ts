import { useCallback, useEffect, useMemo } from 'react'
import { go, usePlaceQuery } from '../../app/router.ts'
import { readCharts, saysCharts, writeCharts, type ChartsState } from './charts-state.ts'

/**
 * The choices of the page of charts, which stand in the address. Who leaves the charts of an
 * experiment for its table and comes back in the same tab finds them again.
 */
export function useChartsState(experiment: string): [ChartsState, (change: Partial<ChartsState>) => void] {
  const query = usePlaceQuery()
  const state = useMemo(() => readCharts(new URLSearchParams(query)), [query])
  const change = useCallback((some: Partial<ChartsState>, how: 'step' | 'replace' = 'step'): void => {
    const next = new URLSearchParams(location.search)
    writeCharts({ ...readCharts(next), ...some }, next)
    go(`${location.pathname}?${next.toString()}`, how)
  }, [])
  const kept = `cairn:charts:${experiment}`
  useEffect(() => {
    const said = new URLSearchParams(location.search)
    const before = sessionStorage.getItem(kept)
    // A saved view says all that there is to say, also by saying nothing.
    if (saysCharts(said) || said.has('saved') || before === null) return
    change(readCharts(new URLSearchParams(before)), 'replace')
  }, [kept, change])
  useEffect(() => {
    const only = new URLSearchParams()
    writeCharts(state, only)
    sessionStorage.setItem(kept, only.toString())
  }, [kept, state])
  return [state, change]
}
