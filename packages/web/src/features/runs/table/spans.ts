import { useMemo, useRef } from 'react'
import type { Span } from '../sparkline.tsx'
import type { GridColumn } from './grid-columns.ts'
import type { GridRow, RowStore } from './row-store.ts'

/** Of each column from the least to the greatest value of these rows, with zero, from which bars begin. */
export function spansOf(rows: readonly Pick<GridRow, 'values'>[], ids: readonly string[]): ReadonlyMap<string, Span> {
  return new Map(ids.map((id): [string, Span] => {
    let [low, high] = [0, 0]
    for (const { values } of rows) {
      const value = values.get(id)
      if (typeof value !== 'number' || !Number.isFinite(value)) continue
      if (value < low) low = value
      else if (value > high) high = value
    }
    return [id, [low, high]]
  }))
}

/** The same of all rows that a table knows: another only when it has changed, for every row is drawn by it. */
export function useSpans(store: RowStore, columns: readonly GridColumn[]): ReadonlyMap<string, Span> {
  const ids = columns.filter(({ curve }) => curve).map(({ id }) => id).join('\n')
  const kept = useRef<{ readonly name: string; readonly spans: ReadonlyMap<string, Span> }>(undefined)
  return useMemo(() => {
    const spans = spansOf(ids === '' ? [] : store.known, ids === '' ? [] : ids.split('\n'))
    const name = JSON.stringify([...spans])
    if (kept.current?.name !== name) kept.current = { name, spans }
    return kept.current.spans
  }, [store, store.version, ids])
}
