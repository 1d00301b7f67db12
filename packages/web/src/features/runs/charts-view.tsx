import type { ReactNode } from 'react'
import { Empty, Failure } from '../../ui/parts.tsx'
import { RunsCharts } from '../charts/runs-charts.tsx'
import type { Keys } from './columns.ts'
import type { Which } from './table/row-store.ts'
import type { Drawn } from './use-drawn.ts'
import { words } from './words.ts'

export interface ChartsViewProps {
  readonly experiments: readonly string[]
  readonly which: Which
  readonly keys: Keys | undefined
  readonly drawn: Drawn
  /** Whether no table stands beside the charts. */
  readonly alone: boolean
}

/** The runs of a workspace as charts. */
export function ChartsView({ experiments, which: { order_by: _order, ...which }, keys, drawn, alone }: ChartsViewProps): ReactNode {
  if (drawn.error !== undefined) return <Failure error={drawn.error} retry={drawn.reload} />
  if (drawn.loading || keys === undefined) return <p className="soft">{words.loading}</p>
  if (drawn.runs.length === 0) return <Empty title={words.noRunMatchesThisFilter} />
  return <RunsCharts experiments={experiments} which={which} runs={drawn.runs} keys={keys} drawn={drawn} list={alone} />
}
