import { useEffect, useRef, useSyncExternalStore } from 'react'

export interface Shortcut {
  /** As pressed: `/`, `?`, `j`, `Mod+K` (Ctrl, or Cmd on a Mac), `g e` for one after the other. */
  readonly keys: string
  readonly what: string
  /** Heading under which the help shows it. */
  readonly where: string
  /** Shown in the help only: somebody else listens. */
  readonly act?: ((event: KeyboardEvent) => void) | undefined
}

let known: readonly Shortcut[] = []
const watchers = new Set<() => void>()
const change = (next: readonly Shortcut[]): void => {
  known = next
  for (const changed of watchers) changed()
}

export const isMac = /Mac|iPhone|iPad/.test(typeof navigator === 'undefined' ? '' : navigator.userAgent)

/** `Mod+K` as it is printed on the reader's keyboard. */
export const printed = (keys: string): string => keys.replace('Mod+', isMac ? '⌘' : 'Ctrl ').replace('Shift+', isMac ? '⇧' : 'Shift ')

/** Keys that a page listens to while it is there. Single letters are not heard while one types. */
export function useShortcuts(shortcuts: readonly Shortcut[]): void {
  const latest = useRef(shortcuts)
  latest.current = shortcuts
  const which = shortcuts.map(({ keys, what }) => `${keys} ${what}`).join('\n')
  useEffect(() => {
    const own = latest.current.map((shortcut, index): Shortcut => ({ ...shortcut, ...(shortcut.act !== undefined && { act: (event: KeyboardEvent) => latest.current[index]?.act?.(event) }) }))
    change([...known, ...own])
    return () => change(known.filter((shortcut) => !own.includes(shortcut)))
  }, [which])
}

export const useKnownShortcuts = (): readonly Shortcut[] =>
  useSyncExternalStore((changed) => { watchers.add(changed); return () => void watchers.delete(changed) }, () => known)

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement
    || (target instanceof HTMLInputElement && !['checkbox', 'radio', 'button', 'range', 'submit'].includes(target.type)))

/** The name of what was pressed, as `keys` writes it. */
export function pressed(event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>): string {
  const mod = event.ctrlKey || event.metaKey ? 'Mod+' : ''
  const shift = event.shiftKey && (mod !== '' || event.key.length > 1) ? 'Shift+' : ''
  return `${mod}${event.altKey ? 'Alt+' : ''}${shift}${mod !== '' && event.key.length === 1 ? event.key.toUpperCase() : event.key}`
}

/** What a field of text does itself. */
const ofText = new Set(['Mod+Z', 'Mod+Shift+Z', 'Mod+Y', 'Mod+A', 'Mod+C', 'Mod+X', 'Mod+V'])

const chainMs = 1200
/** A key that means something by itself and begins a pair means itself when nothing follows for so long. */
const aloneMs = 400

/** Listens for everybody; the frame does this once. */
export function useKeyboard(): void {
  useEffect(() => {
    let first = ''
    let timer: ReturnType<typeof setTimeout> | undefined
    const hear = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.isComposing) return
      const name = pressed(event)
      if (isTyping(event.target) && (!name.startsWith('Mod+') || ofText.has(name))) return
      // A dialog has the keyboard to itself.
      if (document.querySelector('[role="dialog"][data-open].modal, dialog[open]') !== null && !name.startsWith('Mod+')) return
      const both = first === '' ? name : `${first} ${name}`
      clearTimeout(timer)
      first = ''
      // The part of the page that came last knows best.
      const found = known.findLast(({ keys, act }) => act !== undefined && (keys === both || keys === name))
      const begins = known.some(({ keys }) => keys.startsWith(`${name} `))
      if (found !== undefined && !(begins && found.keys === name)) {
        event.preventDefault()
        found.act!(event)
      } else if (begins) {
        first = name
        timer = setTimeout(() => {
          first = ''
          found?.act!(event)
        }, found === undefined ? chainMs : aloneMs)
      }
    }
    document.addEventListener('keydown', hear)
    return () => document.removeEventListener('keydown', hear)
  }, [])
}
