import { useEffect, useRef, useState } from 'react'

export interface Async<T> {
  readonly value: T | undefined
  readonly error: string | undefined
  reload(): void
}

/** What `load` answers, again whenever `key` changes; the old value is not shown under a new key. */
export function useAsync<T>(key: string, load: () => Promise<T>): Async<T> {
  const [state, setState] = useState<{ key: string; value?: T; error?: string }>({ key: '' })
  const [round, setRound] = useState(0)
  const latest = useRef(load)
  latest.current = load
  useEffect(() => {
    let current = true
    latest.current().then(
      (value) => { if (current) setState({ key, value }) },
      (error: unknown) => { if (current) setState({ key, error: error instanceof Error ? error.message : String(error) }) },
    )
    return () => { current = false }
  }, [key, round])
  const own = state.key === key
  return { value: own ? state.value : undefined, error: own ? state.error : undefined, reload: () => setRound((old) => old + 1) }
}
