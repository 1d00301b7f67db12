import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useCallback, useMemo } from 'react'
import { tellingFields, type Run } from '@cairn/protocol'
import { usePlaceQuery } from '../../app/router.ts'
import { useHolding } from '../../app/kept.ts'
import { client, reread, useKeptLive, useSoon } from '../../app/server.ts'
import type { Column, Keys } from './columns.ts'
import { isDrawn, type Drawing } from './drawing.ts'
import { drawnKey, freshMs } from './opening.ts'
import { asRun } from './row-run.ts'
import { toRows, type GridRow, type Which } from './table/row-store.ts'
import { useRunsById } from './table/use-runs-by-id.ts'
import { useFreshRuns } from './use-fresh-runs.ts'
import { useLooks, type ChangeDrawing, type LookOf } from './use-drawing.ts'

/** The runs of a workspace that can be drawn, which of them are, and how. */
export interface Drawn {
  readonly drawing: Drawing
  readonly change: ChangeDrawing
  /** In the order of the table: the first of it, those on top, and those that were chosen besides. */
  readonly runs: readonly Run[]
  /** Ids of those that are drawn when nothing else is said. */
  readonly among: ReadonlySet<string>
  /** Runs of the table. */
  readonly total: number
  readonly loading: boolean
  readonly error: string | undefined
  isDrawn(id: string): boolean
  readonly lookOf: LookOf
  reload(): void
}

export interface DrawnInput {
  readonly experiments: readonly string[]
  /** The runs of the table; children too where it shows a tree. */
  readonly which: Which
  readonly drawing: Drawing
  readonly change: ChangeDrawing
  readonly pinned: readonly string[]
  /** Undefined while they are not known, and where no chart is shown. */
  readonly keys: Keys | undefined
  /** Whether charts are shown, which want to know more of the runs than which they are. */
  readonly charts: boolean
  /** A key was logged that `keys` does not hold; `late` where the page is being left. */
  onKey(late: boolean): void
}

const nothing: readonly Column[] = []

/** Of more fields, which are read depends on what the address speaks of. */
const many = 200

export function useDrawn({ experiments, which, drawing, change, pinned, keys, charts, onKey }: DrawnInput): Drawn {
  const name = experiments.join()
  const address = usePlaceQuery()
  const asText = useMemo(() => decodeURIComponent(address.replaceAll('+', ' ')), [address])
  const fields = useMemo(() => (keys === undefined ? nothing : tellingFields(keys, asText)), [keys, keys !== undefined && keys.params.length + keys.tags.length > many ? asText : ''])
  const queryKey = drawnKey(which, drawing.first, fields)
  const holding = useHolding(`drawn ${name}`, [queryKey], freshMs)
  const query = useQuery({
    queryKey, staleTime: holding(queryKey), placeholderData: keepPreviousData, enabled: !charts || keys !== undefined,
    queryFn: async ({ signal }) => {
      const { rows, total = rows.length } = await client.runs.table({ ...which, columns: [...fields], max_results: drawing.first }, { signal })
      return { rows: toRows(rows, fields), total }
    },
  })
  const first = query.data?.rows
  const beside = useMemo(() => {
    const known = new Set(first?.map(({ info }) => info.run_id))
    return first === undefined ? [] : [...new Set([...pinned, ...drawing.shown, ...drawing.hidden])].filter((id) => !known.has(id))
  }, [first, pinned, drawing.shown, drawing.hidden])
  const others = useRunsById('drawn', experiments, beside, fields)
  const among = useMemo(() => new Set([...first?.map(({ info }) => info.run_id) ?? [], ...pinned]), [first, pinned])
  const read = useMemo(() => [...others.filter(({ info }) => pinned.includes(info.run_id)), ...first ?? [], ...others.filter(({ info }) => !pinned.includes(info.run_id))].map((row: GridRow) => asRun(row, fields)), [first, others, fields])

  const reload = (late: boolean): void => reread(queryKey, late)
  const known = useMemo(() => new Set(fields.filter(({ kind }) => kind === 'metric').map(({ key }) => key)), [fields])
  const all = useMemo(() => new Set(keys?.metrics.map(({ key }) => key)), [keys])
  const { runs } = useFreshRuns(experiments, read, { known, all: keys === undefined ? undefined : all, reload, onKey })
  // Whoever filters or sorts by what was logged may find other runs first.
  const soon = useSoon(() => reload(false), 1000, () => reload(true))
  const depends = `${which.filter ?? ''} ${(which.order_by ?? []).join(' ')}`
  useKeptLive(`drawn ${name}`, { experimentIds: experiments, types: ['run', 'points', 'params', 'tags'] }, (message) => {
    const touched = message.type === 'points' ? message.data.points : message.type === 'params' ? message.data.params : message.type === 'tags' ? message.data.tags ?? [] : []
    if (touched.some(({ key }) => depends.includes(key)) || (message.type === 'tags' && [...touched.map(({ key }) => key), ...message.data.removed ?? []].includes('cairn.archived'))) soon()
  })

  const ids = useMemo(() => read.map(({ info }) => info.run_id), [read])
  return {
    drawing, change, runs, among, total: query.data?.total ?? 0, loading: query.data === undefined && query.error === null, error: query.error?.message,
    isDrawn: useCallback((id) => isDrawn(drawing, id, among.has(id)), [drawing, among]), lookOf: useLooks(name, ids, drawing.colors), reload: () => reload(false),
  }
}
