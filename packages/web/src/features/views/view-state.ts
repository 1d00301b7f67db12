import { href } from '../../app/router.ts'

/** Says in the address which view was opened; `none` that none was, where one is the default. */
export const savedKey = 'saved'

/** What says where one came from or what is selected, and nothing of what is shown. */
const notKept = [savedKey, 'comments', 'on', 'runs', 'embed'] as const

/** What a view keeps of an address: everything but which view it was. */
export function stateOf(search: string): string {
  const query = new URLSearchParams(search)
  for (const key of notKept) query.delete(key)
  return query.toString()
}

/** Equal whatever the order of keys; the order of the values of one key says something. */
export function sameState(a: string, b: string): boolean {
  const sorted = (state: string): string => {
    const query = new URLSearchParams(state)
    for (const key of notKept) query.delete(key)
    query.sort()
    return query.toString()
  }
  return sorted(a) === sorted(b)
}

/** The address of a page that shows what a view keeps, and says from which view it comes. */
export function opened(experiment: string, { view_id, state }: { readonly view_id: string; readonly state: string }): string {
  const query = new URLSearchParams(state)
  query.delete(savedKey)
  query.append(savedKey, view_id)
  return `${href.experiment(experiment)}?${query.toString()}`
}

/** A name that no view has yet, for a copy. */
export function copyName(name: string, taken: readonly string[]): string {
  const base = name.replace(/ \(\d+\)$/, '')
  for (let at = 2; ; at += 1) if (!taken.includes(`${base} (${at})`)) return `${base} (${at})`
}
