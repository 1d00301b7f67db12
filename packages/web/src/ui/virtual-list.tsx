import type { ReactNode } from 'react'
import { useWindow } from './use-window.ts'

export interface VirtualListProps {
  readonly label: string
  readonly count: number
  /** Height of each in pixels. */
  readonly row: number
  readonly item: (index: number) => ReactNode
}

/** A list of any length, of which only what is in sight is drawn. */
export function VirtualList({ label, count, row, item }: VirtualListProps): ReactNode {
  const view = useWindow(count, row)
  return (
    <div ref={view.ref} className="virtual-list" tabIndex={0} role="list" aria-label={label}>
      <div style={{ height: view.height, position: 'relative' }}>
        {Array.from({ length: Math.max(0, view.to - view.from) }, (_, at) => (
          <div key={view.from + at} role="listitem" aria-posinset={view.from + at + 1} aria-setsize={count} style={{ position: 'absolute', insetInline: 0, height: row, transform: `translateY(${view.top + at * row}px)` }}>{item(view.from + at)}</div>
        ))}
      </div>
    </div>
  )
}
