import { useCallback } from 'react'
import { go, usePlaceQuery } from './router.ts'

/** Changes the query of the address; what stands in it besides stays. */
export function changeQuery(change: (query: URLSearchParams) => void, how: 'replace' | 'step' = 'replace'): void {
  const query = new URLSearchParams(location.search)
  change(query)
  // A list is read more easily with its commas.
  go(`${location.pathname}${query.size === 0 ? '' : `?${query.toString().replaceAll('%2C', ',')}`}`, how)
}

/** One word of the address's query, "" where it is not said, and how to say another. */
export function usePlaceWord(key: string): [word: string, say: (word: string) => void] {
  const word = new URLSearchParams(usePlaceQuery()).get(key) ?? ''
  const say = useCallback((next: string): void => changeQuery((query) => (next === '' ? query.delete(key) : query.set(key, next))), [key])
  return [word, say]
}
