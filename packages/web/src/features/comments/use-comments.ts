import type { Comment } from '@cairn/protocol'
import { useQuery, type UseQueryResult } from '@tanstack/react-query'
import { useRef } from 'react'
import { client, queries, reread, useKeptLive, useLive, useSoon } from '../../app/server.ts'
import { byWhom } from '../../app/who.ts'
import { commentCountsKey } from './keys.ts'
import { interestIn, targetKey, type CommentTarget } from './target.ts'

const most = 1000

/** What was said of a thing, as it is said. */
export function useComments(target: CommentTarget): UseQueryResult<Comment[]> {
  const key = targetKey(target)
  const read = useQuery({ queryKey: ['comments', key], staleTime: Infinity, queryFn: async ({ signal }) => (await client.comments.listPage({ ...target, max_results: most }, { signal })).items as Comment[] })
  const soon = useSoon(() => void read.refetch(), 100)
  useLive(`comments ${key}`, interestIn(target), (message) => {
    if (message.type === 'resync' || (message.type === 'connected' && !message.data.resumed)) return soon()
    if (message.type !== 'comment') return
    if (targetKey(message.data) === key) soon()
  })
  return read
}

/** Whose panels are commented. */
export type PanelsOf = { readonly experiment_id: string } | { readonly run_id: string }

/** How many comments of each panel of an experiment or a run are not settled. */
export function useCommentCounts(of: PanelsOf): ReadonlyMap<string, number> | undefined {
  const run = 'run_id' in of ? of.run_id : undefined
  const id = 'run_id' in of ? of.run_id : of.experiment_id
  const queryKey = commentCountsKey(id)
  const { data } = useQuery({ queryKey, staleTime: Infinity, enabled: run !== undefined || /^\d+$/.test(id), queryFn: async ({ signal }) => new Map((await client.comments.counts(run === undefined ? id : { run_id: run }, { signal })).map(({ panel, count }) => [panel, count])) })
  // Every panel asks; the first question answers all.
  const soon = useSoon(() => void queries.invalidateQueries({ queryKey }, { cancelRefetch: false }), 150, () => reread(queryKey, true))
  const had = useRef(data !== undefined)
  useKeptLive(`comment counts ${id}`, { ...(run === undefined ? { experimentIds: [id] } : { runIds: [run] }), types: ['comment'] }, (message) => {
    if (message.type === 'resync' || (message.type === 'comment' && message.data.panel !== undefined && message.data.run_id === run) || (message.type === 'connected' && !message.data.resumed && had.current)) soon()
  })
  return data
}

/** Comments in which the one who looks is mentioned. */
export function useMentions(who: string): UseQueryResult<Comment[]> {
  const read = useQuery({ queryKey: ['mentions', who], staleTime: Infinity, enabled: who !== '', queryFn: ({ signal }) => client.comments.mentions({ max_results: 200, ...byWhom() }, { signal }) })
  const soon = useSoon(() => void read.refetch(), 200)
  useLive(`mentions ${who}`, { types: ['comment'] }, (message) => {
    if (message.type === 'resync' || message.type === 'comment') soon()
  })
  return read
}
