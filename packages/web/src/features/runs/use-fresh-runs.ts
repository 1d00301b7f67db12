import { useEffect, useMemo, useRef, useState } from 'react'
import type { Metric, Run, RunInfo } from '@cairn/protocol'
import { useKept } from '../../app/kept.ts'
import { useKeptLive, useSoon, type LiveState } from '../../app/server.ts'

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

export interface FreshInput {
  /** Metrics whose values the runs tell. */
  readonly known: ReadonlySet<string>
  /** All metrics; undefined where nobody asks for new ones. */
  readonly all: ReadonlySet<string> | undefined
  /** The runs are to be read again; `late` where the page is being left, and they are when somebody comes back. */
  reload(late: boolean): void
  /** A metric came that is not among all. */
  onKey(late: boolean): void
}

/** Moves the runs of a list: status, end and latest values as they change; runs and keys that are new are read. */
export function useFreshRuns(experiments: readonly string[], runs: readonly Run[], input: FreshInput): FreshRuns {
  const changes = useKept('changes', experiments.join(), () => ({ current: new Map<string, Change>() }))
  const [moved, setMoved] = useState(0)
  const frame = useRef(0)
  const latest = useRef({ ids: new Set<string>(), ...input })
  const ids = useMemo(() => new Set(runs.map(({ info }) => info.run_id)), [runs])
  latest.current = { ids, ...input }
  useEffect(() => () => cancelAnimationFrame(frame.current), [])

  const readSoon = useSoon(() => latest.current.reload(false), reloadMs, () => latest.current.reload(true))
  const keySoon = useSoon(() => latest.current.onKey(false), 2 * reloadMs, () => latest.current.onKey(true))
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
  const state = useKeptLive(`runs ${experiments.join()}`, { experimentIds: experiments, types: ['run', 'points', 'params'] }, (message) => {
    if (message.type === 'resync' || (message.type === 'connected' && !message.data.resumed)) {
      changes.current.clear()
      latest.current.reload(false)
      return
    }
    if (message.type !== 'run' && message.type !== 'points' && message.type !== 'params') return
    const { ids: listed, known, all } = latest.current
    const { run_id } = message.data
    if (message.type === 'run') {
      const before = changes.current.get(run_id)?.info
      changeOf(run_id).info = message.data.info
      if (!listed.has(run_id) || message.data.info.lifecycle_stage !== (before?.lifecycle_stage ?? 'active')) readSoon()
    } else if (message.type === 'params') {
      if (listed.has(run_id) && known.size > 0) readSoon()
    } else {
      if (all !== undefined && message.data.points.some(({ key }) => !all.has(key))) keySoon()
      const points = listed.has(run_id) ? message.data.points.filter(({ key }) => known.has(key)) : []
      if (points.length === 0) return
      const { metrics } = changeOf(run_id)
      for (const point of points) metrics.set(point.key, later(metrics.get(point.key), { ...point, step: point.step ?? 0 }))
    }
  })
  return useMemo(() => ({ state, runs: runs.map((run) => apply(run, changes.current.get(run.info.run_id))) }), [runs, moved, state])
}

/** The latest value of a metric is the one at the highest step, as in MLflow. */
const later = (known: Metric | undefined, point: Metric): Metric =>
  (known === undefined || Number(known.step ?? 0) <= Number(point.step ?? 0) ? point : known)

function apply(run: Run, change: Change | undefined): Run {
  if (change === undefined) return run
  const metrics = new Map((run.data.metrics ?? []).map((known) => [known.key, known]))
  for (const [key, point] of change.metrics) metrics.set(key, later(metrics.get(key), point))
  return { ...run, info: change.info ?? run.info, data: { ...run.data, metrics: [...metrics.values()] } }
}
