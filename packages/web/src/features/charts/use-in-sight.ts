import { useEffect, useState, type RefObject } from 'react'

/** Pixels above and below that count as in sight. */
const margin = 200

/** Whether an element is in the window, or in the part of it that scrolls, or nearly; and whether it ever was. */
export function useInSight(element: RefObject<HTMLElement | null>): { readonly inSight: boolean; readonly seen: boolean } {
  const [state, setState] = useState({ inSight: false, seen: false })
  useEffect(() => {
    const root = element.current!.closest('[data-scrolls]')
    const tell = (inSight: boolean): void => setState((old) => (old.inSight === inSight ? old : { inSight, seen: old.seen || inSight }))
    // The observer tells after the next frame: what plainly stands there asks for its data before it.
    const { top, bottom } = element.current!.getBoundingClientRect()
    const [from, to] = root === null ? [0, innerHeight] : [root.getBoundingClientRect().top, root.getBoundingClientRect().bottom]
    if (bottom > from - margin && top < to + margin) tell(true)
    const observer = new IntersectionObserver((entries) => tell(entries.at(-1)!.isIntersecting), { root, rootMargin: `${margin}px 0px` })
    observer.observe(element.current!)
    return () => observer.disconnect()
  }, [element])
  return state
}
