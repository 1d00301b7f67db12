import { joined, lineOf, noLine, withPoints, type Line, type Point } from '@cairn/charts'
import type { RunningRun, Series } from '@cairn/protocol'

export interface Value {
  readonly value: number | string
  readonly step: number
}

/** A run as it stands: its last values by metric, and the curve of the first. */
export interface Standing {
  readonly values: ReadonlyMap<string, Value>
  readonly line: Line
  /** When a point last came, by this page's clock; 0 when none has. */
  readonly heard: number
}

export interface PointHeard {
  readonly key: string
  readonly value: number
  readonly step: number
}

interface Entry {
  readonly key: string | undefined
  standing: Standing
  /** Points since the curve was last asked for: the answer may hold them or not. */
  recent: Point[]
  pending: Point[]
}

const nothing: Standing = { values: new Map(), line: noLine, heard: 0 }

/** Metrics that are shown of a run, where it has so many. */
const shownMetrics = 4
/** Points after which a curve is to be asked for again. */
const tail = 1000

/** The last values and curves of runs, moved by what comes live. Knows no React. */
export class LiveValues {
  readonly #changed = new Set<() => void>()
  /** Metrics of runs that were news, by run and key: each is once. */
  readonly #told = new Set<string>()
  #entries = new Map<string, Entry>()
  #shown: ReadonlyMap<string, Standing> = new Map()
  #framed = false
  readonly #nextFrame: (act: () => void) => void

  constructor(nextFrame: (act: () => void) => void) {
    this.#nextFrame = nextFrame
  }

  readonly subscribe = (changed: () => void): (() => void) => {
    this.#changed.add(changed)
    return () => void this.#changed.delete(changed)
  }

  readonly shown = (): ReadonlyMap<string, Standing> => this.#shown

  /** The runs that there are now, with the values that were read. Later ones that came live stay. */
  set(runs: readonly RunningRun[]): void {
    this.#entries = new Map(runs.map(({ run_id, metrics }): [string, Entry] => {
      const known = this.#entries.get(run_id)
      const values = new Map(metrics.map(({ key, value, step }): [string, Value] => {
        const live = known?.standing.values.get(key)
        return [key, live !== undefined && live.step > Number(step) ? live : { value: value as number | string, step: Number(step) }]
      }))
      const key = metrics[0]?.key
      const same = known !== undefined && known.key === key
      return [run_id, { key, recent: same ? known.recent : [], pending: same ? known.pending : [], standing: { values, line: same ? known.standing.line : noLine, heard: known?.standing.heard ?? 0 } }]
    }))
    this.#publish()
  }

  /** Curves are being asked for: what comes from now on may be missing in the answer. */
  asking(): void {
    for (const entry of this.#entries.values()) entry.recent = []
  }

  read(series: readonly Series[]): void {
    for (const one of series) {
      const entry = this.#entries.get(one.run_id)
      if (entry?.key !== one.key) continue
      entry.pending = []
      entry.standing = { ...entry.standing, line: joined(lineOf(one), entry.recent) }
    }
    this.#publish()
  }

  /** Answers whether a metric came that was not known, or a curve has become long. */
  hear(run: string, points: readonly PointHeard[], now: number): boolean {
    const entry = this.#entries.get(run)
    if (entry === undefined) return false
    let news = entry.key === undefined
    const values = new Map(entry.standing.values)
    for (const { key, value, step } of points) {
      const known = values.get(key)
      if (known !== undefined && known.step <= step) values.set(key, { value, step })
      if (known === undefined && values.size < shownMetrics && !this.#told.has(`${run} ${key}`)) {
        this.#told.add(`${run} ${key}`)
        news = true
      }
      if (key !== entry.key || !Number.isFinite(value)) continue
      entry.recent.push({ x: step, value })
      entry.pending.push({ x: step, value })
    }
    news ||= entry.recent.length > tail
    entry.standing = { ...entry.standing, values, heard: now }
    if (!this.#framed) {
      this.#framed = true
      this.#nextFrame(() => {
        this.#framed = false
        for (const one of this.#entries.values()) {
          if (one.pending.length === 0) continue
          one.standing = { ...one.standing, line: withPoints(one.standing.line, one.pending) }
          one.pending = []
        }
        this.#publish()
      })
    }
    return news
  }

  #publish(): void {
    this.#shown = new Map([...this.#entries].map(([id, { standing }]) => [id, standing]))
    for (const changed of this.#changed) changed()
  }
}

export const standingOf = (shown: ReadonlyMap<string, Standing>, id: string): Standing => shown.get(id) ?? nothing
