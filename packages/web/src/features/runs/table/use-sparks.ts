import { useCallback, useEffect, useSyncExternalStore } from 'react'
import type { Line } from '@cairn/charts'
import { useKept } from '../../../app/kept.ts'
import { client, useKeptLive } from '../../../app/server.ts'
import { SparkStore } from './spark-store.ts'

/** Buckets of a curve that is as wide as a word. */
const buckets = 20
const restMs = 80
const openingMs = 500

/** The small curves of a workspace's table. */
export function useSparks(experiments: readonly string[]): SparkStore {
  const name = experiments.join()
  const store = useKept('sparks', name, () => {
    // Nobody scrolls yet in a page that has just opened.
    const opened = performance.now()
    return new SparkStore({
      read: (runs, keys, signal) => client.metrics.series({ run_ids: [...runs], keys: [...keys], buckets, precision: 'float32' }, { signal }),
      rest(act) {
        const timer = setTimeout(act, performance.now() - opened < openingMs ? 0 : restMs)
        return () => clearTimeout(timer)
      },
      nextFrame: (act) => void requestAnimationFrame(act),
    })
  })
  useEffect(() => () => store.want([], []), [store])
  useKeptLive(`sparks ${name}`, { experimentIds: experiments, types: ['points'] }, (message) => {
    if (message.type === 'points') store.hear(message.data.run_id, message.data.points.map(({ key, value, step }) => ({ key, value: Number(value), step })))
    else if (message.type === 'resync' || (message.type === 'connected' && !message.data.resumed)) store.reload()
  })
  return store
}

export function useSpark(store: SparkStore, run: string, key: string): Line | undefined {
  return useSyncExternalStore(useCallback((changed) => store.watch(run, key, changed), [store, run, key]), () => store.line(run, key))
}
