import { useEffect, useLayoutEffect, useRef, type RefObject } from 'react'

/**
 * What stands in no address and is still found again by Back and by a reload: where something was
 * scrolled to, the line one stood on. Kept by entry of the browser's history, for as long as its tab.
 */

const storageKey = 'cairn:entries'
/** Entries that are kept; what lies further back is forgotten. */
const most = 60

type Kept = Record<string, number>
let known: Map<string, Kept> | undefined

/** A name for an entry of the history that is yet to be made. */
export const newEntry = (): string => Math.random().toString(36).slice(2, 10)

/** Entries that got their names here: nothing of them was kept before. */
const named = new Set<string>()

/** The name of the entry that the page is at; one that has none gets it. */
function entryHere(): string {
  const state = history.state as { entry?: string } | null
  if (typeof state?.entry === 'string') return state.entry
  const entry = newEntry()
  named.add(entry)
  history.replaceState({ ...state, entry }, '')
  return entry
}

function all(): Map<string, Kept> {
  if (known !== undefined) return known
  known = new Map()
  try {
    known = new Map(JSON.parse(sessionStorage.getItem(storageKey) ?? '[]') as [string, Kept][])
  } catch {
    // What was kept there is not ours; a browser that keeps nothing begins anew.
  }
  addEventListener('pagehide', () => {
    try {
      sessionStorage.setItem(storageKey, JSON.stringify([...known!].slice(-most)))
    } catch {
      // Full, or not allowed.
    }
  })
  return known
}

/** What a link brings of it: `run line:57,window y:420`. */
const linkKey = 'at'

/** The address here with what reload and Back would find again, for somebody else. */
export function linkHere(): URL {
  const url = new URL(location.href)
  const kept = Object.entries(all().get(entryHere()) ?? {}).filter(([, value]) => value !== 0).map(([name, value]) => `${name}:${Math.round(value)}`)
  if (kept.length > 0) url.searchParams.set(linkKey, kept.join())
  return url
}

/** Takes what a link brings out of the address: it is found as after a reload. */
export function readLink(): void {
  const url = new URL(location.href)
  const text = url.searchParams.get(linkKey)
  if (text === null) return
  url.searchParams.delete(linkKey)
  history.replaceState(history.state, '', url)
  for (const part of text.split(',')) {
    const [, name, value] = /^([a-z ]+):(\d{1,9})$/.exec(part) ?? []
    if (name !== undefined) remember(name, Number(value))
  }
}

/** On a first visit nothing is read for it: the browser answers with its disk, and a page that opens waits for that. */
export function recall(name: string): number | undefined {
  const entry = entryHere()
  return known === undefined && named.has(entry) ? undefined : all().get(entry)?.[name]
}

export function remember(name: string, value: number): void {
  const entry = entryHere()
  const kept = all().get(entry) ?? {}
  // The entries in use come last.
  all().delete(entry)
  all().set(entry, { ...kept, [name]: value })
}

/** What comes late makes room only then; whoever uses the page meanwhile decides. */
const patienceMs = 4000
const used = ['wheel', 'touchstart', 'pointerdown', 'keydown'] as const

/** Scrolls there as soon as there is room, unless somebody uses the page before. Answers how to give it up. */
function scrollWhenRoom(element: Element, [left, top]: readonly [number, number], done: () => void): () => void {
  const until = performance.now() + patienceMs
  let frame = 0
  const end = (): void => {
    cancelAnimationFrame(frame)
    for (const type of used) removeEventListener(type, end, true)
    done()
  }
  const step = (): void => {
    element.scrollTo({ left, top, behavior: 'instant' })
    const there = Math.abs(element.scrollTop - top) < 2 && Math.abs(element.scrollLeft - left) < 2
    if (there || performance.now() > until) return end()
    frame = requestAnimationFrame(step)
  }
  for (const type of used) addEventListener(type, end, { capture: true, passive: true })
  step()
  return end
}

/** Keeps where an element is scrolled to, and scrolls it there when it is seen again at the same entry of the history. */
export function useKeptScroll(ref: RefObject<Element | null>, name: string): void {
  useLayoutEffect(() => {
    const element = ref.current
    if (element === null) return undefined
    const [left, top] = [recall(`${name} x`) ?? 0, recall(`${name} y`) ?? 0]
    let restoring = left > 0 || top > 0
    const giveUp = restoring ? scrollWhenRoom(element, [left, top], () => { restoring = false }) : undefined
    const keep = (): void => {
      if (restoring) return
      remember(`${name} x`, element.scrollLeft)
      remember(`${name} y`, element.scrollTop)
    }
    element.addEventListener('scroll', keep, { passive: true })
    return () => {
      element.removeEventListener('scroll', keep)
      giveUp?.()
    }
  }, [ref, name])
}

/** The same for the window, whose place changes with every entry. The browser itself would look for it before the page is there. */
export function useKeptWindowScroll(): void {
  const restoring = useRef(false)
  useEffect(() => {
    history.scrollRestoration = 'manual'
    const element = document.scrollingElement!
    let giveUp: (() => void) | undefined
    let path = location.pathname
    const restore = (): void => {
      giveUp?.()
      const top = recall('window y')
      if (top === undefined && path !== location.pathname) element.scrollTo({ top: 0, behavior: 'instant' })
      path = location.pathname
      if (top === undefined) return
      restoring.current = true
      giveUp = scrollWhenRoom(element, [0, top], () => { restoring.current = false })
    }
    const keep = (): void => {
      path = location.pathname
      if (!restoring.current) remember('window y', element.scrollTop)
    }
    addEventListener('popstate', restore)
    addEventListener('scroll', keep, { passive: true })
    restore()
    return () => {
      removeEventListener('popstate', restore)
      removeEventListener('scroll', keep)
      giveUp?.()
    }
  }, [])
}
