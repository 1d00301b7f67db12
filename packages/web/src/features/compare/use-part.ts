import { useLayoutEffect, useState, type RefObject } from 'react'
import { watchScroll } from '../../ui/use-window.ts'

/** Pixels of what an element scrolls over. */
export interface Part {
  readonly top: number
  readonly left: number
  readonly height: number
  readonly width: number
}

/** It is told in steps, so that one draws again after some rows and not at every pixel. */
const step = 96

/** Which part of an element's content is seen, with one step more on all sides; before it is known, what a window of this size would show. */
export function usePart(ref: RefObject<HTMLElement | null>): Part {
  const [part, setPart] = useState((): Part => stepped(0, 0, innerHeight * 0.75, innerWidth - 120))
  // Before it is painted: what is in sight is drawn once.
  useLayoutEffect(() => {
    const element = ref.current
    if (element === null) return undefined
    const update = (): void => setPart((old) => {
      const now = stepped(element.scrollTop, element.scrollLeft, element.clientHeight, element.clientWidth)
      return old.top === now.top && old.left === now.left && old.height === now.height && old.width === now.width ? old : now
    })
    return watchScroll(element, update)
  }, [ref])
  return part
}

function stepped(top: number, left: number, height: number, width: number): Part {
  const [row, column] = [Math.floor(top / step), Math.floor(left / step)]
  return { top: Math.max(0, row - 1) * step, left: Math.max(0, column - 1) * step, height: (Math.ceil(height / step) + (row === 0 ? 1 : 2) + 1) * step, width: (Math.ceil(width / step) + (column === 0 ? 1 : 2)) * step }
}
