import { useEffect, useMemo, useRef, useState } from 'react'
import type { RunSelection } from '../../runs/selection.ts'
import { chosenBy, withBrushes, type Brush } from './brushes.ts'
import type { FieldId, RunTable } from './columns.ts'

export interface CrossFilter {
  readonly brushes: readonly Brush[]
  /** 1 for each run that is chosen, by brushes or in the table; undefined when none is. */
  readonly chosen: Uint8Array | undefined
  /** Whether they were chosen here, in a chart, and not in the table. */
  readonly byCharts: boolean
  /** Sets what is chosen of these fields. `done` is false while it still moves. */
  brush(fields: readonly FieldId[], brushes: readonly Brush[], done: boolean): void
  /** Chooses runs by their rows. */
  pick(rows: readonly number[]): void
  clear(): void
}

/**
 * Brushes choose runs, and the runs that they choose are those that are selected: in the table, in the
 * lines, in every other panel. Who selects in the table lets go of the brushes.
 */
export function useCrossFilter(table: RunTable | undefined, written: readonly Brush[], write: (brushes: readonly Brush[]) => void, selection: RunSelection): CrossFilter {
  // What still moves is not in the address yet.
  const [moving, setMoving] = useState<readonly Brush[]>()
  const brushes = moving ?? written
  const name = JSON.stringify(brushes)
  const byBrush = useMemo(() => (table === undefined ? undefined : chosenBy(brushes, table.columns, table.ids.length)), [table, name])
  const own = useRef<ReadonlySet<string>>(undefined)
  const picked = useRef<ReadonlySet<string>>(undefined)
  useEffect(() => {
    if (table === undefined) return
    if (byBrush === undefined) {
      // The last brush is gone, and with it what it chose.
      if (own.current !== undefined && same(own.current, selection.ids)) selection.set([])
      own.current = undefined
      return
    }
    own.current = new Set(table.ids.filter((_, row) => byBrush[row] === 1))
    selection.set(own.current)
  }, [table, byBrush])
  useEffect(() => {
    if (own.current === undefined || same(own.current, selection.ids)) return
    own.current = undefined
    setMoving(undefined)
    if (written.length > 0) write([])
  }, [selection.ids])
  const chosen = useMemo(() => {
    if (byBrush !== undefined || table === undefined || selection.ids.size === 0) return byBrush
    const mask = Uint8Array.from(table.ids, (id) => (selection.ids.has(id) ? 1 : 0))
    return mask.some((one) => one === 1) ? mask : undefined
  }, [byBrush, table, selection.ids])
  return {
    brushes, chosen, byCharts: byBrush !== undefined || (chosen !== undefined && picked.current !== undefined && same(picked.current, selection.ids)),
    brush(fields, next, done) {
      const all = withBrushes(brushes, fields, next)
      if (!done) return setMoving(all)
      setMoving(undefined)
      write(all)
    },
    pick(rows) {
      setMoving(undefined)
      if (written.length > 0) write([])
      picked.current = new Set(rows.map((row) => table!.ids[row]!))
      selection.set(picked.current)
    },
    clear() {
      setMoving(undefined)
      if (brushes.length > 0) write([])
      selection.set([])
    },
  }
}

const same = (a: ReadonlySet<string>, b: ReadonlySet<string>): boolean => a === b || (a.size === b.size && [...a].every((id) => b.has(id)))
