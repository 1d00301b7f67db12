import { getUserPermission, type ResourceType } from '@cairn/protocol'
import { queryOptions, useQueries, useQuery } from '@tanstack/react-query'
import { client, queries } from './server.ts'
import { currentUser, hasAccounts } from './who.ts'

/** Of a run by its experiment. */
type Type = Extract<ResourceType, 'experiment' | 'registered_model' | 'run'>

/** What whoever looks may do with something: `manage` to delete it, archive it and move it away, too. */
export type Level = 'read' | 'edit' | 'manage'

const order: readonly Level[] = ['read', 'edit', 'manage']
export const most = (levels: readonly Level[]): Level => order[Math.max(...levels.map((level) => order.indexOf(level)), 0)]!

/** Rights change while a page is open; who comes back later asks again. */
const freshMs = 60_000

const levelOf = (type: Type, id: string) => queryOptions({
  queryKey: ['may', type, id], staleTime: freshMs,
  queryFn: async (): Promise<Level> => {
    const { username, is_admin } = await queries.fetchQuery({ ...currentUser, staleTime: freshMs })
    if (is_admin) return 'manage'
    if (type === 'run' && id !== '*') {
      const level = await queries.fetchQuery(levelOf('experiment', id))
      // What is granted on all runs may be more than what is on their experiment.
      return level === 'manage' ? level : most([level, await queries.fetchQuery(levelOf('run', '*'))])
    }
    const { permission } = await client.call(getUserPermission, { username, resource_type: type, resource_id: id })
    return permission === 'MANAGE' ? 'manage' : permission === 'EDIT' ? 'edit' : 'read'
  },
})

/** Undefined until it is known, and where it is not said of what. Without accounts everybody may do everything. */
export function useLevel(type: Type, id: string | undefined): Level | undefined {
  const named = id !== undefined && id !== ''
  const { data } = useQuery({ ...levelOf(type, id ?? ''), enabled: hasAccounts() && named })
  return !named ? undefined : hasAccounts() ? data : 'manage'
}

/** The same of several, in their order, asked for only where `wanted`; undefined until all are known. */
export function useLevels(type: Type, ids: readonly string[], wanted = true): readonly Level[] | undefined {
  const asked = hasAccounts() && wanted
  const found = useQueries({ queries: asked ? ids.map((id) => levelOf(type, id)) : [] })
  if (!hasAccounts()) return ids.map(() => 'manage')
  const levels = found.flatMap(({ data }) => data ?? [])
  return asked && levels.length === ids.length ? levels : undefined
}

/** The same for whoever asks once, when something is to be done. */
export const readLevels = (type: Type, ids: readonly string[]): Promise<readonly Level[]> => Promise.all(ids.map(async (id) => (hasAccounts() ? queries.fetchQuery(levelOf(type, id)) : 'manage')))

/** Whether whoever looks may change something; undefined until it is known, and false where it is not said what. */
export function useMayEdit(type: Type, id: string | undefined): boolean | undefined {
  const level = useLevel(type, id)
  return id === undefined || id === '' ? false : level === undefined ? undefined : level !== 'read'
}
