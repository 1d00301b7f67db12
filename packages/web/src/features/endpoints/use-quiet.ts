import { useEffect } from 'react'

/** A process that says nothing for ten seconds is silent, and nobody tells that: what is shown is read once more then. */
const quietMs = 11_000

/** `data` is what was read last; while somebody serves, news of it comes long before this. */
export function useQuiet(data: unknown, served: boolean, reload: () => void): void {
  useEffect(() => {
    if (!served) return undefined
    const timer = setTimeout(reload, quietMs)
    return () => clearTimeout(timer)
  }, [data, served])
}
