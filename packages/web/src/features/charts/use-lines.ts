import { useCallback, useEffect, useMemo, useRef } from 'react'
import type { Range } from '@cairn/charts'
import { useKept } from '../../app/kept.ts'
import { client, useKeptLive } from '../../app/server.ts'
import { stepAxisOf, type ChartsState, type Zoom } from './charts-state.ts'
import { LinesStore, type StoreRun } from './lines-store.ts'

/** Who cannot have a stream does not wait for it. */
const patienceMs = 500

/** The lines of these runs, kept up with what is logged: to the experiments, or, where their runs are few and known, to `only` these. */
export function useLinesStore(experiments: readonly string[], runs: readonly StoreRun[], { axis, smoothing }: Pick<ChartsState, 'axis' | 'smoothing'>, only?: readonly string[]): LinesStore {
  const name = `charts ${(only ?? experiments).join()}`
  const store = useKept('lines', name, () => new LinesStore({
    read: (request) => client.metrics.series({ ...request, precision: 'float32' }), nextFrame: (act) => void requestAnimationFrame(act), later: (act) => void setTimeout(act, 1000),
  }))
  const along = stepAxisOf(axis)
  useEffect(() => store.show(runs, { axis: along, smoothing }), [store, runs, along, smoothing?.kind, smoothing?.amount])
  useEffect(() => {
    const timer = setTimeout(() => store.ready(), patienceMs)
    return () => clearTimeout(timer)
  }, [store])
  useKeptLive(name, { ...(only === undefined ? { experimentIds: experiments } : { runIds: only }), types: ['points'] }, (message) => {
    if (message.type === 'connected') store.connected(message.data.resumed)
    else if (message.type === 'resync') store.reload()
    else if (message.type === 'points') {
      const run = message.data.run_id
      store.hear(message.data.points.map(({ key, value, timestamp, step }) => ({ run, key, value: Number(value), timestamp: Number(timestamp), step: Number(step ?? 0) })))
    }
  })
  return store
}

export interface Zooming {
  /** The ranges by metric; each the same object for as long as it is the same range. */
  readonly ranges: ReadonlyMap<string, Range>
  zoom(key: string, range: Range | undefined): void
}

export function useZooming(state: ChartsState, change: (change: Partial<ChartsState>) => void): Zooming {
  const { zooms } = state
  const kept = useRef(new Map<string, Range>())
  const ranges = useMemo(() => {
    kept.current = new Map(zooms.map(({ key, range }: Zoom) => {
      const known = kept.current.get(key)
      return [key, known !== undefined && known[0] === range[0] && known[1] === range[1] ? known : range]
    }))
    return kept.current
  }, [zooms])
  const latest = useRef(state)
  latest.current = state
  const zoom = useCallback((key: string, range: Range | undefined): void => {
    const { zooms: all, axis } = latest.current
    const others = all.filter((one) => one.key !== key)
    change({ zooms: range === undefined ? others : [...others, { key, range: axis.startsWith('metrics.') ? range : tidy(range, axis === 'step') }] })
  }, [change])
  return { ranges, zoom }
}

/** Steps are whole, and so is time in milliseconds; shorter addresses are read more easily. */
const tidy = ([from, to]: Range, steps: boolean): Range => {
  const outer: Range = [Math.floor(from), Math.ceil(to)]
  return outer[0] < outer[1] ? outer : [outer[0] - (steps ? 1 : 0), outer[1] + 1]
}
