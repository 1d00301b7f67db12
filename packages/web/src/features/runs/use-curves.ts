import { useCallback, useEffect, useRef, useState } from 'react'
import { curveOf, noCurve, withPoints, type Curve, type Point } from '../../chart/curve.ts'
import { client } from '../../app/server.ts'

type Range = readonly [from: number, to: number]

export interface Curves {
  readonly curves: ReadonlyMap<string, Curve>
  readonly zoomed: ReadonlySet<string>
  readonly error: string | undefined
  /** Points that the live stream brought. */
  add(points: readonly { key: string; x: number; value: number }[]): void
  zoom(key: string, range: Range | undefined): void
  reload(): void
}

const buckets = 800
/** Live points of a metric after which its buckets are asked for again. */
const tail = 1000

/**
 * The curves of a run's metrics: read in one request, moved by live points, read again for the part
 * that the reader zooms into. While an answer is on its way the old curve stays.
 */
export function useCurves(runId: string, keys: readonly string[]): Curves {
  const [curves, setCurves] = useState<ReadonlyMap<string, Curve>>(new Map())
  const [zoomed, setZoomed] = useState<ReadonlyMap<string, Range>>(new Map())
  const [error, setError] = useState<string>()
  const pending = useRef(new Map<string, Point[]>())
  const frame = useRef(0)
  const since = useRef(new Map<string, number>())
  const ranges = useRef(zoomed)
  ranges.current = zoomed

  const read = useCallback(async (wanted: readonly string[], range?: Range): Promise<void> => {
    if (wanted.length === 0) return
    try {
      const series = await client.metrics.series({ run_ids: [runId], keys: [...wanted], buckets, ...(range !== undefined && { from: range[0], to: range[1] }) })
      const found = new Map(series.map((one) => [one.key, curveOf(one)]))
      for (const key of wanted) since.current.set(key, 0)
      setCurves((old) => new Map([...old, ...wanted.map((key) => [key, found.get(key) ?? noCurve] as const)]))
      setError(undefined)
    } catch (failure) {
      setError((failure as Error).message)
    }
  }, [runId])

  const known = keys.join('\n')
  useEffect(() => { void read(keys) }, [known, read])
  useEffect(() => () => cancelAnimationFrame(frame.current), [])

  const flush = useCallback((): void => {
    frame.current = 0
    const brought = pending.current
    pending.current = new Map()
    const again: string[] = []
    for (const [key, points] of brought) {
      const size = (since.current.get(key) ?? 0) + points.length
      since.current.set(key, size)
      if (size >= tail && !ranges.current.has(key)) again.push(key)
    }
    setCurves((old) => {
      const next = new Map(old)
      for (const [key, points] of brought) {
        if (!ranges.current.has(key)) next.set(key, withPoints(old.get(key) ?? noCurve, points))
      }
      return next
    })
    void read(again)
  }, [read])

  return {
    curves, error, zoomed: new Set(zoomed.keys()),
    add(points) {
      for (const { key, x, value } of points) {
        const list = pending.current.get(key)
        if (list === undefined) pending.current.set(key, [{ x, value }])
        else list.push({ x, value })
      }
      // A hidden page has no frames; what came is drawn when it is looked at again.
      if (frame.current === 0) frame.current = requestAnimationFrame(flush)
    },
    zoom(key, range) {
      setZoomed((old) => {
        const next = new Map(old)
        if (range === undefined) next.delete(key)
        else next.set(key, range)
        return next
      })
      void read([key], range)
    },
    reload: () => void read(keys),
  }
}
