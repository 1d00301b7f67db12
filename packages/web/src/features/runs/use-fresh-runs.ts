import { useEffect, useMemo, useRef, useState } from 'react'
import type { Metric, Run, RunInfo } from '@cairn/protocol'
import { useLive, useSoon, type LiveState } from '../../app/server.ts'

/** While runs appear, the list is read again at most this often. */
const reloadMs = 1000

interface Change {
  info?: RunInfo
  readonly metrics: Map<string, Metric>
}

export interface FreshRuns {
  readonly state: LiveState
  /** The runs with what has changed since they were read. */
  readonly runs: readonly Run[]
}

/** Moves the runs of a list: status, end and latest values as they change; runs and keys that are new are read. */
export function useFreshRuns(experimentId: string, runs: readonly Run[], reload: () => void): FreshRuns {
  const changes = useRef(new Map<string, Change>())
  const [moved, setMoved] = useState(0)
  const frame = useRef(0)
  const latest = useRef({ runs, reload })
  latest.current = { runs, reload }
  useEffect(() => () => cancelAnimationFrame(frame.current), [])

  const readSoon = useSoon(reload, reloadMs)
  const changeOf = (id: string): Change => {
    let change = changes.current.get(id)
    if (change === undefined) changes.current.set(id, change = { metrics: new Map() })
    if (frame.current === 0) {
      frame.current = requestAnimationFrame(() => {
        frame.current = 0
        setMoved((old) => old + 1)
      })
    }
    return change
  }
  const state = useLive(`runs ${experimentId}`, { experimentIds: [experimentId], types: ['run', 'points', 'params'] }, (message) => {
    if (message.type === 'resync' || (message.type === 'connected' && !message.data.resumed)) {
      changes.current.clear()
      latest.current.reload()
      return
    }
    if (message.type !== 'run' && message.type !== 'points' && message.type !== 'params') return
    const run = latest.current.runs.find(({ info }) => info.run_id === message.data.run_id)
    if (message.type === 'run') {
      changeOf(message.data.run_id).info = message.data.info
      if (run?.info.lifecycle_stage !== message.data.info.lifecycle_stage) readSoon()
    } else if (message.type === 'params') readSoon()
    else {
      const { metrics } = changeOf(message.data.run_id)
      for (const point of message.data.points) metrics.set(point.key, later(metrics.get(point.key), { ...point, step: point.step ?? 0 }))
      const keys = new Set(run?.data.metrics?.map(({ key }) => key))
      if (message.data.points.some(({ key }) => !keys.has(key))) readSoon()
    }
  })
  return useMemo(() => ({ state, runs: runs.map((run) => apply(run, changes.current.get(run.info.run_id))) }), [runs, moved, state])
}

/** The latest value of a metric is the one at the highest step, as in MLflow. */
const later = (known: Metric | undefined, point: Metric): Metric =>
  (known === undefined || Number(known.step ?? 0) <= Number(point.step ?? 0) ? point : known)

function apply(run: Run, change: Change | undefined): Run {
  if (change === undefined) return run
  const metrics = (run.data.metrics ?? []).map((known) => {
    const point = change.metrics.get(known.key)
    return point === undefined ? known : later(known, point)
  })
  return { ...run, info: change.info ?? run.info, data: { ...run.data, metrics } }
}
