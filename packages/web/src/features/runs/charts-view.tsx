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
  /** What the table beside them says that it cannot be read for: nobody needs to be told twice. */
  readonly told: string | undefined
}

const log = (experiment: string): string => `import mlflow

mlflow.set_tracking_uri("$URL")
mlflow.set_experiment(experiment_id="${experiment}")
with mlflow.start_run():
    for step in range(100):
        mlflow.log_metric("loss", 1 / (step + 1), step=step)`

/** The runs of a workspace as charts. */
export function ChartsView({ experiments, which: { order_by: _order, ...which }, keys, drawn, alone, told }: ChartsViewProps): ReactNode {
  if (drawn.error !== undefined && drawn.error === told) return <Empty title={words.notReadable} />
  if (drawn.error !== undefined) return <Failure error={drawn.error} retry={drawn.reload} />
  if (drawn.loading || keys === undefined) return <p className="soft">{words.loading}</p>
  const { experiment_ids: _ids, ...narrowed } = which
  if (drawn.runs.length === 0) return Object.keys(narrowed).length > 0 ? <Empty title={words.noRunMatchesThisFilter} /> : <Empty title={words.noRunIsDrawn} {...(alone && { code: log(experiments[0]!) })} />
  return <RunsCharts experiments={experiments} which={which} runs={drawn.runs} keys={keys} drawn={drawn} list={alone} />
}
