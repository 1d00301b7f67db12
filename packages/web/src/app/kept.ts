import { hashKey, type QueryKey } from '@tanstack/react-query'
import { useEffect, useMemo, useRef, useState } from 'react'

/**
 * What outlives the page that shows it, so that Back finds it as it was and nothing is read again. Each
 * is moved by what happens while its page is there and, by `useKeptLive`, by what was missed meanwhile.
 */

/** Of each kind: pages that one goes back to. */
const most = 4
const kinds = new Map<string, Map<string, unknown>>()

/** The thing with this name as it was left, or a new one. */
export function useKept<T>(kind: string, name: string, make: () => T): T {
  return useMemo(() => {
    const known = kinds.get(kind) ?? new Map<string, unknown>()
    kinds.set(kind, known)
    const thing = known.has(name) ? known.get(name) as T : make()
    // Those in use come last.
    known.delete(name)
    known.set(name, thing)
    if (known.size > most) known.delete(known.keys().next().value!)
    return thing
  }, [kind, name])
}

/** A state that is found again as it was left. */
export function useKeptState<T>(kind: string, name: string, first: T): [T, (next: T | ((old: T) => T)) => void] {
  const box = useKept(kind, name, () => ({ value: first }))
  const [, draw] = useState(0)
  return [box.value, (next) => {
    box.value = next instanceof Function ? next(box.value) : next
    draw((count) => count + 1)
  }]
}

/** Queries that were true when the page with this name, which listens for them, was left. */
const left = new Map<string, ReadonlySet<string>>()

/**
 * How long what was read may be shown without being read again, by its key: until an event says
 * otherwise where this page was last left with the same key, else `ms`.
 */
export function useHolding(page: string, keys: readonly QueryKey[], ms: number): (key: QueryKey) => number {
  const names = keys.map((key) => hashKey(key))
  const [found] = useState(() => {
    const known = left.get(page)
    // What moves this page now does not move what it showed with other keys.
    left.delete(page)
    return new Set(names.filter((name) => known?.has(name)))
  })
  const latest = useRef(names)
  latest.current = names
  useEffect(() => () => void left.set(page, new Set(latest.current)), [])
  return (key) => (found.has(hashKey(key)) ? Infinity : ms)
}
