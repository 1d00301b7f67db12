import { CairnClient, type LiveMessage, type LiveOptions } from '@cairn/sdk'
import { useEffect, useRef, useState } from 'react'
import { prefix } from './router.ts'

/** The server that this page came from. */
export const serverUrl = location.origin + prefix
export const client = new CairnClient({ url: serverUrl, retries: 2 })

export interface Loaded<T> {
  readonly data: T | undefined
  readonly error: string | undefined
  readonly loading: boolean
  reload(): void
}

/** What `load` answers; what was there stays until the next answer. Loads again when `key` changes. */
export function useLoaded<T>(key: string, load: (signal: AbortSignal) => Promise<T>): Loaded<T> {
  const [state, setState] = useState<{ key: string; data: T | undefined; error: string | undefined; loading: boolean }>({ key: '', data: undefined, error: undefined, loading: true })
  const [round, setRound] = useState(0)
  const latest = useRef(load)
  latest.current = load
  useEffect(() => {
    const abort = new AbortController()
    setState((old) => ({ ...old, loading: true }))
    latest.current(abort.signal).then(
      (data) => { if (!abort.signal.aborted) setState({ key, data, error: undefined, loading: false }) },
      (error: unknown) => { if (!abort.signal.aborted) setState((old) => ({ ...old, key, error: (error as Error).message, loading: false })) },
    )
    return () => abort.abort()
  }, [key, round])
  return { ...state, reload: () => setRound((old) => old + 1) }
}

/** Calls `act` half a second after it is first asked for, once for all that asked meanwhile. */
export function useSoon(act: () => void, ms = 500): () => void {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const latest = useRef(act)
  latest.current = act
  useEffect(() => () => clearTimeout(timer.current), [])
  return () => {
    timer.current ??= setTimeout(() => {
      timer.current = undefined
      latest.current()
    }, ms)
  }
}

export type LiveState = 'connecting' | 'live' | 'offline'

/** Follows the server for as long as the component is there. `resync` says to read everything again. */
export function useLive(key: string, options: Omit<LiveOptions, 'signal'>, onMessage: (message: LiveMessage) => void): LiveState {
  const [state, setState] = useState<LiveState>('connecting')
  const handler = useRef(onMessage)
  handler.current = onMessage
  useEffect(() => {
    const abort = new AbortController()
    void (async () => {
      try {
        for await (const message of client.live({ ...options, signal: abort.signal })) {
          if (abort.signal.aborted) return
          if (message.type === 'connected') setState('live')
          else if (message.type === 'offline') setState('offline')
          handler.current(message)
        }
      } catch {
        setState('offline')
      }
    })()
    return () => abort.abort()
    // `key` stands for the options.
  }, [key])
  return state
}
