import { useCallback, useLayoutEffect, useRef, useState, type RefObject } from 'react'

/** Browsers draw no element higher than some 16 million pixels; beyond this the scrollbar is scaled. */
const tallest = 8_000_000

export interface Window {
  readonly ref: RefObject<HTMLDivElement | null>
  /** Rows to draw: from, up to but not including. */
  readonly from: number
  readonly to: number
  /** Where the first of them stands, in pixels from the top of the content. */
  readonly top: number
  /** Height of the content in pixels. */
  readonly height: number
  readonly left: number
  readonly width: number
  scrollTo(row: number): void
}

/** Calls `update` now, and whenever the element is scrolled or has another size; answers how to end it. */
export function watchScroll(element: Element, update: () => void): () => void {
  update()
  const observer = new ResizeObserver(update)
  observer.observe(element)
  element.addEventListener('scroll', update, { passive: true })
  return () => {
    observer.disconnect()
    element.removeEventListener('scroll', update)
  }
}

/** Which of `count` rows of one height are to be seen in an element that scrolls. */
export function useWindow(count: number, row: number, overscan = 10): Window {
  const ref = useRef<HTMLDivElement>(null)
  const [seen, setSeen] = useState({ top: 0, left: 0, height: 600, width: 800 })
  const real = count * row
  const height = Math.min(real, tallest)
  // Before it is painted: what is in sight is drawn, and asked for, once.
  useLayoutEffect(() => {
    const element = ref.current
    if (element === null) return
    const update = (): void => setSeen((before) => {
      const { scrollTop: top, scrollLeft: left, clientHeight: height, clientWidth: width } = element
      return before.top === top && before.left === left && before.height === height && before.width === width ? before : { top, left, height, width }
    })
    return watchScroll(element, update)
  }, [])
  const most = Math.max(height - seen.height, 1)
  const at = real <= tallest ? seen.top : Math.min(seen.top / most, 1) * (real - seen.height)
  const from = Math.max(0, Math.floor(at / row) - overscan)
  const to = Math.min(count, Math.ceil((at + seen.height) / row) + overscan)
  const scrollTo = useCallback((index: number): void => {
    const element = ref.current
    if (element === null) return
    const wanted = Math.max(0, index * row - element.clientHeight / 3)
    element.scrollTop = real <= tallest ? wanted : wanted / Math.max(real - element.clientHeight, 1) * most
  }, [row, real, most])
  return { ref, from, to, top: from * row - at + seen.top, height, left: seen.left, width: seen.width, scrollTo }
}
