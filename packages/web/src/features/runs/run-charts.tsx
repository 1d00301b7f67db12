import type { ReactNode } from 'react'
import { noLine, type Line } from '@cairn/charts'
import { count, metric } from '../../ui/format.ts'
import { Empty, Failure } from '../../ui/parts.tsx'
import { sectionsOf } from '../charts/sections.ts'
import { MetricChart } from './metric-chart.tsx'
import type { Curves } from './use-curves.ts'
import type { QuickCharts } from './use-quick-charts.ts'
import { words } from './words.ts'

const log = (id: string): string => `import mlflow

mlflow.set_tracking_uri("$URL")
with mlflow.start_run(run_id="${id}"):
    mlflow.log_metric("loss", 0.5, step=0)`

const systemMetrics = (id: string): string => `import mlflow   # pip install psutil

mlflow.set_tracking_uri("$URL")
mlflow.enable_system_metrics_logging()
with mlflow.start_run(run_id="${id}"):
    ...`

export interface RunChartsProps {
  readonly id: string
  readonly keys: readonly string[]
  readonly shownKeys: readonly string[]
  readonly curves: Curves
  readonly quick: QuickCharts
  readonly most: number
  readonly system?: boolean
  /** Whether a metric has one value and will have no other: a chart would hold a dot. */
  isSingle(key: string): boolean
}

/** The run's metrics as charts, by the first part of their names. */
export function RunCharts({ id, keys, shownKeys, curves, quick: { find, onFind, zoomed, zoom }, most, system = false, isSingle }: RunChartsProps): ReactNode {
  const single = shownKeys.filter(isSingle)
  const sections = sectionsOf(shownKeys.filter((key) => !single.includes(key)))
  return (
    <>
      {(keys.length > 12 || find !== '') && (
        <div className="bar"><input className="field" type="search" placeholder={words.findAmong(count(keys.length, 'metric'))} aria-label={words.findMetrics} value={find} onChange={(event) => onFind(event.target.value)} /></div>
      )}
      {curves.error !== undefined && <Failure error={curves.error} retry={curves.reload} />}
      {keys.length === 0 && (system
        ? <Empty title={words.thisRunHasNoSystem} code={systemMetrics(id)} />
        : <Empty title={words.thisRunHasNoMetrics} code={log(id)} />)}
      {sections.map(([section, names]) => (
        <section key={section} aria-label={words.chartsOf(section === '' ? words.metrics : section)}>
          {sections.length > 1 && <h2>{section === '' ? words.charts : section}</h2>}
          <div className="charts">
            {names.map((name) => <MetricChart key={name} name={name} line={curves.curves.get(name) ?? noLine} range={zoomed.get(name)} onZoom={(range) => zoom(name, range)} />)}
          </div>
        </section>
      ))}
      {single.length > 0 && (
        <section aria-label={words.metricsWithOneValue}>
          {sections.length > 0 && <h2>{words.oneValue}</h2>}
          <dl className="single-values">{single.map((name) => { const line = curves.curves.get(name); return <div key={name} data-metric={name}><dt title={name}>{name}</dt><dd title={String(line?.y[0] ?? line?.marks[0]?.value ?? '')}>{valueOf(line)}</dd></div> })}</dl>
        </section>
      )}
      {keys.length > shownKeys.length && find === '' && <p className="soft">{words.findThemByNameAbove(count(keys.length - most, 'more metric'))}</p>}
    </>
  )
}

const valueOf = (line: Line | undefined): string => {
  const value = line?.y[0] ?? line?.marks[0]?.value
  return value === undefined ? '' : metric(value)
}
