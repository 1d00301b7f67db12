import { useQuery } from '@tanstack/react-query'
import { useCallback, useEffect, useMemo, useState, type ReactNode } from 'react'
import { tableLimits, tellingFields } from '@cairn/protocol'
import { go, href } from '../../../app/router.ts'
import { client } from '../../../app/server.ts'
import { Button } from '../../../ui/button.tsx'
import { Select } from '../../../ui/field.tsx'
import { count } from '../../../ui/format.ts'
import { lazyPart } from '../../../ui/lazy-part.tsx'
import { Empty, Failure } from '../../../ui/parts.tsx'
import { toast } from '../../../ui/toast.tsx'
import { columnId, readColumn, type Column, type Keys } from '../columns.ts'
import { onlyThis, recolored, toggled } from '../drawing.ts'
import { useRunSelection } from '../selection.ts'
import type { Drawn } from '../use-drawn.ts'
import { hasTree, wantsTree } from '../which.ts'
import { columnMenu } from './column-menu.ts'
import { ColumnPicker } from './column-picker.tsx'
import { downloadCsv } from './csv.ts'
import { lineAt } from './forest.ts'
import { GroupsTable } from './groups-table.tsx'
import type { GridRow, Which } from './row-store.ts'
import { RunGrid } from './run-grid.tsx'
import { mostCompared, SelectionBar } from './selection-bar.tsx'
import { TableFoot } from './table-foot.tsx'
import { isGrouped, nextSort, stages, ungrouped, type TableState } from './table-state.ts'
import { useChildren } from './use-children.ts'
import { useColumns } from './use-columns.ts'
import { useRows } from './use-rows.ts'
import { useRunsById } from './use-runs-by-id.ts'
import { useSelection } from './use-selection.ts'
import { useSparks } from './use-sparks.ts'
import { useTableKeys } from './use-table-keys.ts'
import type { ChangeTable } from './use-table-state.ts'
import { words } from './words.ts'

const ColorChoice = lazyPart(async () => (await import('./color-choice.tsx')).ColorChoice)

export interface RunsTableProps {
  readonly experiments: readonly string[]
  readonly name: string
  readonly state: TableState
  readonly change: ChangeTable
  readonly keys: Keys | undefined
  /** Which runs, whether or not in a tree. */
  readonly which: Which
  readonly drawn: Drawn
  onKeys(late: boolean): void
  /** What the server says that nothing can be read for. */
  onRefused(error: string | undefined): void
}

const log = (name: string): string => `import mlflow

mlflow.set_tracking_uri("$URL")
mlflow.set_experiment("${name.replaceAll('"', '\\"')}")
with mlflow.start_run():
    for step in range(100):
        mlflow.log_metric("loss", 1 / (step + 1), step=step)`

/** Params and tags that do not tell runs apart yet; a tag of one run may be one that it changes all the time. */
const equalOf = (keys: Keys | undefined): ReadonlyMap<string, string | null> => new Map([
  ...(keys?.params ?? []).filter(({ varies }) => varies === false).map(({ key, runs, sample = '' }) => [`params.${key}`, runs > 1 ? sample : null] as const),
  ...(keys?.tags ?? []).filter(({ key, runs, varies }) => varies === false && runs > 1 && !key.startsWith('mlflow.')).map(({ key, sample = '' }) => [`tags.${key}`, sample] as const),
])

export function RunsTable({ experiments, name, state, change, keys, which: all, drawn, onKeys, onRefused }: RunsTableProps): ReactNode {
  const [coloring, setColoring] = useState<{ readonly row: GridRow; readonly anchor: HTMLElement }>()
  const inTree = hasTree(keys)
  const nested = inTree && wantsTree(state)
  const which = useMemo((): Which => ({ ...all, ...(nested && { roots: true }) }), [all, nested])
  const grouped = isGrouped(state)
  const workspace = experiments.join()
  const columns = useColumns(experiments, state, change, keys, useRunSelection(workspace).ids)
  const { chosen, asked } = columns
  const equal = useMemo(() => equalOf(keys), [keys])
  const store = useRows(experiments, which, asked, keys !== undefined, { key: onKeys, equal })
  // The first child of an experiment is made with the tag that says so: nobody tells of a new key then.
  const childCame = keys !== undefined && !inTree && store.known.some(({ info }) => info.parent_run_id !== undefined)
  useEffect(() => { if (childCame) onKeys(false) }, [childCame])
  const sparks = useSparks(experiments)
  const tree = useChildren(experiments, store, asked, which, nested)
  const total = store.total ?? 0
  // A filter may find runs below others that it does not find: nested, they would be seen nowhere.
  const found = useQuery({ queryKey: ['found nested or not', all, total], staleTime: 5000, enabled: nested && state.filter !== '', queryFn: async ({ signal }) => (await client.runs.table({ ...all, columns: [], max_results: 1 }, { signal })).total ?? 0 })
  const hidden = nested && state.filter !== '' && found.data !== undefined && !store.outdated ? found.data - total : 0
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
  const selection = useSelection(workspace, between)
  useEffect(() => {
    if (grouped) return
    onRefused(store.error)
    return () => onRefused(undefined)
  }, [grouped, store.error])
  const pinnedRows = useRunsById('pinned', experiments, state.pinnedRuns, asked)
  const baselineRow = useRunsById('baseline', experiments, useMemo(() => (state.baseline === '' ? [] : [state.baseline]), [state.baseline]), asked)[0]
  const selectAll = (): void => void store.idsBetween(0, total - 1).then((ids) => selection.set(ids))
  const csv = (only: ReadonlySet<string> | undefined): void => {
    toast({ text: words.reading(only === undefined && nested ? words.allRuns : count(only?.size ?? total, 'run')) })
    const shown = chosen.map((column) => ({ ...column, ...(state.extremes.has(columnId(column)) && { of: state.extremes.get(columnId(column))! }) }))
    // Of a tree all runs, whether or not their parents are open.
    void downloadCsv(name, all, shown, only).catch((error: unknown) => toast({ kind: 'bad', text: (error as Error).message }))
  }
  const onKey = useTableKeys({ experiments, state, change, selection, drawn, onCompare: () => { if (selection.ids.size > 1 && selection.ids.size <= mostCompared) go(href.compare([...selection.ids])) }, onColor: (row) => setColoring({ row, anchor: document.querySelector<HTMLElement>(`[data-run="${CSS.escape(row.info.run_id)}"] .grid-dot`)! }) })
  const { drawing, among, change: draw, isDrawn, lookOf } = drawn
  if (keys !== undefined && store.total === 0 && !store.outdated && state.filter === '' && state.stage === 'active' && state.members.length === 0) return <Empty title={words.noRunIsLoggedHere} code={log(name)} />
  const groupable: Column[] = keys === undefined ? [] : [...tellingFields(keys)]
  for (const group of state.groups) if (!groupable.some((column) => columnId(column) === columnId(group))) groupable.push(group)
  // Each level offers what the others do not divide by already.
  const groupBy = (at: number): ReactNode => {
    const chosenHere = state.groups[at]
    const others = new Set(state.groups.filter((_, level) => level !== at).map(columnId))
    return (
      <Select key={at} label={at === 0 ? words.group : words.groupWithin(at + 1)} showLabel={false} value={chosenHere === undefined ? '' : columnId(chosenHere)}
        options={[['', at === 0 ? words.noGroup : words.noMoreGroups], ...groupable.filter((column) => !others.has(columnId(column))).map((column): [string, string] => [columnId(column), at === 0 ? words.byKey(column.key) : words.andByKey(column.key)])]}
        onChange={(id) => change({ ...ungrouped, groups: [...state.groups.slice(0, at), readColumn(id) ?? [], ...(id === '' ? [] : state.groups.slice(at + 1))].flat() })} />
    )
  }
  // Below the rows: above them it would move those under the pointer that selects.
  const selected = selection.ids.size > 0 && (
    <SelectionBar experiments={experiments} ids={selection.ids} stage={state.stage} baseline={state.baseline} pinned={state.pinnedRuns} onDone={selection.clear} onCsv={() => csv(selection.ids)}
      onBaseline={(baseline) => change({ baseline })} onPin={(pinnedRuns) => change({ pinnedRuns })} />
  )
  return (
    <>
      <div className="bar table-tools">
        <Select label={words.stage} showLabel={false} value={state.stage} options={stages.map((stage) => [stage, words.stages[stage]])} onChange={(stage) => { selection.clear(); change({ stage }) }} />
        <span data-group="">{Array.from({ length: Math.min(state.groups.length + 1, tableLimits.levels, groupable.length) || 1 }, (_, at) => groupBy(at))}</span>
        {!grouped && inTree && state.stage !== 'deleted' && <Button size="small" icon="tree" aria-pressed={nested} onClick={() => change({ tree: !nested })}>{words.tree}</Button>}
        {!grouped && <Button size="small" icon="compare" aria-pressed={state.differing} onClick={() => change({ differing: !state.differing })}>{words.differing}</Button>}
        {state.baseline !== '' && <Button size="small" icon="close" onClick={() => change({ baseline: '' })}>{words.noBaseline}</Button>}
        <span className="spacer" />
        {keys !== undefined && <ColumnPicker keys={keys} columns={columns.shown} state={state} change={change} />}
        <Button size="small" icon="download" onClick={() => csv(undefined)}>{words.csv}</Button>
      </div>
      {state.members.length > 0 && <p className="bar">{state.members.map((value, at) => <span key={at}>{state.groups[at]!.key}: <b>{value ?? words.without}</b></span>)} <button type="button" className="link" onClick={() => change({ members: [] })}>{words.allGroups}</button></p>}
      {grouped
        ? <><GroupsTable key={state.groups.map(columnId).join('\n')} experiments={experiments} which={all} state={state} metrics={chosen.filter(({ kind }) => kind === 'metric').slice(0, 8).map(({ key }) => key)} onOpen={(members) => change({ members })} onTurn={change} onSort={(sort) => change({ sort })} onRefused={onRefused} />{selected}</>
        : (
          <>
            {store.error !== undefined && state.filter === '' && <Failure error={store.error} retry={() => store.refresh()} />}
            {hidden > 0 && <p className="bar"><button type="button" className="link" onClick={() => change({ tree: false })}>{words.notAtTheTop(hidden)}</button></p>}
            {store.total === 0 && !store.outdated
              ? <Empty title={state.filter === '' ? words.noRunHere : words.noRunMatchesThisFilter} />
              : (
                <RunGrid store={store} sparks={sparks} columns={columns.drawn} tree={tree} nested={nested} selection={selection} sort={state.sort} pinnedRows={pinnedRows} baseline={baselineRow} lines={lines} menuOf={(column) => columnMenu(column, state, change, columns)}
                  onSort={(column, besides) => change({ sort: nextSort(state.sort, column.sortKey!, besides) })}
                  onWidth={(column, width, done) => columns.width(column.id, width, done)} onMove={(moved, onto) => columns.order(moved, onto.id)} onSight={columns.see}
                  onOpen={({ info }) => go(href.run(info.run_id))} onKey={onKey} onSelectAll={selectAll} lookOf={({ info }) => (isDrawn(info.run_id) ? lookOf(info.run_id) : undefined)}
                  onEye={({ info }, alone) => draw(alone ? onlyThis(drawing, [info.run_id]) : toggled(drawing, info.run_id, among.has(info.run_id)))} onColor={(row, anchor) => setColoring({ row, anchor })} />
              )}
            {coloring !== undefined && (
              <ColorChoice name={coloring.row.info.run_name} anchor={coloring.anchor} chosen={drawing.colors.get(coloring.row.info.run_id)}
                onChoose={(place) => { draw(recolored(drawing, coloring.row.info.run_id, place)); setColoring(undefined) }} onClose={() => setColoring(undefined)} />
            )}
            {selected}
            <TableFoot total={store.total} nested={nested} columns={chosen.length} keys={keys} sort={state.sort} onSort={(sort) => change({ sort })} drawn={drawn} />
          </>
        )}
    </>
  )
}
