import { lineOf, noLine, withPoints, type Line, type Point, type ToldLine } from '@cairn/charts'

export interface SparkWorld {
  read(runs: readonly string[], keys: readonly string[], signal: AbortSignal): Promise<readonly (ToldLine & { readonly run_id: string; readonly key: string })[]>
  /** Calls when nothing was scrolled for a moment. */
  rest(act: () => void): () => void
  nextFrame(act: () => void): void
}

interface Curve {
  line: Line
  /** Live points since it was read. */
  fresh: number
}

/** Curves that are kept besides those in sight: who scrolls back sees them at once. */
const kept = 3000
/** Live points after which a curve is read again, for it grows by every one. */
const tail = 500

const nameOf = (run: string, key: string): string => `${run}\n${key}`

/**
 * The small curves of a table: those of the rows and columns in sight, read together in one request and
 * moved by live points. Points that come while a curve is on its way join the answer.
 */
export class SparkStore {
  readonly #world: SparkWorld
  readonly #curves = new Map<string, Curve>()
  readonly #waiting = new Map<string, Point[]>()
  readonly #watchers = new Map<string, Set<() => void>>()
  readonly #changed = new Set<string>()
  #runs: readonly string[] = []
  #keys: readonly string[] = []
  #stop: (() => void) | undefined
  #abort: AbortController | undefined

  constructor(world: SparkWorld) {
    this.#world = world
  }

  line(run: string, key: string): Line | undefined {
    return this.#curves.get(nameOf(run, key))?.line
  }

  watch(run: string, key: string, changed: () => void): () => void {
    const name = nameOf(run, key)
    const watchers = this.#watchers.get(name) ?? new Set()
    this.#watchers.set(name, watchers.add(changed))
    return () => {
      watchers.delete(changed)
      if (watchers.size === 0) this.#watchers.delete(name)
    }
  }

  /** Rows and metrics that are in sight. */
  want(runs: readonly string[], keys: readonly string[]): void {
    this.#runs = runs
    this.#keys = keys
    this.#stop?.()
    this.#stop = this.#world.rest(() => void this.#read())
  }

  /** What was read may no longer be so. */
  reload(): void {
    for (const [name, curve] of this.#curves) {
      if (this.#watchers.has(name)) curve.fresh = Infinity
      else this.#curves.delete(name)
    }
    void this.#read()
  }

  hear(run: string, points: readonly { readonly key: string; readonly value: number; readonly step?: number | bigint | undefined }[]): void {
    for (const { key, value, step = 0 } of points) {
      const name = nameOf(run, key)
      if (!this.#keys.includes(key)) {
        // Out of sight; it is read again with the next look.
        this.#curves.delete(name)
        continue
      }
      const point = { x: Number(step), value }
      const waiting = this.#waiting.get(name)
      if (waiting !== undefined) {
        waiting.push(point)
        continue
      }
      const known = this.#curves.get(name)
      if (known === undefined) continue
      known.line = withPoints(known.line, [point])
      known.fresh += 1
      if (this.#changed.size === 0) this.#world.nextFrame(() => this.#tell())
      this.#changed.add(name)
    }
  }

  async #read(): Promise<void> {
    const missing = (run: string, key: string): boolean => !((this.#curves.get(nameOf(run, key))?.fresh ?? Infinity) < tail)
    const keys = this.#keys.filter((key) => this.#runs.some((run) => missing(run, key)))
    const runs = this.#runs.filter((run) => keys.some((key) => missing(run, key)))
    if (runs.length === 0) return
    this.#abort?.abort()
    const abort = this.#abort = new AbortController()
    this.#waiting.clear()
    for (const run of runs) for (const key of keys) this.#waiting.set(nameOf(run, key), [])
    try {
      const told = new Map((await this.#world.read(runs, keys, abort.signal)).map((one) => [nameOf(one.run_id, one.key), one]))
      if (abort.signal.aborted) return
      for (const [name, points] of this.#waiting) {
        const one = told.get(name)
        this.#curves.delete(name)
        this.#curves.set(name, { line: withPoints(one === undefined ? noLine : lineOf(one), points), fresh: 0 })
        this.#changed.add(name)
      }
      this.#waiting.clear()
      for (const name of this.#curves.keys()) {
        if (this.#curves.size <= kept) break
        if (!this.#watchers.has(name)) this.#curves.delete(name)
      }
      this.#tell()
    } catch {
      // A table without its small curves is still a table; they are asked for again with the next scroll.
      if (this.#abort === abort) this.#waiting.clear()
    }
  }

  #tell(): void {
    const names = [...this.#changed]
    this.#changed.clear()
    for (const name of names) for (const changed of this.#watchers.get(name) ?? []) changed()
    if (names.some((name) => (this.#curves.get(name)?.fresh ?? 0) >= tail)) void this.#read()
  }
}
