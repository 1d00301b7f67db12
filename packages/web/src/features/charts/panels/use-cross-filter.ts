import { useEffect, useMemo, useRef, useState } from 'react'
import { isSameSelection, type RunSelection } from '../../runs/selection.ts'
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

/** What some brushes choose of a table. */
interface Known {
  readonly table: RunTable
  readonly name: string
  readonly chosen: Uint8Array | undefined
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
  const known = useRef<Known>(undefined)
  const byBrush = useMemo(() => {
    if (table === undefined) return undefined
    if (known.current?.table !== table || known.current.name !== name) known.current = { table, name, chosen: chosenBy(brushes, table.columns, table.ids.length) }
    return known.current.chosen
  }, [table, name])
  const own = useRef<ReadonlySet<string>>(undefined)
  const ownChosen = useRef<Uint8Array>(undefined)
  const select = (of: RunTable, chosen: Uint8Array): void => {
    if (ownChosen.current !== chosen) own.current = new Set(of.ids.filter((_, row) => chosen[row] === 1))
    ownChosen.current = chosen
    selection.set(own.current!)
  }
  const picked = useRef<ReadonlySet<string>>(undefined)
  useEffect(() => {
    if (table === undefined) return
    if (byBrush === undefined) {
      // The last brush is gone, and with it what it chose.
      if (own.current !== undefined && isSameSelection(own.current, selection.ids)) selection.set([])
      own.current = ownChosen.current = undefined
      return
    }
    select(table, byBrush)
  }, [table, byBrush])
  useEffect(() => {
    if (own.current === undefined || isSameSelection(own.current, selection.ids)) return
    own.current = ownChosen.current = undefined
    setMoving(undefined)
    if (written.length > 0) write([])
  }, [selection.ids])
  const chosen = useMemo(() => {
    if (byBrush !== undefined || table === undefined || selection.ids.size === 0) return byBrush
    const mask = Uint8Array.from(table.ids, (id) => (selection.ids.has(id) ? 1 : 0))
    return mask.some((one) => one === 1) ? mask : undefined
  }, [byBrush, table, selection.ids])
  return {
    brushes, chosen, byCharts: byBrush !== undefined || (chosen !== undefined && picked.current !== undefined && isSameSelection(picked.current, selection.ids)),
    brush(fields, next, done) {
      const all = withBrushes(brushes, fields, next)
      if (!done) {
        setMoving(all)
        if (table === undefined) return
        // With what moves comes what it chooses, so that the page is drawn once for both.
        const chosen = chosenBy(all, table.columns, table.ids.length)
        known.current = { table, name: JSON.stringify(all), chosen }
        if (chosen !== undefined) select(table, chosen)
        return
      }
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
