import { useState } from 'react'

/** Entries of a list that nobody has opened yet: an option costs a browser four nodes, and a list may have two hundred. */
const few = 24

export interface Few<T> {
  readonly shown: readonly T[]
  /** For the list: with the pointer over it or the focus in it all entries are there. */
  readonly opening: { onFocus?(): void; onPointerEnter?(): void }
}

/** The first entries of a browser's own list and the one that is chosen, until somebody is about to open it. */
export function useFew<T>(entries: readonly T[], isChosen: (entry: T) => boolean): Few<T> {
  const [all, setAll] = useState(false)
  if (all || entries.length <= few) return { shown: entries, opening: {} }
  const open = (): void => setAll(true)
  return { shown: entries.filter((entry, at) => at < few || isChosen(entry)), opening: { onFocus: open, onPointerEnter: open } }
}
