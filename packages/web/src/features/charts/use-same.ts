import { useRef } from 'react'

/** The same array for as long as it holds the same. */
export function useSame<T>(items: readonly T[], text: (item: T) => unknown): readonly T[] {
  const kept = useRef(items)
  if (kept.current.length !== items.length || kept.current.some((item, at) => text(item) !== text(items[at]!))) kept.current = items
  return kept.current
}
