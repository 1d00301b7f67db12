import { createContext, use, useCallback, useMemo, useSyncExternalStore } from 'react'

/** The run that one points at, in the table or in a chart: both show it. Changes with the pointer, so it stands in no address. */
export class Pointed {
  /** What the lines are where the cursor of the charts stands. */
  readonly at = new AtCursor()
  #id: string | undefined
  readonly #watchers = new Set<() => void>()

  get id(): string | undefined {
    return this.#id
  }

  set(id: string | undefined): void {
    if (id === this.#id) return
    this.#id = id
    for (const changed of this.#watchers) changed()
  }

  readonly watch = (changed: () => void): (() => void) => {
    this.#watchers.add(changed)
    return () => void this.#watchers.delete(changed)
  }
}

/** What the lines of a metric are where the cursor of the charts stands: of each run its value, or what is not a number by name. */
export type ValuesAt = ReadonlyMap<string, number | string>

const restMs = 50

/** The values at the cursor of the charts, for whoever shows the same runs. */
export class AtCursor {
  readonly #values = new Map<string, ValuesAt>()
  readonly #watchers = new Set<() => void>()
  #place: string | undefined
  #waiting = false
  #told = 0

  /** Where the cursor stands ("step 500"); undefined where there is none. */
  get place(): string | undefined {
    return this.#place
  }

  value(run: string, metric: string): number | string | undefined {
    return this.#values.get(metric)?.get(run)
  }

  /** Undefined when the cursor has left the chart of this metric. */
  set(metric: string, place: string | undefined, values: () => ValuesAt): void {
    if (place === undefined) {
      if (!this.#values.delete(metric)) return
      if (this.#values.size === 0) this.#place = undefined
    } else {
      // Where no table is in sight nobody has use for them.
      if (this.#watchers.size === 0) return
      this.#values.set(metric, values())
      this.#place = place
    }
    if (this.#waiting) return
    this.#waiting = true
    // All charts move their cursors in one event: they are told of together. And nobody reads a column
    // of numbers sixty times a second, which would take longer than a frame.
    setTimeout(() => {
      this.#waiting = false
      this.#told = performance.now()
      for (const changed of this.#watchers) changed()
    }, Math.max(0, restMs - (performance.now() - this.#told)))
  }

  readonly watch = (changed: () => void): (() => void) => {
    this.#watchers.add(changed)
    return () => void this.#watchers.delete(changed)
  }
}

const PointedContext = createContext<Pointed>(new Pointed())
export const PointedProvider = PointedContext.Provider

export const usePointed = (): Pointed => use(PointedContext)
export const useNewPointed = (): Pointed => useMemo(() => new Pointed(), [])

/** Whether one points at this run: drawn again only when that changes. */
export function useIsPointed(id: string | undefined): boolean {
  const pointed = usePointed()
  return useSyncExternalStore(pointed.watch, useCallback(() => id !== undefined && pointed.id === id, [pointed, id]))
}

/** The run that one points at. */
export function usePointedId(): string | undefined {
  const pointed = usePointed()
  return useSyncExternalStore(pointed.watch, () => pointed.id)
}

/** What a metric of a run is where the cursor of the charts stands; undefined without a cursor, or where the run has no line. */
export function useValueAt(run: string, metric: string): number | string | undefined {
  const { at } = usePointed()
  return useSyncExternalStore(at.watch, useCallback(() => at.value(run, metric), [at, run, metric]))
}

/** Where the cursor of the charts stands, in words. */
export function usePlaceAt(): string | undefined {
  const { at } = usePointed()
  return useSyncExternalStore(at.watch, useCallback(() => at.place, [at]))
}
