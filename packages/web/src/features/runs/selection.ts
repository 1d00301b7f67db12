import { useCallback, useSyncExternalStore } from 'react'
import { go } from '../../app/router.ts'

/** Selected runs that an address names; of more, it would grow too long. */
const mostNamed = 20
/** Who drags over many rows or through a chart changes the selection often, the address once. */
const settleMs = 250

/** Runs that are selected in an experiment: the same in its table and in its charts. */
export interface RunSelection {
  readonly ids: ReadonlySet<string>
  /** A set is kept as it is: whoever gives one does not change it any more. */
  set(ids: Iterable<string>): void
}

export function isSameSelection(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  if (a === b) return true
  if (a.size !== b.size) return false
  for (const id of a) if (!b.has(id)) return false
  return true
}

const nobody: ReadonlySet<string> = new Set()
const listeners = new Set<() => void>()
// One page shows one experiment: whoever comes to another finds its own selection, from the address.
let current: { readonly experiment: string; readonly ids: ReadonlySet<string> } = { experiment: '', ids: nobody }
let timer: ReturnType<typeof setTimeout> | undefined

const named = (): ReadonlySet<string> => new Set((new URLSearchParams(location.search).get('runs') ?? '').split(',').filter((id) => id !== ''))

function tell(experiment: string, ids: ReadonlySet<string>): void {
  current = { experiment, ids }
  for (const listener of listeners) listener()
}

/** Writes the selection into the address, beside whatever else stands there. */
function write(): void {
  timer = undefined
  const { ids } = current
  const query = new URLSearchParams(location.search)
  const before = query.get('runs') ?? ''
  const text = ids.size > mostNamed ? '' : [...ids].join(',')
  if (text === before) return
  if (text === '') query.delete('runs')
  else query.set('runs', text)
  go(`${location.pathname}${query.size === 0 ? '' : `?${query.toString()}`}`, 'replace')
}

/** Back and forward bring the runs that an address names; one that names none leaves the selection. */
function hear(): void {
  const ids = named()
  if (ids.size > 0 && timer === undefined) tell(current.experiment, ids)
}

function subscribe(listener: () => void): () => void {
  if (listeners.size === 0) addEventListener('popstate', hear)
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    removeEventListener('popstate', hear)
    // What has not been written belongs to an address that is being left.
    clearTimeout(timer)
    timer = undefined
  }
}

function selectionOf(experiment: string): ReadonlySet<string> {
  if (current.experiment !== experiment) current = { experiment, ids: named() }
  return current.ids
}

/**
 * The one selection of an experiment's runs, for everything that shows them. Up to 20 runs stand in the
 * address as `runs`; larger ones (a brush over thousands) live as long as the page.
 */
export function useRunSelection(experiment: string): RunSelection {
  const ids = useSyncExternalStore(subscribe, () => selectionOf(experiment))
  const set = useCallback((next: Iterable<string>): void => {
    if (next === current.ids) return
    const all: ReadonlySet<string> = next instanceof Set ? next : new Set(next)
    if (isSameSelection(all, current.ids)) return
    tell(experiment, all)
    clearTimeout(timer)
    timer = setTimeout(write, settleMs)
  }, [experiment])
  return { ids, set }
}
