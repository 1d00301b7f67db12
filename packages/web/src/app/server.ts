import { CairnClient, type LiveMessage } from '@cairn/sdk'
import { keepPreviousData, QueryClient, useQuery, type QueryKey } from '@tanstack/react-query'
import { useEffect, useRef, useSyncExternalStore } from 'react'
import { takeEarly, takeReady } from './early.ts'
import type { Interest } from './interest.ts'
import { LiveConnection, type Freshness, type LiveState } from './live.ts'
import { prefix } from './router.ts'

export type { LiveState } from './live.ts'

/** The server that this page came from. */
export const serverUrl = location.origin + prefix
export const client = new CairnClient({ url: serverUrl, retries: 2 })
export const live = new LiveConnection(client)

/**
 * What was read, by its key. The client repeats requests itself; the stream says what has changed, so
 * nothing is read again for having grown old, or because a window is looked at again.
 */
export const queries = new QueryClient({
  defaultOptions: { queries: { retry: false, refetchOnWindowFocus: false, refetchOnReconnect: false, gcTime: 10 * 60_000, networkMode: 'always' }, mutations: { networkMode: 'always' } },
})

/** Reads a query again; where its page is being left (`late`), when somebody comes back to it. */
export const reread = (queryKey: QueryKey, late = false): void => void queries.invalidateQueries({ queryKey, exact: true, refetchType: late ? 'none' : 'active' })

export interface Loaded<T> {
  readonly data: T | undefined
  readonly error: string | undefined
  readonly loading: boolean
  reload(): void
}

/** What was there before its page is drawn with it, and not read again at once. */
const freshMs = 5000

/** What `load` answers; what was there stays until the next answer. Loads again when `key` changes. */
export function useLoaded<T>(key: string, load: (signal: AbortSignal) => Promise<T>): Loaded<T> {
  const query = useQuery({
    queryKey: ['loaded', key], queryFn: async ({ signal }) => ({ value: await (takeEarly<T>(key) ?? load(signal)) }), placeholderData: keepPreviousData,
    initialData: (): { value: Awaited<T> } | undefined => {
      const value = takeReady<Awaited<T>>(key)
      return value === undefined ? undefined : { value }
    },
    staleTime: ({ state }) => (state.dataUpdateCount === 0 ? freshMs : 0),
  })
  const last = useRef<{ readonly value: T }>(undefined)
  if (query.data !== undefined) last.current = query.data
  const { refetch } = query
  return { data: last.current?.value, error: query.error?.message, loading: query.isFetching, reload: () => void refetch() }
}

/** Calls `act` half a second after it is first asked for, once for all that asked meanwhile; `late` in its place where the page was left before. */
export function useSoon(act: () => void, ms = 500, late: () => void = () => {}): () => void {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const latest = useRef({ act, late })
  latest.current = { act, late }
  useEffect(() => () => {
    if (timer.current === undefined) return
    clearTimeout(timer.current)
    timer.current = undefined
    latest.current.late()
  }, [])
  return () => {
    timer.current ??= setTimeout(() => {
      timer.current = undefined
      latest.current.act()
    }, ms)
  }
}

/**
 * Hears what happens, on the one stream of the page, for as long as the component is there. First
 * comes `connected`; `resync` says to read everything again. `key` stands for the interest.
 */
export function useLive(key: string, interest: Interest, onMessage: (message: LiveMessage) => void): LiveState {
  useListener(key, interest, onMessage, undefined)
  return useLiveState()
}

/**
 * The same for what outlives its page (`kept.ts`): who comes back first hears what was missed, and
 * `connected` says that it goes on where it was. `key` is its name too.
 */
export function useKeptLive(key: string, interest: Interest, onMessage: (message: LiveMessage) => void): LiveState {
  useListener(key, interest, onMessage, key)
  return useLiveState()
}

function useListener(key: string, interest: Interest, onMessage: (message: LiveMessage) => void, name: string | undefined): void {
  const handler = useRef(onMessage)
  handler.current = onMessage
  useEffect(() => live.listen(interest, (message) => handler.current(message), name), [key])
}

export const useFreshness = (): Freshness => useSyncExternalStore(live.watch, () => live.freshness)

export const useLiveState = (): LiveState => useSyncExternalStore(live.watch, () => live.state)
