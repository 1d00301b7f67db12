import { useCallback, useEffect, useMemo, useState, type ReactNode } from 'react'
import { go, href } from '../../../app/router.ts'
import { useShortcuts } from '../../../app/shortcuts.ts'
import { Button } from '../../../ui/button.tsx'
import { Select } from '../../../ui/field.tsx'
import type { MenuEntry } from '../../../ui/menu.tsx'
import { Empty, Failure } from '../../../ui/parts.tsx'
import { toast } from '../../../ui/toast.tsx'
import { columnId, readColumn, usualColumns, type Column, type Keys } from '../columns.ts'
import { ColumnPicker } from './column-picker.tsx'
import { downloadCsv } from './csv.ts'
import { lineAt } from './forest.ts'
import { gridColumns, type GridColumn } from './grid-columns.ts'
import { GroupsTable } from './groups-table.tsx'
import type { GridRow, Which } from './row-store.ts'
import { RunGrid } from './run-grid.tsx'
import { changeRuns, SelectionBar } from './selection-bar.tsx'
import { nextSort, stages, type TableState } from './table-state.ts'
import { useChildren } from './use-children.ts'
import { useNarrow } from './use-narrow.ts'
import { useRows } from './use-rows.ts'
import { useSelection } from './use-selection.ts'
import { useDiffering, useRunsById } from './use-runs-by-id.ts'
import type { useUndo } from './use-table-state.ts'
import { many, words } from './words.ts'

export interface RunsTableProps {
  readonly id: string
  readonly name: string
  readonly state: TableState
  readonly steps: ReturnType<typeof useUndo>
  readonly keys: Keys | undefined
  onKeys(): void
  /** What the server says of the filter. */
  onRefused(error: string | undefined): void
}

const log = (name: string): string => `import mlflow

mlflow.set_tracking_uri("$URL")
mlflow.set_experiment("${name.replaceAll('"', '\\"')}")
with mlflow.start_run():
    for step in range(100):
        mlflow.log_metric("loss", 1 / (step + 1), step=step)`

const noKeys: Keys = { metrics: [], params: [], tags: [] }

export function RunsTable({ id, name, state, steps, keys, onKeys, onRefused }: RunsTableProps): ReactNode {
  const { change } = steps
  const narrow = useNarrow()
  const [widths, setWidths] = useState<ReadonlyMap<string, number>>()
  const [sight, setSight] = useState<readonly string[]>([])
  const inTree = keys?.tags.some(({ key }) => key === 'mlflow.parentRunId') ?? false
  const nested = (state.tree ?? state.filter === '') && inTree && state.stage !== 'deleted' && state.member === undefined
  const which = useMemo((): Which => ({
    experiment_ids: [id], ...(state.filter !== '' && { filter: state.filter }), ...(state.sort.length > 0 && { order_by: [...state.sort] }),
    ...(state.stage === 'deleted' ? { run_view_type: 'DELETED_ONLY' as const, archived: true } : state.stage === 'archived' && { archived: true }), ...(nested && { roots: true }),
    ...(state.group !== undefined && state.member !== undefined && { member_of: { kind: state.group.kind as 'param' | 'tag', key: state.group.key, ...(state.member !== null && { value: state.member }) } }),
  }), [id, state, nested])
  const grouped = state.group !== undefined && state.group.kind !== 'metric' && state.member === undefined
  const selectedIds = useSelectedIds(id)
  const differing = useDiffering(id, keys ?? noKeys, state.differing, selectedIds.ids)
  const chosen = useMemo(() => {
    const all = state.columns ?? usualColumns(keys ?? noKeys)
    return differing === undefined ? all : state.columns === undefined ? differing : all.filter((column) => differing.some((one) => columnId(one) === columnId(column)))
  }, [state.columns, keys, differing])
  const numbers = useMemo(() => new Set((keys?.params ?? []).filter(({ sample = '' }) => sample.trim() !== '' && Number.isFinite(Number(sample))).map(({ key }) => `params.${key}`)), [keys])
  const columns = useMemo(() => gridColumns(chosen, { pinnedColumns: state.pinnedColumns, widths: widths ?? state.widths }, numbers, narrow), [chosen, state.pinnedColumns, state.widths, widths, numbers, narrow])
  // A table of few columns asks for all at once; of many, for those in sight, by sixteens.
  const asked = useMemo(() => {
    if (chosen.length <= 32) return chosen
    const places = sight.map((one) => chosen.findIndex((column) => columnId(column) === one)).filter((at) => at >= 0)
    const pinned = chosen.filter((column) => state.pinnedColumns.includes(columnId(column)))
    if (places.length === 0) return pinned
    const free = places.filter((at) => !pinned.includes(chosen[at]!))
    const from = Math.floor(Math.min(...free, chosen.length) / 16) * 16
    return [...new Set([...pinned, ...chosen.slice(from, Math.ceil((Math.max(...free, 0) + 1) / 16) * 16)])]
  }, [chosen, sight, state.pinnedColumns])
  const store = useRows(id, which, asked, keys !== undefined, { key: onKeys })
  const tree = useChildren(id, store, asked, nested)
  const total = store.total ?? 0
  const lines = tree.opened.reduce((sum, { below }) => sum + below.length, total)
  const between = useCallback(async (from: number, to: number): Promise<string[]> => {
    if (tree.opened.length === 0) return store.idsBetween(from, to)
    const ids: string[] = []
    for (let at = from; at <= to; at += 1) {
      const line = lineAt(tree.opened, at)
      if (line.kind === 'child') ids.push(line.row.info.run_id)
      else if (line.kind === 'root') {
        let last = at
        while (last < to && lineAt(tree.opened, last + 1).kind === 'root') last += 1
        ids.push(...await store.idsBetween(line.index, line.index + last - at))
        at = last
      }
    }
    return ids
  }, [store, tree.opened])
  const selection = useSelection(between)
  useEffect(() => selectedIds.set(selection.ids), [selection.ids])
  useEffect(() => onRefused(store.error), [store.error])
  const pinnedRows = useRunsById(id, state.pinnedRuns, asked)
  const baselineRow = useRunsById(id, useMemo(() => (state.baseline === '' ? [] : [state.baseline]), [state.baseline]), asked)[0]
  const selectAll = (): void => void store.idsBetween(0, total - 1).then((ids) => selection.set(ids))
  const csv = (only: ReadonlySet<string> | undefined): void => {
    toast({ text: `Reading ${many(only?.size ?? total, 'run')}…` })
    void downloadCsv(name, which, chosen, only, () => {}).catch((error: unknown) => toast({ kind: 'bad', text: (error as Error).message }))
  }
  useShortcuts([
    { keys: '↑ ↓', what: 'Move among the runs; j and k too, with Shift select', where: words.where },
    { keys: 'Space', what: 'Select the run', where: words.where },
    { keys: 'Mod+A', what: words.selectAll, where: words.where },
    { keys: 'Enter', what: 'Open the run', where: words.where },
    { keys: 'b', what: 'Make the run the baseline', where: words.where },
    { keys: 'p', what: 'Keep the run on top', where: words.where },
    { keys: 'Delete', what: 'Delete what is selected', where: words.where },
  ])
  const onKey = (key: string, row: GridRow | undefined): boolean => {
    if (row === undefined) return false
    const { run_id } = row.info
    if (key === 'b') change({ baseline: state.baseline === run_id ? '' : run_id })
    else if (key === 'p') change({ pinnedRuns: state.pinnedRuns.includes(run_id) ? state.pinnedRuns.filter((one) => one !== run_id) : [...state.pinnedRuns, run_id].slice(-10) })
    else if (key === 'Delete') {
      const ids = selection.ids.size > 0 ? [...selection.ids] : [run_id]
      void changeRuns(ids, state.stage === 'deleted' ? 'restore' : 'delete', {}, { change: state.stage === 'deleted' ? 'delete' : 'restore' }).then((done) => { if (done) selection.clear() })
    } else return false
    return true
  }
  const order = (id: string, before: string | undefined): void => {
    const rest = chosen.filter((column) => columnId(column) !== id)
    const moved = chosen.find((column) => columnId(column) === id)
    if (moved === undefined) return
    const at = before === undefined ? rest.length : rest.findIndex((column) => columnId(column) === before)
    change({ columns: rest.toSpliced(at < 0 ? 0 : at, 0, moved) })
  }
  const menuOf = (grid: GridColumn): readonly MenuEntry[] => {
    const { id, sortKey, column } = grid
    const at = chosen.findIndex((one) => columnId(one) === id)
    const by = (key: string): void => change({ sort: [key] })
    return [
      ...(sortKey === undefined ? [] : [
        { label: words.sortDown, icon: 'down' as const, act: () => by(`${sortKey} DESC`) }, { label: words.sortUp, icon: 'up' as const, act: () => by(`${sortKey} ASC`) },
        ...(state.sort.length > 0 && !state.sort.some((one) => one.startsWith(`${sortKey} `)) ? [{ label: words.alsoDown, icon: 'sort' as const, act: () => change({ sort: [...state.sort, `${sortKey} DESC`] }) }] : []),
      ]),
      ...(column === undefined ? [] : [
        'line' as const,
        { label: state.pinnedColumns.includes(id) ? words.unpin : words.pin, icon: 'pin' as const, act: () => change({ pinnedColumns: state.pinnedColumns.includes(id) ? state.pinnedColumns.filter((one) => one !== id) : [...state.pinnedColumns, id] }) },
        { label: words.toLeft, icon: 'left' as const, disabled: at <= 0, act: () => order(id, columnId(chosen[at - 1]!)) },
        { label: words.toRight, icon: 'right' as const, disabled: at >= chosen.length - 1, act: () => order(id, chosen[at + 2] && columnId(chosen[at + 2]!)) },
        { label: words.hide, icon: 'eye-off' as const, act: () => change({ columns: chosen.filter((one) => columnId(one) !== id) }) },
        ...(column.kind === 'metric' ? [] : [{ label: words.groupBy, icon: 'group' as const, act: () => change({ group: column, member: undefined }) }]),
      ]),
    ]
  }
  if (keys !== undefined && store.total === 0 && !store.outdated && state.filter === '' && state.stage === 'active' && state.member === undefined) return <Empty title="No run is logged here yet. In Python:" code={log(name)} />
  const groupable = [...(keys?.params ?? []).filter(({ varies }) => varies).map(({ key }): Column => ({ kind: 'param', key })), ...(keys?.tags ?? []).filter(({ key, varies }) => varies && !key.startsWith('mlflow.')).map(({ key }): Column => ({ kind: 'tag', key }))].slice(0, 200)
  if (state.group !== undefined && !groupable.some((column) => columnId(column) === columnId(state.group!))) groupable.push(state.group)
  return (
    <>
      <div className="bar table-tools">
        <Select label={words.stage} showLabel={false} value={state.stage} options={stages.map((stage) => [stage, words.stages[stage]])} onChange={(stage) => { selection.clear(); change({ stage }) }} />
        <Select label={words.group} showLabel={false} value={state.group === undefined ? '' : columnId(state.group)} options={[['', words.noGroup], ...groupable.map((column): [string, string] => [columnId(column), `By ${column.key}`])]}
          onChange={(group) => change({ group: readColumn(group), member: undefined })} />
        {inTree && state.stage !== 'deleted' && <Button size="small" icon="tree" aria-pressed={nested} onClick={() => change({ tree: !nested })}>{words.tree}</Button>}
        <Button size="small" icon="compare" aria-pressed={state.differing} onClick={() => change({ differing: !state.differing })}>{words.differing}</Button>
        {state.baseline !== '' && <Button size="small" icon="close" onClick={() => change({ baseline: '' })}>{words.noBaseline}</Button>}
        <span className="spacer" />
        {keys !== undefined && <ColumnPicker keys={keys} columns={chosen} state={state} change={change} />}
        <Button size="small" icon="download" onClick={() => csv(undefined)}>{words.csv}</Button>
      </div>
      {state.group !== undefined && state.member !== undefined && <p className="bar"><span>{state.group.key}: <b>{state.member ?? 'without'}</b></span> <button type="button" className="link" onClick={() => change({ member: undefined })}>All groups</button></p>}
      {selection.ids.size > 0 && (
        <SelectionBar experimentId={id} ids={selection.ids} stage={state.stage} baseline={state.baseline} pinned={state.pinnedRuns} onDone={selection.clear} onCsv={() => csv(selection.ids)}
          onBaseline={(baseline) => change({ baseline })} onPin={(pinnedRuns) => change({ pinnedRuns })} />
      )}
      {grouped
        ? <GroupsTable experimentId={id} which={which} by={state.group!} metrics={chosen.filter(({ kind }) => kind === 'metric').slice(0, 8).map(({ key }) => key)} onOpen={(member) => change({ member })} />
        : (
          <>
            {store.error !== undefined && state.filter === '' && <Failure error={store.error} retry={() => store.refresh()} />}
            {store.total === 0 && !store.outdated
              ? <Empty title={state.filter === '' ? 'No run here.' : 'No run matches this filter.'} />
              : (
                <RunGrid store={store} columns={columns} tree={tree} nested={nested} selection={selection} sort={state.sort} pinnedRows={pinnedRows} baseline={baselineRow} lines={lines} menuOf={menuOf}
                  onSort={(column, besides) => change({ sort: nextSort(state.sort, column.sortKey!, besides) })}
                  onWidth={(column, width, done) => { const next = new Map([...widths ?? state.widths, [column.id, Math.round(width)]]); if (done) { setWidths(undefined); change({ widths: next }) } else setWidths(next) }}
                  onMove={(moved, before) => order(moved, before.id)} onSight={setSight} onOpen={({ info }) => go(href.run(info.run_id))} onKey={onKey} onSelectAll={selectAll} />
              )}
            <div className="foot" role="status">
              {store.total !== undefined && <span><b>{many(total, 'run')}</b>{nested && ' at the top'}</span>}
              <span>{words.of(chosen.length, (keys?.metrics.length ?? 0) + (keys?.params.length ?? 0) + (keys?.tags.length ?? 0), 'column')}</span>
              {state.sort.length > 0 && <span>Sorted by {state.sort.join(', ')} <button type="button" className="link" onClick={() => change({ sort: [] })}>Newest first</button></span>}
            </div>
          </>
        )}
    </>
  )
}

/** What is selected, for what is decided before the rows are known. */
function useSelectedIds(id: string): { readonly ids: ReadonlySet<string>; set(ids: ReadonlySet<string>): void } {
  const [ids, set] = useState<ReadonlySet<string>>(new Set())
  useEffect(() => set(new Set()), [id])
  return { ids, set }
}
