import type { View } from '@cairn/protocol'
import { queryOptions, useQuery, type UseQueryResult } from '@tanstack/react-query'
import { client, queries, reread, useKeptLive, useSoon } from '../../app/server.ts'
import { byWhom, useDisplayName } from '../../app/who.ts'
import { viewsKey } from './keys.ts'

const most = 500

/** The views of an experiment, or of several with commas between, as they are now. */
export const viewsOf = (experiment: string, who: string) => queryOptions({
  queryKey: viewsKey(experiment, who), staleTime: Infinity,
  queryFn: ({ signal }) => client.views.list({ experiment_ids: experiment.split(','), max_results: most, ...byWhom() }, { signal }),
})

/** The same, and then as others save them too. */
export function useViews(experiment: string): UseQueryResult<View[]> {
  const asked = viewsOf(experiment, useDisplayName())
  const read = useQuery(asked)
  const soon = useSoon(() => reread(asked.queryKey), 200, () => reread(asked.queryKey, true))
  useKeptLive(`views ${experiment}`, { experimentIds: experiment.split(','), types: ['view'] }, (message) => {
    if (message.type === 'view' || message.type === 'resync' || (message.type === 'connected' && !message.data.resumed)) soon()
  })
  return read
}

/** Reads the list again, for whoever shows it. */
export const rereadViews = (experiment: string): Promise<void> => queries.invalidateQueries({ queryKey: ['views', experiment] })
