import { useEffect, useRef, useState, type ReactNode } from 'react'

export interface LaterProps {
  /** An id to jump to. */
  readonly id: string
  /** Pixels that it takes at least. */
  readonly room: number
  /** What stands there until it has come. */
  readonly before?: ReactNode
  readonly children: ReactNode
}

/** So much of it is in the window before it is fetched and drawn: its heading alone tells that there is more below. */
const inside = '0px 0px -80px 0px'

/** A part of a page that comes, code, data and all, when one scrolls to it. */
export function Later({ id, room, before, children }: LaterProps): ReactNode {
  const [near, setNear] = useState(false)
  const element = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (near) return undefined
    const observer = new IntersectionObserver((entries) => { if (entries.at(-1)!.isIntersecting) setNear(true) }, { rootMargin: inside })
    observer.observe(element.current!)
    return () => observer.disconnect()
  }, [near])
  return <div ref={element} id={id} tabIndex={-1} className="compare-later" style={{ minHeight: room }}>{near ? children : before}</div>
}

/** Goes to such a part, which comes then, and stays there while parts above it come, until somebody moves on. */
export function jumpTo(id: string): void {
  const element = document.getElementById(id)
  if (element === null) return
  const moved = new AbortController()
  const there = (): void => (element.isConnected ? element.scrollIntoView({ block: 'start', behavior: 'instant' }) : moved.abort())
  element.focus({ preventScroll: true })
  there()
  const observer = new ResizeObserver(there)
  for (const sibling of element.parentElement!.children) observer.observe(sibling)
  moved.signal.addEventListener('abort', () => observer.disconnect())
  for (const type of ['wheel', 'pointerdown', 'touchstart', 'keydown'] as const) addEventListener(type, () => moved.abort(), { capture: true, signal: moved.signal })
}
