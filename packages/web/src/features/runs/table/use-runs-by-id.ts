import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useMemo, useRef } from 'react'
import { listTableKeys, tableLimits } from '@cairn/protocol'
import { useHolding } from '../../../app/kept.ts'
import { client, reread, useKeptLive, useSoon } from '../../../app/server.ts'
import { columnId, type Column, type Keys } from '../columns.ts'
import { inList, mostNamed as mostCompared } from './by-id.ts'
import { toRows, type GridRow } from './row-store.ts'

/** Some runs by their ids, wherever the table stands; those that are gone are left out. `part` is the part of the page that shows them. */
export function useRunsById(part: string, experiments: readonly string[], ids: readonly string[], columns: readonly Column[]): readonly GridRow[] {
  const name = `by id ${part} ${experiments.join()} ${ids.join()}`
  const queryKey = ['runs by id', experiments, ids, columns.map(columnId)]
  const holding = useHolding(name, [queryKey], 0)
  const query = useQuery({
    queryKey, staleTime: holding(queryKey), enabled: ids.length > 0, placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => toRows((await client.runs.table({ experiment_ids: [...experiments], filter: inList(ids), columns: [...columns], archived: true, count: false }, { signal })).rows, columns),
  })
  const soon = useSoon(() => reread(queryKey), 1000, () => reread(queryKey, true))
  useKeptLive(name, { experimentIds: ids.length === 0 ? [] : experiments, types: ['run', 'points', 'params', 'tags'] }, (message) => {
    if (message.type === 'resync' || (message.type === 'connected' && !message.data.resumed && query.data !== undefined)) soon()
    else if ((message.type === 'run' || message.type === 'points' || message.type === 'params' || message.type === 'tags') && ids.includes(message.data.run_id)) soon()
  })
  return useMemo(() => (ids.length === 0 ? [] : (query.data ?? []).filter(({ info }) => ids.includes(info.run_id)).toSorted((a, b) => ids.indexOf(a.info.run_id) - ids.indexOf(b.info.run_id))), [query.data, ids])
}

/** What differs is looked for again at most this often, and never for more than a twentieth of the time: of twelve thousand metrics it takes a while. */
const lookMs = 2000
const lookShare = 20

/** Columns whose values are not the same in the runs that are selected, or in all of the experiment, as they come in; undefined while that is not asked. */
export function useDiffering(experiments: readonly string[], keys: Keys, wanted: boolean, selected: ReadonlySet<string>): readonly Column[] | undefined {
  const ids = useMemo(() => [...selected].slice(0, mostCompared).sort(), [selected])
  const few = ids.length > 1
  const name = `differing ${wanted ? few ? ids.join() : 'all' : 'none'} ${experiments.join()}`
  const queryKey = few ? ['differing', experiments, ids, keys.metrics.length, keys.params.length, keys.tags.length] : ['differing of all', experiments, keys.metrics.length, keys.params.length, keys.tags.length]
  const holding = useHolding(name, [queryKey], 5000)
  const took = useRef(0)
  const query = useQuery({
    queryKey, staleTime: holding(queryKey), enabled: wanted, placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => {
      const began = performance.now()
      const found = await (few ? differingOf(experiments, keys, ids, signal) : differingOfAll(experiments, signal))
      took.current = performance.now() - began
      return found
    },
  })
  const again = useSoon(() => reread(queryKey), Math.max(lookMs, took.current * lookShare), () => reread(queryKey, true))
  useKeptLive(name, { experimentIds: wanted ? experiments : [], types: ['run', 'points', 'params', 'tags'] }, (message) => {
    if (message.type === 'resync' || (message.type === 'connected' && !message.data.resumed && query.data !== undefined)) again()
    else if ((message.type === 'run' || message.type === 'points' || message.type === 'params' || message.type === 'tags') && (!few || ids.includes(message.data.run_id))) again()
  })
  return wanted ? query.data : undefined
}

async function differingOf(experiments: readonly string[], keys: Keys, ids: readonly string[], signal: AbortSignal): Promise<Column[]> {
  const all: Column[] = [...keys.metrics.map(({ key }): Column => ({ kind: 'metric', key })), ...keys.params.map(({ key }): Column => ({ kind: 'param', key })), ...keys.tags.filter(isOwn).map(({ key }): Column => ({ kind: 'tag', key }))]
  const found: Column[] = []
  for (let from = 0; from < all.length; from += tableLimits.columns) {
    const columns = all.slice(from, from + tableLimits.columns)
    const { rows } = await client.runs.table({ experiment_ids: [...experiments], filter: inList(ids), columns, archived: true, count: false, max_results: mostCompared }, { signal })
    found.push(...columns.filter((_, at) => rows.some(({ values }) => values[at] !== rows[0]!.values[at])))
  }
  return found
}

/** Whether the values of metrics differ is asked by who wants to know. */
async function differingOfAll(experiments: readonly string[], signal: AbortSignal): Promise<Column[]> {
  const { metrics, params, tags } = await client.call(listTableKeys, { experiment_ids: [...experiments], metric_values: true }, { signal })
  const varying = (kind: Column['kind'], all: typeof metrics): Column[] => all.filter(({ varies }) => varies).map(({ key }): Column => ({ kind, key }))
  return [...varying('metric', metrics).filter(({ key }) => !key.startsWith('system/')), ...varying('param', params), ...varying('tag', tags.filter(isOwn))]
}

const isOwn = ({ key }: { readonly key: string }): boolean => !key.startsWith('mlflow.')
