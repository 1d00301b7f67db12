import { useEffect, type RefObject } from 'react'

export interface ImageHands {
  /** A step nearer or farther. */
  zoomBy(by: -1 | 1): void
  /** As large as it is, or as large as there is room. */
  toggle(): void
}

/** An image that is moved by dragging, and enlarged by the wheel with Ctrl (as two fingers on a trackpad say it), a double click, `+` and `-`. The wheel alone scrolls the page, as everywhere. */
export function useImageHands(ref: RefObject<HTMLDivElement | null>, hands: RefObject<ImageHands>): void {
  useEffect(() => {
    const element = ref.current
    if (element === null) return undefined
    let held: { readonly x: number; readonly y: number; readonly left: number; readonly top: number } | undefined
    const wheel = (event: WheelEvent): void => {
      if (!event.ctrlKey && !event.metaKey) return
      event.preventDefault()
      // What the pointer is at stays there.
      const box = element.getBoundingClientRect()
      const [x, y] = [event.clientX - box.left, event.clientY - box.top]
      const part = [(element.scrollLeft + x) / element.scrollWidth, (element.scrollTop + y) / element.scrollHeight] as const
      hands.current.zoomBy(event.deltaY < 0 ? 1 : -1)
      requestAnimationFrame(() => element.scrollTo({ left: part[0] * element.scrollWidth - x, top: part[1] * element.scrollHeight - y, behavior: 'instant' }))
    }
    const down = (event: PointerEvent): void => {
      if (event.button !== 0 || event.pointerType === 'touch' || (event.target as Element).closest('input') !== null) return
      // The bars that scroll are the browser's.
      const box = element.getBoundingClientRect()
      if (event.clientX - box.left > element.clientWidth || event.clientY - box.top > element.clientHeight) return
      held = { x: event.clientX, y: event.clientY, left: element.scrollLeft, top: element.scrollTop }
      element.setPointerCapture(event.pointerId)
      event.preventDefault()
      element.focus({ preventScroll: true })
    }
    const move = (event: PointerEvent): void => {
      if (held !== undefined) element.scrollTo({ left: held.left + held.x - event.clientX, top: held.top + held.y - event.clientY, behavior: 'instant' })
    }
    const up = (): void => { held = undefined }
    const twice = (): void => hands.current.toggle()
    const key = (event: KeyboardEvent): void => {
      if (event.target !== element || event.ctrlKey || event.metaKey || event.altKey) return
      if (event.key === '+' || event.key === '=') hands.current.zoomBy(1)
      else if (event.key === '-') hands.current.zoomBy(-1)
      else if (event.key === '0') hands.current.toggle()
    }
    const ended = new AbortController()
    const { signal } = ended
    element.addEventListener('wheel', wheel, { passive: false, signal })
    element.addEventListener('pointerdown', down, { signal })
    element.addEventListener('pointermove', move, { signal })
    element.addEventListener('pointerup', up, { signal })
    element.addEventListener('pointercancel', up, { signal })
    element.addEventListener('dblclick', twice, { signal })
    element.addEventListener('keydown', key, { signal })
    return () => ended.abort()
  }, [ref, hands])
}
