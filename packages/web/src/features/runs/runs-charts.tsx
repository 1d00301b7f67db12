import { useMemo, useState, type ReactNode } from 'react'
import type { Run } from '@cairn/protocol'
import { useLive } from '../../app/server.ts'
import { count, duration } from '../../ui/format.ts'
import { lookOf, Swatch } from '../../ui/palette.tsx'
import { Empty, Failure } from '../../ui/parts.tsx'
import { LinesFigure, type DrawnRun } from './lines-figure.tsx'
import { bySection } from './run-charts.tsx'
import { useLines, type Axis } from './use-lines.ts'

export interface ChartsView {
  readonly axis: Axis
  /** Weight of the moving average, 0 for none. */
  readonly smoothing: number
}

export interface RunsChartsProps extends ChartsView {
  readonly experiment: string
  /** In the order of the table. */
  readonly runs: readonly Run[]
  onView(view: Partial<ChartsView>): void
}

/** Runs that are drawn, the first of the table: more could not be told apart. */
const mostRuns = 24
/** Charts at once; the others are found by name. */
const mostCharts = 24

const axes: readonly (readonly [Axis, string])[] = [['step', 'Step'], ['relative', 'Time since start'], ['time', 'Time']]

/** Every metric of the experiment as a chart with a line for each run. */
export function RunsCharts({ experiment, runs, axis, smoothing, onView }: RunsChartsProps): ReactNode {
  const [find, setFind] = useState('')
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set())
  const chosen = useMemo(() => runs.slice(0, mostRuns), [runs])
  const keys = useMemo(() => [...new Set(chosen.flatMap(({ data }) => (data.metrics ?? []).map(({ key }) => key)))].filter((key) => !key.startsWith('system/')).sort(), [chosen])
  const shown = useMemo(() => keys.filter((key) => key.toLowerCase().includes(find.toLowerCase())).slice(0, mostCharts), [keys, find])
  const asked = useMemo(() => chosen.map(({ info }) => ({ id: info.run_id, start: Number(info.start_time) })), [chosen])
  const lines = useLines(asked, shown, axis)
  useLive(`charts ${experiment}`, { experimentIds: [experiment], types: ['points'] }, (message) => lines.hear(message))
  const drawn: DrawnRun[] = chosen.map(({ info }, place) => ({ id: info.run_id, name: info.run_name ?? info.run_id, place })).filter(({ id }) => !hidden.has(id))
  const toggle = (id: string): void => setHidden((old) => {
    const next = new Set(old)
    if (!next.delete(id)) next.add(id)
    return next
  })
  const axisText = (x: number): string => (axis === 'step' ? Math.round(x).toLocaleString('en') : axis === 'relative' ? duration(x) : new Date(x).toLocaleTimeString())
  const axisName = axis === 'step' ? 'step' : axis === 'relative' ? 'after' : 'at'
  const sections = bySection(shown)
  return (
    <>
      <div className="bar">
        {keys.length > 6 && <input className="field" type="search" placeholder={`Find among ${count(keys.length, 'metric')}`} aria-label="Find metrics" value={find} onChange={(event) => setFind(event.target.value)} />}
        <label className="choice">Along <select value={axis} onChange={(event) => onView({ axis: event.target.value as Axis })}>{axes.map(([value, label]) => <option key={value} value={value}>{label}</option>)}</select></label>
        <label className="choice">Smoothing <input type="range" min="0" max="0.98" step="0.02" value={smoothing} aria-valuetext={smoothing === 0 ? 'none' : String(smoothing)} onChange={(event) => onView({ smoothing: Number(event.target.value) })} /> <output>{smoothing === 0 ? 'none' : smoothing.toFixed(2)}</output></label>
      </div>
      <ul className="legend" aria-label="Runs in the charts">
        {chosen.map(({ info }, place) => (
          <li key={info.run_id}><button type="button" title={info.run_name} aria-pressed={!hidden.has(info.run_id)} onClick={() => toggle(info.run_id)}><Swatch look={lookOf(place)} /><span>{info.run_name}</span></button></li>
        ))}
        {runs.length > mostRuns && <li className="soft">and {count(runs.length - mostRuns, 'more run')} in the table: filter or sort it to choose</li>}
      </ul>
      {lines.error !== undefined && <Failure error={lines.error} retry={lines.reload} />}
      {keys.length === 0 && <Empty title="These runs have no metrics yet." />}
      {keys.length > 0 && shown.length === 0 && <Empty title="No metric is called so." />}
      {sections.map(([section, names]) => (
        <section key={section} aria-label={`Charts of ${section === '' ? 'metrics' : section}`}>
          {sections.length > 1 && <h2>{section === '' ? 'Charts' : section}</h2>}
          <div className="charts">
            {names.map((name) => (
              <LinesFigure key={`${axis} ${name}`} name={name} runs={drawn} lines={drawn.map(({ id }) => lines.of(id, name))} smoothing={smoothing}
                range={lines.zoomed.get(name)} axisName={axisName} axisText={axisText} onZoom={(range) => lines.zoom(name, range)} />
            ))}
          </div>
        </section>
      ))}
      {find === '' && keys.length > mostCharts && <p className="soft">{count(keys.length - mostCharts, 'more metric')}; find them by name above.</p>}
    </>
  )
}
