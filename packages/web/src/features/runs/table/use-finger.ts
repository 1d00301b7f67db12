import { useEffect, useRef, type RefObject } from 'react'

/** A finger that rests so long selects; one that moves before scrolls. */
const restMs = 400
/** A resting finger trembles so many pixels. */
const still = 10
/** So near to the upper and lower edge the rows roll on, by so many pixels a frame. */
const edge = 36
const roll = 8

export interface FingerHands {
  /** A finger rests on this line: whether it selects from there on. */
  take(line: number): boolean
  /** It has moved to this one. */
  extend(line: number): void
}

/**
 * Selection by finger: one that rests on a row selects it, and every row that it then passes, while the
 * rows stand still or roll at an edge. All other touches are the browser's, that scrolls by them.
 */
export function useFinger(grid: RefObject<HTMLElement | null>, hands: FingerHands): void {
  const latest = useRef(hands)
  latest.current = hands
  useEffect(() => {
    const element = grid.current
    if (element === null) return
    let timer: ReturnType<typeof setTimeout> | undefined
    let frame = 0
    let selecting = false
    let line = -1
    let [x, y, began] = [0, 0, 0]
    const lineAt = (): number => {
      const { left, right, top, bottom } = element.getBoundingClientRect()
      const below = element.querySelector('.grid-head')?.getBoundingClientRect().bottom ?? top
      const at = document.elementFromPoint(Math.max(left + 2, Math.min(right - 2, x)), Math.max(below + 2, Math.min(bottom - 2, y)))
      return Number(/^run-line-(\d+)$/.exec(at?.closest('.grid-row')?.id ?? '')?.[1] ?? -1)
    }
    const reach = (): void => {
      const at = lineAt()
      if (at < 0 || at === line) return
      line = at
      latest.current.extend(at)
    }
    const rolling = (): void => {
      const { bottom } = element.getBoundingClientRect()
      const top = element.querySelector('.grid-head')?.getBoundingClientRect().bottom ?? 0
      // Only where it was led: it may have come to rest there.
      const by = y > bottom - edge && y > began + still ? roll : y < top + edge && y < began - still ? -roll : 0
      if (by !== 0) {
        element.scrollTop += by
        reach()
      }
      frame = requestAnimationFrame(rolling)
    }
    const end = (): void => {
      clearTimeout(timer)
      timer = undefined
      cancelAnimationFrame(frame)
      selecting = false
    }
    const start = (event: TouchEvent): void => {
      end()
      const [touch, another] = event.touches
      // Buttons and headings have presses of their own.
      if (touch === undefined || another !== undefined || (event.target as Element).closest('button, .grid-head') !== null) return
      ;[x, y, began] = [touch.clientX, touch.clientY, touch.clientY]
      timer = setTimeout(() => {
        timer = undefined
        line = lineAt()
        selecting = line >= 0 && latest.current.take(line)
        if (selecting) frame = requestAnimationFrame(rolling)
      }, restMs)
    }
    const move = (event: TouchEvent): void => {
      const touch = event.touches[0]
      if (touch === undefined) return
      if (!selecting) {
        if (Math.hypot(touch.clientX - x, touch.clientY - y) > still) end()
        return
      }
      // Or the browser would scroll.
      event.preventDefault()
      ;[x, y] = [touch.clientX, touch.clientY]
      reach()
    }
    const lift = (event: TouchEvent): void => {
      // A click would open the run below the finger.
      if (selecting) event.preventDefault()
      end()
    }
    // What else a long press does: a menu, dragging the link away.
    const mine = (event: Event): void => { if (selecting || timer !== undefined) event.preventDefault() }
    element.addEventListener('touchstart', start, { passive: true })
    element.addEventListener('touchmove', move, { passive: false })
    element.addEventListener('touchend', lift)
    element.addEventListener('touchcancel', end)
    element.addEventListener('contextmenu', mine)
    element.addEventListener('dragstart', mine)
    return () => {
      end()
      element.removeEventListener('touchstart', start)
      element.removeEventListener('touchmove', move)
      element.removeEventListener('touchend', lift)
      element.removeEventListener('touchcancel', end)
      element.removeEventListener('contextmenu', mine)
      element.removeEventListener('dragstart', mine)
    }
  }, [grid])
}
