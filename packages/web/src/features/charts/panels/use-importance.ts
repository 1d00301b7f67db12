import { useEffect, useMemo, useRef, useState } from 'react'
import type { Importance } from './importance.ts'
import type { Column } from './columns.ts'
import { words } from './words.ts'

/** Grows forests beside the page. */
const startWorker = (): Worker => new Worker(new URL('./importance-worker.ts', import.meta.url), { type: 'module' })
type Answer = MessageEvent<{ readonly round: number; readonly importance: Importance }>
const sent = (columns: readonly Column[]): unknown => columns.map(({ id, label, names, values }) => ({ id, label, names, values }))

/** Axes in the order of how much a forest says that they matter for the last one, which stays last; those that never vary come first. */
export async function byImportance(columns: readonly Column[]): Promise<string[]> {
  const target = columns.at(-1)
  if (target === undefined || columns.length < 3) return columns.map(({ id }) => id)
  const others = columns.slice(0, -1)
  const worker = startWorker()
  try {
    const { rows } = await new Promise<Importance>((resolve, reject) => {
      worker.addEventListener('message', ({ data }: Answer) => resolve(data.importance))
      worker.addEventListener('error', () => reject(new Error(words.theImportanceCouldNotBe)))
      worker.postMessage({ round: 1, columns: sent(others), target: target.values })
    })
    const ranked = rows.map(({ id }) => id).toReversed()
    return [...others.map(({ id }) => id).filter((id) => !ranked.includes(id)), ...ranked, target.id]
  } finally {
    worker.terminate()
  }
}

/** The importance of columns for a target, worked out beside the page; undefined until it is there, the last one meanwhile. */
export function useImportance(columns: readonly Column[], target: Column | undefined, chosen: Uint8Array | undefined): { readonly importance: Importance | undefined; readonly busy: boolean; readonly error: string | undefined } {
  const [state, setState] = useState<{ importance: Importance | undefined; done: number; error: string | undefined }>({ importance: undefined, done: 0, error: undefined })
  const worker = useRef<Worker>(undefined)
  const round = useRef(0)
  useEffect(() => {
    const made = worker.current = startWorker()
    made.addEventListener('message', ({ data }: Answer) => setState({ importance: data.importance, done: data.round, error: undefined }))
    made.addEventListener('error', () => setState((old) => ({ ...old, done: round.current, error: words.theImportanceCouldNotBe })))
    return () => made.terminate()
  }, [])
  const values = useMemo(() => (target === undefined || chosen === undefined ? target?.values : target.values.map((value, row) => (chosen[row] === 1 ? value : NaN))), [target, chosen])
  useEffect(() => {
    if (values === undefined || columns.length === 0) return undefined
    // While a brush still moves nothing is worth growing.
    const timer = setTimeout(() => {
      round.current += 1
      worker.current?.postMessage({ round: round.current, columns: sent(columns), target: values })
    }, 150)
    return () => clearTimeout(timer)
  }, [columns, values])
  return { importance: state.importance, busy: state.done < round.current, error: state.error }
}
