import { useEffect, useState, type ReactNode } from 'react'
import { duration } from '../../ui/format.ts'

/** How long something goes on already, moving by itself; finer while it is young. */
export function Elapsed({ from }: { from: number }): ReactNode {
  const [now, setNow] = useState(() => Date.now())
  const young = now - from < 3_600_000
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), young ? 1000 : 60_000)
    return () => clearInterval(timer)
  }, [young])
  return <span>{duration(Math.max(0, now - from))}</span>
}
