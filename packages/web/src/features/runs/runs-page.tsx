import { useQueries, useQuery } from '@tanstack/react-query'
import { useDeferredValue, useMemo, useRef, useState, type ReactNode } from 'react'
import { useKeptScroll } from '../../app/entries.ts'
import { href, workspaceViews, type WorkspaceView } from '../../app/router.ts'
import { useHolding } from '../../app/kept.ts'
import { client, reread } from '../../app/server.ts'
import { useTitle } from '../../app/title.ts'
import { Failure } from '../../ui/parts.tsx'
import { SplitPane } from '../../ui/split-pane.tsx'
import { useCommentCounts } from '../comments/use-comments.ts'
import { ExperimentAbout } from '../experiments/experiment-about.tsx'
import { experimentKey } from '../experiments/keys.ts'
import { Crumbs } from '../frame/crumbs.tsx'
import { words as frame } from '../frame/words.ts'
import { ViewsMenu } from '../views/views-menu.tsx'
import { ChartsView } from './charts-view.tsx'
import { FilterBar } from './table/filter-bar.tsx'
import { RunsTable } from './table/runs-table.tsx'
import { isGrouped } from './table/table-state.ts'
import { useTableState } from './table/use-table-state.ts'
import { words } from './table/words.ts'
import { freshMs, keysKey } from './opening.ts'
import { PointedProvider, useNewPointed } from './pointed.ts'
import { useDrawing } from './use-drawing.ts'
import { useDrawn } from './use-drawn.ts'
import { useTrueSelection } from './use-true-selection.ts'
import { useView, viewAddress } from './use-view.ts'
import { whichRuns } from './which.ts'
import './workspace.css'

export interface RunsPageProps {
  /** One experiment, or several as one. */
  readonly ids: readonly string[]
  /** How the runs are seen; undefined: as it was last. */
  readonly view: WorkspaceView | undefined
}

/** The workspace of experiments: their runs as a table and as charts, over one filter, one order and one choice of runs. */
export function RunsPage({ ids, view: asked }: RunsPageProps): ReactNode {
  const [state, change] = useTableState()
  const [refused, setRefused] = useState<string>()
  const { view, part, wide, move } = useView(asked)
  const holding = useHolding(`workspace ${ids.join()}`, [keysKey(ids), ...ids.map(experimentKey)], freshMs)
  const experiments = useQueries({ queries: ids.map((id) => ({ queryKey: experimentKey(id), staleTime: holding(experimentKey(id)), queryFn: () => client.experiments.get(id) })) })
  const keys = useQuery({ queryKey: keysKey(ids), staleTime: holding(keysKey(ids)), queryFn: ({ signal }) => client.runs.keys([...ids], { signal }) })
  // Who comes back sees the table at once; the charts beside it are drawn after.
  const withCharts = useDeferredValue(true, holding(keysKey(ids)) !== Infinity)
  const names = ids.map((id, at) => experiments[at]?.data?.name ?? id)
  const name = names.join(', ')
  const failed = experiments.find(({ error }) => error !== null)?.error
  useTitle(name)
  const which = useMemo(() => whichRuns(ids, state), [ids.join(), JSON.stringify([state.filter, state.sort, state.stage, state.groups, state.members])])
  // Every panel asks for these; the page's one stream is to bring them from the start.
  useCommentCounts({ experiment_id: view !== 'table' && ids.length === 1 ? ids[0]! : '' })
  const [drawing, draw] = useDrawing()
  const pointed = useNewPointed()
  const readKeys = (late: boolean): void => reread(keysKey(ids), late)
  const drawn = useDrawn({
    experiments: ids, which, drawing, pinned: state.pinnedRuns, charts: view !== 'table', keys: view === 'table' ? undefined : keys.data, onKey: readKeys,
    change: draw,
  })
  const table = (): ReactNode => <RunsTable experiments={ids} name={name} state={state} change={change} keys={keys.data} which={which} drawn={drawn} onKeys={readKeys} onRefused={setRefused} />
  const charts = (): ReactNode => <ChartsSide><ChartsView experiments={ids} which={which} keys={keys.data} drawn={drawn} alone={view === 'charts'} told={refused} /></ChartsSide>
  return (
    <div className="workspace">
      <TrueSelection experiments={ids} stage={state.stage} />
      <Crumbs items={[[frame.pages.experiments, href.experiments()]]} />
      <div className="head">
        <h1>{name}</h1>
        <nav className="switch" aria-label={words.views}>
          {workspaceViews.filter((one) => wide || one !== 'both').map((one) => <a key={one} href={viewAddress(one)} {...(view === one && { 'aria-current': 'page' as const })}>{words.viewNames[one]}</a>)}
        </nav>
        <ViewsMenu experiment={ids.join()} />
        {ids.length === 1 && experiments[0]?.data !== undefined && <ExperimentAbout key={ids[0]} experiment={experiments[0].data} />}
      </div>
      <FilterBar experiments={ids} which={which} filter={state.filter} keys={keys.data} refused={state.filter === '' || isGrouped(state) ? undefined : refused} onFilter={(filter, now) => change({ filter }, now ? 'push' : 'replace')} />
      {failed !== undefined && failed !== null && <Failure error={failed.message} />}
      {keys.error !== null && (failed === undefined || failed === null) && <Failure error={keys.error.message} retry={() => void keys.refetch()} />}
      <PointedProvider value={pointed}>{wide ? <SplitPane label={words.split} part={part} onMove={move} left={table()} right={withCharts && charts()} /> : <div className="workspace-side">{view === 'charts' ? charts() : table()}</div>}</PointedProvider>
    </div>
  )
}

/** By itself, so that not the whole page is drawn again with every run that is selected. */
function TrueSelection({ experiments, stage }: { experiments: readonly string[]; stage: Parameters<typeof useTrueSelection>[1] }): ReactNode {
  useTrueSelection(experiments, stage)
  return undefined
}

/** Where the charts scroll. */
function ChartsSide({ children }: { children: ReactNode }): ReactNode {
  const element = useRef<HTMLDivElement>(null)
  useKeptScroll(element, 'charts')
  return <div ref={element} className="workspace-charts" data-scrolls="">{children}</div>
}
