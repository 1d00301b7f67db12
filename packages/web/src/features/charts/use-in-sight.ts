import { useEffect, useState, type RefObject } from 'react'

/** Whether an element is in the window, or in the part of it that scrolls, or nearly; and whether it ever was. `probably`: what is taken for true until the browser knows, a frame later. */
export function useInSight(element: RefObject<HTMLElement | null>, probably = false): { readonly inSight: boolean; readonly seen: boolean } {
  const [state, setState] = useState({ inSight: probably, seen: probably })
  useEffect(() => {
    const observer = new IntersectionObserver((entries) => {
      const { isIntersecting } = entries.at(-1)!
      setState((old) => (old.inSight === isIntersecting ? old : { inSight: isIntersecting, seen: old.seen || isIntersecting }))
    }, { root: element.current!.closest('[data-scrolls]'), rootMargin: '200px 0px' })
    observer.observe(element.current!)
    return () => observer.disconnect()
  }, [element])
  return state
}
