import { useEffect, useRef, useState, type ReactNode, type RefObject } from 'react'
import { count } from '../../ui/format.ts'
import { ownSection } from './layout.ts'
import { SectionGrip, type SectionGripProps } from './section-grip.tsx'
import { words } from './words.ts'

/** Charts of a section before more are asked for. */
const page = 12

export interface SectionProps {
  readonly name: string
  readonly ids: readonly string[]
  /** The only one needs no heading. */
  readonly single: boolean
  readonly folded: boolean
  onFold(folded: boolean): void
  /** Puts the section before another, or behind all; by one place. Undefined where sections stay. */
  readonly moves?: Pick<SectionGripProps, 'onMove' | 'onStep'>
  children(id: string, columns: number): ReactNode
}

export const sectionLabel = (name: string): string => (name === '' ? words.charts : name === ownSection ? words.panels : name)

/** Panels under one heading, which folds them; of many the first. */
export function Section({ name, ids, single, folded, onFold, moves, children }: SectionProps): ReactNode {
  const [most, setMost] = useState(page)
  const grid = useRef<HTMLDivElement>(null)
  const columns = useColumns(grid, folded)
  const size = ids.length
  return (
    <section aria-label={words.chartsOf(name === '' ? words.metrics : sectionLabel(name))} data-section={name}>
      {!single && <div className="section-head"><h2><button type="button" aria-expanded={!folded} onClick={() => onFold(!folded)}><svg viewBox="0 0 16 16" aria-hidden="true"><path d="M5 3l5 5-5 5" /></svg>{sectionLabel(name)}</button></h2><span className="soft">{size}</span>{moves !== undefined && <SectionGrip name={name} label={sectionLabel(name)} {...moves} />}</div>}
      {!folded && <div ref={grid} className="panels">{ids.slice(0, most).map((id) => children(id, columns))}</div>}
      {!folded && size > most && <p><button type="button" className="button" onClick={() => setMost(most + page * 2)}>{words.showMoreOf(Math.min(page * 2, size - most), count(size, 'metric'))}</button></p>}
    </section>
  )
}

/** Columns that a grid of `auto-fill` has made, as the browser says it. */
function useColumns(grid: RefObject<HTMLElement | null>, folded: boolean): number {
  const [columns, setColumns] = useState(1)
  useEffect(() => {
    const element = grid.current
    if (element === null) return undefined
    const measure = (): void => setColumns(columnsOf(element))
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    return () => observer.disconnect()
  }, [grid, folded])
  return columns
}

/** From its width: what it has made already would hold what is too wide for it. */
function columnsOf(element: HTMLElement): number {
  const style = getComputedStyle(element)
  const least = Number.parseFloat(style.getPropertyValue('--panel-least')) || 340
  const gap = Number.parseFloat(style.columnGap) || 0
  return Math.max(1, Math.floor((element.clientWidth + gap) / (least + gap)))
}
