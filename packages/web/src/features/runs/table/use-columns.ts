import { useMemo, useState } from 'react'
import { columnId, isLogged, type AnyColumn, type Column, type Keys } from '../columns.ts'
import { mostColumns } from '../opening.ts'
import { chosenColumns, movedColumn, withOwn } from './column-choice.ts'
import { gridColumns, type GridColumn } from './grid-columns.ts'
import type { TableState } from './table-state.ts'
import { useNarrow } from './use-narrow.ts'
import { useDiffering } from './use-runs-by-id.ts'
import type { ChangeTable } from './use-table-state.ts'

const noKeys: Keys = { metrics: [], params: [], tags: [] }

export interface Columns {
  /** All that is shown beside the name, in its order. */
  readonly shown: readonly AnyColumn[]
  /** Those of it that were logged. */
  readonly chosen: readonly Column[]
  readonly drawn: readonly GridColumn[]
  /** Those whose values are asked for. */
  readonly asked: readonly Column[]
  /** Ids of the columns that are in sight. */
  see(ids: readonly string[]): void
  width(id: string, width: number, done: boolean): void
  /** Puts a column in the place of another, which makes room for it. */
  order(id: string, onto: string): void
}

/** The columns of a table: chosen or suggested, only those that differ where that is wanted, with their widths. */
export function useColumns(experiments: readonly string[], state: TableState, change: ChangeTable, keys: Keys | undefined, selected: ReadonlySet<string>): Columns {
  const narrow = useNarrow()
  const [widths, setWidths] = useState<ReadonlyMap<string, number>>()
  const [sight, setSight] = useState<readonly string[]>([])
  const differing = useDiffering(experiments, keys ?? noKeys, state.differing, selected)
  const shown = useMemo(() => {
    const all = chosenColumns(state, keys ?? noKeys)
    if (differing === undefined) return all
    const ids = new Set(differing.map(columnId))
    // Tags are shown where somebody chose them.
    return state.columns === undefined && !state.every ? withOwn(differing.filter(({ kind }) => kind !== 'tag'), new Set(state.hiddenColumns)) : all.filter((column) => !isLogged(column) || ids.has(columnId(column)))
  }, [state.columns, state.every, state.hiddenColumns, keys, differing])
  const chosen = useMemo(() => shown.filter(isLogged), [shown])
  const numbers = useMemo(() => new Set((keys?.params ?? []).filter(({ sample = '' }) => sample.trim() !== '' && Number.isFinite(Number(sample))).map(({ key }) => `params.${key}`)), [keys])
  const drawn = useMemo(() => gridColumns(shown, { pinnedColumns: state.pinnedColumns, widths: widths ?? state.widths, curves: state.curves, extremes: state.extremes, baseline: state.baseline }, numbers, narrow), [shown, state.pinnedColumns, state.widths, state.curves, state.extremes, state.baseline, widths, numbers, narrow])
  const places = useMemo(() => new Map(chosen.map((column, at) => [columnId(column), at])), [chosen])
  // A table of few columns asks for all at once; of many, for those in sight, by sixteens.
  const asked = useMemo(() => {
    if (chosen.length <= mostColumns) return chosen
    const pinned = state.pinnedColumns.flatMap((id) => places.get(id) ?? [])
    const free = sight.flatMap((id) => places.get(id) ?? []).filter((at) => !pinned.includes(at))
    const columns = pinned.map((at) => chosen[at]!)
    if (free.length === 0) return columns
    const from = Math.floor(Math.min(...free) / 16) * 16
    return [...new Set([...columns, ...chosen.slice(from, Math.ceil((Math.max(...free) + 1) / 16) * 16)])]
  }, [chosen, places, sight, state.pinnedColumns])
  return {
    shown, chosen, drawn, asked, see: setSight,
    width(id, width, done) {
      const next = new Map([...widths ?? state.widths, [id, Math.round(width)] as const])
      setWidths(done ? undefined : next)
      if (done) change({ widths: next })
    },
    order(id, onto) {
      const placeOf = (wanted: string): number => shown.findIndex((column) => columnId(column) === wanted)
      const [from, to] = [placeOf(id), onto === 'name' ? 0 : placeOf(onto)]
      if (from >= 0 && to >= 0 && from !== to) change(movedColumn(state, shown, shown[from]!, to))
    },
  }
}
