import { createContext, useContext, useEffect, useRef, useState, type KeyboardEvent, type PointerEvent, type ReactNode } from 'react'
import { Icon } from '../../ui/icon.tsx'
import { mostHeight, mostWidth, type PanelSize } from './layout.ts'
import { words } from './words.ts'

/** What the grid does for the panel in one of its places. */
export interface SlotActions {
  step(id: string, step: 'left' | 'right' | 'up' | 'down'): void
  /** Put before another panel, or at the end of a section. */
  drop(id: string, section: string, before: string): void
  resize(id: string, size: PanelSize): void
}

interface Slot extends SlotActions {
  readonly id: string
  readonly size: PanelSize
}

const SlotContext = createContext<Slot | undefined>(undefined)

export interface PlaceProps {
  readonly id: string
  /** What it shows, where that is a metric. */
  readonly metric: string | undefined
  /** Drawn at once; others when they come near, for twelve thousand metrics have hundreds of places. */
  readonly early: boolean
  /** Places that were drawn, wherever they stood: they stay so. */
  readonly drawn: Set<string>
  readonly size: PanelSize
  /** Columns that the grid has room for. */
  readonly columns: number
  readonly actions: SlotActions
  readonly children: ReactNode
}

/** A place of the grid with a panel in it. */
export function Place({ id, metric, early, drawn, size, columns, actions, children }: PlaceProps): ReactNode {
  const width = Math.min(size.width, columns)
  const element = useRef<HTMLDivElement>(null)
  const [isDrawn, draw] = useState(early || drawn.has(id))
  useEffect(() => {
    if (isDrawn) return void drawn.add(id)
    const observer = new IntersectionObserver((entries) => { if (entries.at(-1)!.isIntersecting) draw(true) }, { root: element.current!.closest('[data-scrolls]'), rootMargin: '600px 0px' })
    observer.observe(element.current!)
    return () => observer.disconnect()
  }, [isDrawn, drawn, id])
  if (!isDrawn) return <div ref={element} className="panel-place panel-later" data-panel={id} data-metric={metric} style={{ gridColumn: `span ${width}`, gridRow: `span ${size.height}`, ['--panel-rows' as string]: size.height }} />
  return (
    <div className="panel-place" data-panel={id} style={{ gridColumn: `span ${width}`, gridRow: `span ${size.height}`, ['--panel-rows' as string]: size.height }}>
      <SlotContext value={{ ...actions, id, size }}>{children}</SlotContext>
      <Corner id={id} size={size} columns={columns} onSize={(next) => actions.resize(id, next)} />
    </div>
  )
}

const clampSize = ({ width, height }: PanelSize): PanelSize => ({ width: Math.max(1, Math.min(mostWidth, width)), height: Math.max(1, Math.min(mostHeight, height)) })
const arrows = { ArrowLeft: 'left', ArrowRight: 'right', ArrowUp: 'up', ArrowDown: 'down' } as const

/** The part of a panel's head by which it is moved: dragged, or with the arrow keys; with Shift these change its size. */
export function Grip({ title }: { readonly title: string }): ReactNode {
  const slot = useContext(SlotContext)
  const [told, setTold] = useState('')
  const ghost = useRef<{ readonly element: HTMLElement; readonly x: number; readonly y: number }>(undefined)
  if (slot === undefined) return undefined
  const { id, size } = slot
  const key = (event: KeyboardEvent<HTMLElement>): void => {
    const arrow = arrows[event.key as keyof typeof arrows]
    if (arrow === undefined) return
    event.preventDefault()
    if (event.shiftKey) {
      const next = clampSize({ width: size.width + (arrow === 'right' ? 1 : arrow === 'left' ? -1 : 0), height: size.height + (arrow === 'down' ? 1 : arrow === 'up' ? -1 : 0) })
      slot.resize(id, next)
      setTold(words.sizedTo(next.width, next.height))
      return
    }
    slot.step(id, arrow)
    setTold(words.moved(arrow))
    // A panel that comes into another section is another element: the focus follows it.
    requestAnimationFrame(() => requestAnimationFrame(() => document.querySelector<HTMLElement>(`[data-panel="${CSS.escape(id)}"] [data-grip]`)?.focus()))
  }
  const down = (event: PointerEvent<HTMLElement>): void => {
    if (event.button !== 0) return
    event.currentTarget.setPointerCapture(event.pointerId)
    ghost.current = { element: event.currentTarget.closest<HTMLElement>('[data-panel]')!, x: event.clientX, y: event.clientY }
  }
  const move = (event: PointerEvent<HTMLElement>): void => {
    const held = ghost.current
    if (held === undefined) return
    held.element.dataset['dragged'] = ''
    held.element.style.transform = `translate(${event.clientX - held.x}px, ${event.clientY - held.y}px)`
    mark(targetAt(event.clientX, event.clientY, held.element))
  }
  const up = (event: PointerEvent<HTMLElement>): void => {
    const held = ghost.current
    ghost.current = undefined
    if (held === undefined) return
    const target = held.element.dataset['dragged'] === undefined ? undefined : targetAt(event.clientX, event.clientY, held.element)
    delete held.element.dataset['dragged']
    held.element.style.transform = ''
    mark(undefined)
    if (target !== undefined) slot.drop(id, target.section, target.before)
  }
  return (
    <>
      <button type="button" className="tool grip" data-grip="" aria-label={words.move(title)} title={words.dragOrArrowKeysTo} onKeyDown={key} onPointerDown={down} onPointerMove={move} onPointerUp={up} onPointerCancel={up}><Icon name="grip" /></button>
      <span className="visually-hidden" aria-live="polite">{told}</span>
    </>
  )
}

interface Target {
  readonly section: string
  readonly before: string
  readonly element: HTMLElement
  readonly after: boolean
}

/** The panel under a place of the screen: in its left half it is stood before, in its right half behind. */
function targetAt(x: number, y: number, dragged: HTMLElement): Target | undefined {
  for (const element of document.elementsFromPoint(x, y)) {
    const section = element.closest<HTMLElement>('[data-section]')
    if (section === null) continue
    const name = section.dataset['section']!
    const panel = element.closest<HTMLElement>('[data-panel]')
    if (panel === dragged) continue
    if (panel === null) return { section: name, before: '', element: section, after: true }
    const box = panel.getBoundingClientRect()
    const after = x > box.left + box.width / 2
    const next = panel.nextElementSibling as HTMLElement | null
    const behind = next === dragged ? next.nextElementSibling as HTMLElement | null : next
    return { section: name, before: after ? behind?.dataset['panel'] ?? '' : panel.dataset['panel']!, element: panel, after }
  }
  return undefined
}

function mark(target: Target | undefined): void {
  for (const element of document.querySelectorAll<HTMLElement>('[data-drop]')) if (element !== target?.element) delete element.dataset['drop']
  if (target !== undefined) target.element.dataset['drop'] = target.after ? 'after' : 'before'
}

/** The corner that one pulls at; sizes are whole columns and rows. */
function Corner({ size, columns, onSize }: { readonly id: string; readonly size: PanelSize; readonly columns: number; onSize(size: PanelSize): void }): ReactNode {
  const from = useRef<{ readonly x: number; readonly y: number; readonly unit: { readonly width: number; readonly height: number }; readonly size: PanelSize }>(undefined)
  const down = (event: PointerEvent<HTMLElement>): void => {
    if (event.button !== 0) return
    event.preventDefault()
    event.currentTarget.setPointerCapture(event.pointerId)
    const { width, height } = event.currentTarget.parentElement!.getBoundingClientRect()
    from.current = { x: event.clientX, y: event.clientY, size, unit: { width: width / Math.min(size.width, columns), height: height / size.height } }
  }
  const move = (event: PointerEvent<HTMLElement>): void => {
    const held = from.current
    if (held === undefined) return
    const next = clampSize({ width: Math.min(columns, Math.round(held.size.width + (event.clientX - held.x) / held.unit.width)), height: Math.round(held.size.height + (event.clientY - held.y) / held.unit.height) })
    if (next.width !== size.width || next.height !== size.height) onSize(next)
  }
  const up = (): void => { from.current = undefined }
  return <span className="panel-corner" aria-hidden="true" onPointerDown={down} onPointerMove={move} onPointerUp={up} onPointerCancel={up} />
}
