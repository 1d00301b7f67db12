import type { Interest } from '../../app/interest.ts'
import { parsePlace, prefix, type Place } from '../../app/router.ts'

/** What a page shows, where others may look at the same. */
export type PresenceTarget = { readonly run_id: string } | { readonly experiment_id: string } | { readonly name: string; readonly version?: string }

/** Undefined for pages that are of nothing in particular, or of several. */
export function presenceTarget(place: Place): PresenceTarget | undefined {
  switch (place.page) {
    case 'run': return { run_id: place.id }
    case 'experiment': return place.ids.length === 1 ? { experiment_id: place.ids[0]! } : undefined
    case 'model': return { name: place.name }
    case 'version': return { name: place.name, version: place.version }
    default: return undefined
  }
}

/** Equal for those who look at the same. */
export const presenceKey = (of: { readonly run_id?: string; readonly experiment_id?: string; readonly name?: string; readonly version?: string }): string =>
  (of.run_id !== undefined ? `run ${of.run_id}` : of.name !== undefined ? `model ${of.name} ${of.version ?? ''}` : `experiment ${of.experiment_id}`)

export const presenceInterest = (target: PresenceTarget): Interest => ({
  types: ['presence'], ...('run_id' in target ? { runIds: [target.run_id] } : 'experiment_id' in target ? { experimentIds: [target.experiment_id] } : {}),
})

/** The address below the server's prefix, for those who follow. */
export const stateHere = (): string => location.pathname.slice(prefix.length) + location.search

/** Shows what another shows, if it is the same page; answers whether it is. */
export function showState(state: string, target: PresenceTarget): boolean {
  const url = new URL(`${location.origin}${prefix}${state}`)
  const there = presenceTarget(parsePlace(url))
  if (url.origin !== location.origin || there === undefined || presenceKey(there) !== presenceKey(target)) return false
  if (stateHere() === state) return true
  history.replaceState(history.state, '', url.href)
  // As if the reader had gone there: the selection that the address names is taken, too.
  dispatchEvent(new PopStateEvent('popstate'))
  return true
}
