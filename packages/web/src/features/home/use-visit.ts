import { useEffect, useState } from 'react'
import { keepVisit, readVisit, visitAt, type Visit } from './visit.ts'

const lookMs = 60_000

/** The visit of whoever looks at the page, kept by the browser; and how to say that all was seen. */
export function useVisit(): [visit: Visit, seen: () => void] {
  const [visit, setVisit] = useState(() => visitAt(readVisit(localStorage), Date.now()))
  useEffect(() => {
    keepVisit(localStorage, visit)
    const look = (): void => {
      if (document.visibilityState === 'hidden') return
      const now = visitAt(readVisit(localStorage), Date.now())
      keepVisit(localStorage, now)
      // Drawn anew only where something else is news from now on.
      setVisit((old) => (old.since === now.since ? old : now))
    }
    const timer = setInterval(look, lookMs)
    document.addEventListener('visibilitychange', look)
    return () => {
      clearInterval(timer)
      document.removeEventListener('visibilitychange', look)
    }
  }, [visit])
  return [visit, () => setVisit({ since: Date.now(), first: false, at: Date.now() })]
}
