import type { LiveType } from '@cairn/protocol'
import type { LiveMessage, LiveOptions } from '@cairn/sdk'

/** What one part of a page wants to hear. Without runs and experiments: from everywhere; without types: all. */
export interface Interest {
  readonly runIds?: readonly string[] | undefined
  readonly experimentIds?: readonly string[] | undefined
  readonly types?: readonly LiveType[] | undefined
}

export type Query = Pick<LiveOptions, 'runIds' | 'experimentIds' | 'types' | 'everywhere'>

/** The server takes this many of each; whoever wants more hears everything and leaves out the rest. */
const most = 500

const isScoped = ({ runIds, experimentIds }: Interest): boolean => runIds !== undefined || experimentIds !== undefined

/** One stream that brings at least what each of them wants. */
export function union(interests: readonly Interest[]): Query {
  const wide = interests.filter((interest) => !isScoped(interest))
  // Who wants to hear of no run and no experiment wants to hear nothing.
  const scoped = interests.filter((interest) => isScoped(interest) && (interest.runIds?.length ?? 0) + (interest.experimentIds?.length ?? 0) > 0)
  const everywhere = typesOf(wide)
  const runIds = namesOf(scoped, 'runIds')
  const experimentIds = namesOf(scoped, 'experimentIds')
  const types = typesOf(scoped)
  if (everywhere === undefined) return {}
  if (scoped.length === 0) return { types: everywhere }
  if (runIds.length > most || experimentIds.length > most) return types === undefined ? {} : { types: [...new Set([...types, ...everywhere])].sort() }
  return {
    ...(runIds.length > 0 && { runIds }), ...(experimentIds.length > 0 && { experimentIds }),
    ...(types !== undefined && { types }), ...(everywhere.length > 0 && { everywhere }),
  }
}

/** Undefined for all types. */
function typesOf(interests: readonly Interest[]): LiveType[] | undefined {
  if (interests.some(({ types }) => types === undefined)) return undefined
  return [...new Set(interests.flatMap(({ types }) => types!))].sort()
}

const namesOf = (interests: readonly Interest[], field: 'runIds' | 'experimentIds'): string[] =>
  [...new Set(interests.flatMap((interest) => interest[field] ?? []))].sort()

/** Whether a stream with `open` brings everything that one with `wanted` would. */
export function covers(open: Query, wanted: Query): boolean {
  const openAll = open.runIds === undefined && open.experimentIds === undefined
  const wantedAll = wanted.runIds === undefined && wanted.experimentIds === undefined
  const has = (set: readonly string[] | undefined, items: readonly string[] | undefined): boolean => set === undefined || (items?.every((item) => set.includes(item)) ?? false)
  const everywhere = [...(wanted.everywhere ?? []), ...(wantedAll ? wanted.types ?? [] : [])]
  if (openAll && open.types === undefined) return true
  if (wantedAll && wanted.types === undefined) return false
  const openEverywhere = [...(open.everywhere ?? []), ...(openAll ? open.types! : [])]
  if (!everywhere.every((type) => openEverywhere.includes(type))) return false
  if (wantedAll) return true
  if (openAll) return has(open.types, wanted.types)
  return has(open.types, wanted.types) && (wanted.runIds ?? []).every((id) => open.runIds?.includes(id)) && (wanted.experimentIds ?? []).every((id) => open.experimentIds?.includes(id))
}

/** Whether what came on the common stream is for this part of the page. */
export function concerns({ runIds, experimentIds, types }: Interest, { type, data }: LiveMessage): boolean {
  if (type === 'connected' || type === 'offline' || type === 'resync') return true
  if (types !== undefined && !types.includes(type)) return false
  if (runIds === undefined && experimentIds === undefined) return true
  if (type === 'registry') return types !== undefined
  if ('run_id' in data && data.run_id !== undefined && runIds?.includes(data.run_id)) return true
  // What belongs to a model goes to whoever asks for its type.
  if ((type === 'comment' || type === 'presence') && data.name !== undefined) return types !== undefined
  return 'experiment_id' in data && data.experiment_id !== undefined && (experimentIds?.includes(data.experiment_id) ?? false)
}
