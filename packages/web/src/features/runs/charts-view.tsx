import { useMemo, type ReactNode } from 'react'
import { Empty, Failure } from '../../ui/parts.tsx'
import { RunsCharts } from '../charts/runs-charts.tsx'
import type { Keys } from './columns.ts'
import type { Drawn } from './use-drawn.ts'

export interface ChartsViewProps {
  readonly experiments: readonly string[]
  readonly keys: Keys | undefined
  readonly drawn: Drawn
  /** Whether no table stands beside the charts. */
  readonly alone: boolean
}

/** The runs of a workspace as charts. */
export function ChartsView({ experiments, keys, drawn, alone }: ChartsViewProps): ReactNode {
  const metrics = useMemo(() => keys?.metrics.map(({ key }) => key) ?? [], [keys])
  if (drawn.error !== undefined) return <Failure error={drawn.error} retry={drawn.reload} />
  if (drawn.loading || keys === undefined) return <p className="soft">Loading…</p>
  if (drawn.runs.length === 0) return <Empty title="No run matches this filter." />
  return <RunsCharts experiments={experiments} runs={drawn.runs} metrics={metrics} drawn={drawn} list={alone} />
}
