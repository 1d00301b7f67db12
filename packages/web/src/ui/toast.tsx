import { useSyncExternalStore, type ReactNode } from 'react'
import { Icon } from './icon.tsx'
import { words } from './words.ts'

export interface Toast {
  readonly text: string
  /** `bad` stays until it is dismissed. */
  readonly kind?: 'good' | 'bad'
  readonly action?: { readonly label: string; act(): void }
}

interface Shown extends Toast {
  readonly id: number
}

const shownMs = 6000
const most = 4
let shown: readonly Shown[] = []
let next = 1
const watchers = new Set<() => void>()

function show(toasts: readonly Shown[]): void {
  shown = toasts
  for (const changed of watchers) changed()
}

const dismiss = (id: number): void => show(shown.filter((toast) => toast.id !== id))

/** Says what was done, and offers to undo it. Errors of a form or a panel stand beside it instead. */
export function toast(one: Toast): void {
  const id = next
  next += 1
  show([...shown, { ...one, id }].slice(-most))
  if (one.kind !== 'bad') setTimeout(() => dismiss(id), shownMs)
}

export function Toasts(): ReactNode {
  const toasts = useSyncExternalStore((changed) => { watchers.add(changed); return () => void watchers.delete(changed) }, () => shown)
  return (
    <div className="toasts" role="status" aria-live="polite">
      {toasts.map(({ id, text, kind = 'good', action }) => (
        <div key={id} className="toast" data-kind={kind}>
          <span>{text}</span>
          {action !== undefined && <button type="button" className="link" onClick={() => { dismiss(id); action.act() }}>{action.label}</button>}
          <button type="button" className="tool" aria-label={words.dismiss} onClick={() => dismiss(id)}><Icon name="close" /></button>
        </div>
      ))}
    </div>
  )
}
