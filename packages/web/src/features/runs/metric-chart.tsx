import { useMemo, useRef, useState, type ReactNode } from 'react'
import { axisText, type Hover, type Line, type LinesFigure } from '@cairn/charts'
import { count, metric } from '../../ui/format.ts'
import { useLineChart } from '../charts/use-line-chart.ts'
import { words } from './words.ts'
import '../charts/charts.css'

export interface MetricChartProps {
  readonly name: string
  readonly line: Line
  /** The part of the axis that is shown; undefined for all of it. */
  readonly range: readonly [from: number, to: number] | undefined
  onZoom(range: readonly [number, number] | undefined): void
}

const look = { color: '--accent', dash: [] } as const

export function MetricChart({ name, line, range, onZoom }: MetricChartProps): ReactNode {
  const element = useRef<HTMLDivElement>(null)
  const [hover, setHover] = useState<Hover>()
  const figure = useMemo((): LinesFigure => ({
    lines: [{ id: name, name, look, line }], xKind: 'whole', xScale: 'linear', xRange: range, yScale: 'linear', clip: false,
  }), [name, line, range])
  useLineChart(element, figure, { onZoom, onHover: setHover })
  const reading = hover?.readings[0]
  const last = line.y.at(-1)
  const shown = reading?.point?.value ?? last
  const odd = [...new Set(line.marks.map(({ value }) => value))].join(', ')
  const at = hover === undefined ? undefined : reading?.mark === undefined ? reading?.point?.x ?? hover.x : reading.mark.x
  return (
    <figure className="chart" data-metric={name}>
      <figcaption><b title={name}>{name}</b>{shown !== undefined && <span className="value">{metric(shown)}</span>}</figcaption>
      <div ref={element} className="plot" role="img" tabIndex={0} aria-label={`${name}: ${count(line.count, 'point')}${last === undefined ? '' : words.last(metric(last))}`} />
      <div className="note">
        <span>{at !== undefined ? words.step(axisText('whole', at), reading?.mark === undefined ? '' : `: ${reading.mark.value}`) : `${count(line.count, 'point')}${line.exact ? '' : words.lowestToHighestOfEach}${odd === '' ? '' : words.marked(odd)}`}</span>
        {range !== undefined && <button type="button" className="link" onClick={() => onZoom(undefined)}>{words.showAll}</button>}
      </div>
    </figure>
  )
}
