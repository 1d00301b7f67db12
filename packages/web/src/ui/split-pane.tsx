import { useRef, type KeyboardEvent, type PointerEvent, type ReactNode } from 'react'

export interface SplitPaneProps {
  readonly label: string
  /** What part of the width the left one has, 0 to 1. At the ends one of the two is not drawn. */
  readonly part: number
  readonly left: ReactNode
  readonly right: ReactNode
  onMove(part: number): void
}

const steps = [0, 0.25, 0.4, 0.5, 0.6, 0.75, 1]
/** Nearer to an edge than this, it goes to the edge. */
const snap = 0.1

/** Two panes and a bar between them, moved by pointer and arrow keys; a double click parts them evenly. */
export function SplitPane({ label, part, left, right, onMove }: SplitPaneProps): ReactNode {
  const frame = useRef<HTMLDivElement>(null)
  const move = (event: PointerEvent<HTMLDivElement>): void => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId)) return
    const { left: x, width } = frame.current!.getBoundingClientRect()
    const wanted = (event.clientX - x) / width
    onMove(wanted < snap ? 0 : wanted > 1 - snap ? 1 : Math.round(wanted * 100) / 100)
  }
  const key = (event: KeyboardEvent): void => {
    const next = event.key === 'ArrowRight' ? steps.find((step) => step > part) : event.key === 'ArrowLeft' ? steps.findLast((step) => step < part)
      : event.key === 'Home' ? 0 : event.key === 'End' ? 1 : undefined
    if (next === undefined) return
    event.preventDefault()
    onMove(next)
  }
  return (
    <div ref={frame} className="split" style={{ gridTemplateColumns: part === 0 ? '0 9px minmax(0, 1fr)' : part === 1 ? 'minmax(0, 1fr) 9px 0' : `minmax(0, ${part}fr) 9px minmax(0, ${1 - part}fr)` }}>
      <div className="split-side">{part > 0 && left}</div>
      <div role="separator" aria-orientation="vertical" aria-label={label} aria-valuenow={Math.round(part * 100)} aria-valuemin={0} aria-valuemax={100} tabIndex={0} className="split-bar"
        onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)} onPointerMove={move} onDoubleClick={() => onMove(0.5)} onKeyDown={key} />
      <div className="split-side">{part < 1 && right}</div>
    </div>
  )
}
