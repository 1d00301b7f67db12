import { useEffect, useRef, useState } from 'react'

/** Whether what begins to be shown had better wait for the rest of it: once, and no longer than `mostMs`. */
export function usePatience(begins: boolean, waiting: boolean, mostMs: number): boolean {
  const done = useRef(false)
  const [over, setOver] = useState(false)
  if (begins && (!waiting || over)) done.current = true
  useEffect(() => {
    if (!begins) return undefined
    const timer = setTimeout(() => setOver(true), mostMs)
    return () => clearTimeout(timer)
  }, [begins, mostMs])
  return begins && !done.current
}
