import { useEffect, useRef, type RefObject } from 'react'
import { LineChart, type LineChartOptions, type LinesFigure } from '@cairn/charts'

/** Draws a figure into an element for as long as both are there; draws again only when the figure is another. */
export function useLineChart(element: RefObject<HTMLElement | null>, figure: LinesFigure, options: LineChartOptions): RefObject<LineChart | undefined> {
  const chart = useRef<LineChart>(undefined)
  const latest = useRef(options)
  latest.current = options
  const { group } = options
  useEffect(() => {
    const made = chart.current = new LineChart(element.current!, { group, onZoom: (range) => latest.current.onZoom(range), onHover: (at) => latest.current.onHover(at) })
    return () => {
      chart.current = undefined
      made[Symbol.dispose]()
    }
  }, [element, group])
  useEffect(() => chart.current?.draw(figure), [figure, group])
  return chart
}
