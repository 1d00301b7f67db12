import { lazy, Suspense, useState, type ReactNode } from 'react'
import { useQuery } from '@tanstack/react-query'
import { href } from '../../app/router.ts'
import { client, useLoaded } from '../../app/server.ts'
import { useTitle } from '../../app/title.ts'
import { Failure } from '../../ui/parts.tsx'
import { Crumbs } from '../frame/crumbs.tsx'
import { ViewsMenu } from '../views/views-menu.tsx'
import { FilterBar } from './table/filter-bar.tsx'
import { RunsTable } from './table/runs-table.tsx'
import { useTableState, useUndo } from './table/use-table-state.ts'

const ChartsView = lazy(async () => ({ default: (await import('./charts-view.tsx')).ChartsView }))

export interface RunsPageProps {
  readonly id: string
  /** Whether the runs are shown as curves instead of rows. */
  readonly charts: boolean
}

/** An experiment: its runs as a table and as charts, over one filter and one order. */
export function RunsPage({ id, charts }: RunsPageProps): ReactNode {
  const [state, plainChange] = useTableState()
  const steps = useUndo(plainChange)
  const [refused, setRefused] = useState<string>()
  const experiment = useLoaded(`experiment ${id}`, () => client.experiments.get(id))
  const keys = useQuery({ queryKey: ['keys', id], queryFn: ({ signal }) => client.runs.keys([id], { signal }) })
  const name = experiment.data?.name ?? id
  useTitle(name)
  const view = (wanted: boolean): string => {
    const query = new URLSearchParams(location.search)
    if (wanted) query.set('view', 'charts')
    else query.delete('view')
    return `${location.pathname}${query.size === 0 ? '' : `?${query.toString()}`}`
  }
  return (
    <div className="workspace">
      <Crumbs items={[['Experiments', href.experiments()]]} />
      <div className="head">
        <h1>{name}</h1>
        <nav className="switch" aria-label="Ways to see the runs">
          <a href={view(false)} {...(!charts && { 'aria-current': 'page' as const })}>Table</a>
          <a href={view(true)} {...(charts && { 'aria-current': 'page' as const })}>Charts</a>
        </nav>
        <ViewsMenu experiment={id} />
      </div>
      <FilterBar experimentId={id} filter={state.filter} keys={keys.data} refused={refused} onFilter={(filter, now) => steps.change({ filter }, now ? 'push' : 'replace')} />
      {experiment.error !== undefined && <Failure error={experiment.error} />}
      {keys.error !== null && experiment.error === undefined && <Failure error={keys.error.message} retry={() => void keys.refetch()} />}
      {charts
        ? <Suspense fallback={<p className="soft">Loading…</p>}><ChartsView id={id} filter={state.filter} sort={state.sort} /></Suspense>
        : <RunsTable id={id} name={name} state={state} steps={steps} keys={keys.data} onKeys={() => void keys.refetch()} onRefused={setRefused} />}
    </div>
  )
}
