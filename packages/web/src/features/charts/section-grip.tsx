import { useRef, useState, type KeyboardEvent, type PointerEvent, type ReactNode } from 'react'
import { Icon } from '../../ui/icon.tsx'
import { words } from './words.ts'

export interface SectionGripProps {
  readonly name: string
  readonly label: string
  /** Puts the section before another, or behind all others. */
  onMove(name: string, before: string | undefined): void
  /** Moves it by one place. */
  onStep(name: string, by: -1 | 1): void
}

/** The part of a section's head by which it is moved: dragged, or with the arrow keys. */
export function SectionGrip({ name, label, onMove, onStep }: SectionGripProps): ReactNode {
  const [told, setTold] = useState('')
  const from = useRef<number>(undefined)
  const key = (event: KeyboardEvent<HTMLElement>): void => {
    const by = event.key === 'ArrowUp' ? -1 : event.key === 'ArrowDown' ? 1 : undefined
    if (by === undefined) return
    event.preventDefault()
    onStep(name, by)
    setTold(by < 0 ? words.movedUp : words.movedDown)
    // The section is the same element, but a browser may let go of the focus of what is put elsewhere.
    const grip = event.currentTarget
    requestAnimationFrame(() => { grip.focus(); grip.scrollIntoView({ block: 'nearest' }) })
  }
  const down = (event: PointerEvent<HTMLElement>): void => {
    if (event.button !== 0) return
    event.currentTarget.setPointerCapture(event.pointerId)
    from.current = event.clientY
  }
  const move = (event: PointerEvent<HTMLElement>): void => {
    if (from.current === undefined || Math.abs(event.clientY - from.current) < 5) return
    mark(targetAt(event.clientY, name))
  }
  const up = (event: PointerEvent<HTMLElement>): void => {
    const began = from.current
    from.current = undefined
    mark(undefined)
    if (began === undefined || event.type === 'pointercancel' || Math.abs(event.clientY - began) < 5) return
    const target = targetAt(event.clientY, name)
    if (target !== undefined) onMove(name, target.before)
  }
  return (
    <>
      <button type="button" className="tool grip" data-grip="" aria-label={words.moveSection(label)} title={words.dragOrArrowKeysUp} onKeyDown={key} onPointerDown={down} onPointerMove={move} onPointerUp={up} onPointerCancel={up}><Icon name="grip" /></button>
      <span className="visually-hidden" aria-live="polite">{told}</span>
    </>
  )
}

interface Target {
  readonly element: HTMLElement
  readonly before: string | undefined
  readonly after: boolean
}

/** The section whose upper edge is nearest, to stand before it; below the middle of the last one, to stand behind it. */
function targetAt(y: number, dragged: string): Target | undefined {
  const others = [...document.querySelectorAll<HTMLElement>('section[data-section]')].filter(({ dataset }) => dataset['section'] !== dragged)
  for (const element of others) {
    const { top, height } = element.getBoundingClientRect()
    if (y < top + height / 2) return { element, before: element.dataset['section'], after: false }
  }
  const last = others.at(-1)
  return last === undefined ? undefined : { element: last, before: undefined, after: true }
}

function mark(target: Target | undefined): void {
  for (const element of document.querySelectorAll<HTMLElement>('section[data-put]')) if (element !== target?.element) delete element.dataset['put']
  if (target !== undefined) target.element.dataset['put'] = target.after ? 'after' : 'before'
}
