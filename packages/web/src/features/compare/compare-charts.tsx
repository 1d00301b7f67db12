import { useCallback, useMemo, useState, type ReactNode } from 'react'
import { CursorGroup, type Range } from '@cairn/charts'
import type { Run } from '@cairn/protocol'
import { href } from '../../app/router.ts'
import { Select } from '../../ui/field.tsx'
import { noChoice, type StepAxis } from '../charts/charts-state.ts'
import type { DrawnRun } from '../charts/drawn-runs.ts'
import { LinePanel, type LinesLook } from '../charts/line-panel.tsx'
import { Section } from '../charts/section.tsx'
import { useLinesStore } from '../charts/use-lines.ts'
import { useLooks } from '../runs/use-drawing.ts'
import '../charts/charts.css'

const axes = [['step', 'Step'], ['relative', 'Time since start'], ['time', 'Time']] as const
const noColors = new Map<string, number>()

/** The curves of the runs, a panel for each metric; all that is in sight comes with one request. */
export function CompareCharts({ runs }: { runs: readonly Run[] }): ReactNode {
  const [axis, setAxis] = useState<StepAxis>('step')
  const [yLog, setYLog] = useState(false)
  const [ranges, setRanges] = useState<ReadonlyMap<string, Range>>(new Map())
  const cursors = useMemo(() => new CursorGroup(), [])
  const ids = useMemo(() => runs.map(({ info }) => info.run_id), [runs.map(({ info }) => info.run_id).join()])
  const experiments = useMemo(() => [...new Set(runs.map(({ info }) => info.experiment_id))], [ids])
  const lookOf = useLooks(experiments.join(), ids, noColors)
  const names = runs.map(({ info }) => info.run_name ?? info.run_id).join('\n')
  const drawn = useMemo(() => runs.map(({ info }): DrawnRun => ({ id: info.run_id, name: info.run_name ?? info.run_id, look: lookOf(info.run_id) })), [ids, names, lookOf])
  const asked = useMemo(() => runs.map(({ info }) => ({ id: info.run_id, start: Number(info.start_time ?? 0) })), [ids])
  const store = useLinesStore(experiments, asked, { axis, smoothing: undefined })
  const look = useMemo((): LinesLook => ({ axis, xLog: false, yScale: yLog ? 'log' : 'linear', clip: false, smooth: false, band: noChoice.band }), [axis, yLog])
  // What was logged once has no curve: the table says it all.
  const logged = [...new Set(runs.flatMap(({ data }) => (data.metrics ?? []).flatMap(({ key, step }) => (Number(step ?? 0) > 0 && !key.startsWith('system/') ? [key] : []))))].toSorted()
  const metrics = useMemo(() => logged, [logged.join('\n')])
  const zoom = useCallback((key: string, range: Range | undefined): void => setRanges((old) => {
    const next = new Map(old)
    if (range === undefined) next.delete(key)
    else next.set(key, range)
    return next
  }), [])
  if (metrics.length === 0) return null
  return (
    <section aria-label="Charts of the runs compared">
      <div className="bar compare-bar compare-title">
        <h2>Charts</h2>
        <Select<StepAxis> label="Along" value={axis} options={axes} onChange={(next) => { setAxis(next); setRanges(new Map()) }} />
        <label className="diff-toggle"><input type="checkbox" checked={yLog} onChange={(event) => setYLog(event.target.checked)} /> Logarithmic</label>
        <a href={`${href.experiment(experiments.join(','))}?view=charts&only=1&see=${ids.map(encodeURIComponent).join(',')}`}>All choices in the workspace</a>
      </div>
      <p id="chart-keys" className="visually-hidden">Left and right move the cursor, with Shift by ten points; plus and minus zoom; Space keeps the cursor; Escape lets go; f shows the chart on the full screen. The menu of each chart shows it as a table.</p>
      {drawn.length <= 12 && <ul className="compare-legend">{drawn.map(({ id, name, look: { color, dash } }) => <li key={id}><svg viewBox="0 0 20 4" aria-hidden="true"><line x1="0" x2="20" y1="2" y2="2" style={{ stroke: color.startsWith('--') ? `var(${color})` : color }} strokeDasharray={dash.join(' ')} /></svg>{name}</li>)}</ul>}
      <Section name="" ids={metrics} single folded={false} onFold={() => {}}>
        {(key) => <LinePanel key={key} store={store} cursors={cursors} name={key} runs={drawn} groups={undefined} look={look} range={ranges.get(key)} onZoom={zoom} />}
      </Section>
    </section>
  )
}
