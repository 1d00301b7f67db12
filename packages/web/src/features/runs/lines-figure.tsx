import { useEffect, useMemo, useRef, useState, type ReactNode } from 'react'
import { LinesChart, type Hover } from '../../chart/lines-chart.ts'
import { smoothed, type Line } from '../../chart/lines.ts'
import { count, metric } from '../../ui/format.ts'
import { onThemeChange } from '../../ui/theme.ts'
import { lookOf, Swatch } from '../../ui/palette.tsx'
import type { Range } from './use-lines.ts'

export interface DrawnRun {
  readonly id: string
  readonly name: string
  /** Its place among all runs of the page, which decides how it is drawn. */
  readonly place: number
}

export interface LinesFigureProps {
  readonly name: string
  readonly runs: readonly DrawnRun[]
  readonly lines: readonly Line[]
  readonly smoothing: number
  readonly range: Range | undefined
  readonly axisName: string
  axisText(x: number): string
  onZoom(range: Range | undefined): void
}

/** Rows of the list at the pointer. */
const most = 10

/** One metric of several runs: lines, or bars where no run has more than a point. */
export function LinesFigure(props: LinesFigureProps): ReactNode {
  const { name, runs, lines, smoothing, range, axisName, axisText, onZoom } = props
  const [hover, setHover] = useState<Hover>()
  const points = lines.reduce((sum, line) => sum + line.count, 0)
  const single = range === undefined && points > 0 && lines.every(({ x }) => x.length <= 1)
  const values = (hover?.values ?? []).filter((value) => value !== undefined)
  return (
    <figure className="chart" data-metric={name}>
      <figcaption><b title={name}>{name}</b></figcaption>
      {single ? <Bars name={name} runs={runs} lines={lines} /> : <Plot {...props} points={points} hover={hover} onHover={setHover} />}
      <div className="note">
        <span>{!single && hover !== undefined && !hover.here && values.length > 0
          ? `${axisName} ${axisText(hover.x)}: ${metric(Math.min(...values))} to ${metric(Math.max(...values))}`
          : `${count(points, 'point')}${smoothing > 0 && !single ? ', smoothed' : ''}`}</span>
        {range !== undefined && <button type="button" className="link" onClick={() => onZoom(undefined)}>Show all</button>}
      </div>
    </figure>
  )
}

function Plot({ name, runs, lines, smoothing, axisName, axisText, onZoom, points, hover, onHover }: LinesFigureProps & { points: number; hover: Hover | undefined; onHover(at: Hover | undefined): void }): ReactNode {
  const element = useRef<HTMLDivElement>(null)
  const chart = useRef<LinesChart>(undefined)
  const latest = useRef({ onZoom, axisText })
  latest.current = { onZoom, axisText }
  const drawn = useMemo(() => lines.map((line) => (smoothing > 0 ? { ...line, y: smoothed(line.y, smoothing) } : line)), [lines, smoothing])
  const kept = useRef(drawn)
  kept.current = drawn
  const which = runs.map(({ id, place }) => `${id} ${place}`).join('\n')
  useEffect(() => {
    const made = chart.current = new LinesChart(element.current!, runs.map(({ id, place }) => ({ id, ...lookOf(place) })), {
      together: 'runs', axisText: (x) => latest.current.axisText(x), onZoom: (asked) => latest.current.onZoom(asked), onHover,
    })
    made.draw(kept.current)
    const leave = onThemeChange(() => made.repaint())
    return () => {
      leave()
      made.destroy()
    }
  }, [which])
  useEffect(() => chart.current?.draw(drawn), [drawn, which])
  const rows = hover?.here !== true ? [] : runs.flatMap((run, at) => (hover.values[at] === undefined ? [] : [{ run, value: hover.values[at] }])).sort((a, b) => b.value - a.value)
  return (
    <div className="plot-frame">
      <div ref={element} className="plot" role="img" aria-label={`${name} of ${count(lines.filter(({ count }) => count > 0).length, 'run')}, ${count(points, 'point')}`} />
      {rows.length > 0 && (
        <div className="tip" data-side={hover!.left > (element.current?.clientWidth ?? 0) / 2 ? 'left' : 'right'} aria-hidden="true">
          <div className="soft">{axisName} {axisText(hover!.x)}</div>
          {rows.slice(0, most).map(({ run, value }) => <div key={run.id} className="tip-row"><Swatch look={lookOf(run.place)} /><span>{run.name}</span><b>{metric(value)}</b></div>)}
          {rows.length > most && <div className="soft">{count(rows.length - most, 'more run')}</div>}
        </div>
      )}
    </div>
  )
}

/** A value for each run, the highest first, from zero or from the lowest below it. */
function Bars({ name, runs, lines }: Pick<LinesFigureProps, 'name' | 'runs' | 'lines'>): ReactNode {
  const rows = runs.flatMap((run, at) => (lines[at]!.y.length === 0 ? [] : [{ run, value: lines[at]!.y[0]! }])).sort((a, b) => b.value - a.value)
  const low = Math.min(0, ...rows.map(({ value }) => value))
  const high = Math.max(0, ...rows.map(({ value }) => value))
  const part = (value: number): number => (high === low ? 0 : (value - low) / (high - low))
  return (
    <div className="bars" tabIndex={0} role="region" aria-label={`${name} of ${count(rows.length, 'run')}`}>
      <ol>
        {rows.map(({ run, value }) => (
          <li key={run.id}>
            <span title={run.name}>{run.name}</span><b>{metric(value)}</b>
            <svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true"><rect x={100 * Math.min(part(0), part(value))} y="0" width={Math.max(0.5, 100 * Math.abs(part(value) - part(0)))} height="6" style={{ fill: `var(${lookOf(run.place).color})` }} /></svg>
          </li>
        ))}
      </ol>
    </div>
  )
}
