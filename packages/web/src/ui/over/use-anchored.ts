import { useLayoutEffect, type RefObject } from 'react'

interface Anchored {
  setAnchorElement(element: HTMLElement | null): void
  setDisclosureElement(element: HTMLElement | null): void
}

/** What opens beside a button is placed by it and gives the focus back to it. One that is open from the start is drawn together with its button. */
export function useAnchored(store: Anchored, anchor: RefObject<HTMLElement | null>, begin?: () => void): void {
  useLayoutEffect(() => {
    store.setAnchorElement(anchor.current)
    store.setDisclosureElement(anchor.current)
    begin?.()
  }, [store, anchor])
}
