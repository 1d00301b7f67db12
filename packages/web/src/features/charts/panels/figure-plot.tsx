import { useEffect, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from 'react'
import { FigureChart, type Brushed, type Hit } from '@cairn/charts'
import { useTipPlace } from '../tip.ts'
import type { View } from './view.ts'

export interface FigurePlotProps {
  readonly view: View
  onBrush(brushed: Brushed | undefined, done: boolean): void
  /** Enter, or a click, on one of its things. */
  onPick(index: number | undefined, open: boolean): void
  /** One of its things that is pointed at elsewhere. */
  readonly raised?: number | undefined
  onPoint?(index: number | undefined): void
  readonly children?: ReactNode
}

/** A figure with what is said at its things. */
export function FigurePlot({ view, raised, onBrush, onPick, onPoint, children }: FigurePlotProps): ReactNode {
  const element = useRef<HTMLDivElement>(null)
  const chart = useRef<FigureChart>(undefined)
  const [hit, setHit] = useState<Hit>()
  const [focused, setFocused] = useState(false)
  const latest = useRef({ onBrush, onPick, onPoint })
  latest.current = { onBrush, onPick, onPoint }
  const dragged = useRef(false)
  useEffect(() => {
    const made = chart.current = new FigureChart(element.current!, {
      onHit: (next) => {
        setHit(next)
        latest.current.onPoint?.(next?.index)
      },
      onBrush: (brushed, done) => {
        dragged.current = true
        latest.current.onBrush(brushed, done)
      },
    })
    return () => {
      chart.current = undefined
      made[Symbol.dispose]()
    }
  }, [])
  useEffect(() => chart.current?.draw(view.figure), [view.figure])
  useEffect(() => chart.current?.raise(raised), [view.figure, raised])
  const tip = useMemo(() => (hit === undefined ? undefined : view.tip(hit.index)), [view, hit?.index])
  const width = element.current?.clientWidth ?? 0
  const place = useTipPlace()
  const key = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    if (event.key === 'f') event.currentTarget.closest('figure')?.querySelector<HTMLButtonElement>('[data-full]')?.click()
    else if (event.key === 'Enter' && hit !== undefined) onPick(hit.index, true)
    else if (event.key === ' ' && hit !== undefined) {
      event.preventDefault()
      onPick(hit.index, false)
    }
  }
  const click = (): void => {
    // What ends a drag is no click.
    if (!dragged.current) onPick(hit?.index, false)
    dragged.current = false
  }
  return (
    <div className="plot-frame">
      <div ref={element} className="plot" role="img" tabIndex={0} aria-label={view.summary} aria-describedby="figure-keys" onKeyDown={key} onClick={click} onPointerDown={() => { dragged.current = false }} onFocus={() => setFocused(true)} onBlur={() => setFocused(false)} />
      {children}
      {hit !== undefined && tip !== undefined && (
        <div ref={place} className="tip figure-tip" aria-hidden="true" style={{ top: Math.max(4, hit.y - 12), ...(hit.x > width / 2 ? { right: width - hit.x + 14 } : { left: hit.x + 14 }) }}>
          <b>{tip.title}</b>
          {tip.rows.map(([name, value]) => <div key={name} className="figure-tip-row"><span>{name}</span><b>{value}</b></div>)}
        </div>
      )}
      <span className="visually-hidden" aria-live={focused ? 'polite' : 'off'}>{focused && tip !== undefined ? `${tip.title}: ${tip.rows.map(([name, value]) => `${name} ${value}`).join(', ')}` : ''}</span>
    </div>
  )
}
