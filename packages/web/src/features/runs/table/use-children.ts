import { useEffect, useMemo, useRef } from 'react'
import { useKeptState } from '../../../app/kept.ts'
import { client, useKeptLive, useSoon } from '../../../app/server.ts'
import { columnId, type Column } from '../columns.ts'
import { linesBelow, type Children, type Opened } from './forest.ts'
import { toRows, withInfo, withPoints, withTexts, type GridRow, type RowStore, type Which } from './row-store.ts'

const most = 500
const mostColumns = 200
const rereadMs = 1000

export interface Tree {
  readonly opened: readonly Opened[]
  readonly open: ReadonlySet<string>
  toggle(runId: string): void
}

interface Read {
  /** How they were asked for. */
  readonly ordering: string
  readonly children: ReadonlyMap<string, Children>
}
const none: Read['children'] = new Map()

/** The children of runs that are open, in the table's order: read when they are opened, moved by what happens to them. */
export function useChildren(experiments: readonly string[], store: RowStore, columns: readonly Column[], { order_by, archived }: Which, enabled: boolean): Tree {
  const workspace = experiments.join()
  const [open, setOpen] = useKeptState<ReadonlySet<string>>('open', workspace, new Set())
  const besides = { ...(order_by !== undefined && { order_by }), ...(archived === true && { archived }) }
  const ordering = JSON.stringify(besides)
  const [read, keep] = useKeptState<Read>('children', workspace, { ordering, children: none })
  const children = read.ordering === ordering ? read.children : none
  const asked = useMemo(() => columns.slice(0, mostColumns), [columns])
  const latest = useRef({ asked, open, children, besides, ordering })
  latest.current = { asked, open, children, besides, ordering }
  const setChildren = (change: (old: Read['children']) => Read['children']): void => keep((old) => ({ ordering: latest.current.ordering, children: change(old.ordering === latest.current.ordering ? old.children : none) }))
  const ask = async (runId: string): Promise<void> => {
    const { asked: wanted, besides: how, ordering: order } = latest.current
    let found: Children
    try {
      const { rows, total = rows.length } = await client.runs.table({ ...how, experiment_ids: [...experiments], parent_run_id: runId, columns: [...wanted], max_results: most })
      found = { rows: toRows(rows, wanted), total }
    } catch (error) {
      found = { rows: [], total: 0, error: (error as Error).message }
    }
    if (order === latest.current.ordering) setChildren((old) => new Map([...old, [runId, found]]))
  }
  const readAll = (): void => { for (const runId of latest.current.open) void ask(runId) }
  // Other columns have come into sight, or what was open when the page was left is shown again.
  const names = asked.map(columnId).join('\n')
  useEffect(() => {
    for (const runId of latest.current.open) {
      const known = latest.current.children.get(runId)
      const row = known?.rows[0]
      if (known === undefined || (row !== undefined && asked.some((column) => !row.values.has(columnId(column))))) void ask(runId)
    }
  }, [names, ordering])
  const soon = useSoon(readAll, rereadMs, () => setChildren(() => none))
  useKeptLive(`children ${workspace}`, { experimentIds: experiments, types: ['run', 'points', 'params', 'tags'] }, (message) => {
    if (latest.current.open.size === 0) return
    if (message.type === 'resync' || (message.type === 'connected' && !message.data.resumed)) readAll()
    if (message.type !== 'run' && message.type !== 'points' && message.type !== 'params' && message.type !== 'tags') return
    const { run_id } = message.data
    const change = (row: GridRow): GridRow => (
      message.type === 'run' ? withInfo(row, message.data.info) : message.type === 'points' ? withPoints(row, message.data.points)
        : message.type === 'params' ? withTexts(row, 'params', message.data.params) : message.type === 'tags' ? withTexts(row, 'tags', message.data.tags ?? [], message.data.removed) : row)
    const parent = [...latest.current.children].find(([, { rows }]) => rows.some(({ info }) => info.run_id === run_id))?.[0]
    // A run that is new, or gone, may be a child of one that is open.
    if (message.type === 'run' && (parent === undefined || message.data.info.lifecycle_stage !== 'active')) return soon()
    const touched = (message.type === 'points' ? message.data.points : message.type === 'params' ? message.data.params : message.type === 'tags' ? message.data.tags ?? [] : []).map(({ key }) => key)
    // Which are shown, below whom and in which order.
    if (message.type === 'tags' && [...touched, ...message.data.removed ?? []].some((key) => key === 'cairn.archived' || key === 'mlflow.parentRunId')) soon()
    if (parent === undefined) return
    if (touched.some((key) => ordering.includes(key))) soon()
    setChildren((old) => {
      const known = old.get(parent)!
      const rows = known.rows.map((row) => (row.info.run_id === run_id ? change(row) : row))
      return rows.every((row, at) => row === known.rows[at]) ? old : new Map([...old, [parent, { ...known, rows }]])
    })
  })
  const opened = useMemo(() => (!enabled ? [] : [...open].flatMap((runId): Opened[] => {
    const index = store.placeOf(runId)
    return index === undefined ? [] : [{ index, below: linesBelow(runId, open, children) }]
  }).sort((a, b) => a.index - b.index)), [open, children, enabled, store.version])
  return {
    opened, open,
    toggle(runId) {
      const next = new Set(open)
      if (!next.delete(runId)) {
        next.add(runId)
        void ask(runId)
      }
      setOpen(next)
    },
  }
}
