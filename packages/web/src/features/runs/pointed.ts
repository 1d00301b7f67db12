import { createContext, use, useCallback, useMemo, useSyncExternalStore } from 'react'

/** The run that one points at, in the table or in a chart: both show it. Changes with the pointer, so it stands in no address. */
export class Pointed {
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
