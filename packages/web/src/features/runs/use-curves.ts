import { useCallback, useEffect, useRef, useState } from 'react'
import { joined, lineOf, noLine, withPoints, type Line, type Point } from '@cairn/charts'
import { curvesAtHand, readCurves, type Range } from './run-opening.ts'

export interface Curves {
  readonly curves: ReadonlyMap<string, Line>
  readonly error: string | undefined
  /** Points that the live stream brought. */
  add(points: readonly { key: string; x: number; value: number }[]): void
  reload(): void
}

/** Live points of a metric after which its buckets are asked for again. */
const tail = 1000

/** What is known of one metric besides its curve. */
interface Reading {
  /** Counts the reads of this metric: an answer that was overtaken by a later question is dropped. */
  round: number
  busy: boolean
  /** Live points since the last read began: its answer may hold them or not. */
  recent: Point[]
  /** Live points that wait for the next frame. */
  pending: Point[]
}

/**
 * The curves of a run's metrics: read in one request, moved by live points, read again for the part
 * that the reader zooms into. While an answer is on its way the old curve stays and goes on moving.
 */
export function useCurves(runId: string, keys: readonly string[], zoomed: ReadonlyMap<string, Range>): Curves {
  const [curves, setCurves] = useState<ReadonlyMap<string, Line>>(() => new Map(zoomed.size > 0 ? [] : curvesAtHand(runId, keys).map((one) => [one.key, lineOf(one)])))
  const [error, setError] = useState<string>()
  const readings = useRef(new Map([...curves.keys()].map((key): [string, Reading] => [key, { round: 1, busy: false, recent: [], pending: [] }])))
  const ranges = useRef(zoomed)
  const frame = useRef(0)

  const readingOf = (key: string): Reading => {
    let found = readings.current.get(key)
    if (found === undefined) readings.current.set(key, found = { round: 0, busy: false, recent: [], pending: [] })
    return found
  }

  const readPart = useCallback(async (wanted: readonly string[], range: Range | undefined): Promise<void> => {
    if (wanted.length === 0) return
    const rounds = wanted.map((key) => {
      const reading = readingOf(key)
      reading.recent = []
      reading.busy = true
      return reading.round += 1
    })
    try {
      const series = await readCurves(runId, wanted, range)
      const found = new Map(series.map((one) => [one.key, lineOf(one)]))
      const answered = wanted.filter((key, index) => readingOf(key).round === rounds[index])
      const read = answered.map((key) => {
        const reading = readingOf(key)
        reading.pending = []
        return [key, joined(found.get(key) ?? noLine, within(reading.recent, range))] as const
      })
      setCurves((old) => new Map([...old, ...read]))
      setError(undefined)
    } catch (failure) {
      setError((failure as Error).message)
    }
    for (const [index, key] of wanted.entries()) if (readingOf(key).round === rounds[index]) readingOf(key).busy = false
  }, [runId])

  /** One request for all that is shown whole, one for each part that is zoomed into. */
  const read = useCallback((wanted: readonly string[]): void => {
    void readPart(wanted.filter((key) => !ranges.current.has(key)), undefined)
    for (const key of wanted) if (ranges.current.has(key)) void readPart([key], ranges.current.get(key))
  }, [readPart])

  useEffect(() => {
    const old = ranges.current
    ranges.current = zoomed
    read([...new Set([...old.keys(), ...zoomed.keys()])].filter((key) => readings.current.has(key) && String(old.get(key)) !== String(zoomed.get(key))))
  }, [zoomed, read])
  const known = keys.join('\n')
  useEffect(() => read(keys.filter((key) => (readings.current.get(key)?.round ?? 0) === 0)), [known, read])
  useEffect(() => () => cancelAnimationFrame(frame.current), [])

  const flush = useCallback((): void => {
    frame.current = 0
    const brought: [string, Point[]][] = []
    for (const [key, reading] of readings.current) {
      if (reading.pending.length === 0) continue
      brought.push([key, within(reading.pending, ranges.current.get(key))])
      reading.pending = []
    }
    setCurves((old) => new Map([...old, ...brought.map(([key, points]) => [key, withPoints(old.get(key) ?? noLine, points)] as const)]))
    read(brought.map(([key]) => key).filter((key) => readingOf(key).recent.length >= tail && !readingOf(key).busy))
  }, [read])

  return {
    curves, error,
    add(points) {
      for (const { key, x, value } of points) {
        const { recent, pending } = readingOf(key)
        recent.push({ x, value })
        pending.push({ x, value })
      }
      // A hidden page has no frames; what came is drawn when it is looked at again.
      if (frame.current === 0) frame.current = requestAnimationFrame(flush)
    },
    reload: () => read(keys),
  }
}

const within = (points: readonly Point[], range: Range | undefined): Point[] =>
  range === undefined ? [...points] : points.filter(({ x }) => x >= range[0] && x <= range[1])
