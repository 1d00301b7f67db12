import { useEffect, useRef, useState, type ReactNode } from 'react'
import { LineChart } from '../../chart/line-chart.ts'
import type { Curve } from '../../chart/curve.ts'
import { count, metric } from '../../ui/format.ts'
import { onThemeChange } from '../../ui/theme.ts'

export interface MetricChartProps {
  readonly name: string
  readonly curve: Curve
  /** The part of the axis that is shown; undefined for all of it. */
  readonly range: readonly [from: number, to: number] | undefined
  onZoom(range: readonly [number, number] | undefined): void
}

export function MetricChart({ name, curve, range, onZoom }: MetricChartProps): ReactNode {
  const element = useRef<HTMLDivElement>(null)
  const chart = useRef<LineChart>(undefined)
  const zoom = useRef(onZoom)
  zoom.current = onZoom
  const [hover, setHover] = useState<{ x: number; value: number; low: number; high: number }>()
  useEffect(() => {
    const made = chart.current = new LineChart(element.current!, { label: name, onZoom: (range) => zoom.current(range), onHover: setHover })
    const leave = onThemeChange(() => made.repaint())
    return () => {
      leave()
      made.destroy()
    }
  }, [name])
  useEffect(() => chart.current?.draw(curve), [curve])
  const shown = hover ?? curve.last
  const spoken = curve.last === undefined ? '' : `, last ${metric(curve.last.value)}`
  const odd = [...new Set(curve.marks.map(({ value }) => value))].join(', ')
  return (
    <figure className="chart" data-metric={name}>
      <figcaption><b title={name}>{name}</b>{shown && <span className="value">{metric(shown.value)}</span>}</figcaption>
      <div ref={element} className="plot" role="img" aria-label={`${name}: ${count(curve.count, 'point')}${spoken}`} />
      <div className="note">
        <span>{hover ? `step ${Math.round(hover.x).toLocaleString('en')}${hover.low === hover.high ? '' : `, ${metric(hover.low)} to ${metric(hover.high)}`}` : `${count(curve.count, 'point')}${curve.exact ? '' : ', lowest to highest shaded'}${odd === '' ? '' : `, ${odd} marked`}`}</span>
        {range !== undefined && <button type="button" className="link" onClick={() => onZoom(undefined)}>Show all</button>}
      </div>
    </figure>
  )
}
