import { useMemo, type ReactNode } from 'react'
import { CursorGroup } from '@cairn/charts'
import type { Run } from '@cairn/protocol'
import { href } from '../../app/router.ts'
import { finder, writeCharts } from '../charts/charts-state.ts'
import { ChartsToolbar } from '../charts/charts-toolbar.tsx'
import type { DrawnRun } from '../charts/drawn-runs.ts'
import { LinePanel, type LinesLook } from '../charts/line-panel.tsx'
import { Section } from '../charts/section.tsx'
import { useChartsState } from '../charts/use-charts-state.ts'
import { useLinesStore, useZooming } from '../charts/use-lines.ts'
import { useLooks } from '../runs/use-drawing.ts'
import { words as charts } from '../charts/words.ts'
import { curvesOf } from './compare-sections.ts'
import { words } from './words.ts'
import '../charts/charts.css'

const noColors = new Map<string, number>()
const noFields: readonly string[] = []

/** The curves of the runs, a panel for each metric; all that is in sight comes with one request. What is chosen stands in the address. */
export function CompareCharts({ runs }: { runs: readonly Run[] }): ReactNode {
  const [state, change] = useChartsState('compare')
  const cursors = useMemo(() => new CursorGroup(), [])
  const ids = useMemo(() => runs.map(({ info }) => info.run_id), [runs.map(({ info }) => info.run_id).join()])
  const experiments = useMemo(() => [...new Set(runs.map(({ info }) => info.experiment_id))], [ids])
  const lookOf = useLooks(experiments.join(), ids, noColors)
  const names = runs.map(({ info }) => info.run_name ?? info.run_id).join('\n')
  const drawn = useMemo(() => runs.map(({ info }): DrawnRun => ({ id: info.run_id, name: info.run_name ?? info.run_id, look: lookOf(info.run_id) })), [ids, names, lookOf])
  const asked = useMemo(() => runs.map(({ info }) => ({ id: info.run_id, start: Number(info.start_time ?? 0) })), [ids])
  const store = useLinesStore(experiments, asked, state)
  const { ranges, zoom } = useZooming(state, change)
  const { axis, xLog, yScale, clip, smoothing, band } = state
  const look = useMemo((): LinesLook => ({ axis, xLog, yScale, clip, smooth: smoothing !== undefined, band }), [axis, xLog, yScale, clip, smoothing === undefined, band])
  const logged = curvesOf(runs)
  const metrics = useMemo(() => logged, [logged.join('\n')])
  const shown = useMemo(() => metrics.filter(finder(state.find)), [metrics, state.find])
  if (metrics.length === 0) return null
  return (
    <section aria-label={words.charts.label}>
      <div className="bar compare-bar compare-title">
        <h2>{words.charts.title}</h2>
        <a href={workspaceOf(experiments, ids, state)}>{words.charts.all}</a>
      </div>
      <ChartsToolbar state={{ ...state, group: '', within: '' }} metrics={metrics} fields={noFields} onChange={change} />
      <p id="chart-keys" className="visually-hidden">{charts.chartKeys}</p>
      {drawn.length <= 12 && <ul className="compare-legend">{drawn.map(({ id, name, look: { color, dash } }) => <li key={id}><svg viewBox="0 0 20 4" aria-hidden="true"><line x1="0" x2="20" y1="2" y2="2" style={{ stroke: color.startsWith('--') ? `var(${color})` : color }} strokeDasharray={dash.join(' ')} /></svg>{name}</li>)}</ul>}
      {shown.length === 0 && <p className="soft">{words.charts.none}</p>}
      <Section name="" ids={shown} single folded={false} onFold={() => {}}>
        {(key) => <LinePanel key={key} store={store} cursors={cursors} name={key} runs={drawn} groups={undefined} look={look} range={ranges.get(key)} onZoom={zoom} />}
      </Section>
    </section>
  )
}

/** The workspace with these runs alone in its charts, drawn as they are here. */
function workspaceOf(experiments: readonly string[], ids: readonly string[], state: Parameters<typeof writeCharts>[0]): string {
  const query = new URLSearchParams({ view: 'charts', only: '1', see: ids.join(',') })
  writeCharts(state, query)
  return `${href.experiment(experiments.join(','))}?${query.toString()}`
}
