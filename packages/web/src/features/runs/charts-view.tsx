import { useMemo, type ReactNode } from 'react'
import { client, useLoaded } from '../../app/server.ts'
import { Empty, Failure } from '../../ui/parts.tsx'
import { RunsCharts } from '../charts/runs-charts.tsx'
import { useFreshRuns } from './use-fresh-runs.ts'

/** Runs that are read for charts: the first of the table, in its order. */
const most = 100

export interface ChartsViewProps {
  readonly id: string
  readonly filter: string
  readonly sort: readonly string[]
}

/** The runs of a table as charts. */
export function ChartsView({ id, filter, sort }: ChartsViewProps): ReactNode {
  const { data, error, reload } = useLoaded(`chart runs ${id} ${filter} ${sort.join(', ')}`, (signal) =>
    client.runs.searchPage({ experiment_ids: [id], max_results: most, ...(filter !== '' && { filter }), ...(sort.length > 0 && { order_by: [...sort] }) }, { signal }))
  const read = useMemo(() => data?.items ?? [], [data])
  const { runs } = useFreshRuns(id, read, reload)
  if (error !== undefined) return <Failure error={error} retry={reload} />
  if (data !== undefined && runs.length === 0) return <Empty title="No run matches this filter." />
  return <RunsCharts experiment={id} runs={runs} />
}
