import { useEffect, useMemo, useRef, useState } from 'react'
import type { Importance } from './importance.ts'
import type { Column } from './columns.ts'
import { words } from './words.ts'

/** The importance of columns for a target, worked out beside the page; undefined until it is there, the last one meanwhile. */
export function useImportance(columns: readonly Column[], target: Column | undefined, chosen: Uint8Array | undefined): { readonly importance: Importance | undefined; readonly busy: boolean; readonly error: string | undefined } {
  const [state, setState] = useState<{ importance: Importance | undefined; done: number; error: string | undefined }>({ importance: undefined, done: 0, error: undefined })
  const worker = useRef<Worker>(undefined)
  const round = useRef(0)
  useEffect(() => {
    const made = worker.current = new Worker(new URL('./importance-worker.ts', import.meta.url), { type: 'module' })
    made.addEventListener('message', ({ data }: MessageEvent<{ round: number; importance: Importance }>) => setState({ importance: data.importance, done: data.round, error: undefined }))
    made.addEventListener('error', () => setState((old) => ({ ...old, done: round.current, error: words.theImportanceCouldNotBe })))
    return () => made.terminate()
  }, [])
  const values = useMemo(() => (target === undefined || chosen === undefined ? target?.values : target.values.map((value, row) => (chosen[row] === 1 ? value : NaN))), [target, chosen])
  useEffect(() => {
    if (values === undefined || columns.length === 0) return undefined
    // While a brush still moves nothing is worth growing.
    const timer = setTimeout(() => {
      round.current += 1
      worker.current?.postMessage({ round: round.current, columns: columns.map(({ id, label, names, values: of }) => ({ id, label, names, values: of })), target: values })
    }, 150)
    return () => clearTimeout(timer)
  }, [columns, values])
  return { importance: state.importance, busy: state.done < round.current, error: state.error }
}
