import { useEffect, useMemo, useRef, useState, type ReactNode } from 'react'
import { LinesChart, type Hover } from '../../chart/lines-chart.ts'
import { smoothed, type Line } from '../../chart/lines.ts'
import { count, metric } from '../../ui/format.ts'
import { lookOf } from './palette.ts'
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

/** One metric of several runs. */
export function LinesFigure({ name, runs, lines, smoothing, range, axisName, axisText, onZoom }: LinesFigureProps): ReactNode {
  const element = useRef<HTMLDivElement>(null)
  const chart = useRef<LinesChart>(undefined)
  const latest = useRef({ onZoom, axisText })
  latest.current = { onZoom, axisText }
  const [hover, setHover] = useState<Hover>()
  const drawn = useMemo(() => lines.map((line) => (smoothing > 0 ? { ...line, y: smoothed(line.y, smoothing) } : line)), [lines, smoothing])
  const kept = useRef(drawn)
  kept.current = drawn
  const which = runs.map(({ id, place }) => `${id} ${place}`).join('\n')
  useEffect(() => {
    const made = chart.current = new LinesChart(element.current!, runs.map(({ id, place }) => ({ id, ...lookOf(place) })), {
      together: 'runs', axisText: (x) => latest.current.axisText(x), onZoom: (asked) => latest.current.onZoom(asked), onHover: setHover,
    })
    made.draw(kept.current)
    const scheme = matchMedia('(prefers-color-scheme: dark)')
    const repaint = (): void => made.repaint()
    scheme.addEventListener('change', repaint)
    return () => {
      scheme.removeEventListener('change', repaint)
      made.destroy()
    }
  }, [which])
  useEffect(() => chart.current?.draw(drawn), [drawn, which])
  const points = lines.reduce((sum, line) => sum + line.count, 0)
  const rows = hover === undefined ? [] : runs.flatMap((run, at) => (hover.values[at] === undefined ? [] : [{ run, value: hover.values[at] }])).sort((a, b) => b.value - a.value)
  return (
    <figure className="chart" data-metric={name}>
      <figcaption><b title={name}>{name}</b></figcaption>
      <div className="plot-frame">
        <div ref={element} className="plot" role="img" aria-label={`${name} of ${count(lines.filter(({ count }) => count > 0).length, 'run')}, ${count(points, 'point')}`} />
        {hover?.here === true && rows.length > 0 && (
          <div className="tip" data-side={hover.left > (element.current?.clientWidth ?? 0) / 2 ? 'left' : 'right'} aria-hidden="true">
            <div className="soft">{axisName} {axisText(hover.x)}</div>
            {rows.slice(0, most).map(({ run, value }) => <div key={run.id} className="tip-row"><Swatch place={run.place} /><span>{run.name}</span><b>{metric(value)}</b></div>)}
            {rows.length > most && <div className="soft">{count(rows.length - most, 'more run')}</div>}
          </div>
        )}
      </div>
      <div className="note">
        <span>{hover !== undefined && !hover.here && rows.length > 0 ? `${axisName} ${axisText(hover.x)}: ${metric(rows.at(-1)!.value)} to ${metric(rows[0]!.value)}` : `${count(points, 'point')}${smoothing > 0 ? ', smoothed' : ''}`}</span>
        {range !== undefined && <button type="button" className="link" onClick={() => onZoom(undefined)}>Show all</button>}
      </div>
    </figure>
  )
}

/** How a run is drawn, as a piece of its line. */
export function Swatch({ place }: { place: number }): ReactNode {
  const { color, dash } = lookOf(place)
  return <svg className="swatch" viewBox="0 0 22 8" aria-hidden="true"><line x1="1" y1="4" x2="21" y2="4" style={{ stroke: `var(${color})` }} {...(dash !== undefined && { strokeDasharray: dash.join(' ') })} /></svg>
}
