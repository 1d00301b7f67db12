import { useCallback, useEffect, useRef, useState } from 'react'
import type { LiveMessage } from '@cairn/sdk'
import { client } from '../../app/server.ts'
import { lineOf, noLine, withLivePoints, type Line } from '../../chart/lines.ts'

export type Axis = 'step' | 'relative' | 'time'
export type Range = readonly [from: number, to: number]

export interface Lines {
  of(run: string, key: string): Line
  readonly zoomed: ReadonlyMap<string, Range>
  readonly loading: boolean
  readonly error: string | undefined
  zoom(key: string, range: Range | undefined): void
  /** What the live stream said. */
  hear(message: LiveMessage): void
  reload(): void
}

const buckets = 400
/** Live points after which the buckets are asked for again. */
const tail = 2000
const patienceMs = 500

/** Run and key as one name; neither holds a line break. */
const nameOf = (run: string, key: string): string => `${run}\n${key}`

/**
 * The lines of many runs and metrics: one request for all that is shown, one more for each part that
 * is zoomed into; live points join until the next frame.
 */
export function useLines(runs: readonly { readonly id: string; readonly start: number }[], keys: readonly string[], axis: Axis): Lines {
  const [lines, setLines] = useState<ReadonlyMap<string, Line>>(new Map())
  const [zoomed, setZoomed] = useState<ReadonlyMap<string, Range>>(new Map())
  const [error, setError] = useState<string>()
  const [loading, setLoading] = useState(true)
  /** What is read before the stream is open would miss what is logged in between; who cannot have a stream does not wait for it. */
  const [ready, setReady] = useState(false)
  const latest = useRef({ runs, keys, axis, zoomed })
  latest.current = { runs, keys, axis, zoomed }
  const rounds = useRef(new Map<string, number>())
  const pending = useRef(new Map<string, { x: number; value: number }[]>())
  /** Live points since the last read of their line began: its answer may hold them or not. */
  const recent = useRef(new Map<string, { x: number; value: number }[]>())
  const brought = useRef(0)
  const frame = useRef(0)

  const read = useCallback(async (wanted: readonly string[], range: Range | undefined): Promise<void> => {
    const { runs, axis } = latest.current
    if (wanted.length === 0 || runs.length === 0) return
    const round = wanted.map((key) => {
      const next = (rounds.current.get(key) ?? 0) + 1
      rounds.current.set(key, next)
      for (const { id } of runs) recent.current.delete(nameOf(id, key))
      return next
    })
    try {
      const series = await client.metrics.series({ run_ids: runs.map(({ id }) => id), keys: [...wanted], x: axis, buckets, ...(range !== undefined && { from: range[0], to: range[1] }) })
      const found = new Map(series.map((one) => [nameOf(one.run_id, one.key), lineOf(one)]))
      // An answer that was overtaken by a later question is dropped.
      const answered = wanted.filter((key, index) => rounds.current.get(key) === round[index])
      setLines((old) => new Map([...old, ...answered.flatMap((key) => runs.map(({ id }) => {
        const name = nameOf(id, key)
        return [name, withLivePoints(found.get(name) ?? noLine, recent.current.get(name) ?? [])] as const
      }))]))
      setError(undefined)
    } catch (failure) {
      setError((failure as Error).message)
    }
    setLoading(false)
  }, [])
  const reload = useCallback((): void => {
    brought.current = 0
    const { keys, zoomed } = latest.current
    void read(keys.filter((key) => !zoomed.has(key)), undefined)
    for (const key of keys) if (zoomed.has(key)) void read([key], zoomed.get(key))
  }, [read])

  const shown = `${axis}\n\n${runs.map(({ id }) => id).join('\n')}\n\n${keys.join('\n')}`
  useEffect(() => { if (ready) reload() }, [shown, reload, ready])
  useEffect(() => {
    const timer = setTimeout(() => setReady(true), patienceMs)
    return () => clearTimeout(timer)
  }, [])
  useEffect(() => setZoomed(new Map()), [axis])
  useEffect(() => () => cancelAnimationFrame(frame.current), [])

  const flush = useCallback((): void => {
    frame.current = 0
    const came = [...pending.current]
    pending.current = new Map()
    setLines((old) => new Map([...old, ...came.map(([name, points]) => [name, withLivePoints(old.get(name) ?? noLine, points)] as const)]))
    if (brought.current >= tail) reload()
  }, [reload])

  return {
    of: (run, key) => lines.get(nameOf(run, key)) ?? noLine,
    zoomed, loading, error, reload,
    zoom(key, range) {
      const next = new Map(latest.current.zoomed)
      if (range === undefined) next.delete(key)
      else next.set(key, range)
      latest.current.zoomed = next
      setZoomed(next)
      void read([key], range)
    },
    hear(message) {
      if (message.type === 'connected' && !ready) return setReady(true)
      if (message.type === 'resync' || (message.type === 'connected' && !message.data.resumed)) return reload()
      if (message.type !== 'points') return
      const run = latest.current.runs.find(({ id }) => id === message.data.run_id)
      if (run === undefined) return
      for (const { key, value, timestamp, step } of message.data.points) {
        const x = axis === 'step' ? Number(step ?? 0) : axis === 'time' ? Number(timestamp) : Number(timestamp) - run.start
        const range = latest.current.zoomed.get(key)
        if (range !== undefined && (x < range[0] || x > range[1])) continue
        const name = nameOf(run.id, key)
        const waiting = pending.current.get(name)
        if (waiting === undefined) pending.current.set(name, [{ x, value }])
        else waiting.push({ x, value })
        const since = recent.current.get(name)
        if (since === undefined) recent.current.set(name, [{ x, value }])
        else since.push({ x, value })
        brought.current += 1
      }
      // A hidden page has no frames; what came is drawn when it is looked at again.
      if (frame.current === 0) frame.current = requestAnimationFrame(flush)
    },
  }
}
