import uPlot from 'uplot'
import type { Line } from './lines.ts'

export interface DrawnLine {
  readonly id: string
  /** A custom property that holds the colour. */
  readonly color: string
  /** Lengths of dash and gap in pixels; undefined for a line that goes through. */
  readonly dash: readonly number[] | undefined
  readonly line: Line
}

export interface Hover {
  readonly x: number
  /** Pixels from the left of the plot. */
  readonly left: number
  readonly values: readonly (number | undefined)[]
  /** Whether the pointer is over this chart, and not over another that moves with it. */
  readonly here: boolean
}

export interface LinesChartOptions {
  /** Charts of the same name move their pointers together. */
  readonly together: string
  axisText(x: number): string
  /** A part of the axis was dragged over; undefined when the reader wants all of it back. */
  onZoom(range: readonly [from: number, to: number] | undefined): void
  /** What each line is at the pointer, by its place among the lines; undefined when it has left. */
  onHover(at: Hover | undefined): void
}

/** Several curves on one canvas. Which they are is known when it is made; what they are may change. */
export class LinesChart {
  readonly #element: HTMLElement
  readonly #plot: uPlot
  readonly #observer: ResizeObserver
  readonly #colors = new Map<string, string>()
  #range: [from: number, to: number] = [0, 1]

  constructor(element: HTMLElement, lines: readonly Omit<DrawnLine, 'line'>[], { together, axisText, onZoom, onHover }: LinesChartOptions) {
    this.#element = element
    const axis: uPlot.Axis = {
      stroke: () => this.#color('--text-soft'), grid: { stroke: () => this.#color('--line'), width: 1 }, ticks: { show: false },
      font: '11px system-ui, sans-serif', size: 34,
    }
    this.#plot = new uPlot({
      width: Math.max(element.clientWidth, 80), height: Math.max(element.clientHeight, 80),
      scales: { x: { time: false, range: () => this.#range } },
      legend: { show: false },
      padding: [8, 8, 0, 0],
      cursor: { y: false, points: { size: 5 }, sync: { key: together, setSeries: false, filters: { pub: (type) => type === 'mousemove' || type === 'mouseleave' } }, drag: { x: true, y: false, setScale: false }, bind: { dblclick: () => () => { onZoom(undefined); return null } } },
      axes: [{ ...axis, size: 24, values: (_plot, ticks) => ticks.map(axisText) }, { ...axis, size: 52 }],
      series: [{}, ...lines.map(({ id, color, dash }): uPlot.Series => ({
        label: id, stroke: () => this.#color(color), width: 1.5, spanGaps: true, points: { show: (plot) => plot.data[0].length < 60, size: 5 }, ...(dash !== undefined && { dash: [...dash] }),
      }))],
      hooks: {
        setSelect: [(plot) => {
          if (plot.select.width < 4) return
          onZoom([plot.posToVal(plot.select.left, 'x'), plot.posToVal(plot.select.left + plot.select.width, 'x')])
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
        }],
        setCursor: [(plot) => {
          const { idx, left = -1, event } = plot.cursor
          if (idx === null || idx === undefined || left < 0) onHover(undefined)
          else onHover({ x: plot.data[0][idx]!, left, here: event !== null && event !== undefined, values: lines.map((_line, at) => nearest(plot.data[at + 1] as (number | null | undefined)[], idx)) })
        }],
      },
    }, [[], ...lines.map(() => [])], element)
    this.#observer = new ResizeObserver(() => this.#plot.setSize({ width: Math.max(element.clientWidth, 80), height: Math.max(element.clientHeight, 80) }))
    this.#observer.observe(element)
  }

  /** One for each line that it was made for, in that order. */
  draw(lines: readonly Line[]): void {
    const filled = lines.filter(({ x }) => x.length > 0)
    const from = Math.min(...filled.map(({ x }) => x[0]!))
    const to = Math.max(...filled.map(({ x }) => x.at(-1)!))
    // A single place on the axis would be stretched to a hundred.
    this.#range = filled.length === 0 ? [0, 1] : from === to ? [from - 1, to + 1] : [from, to]
    this.#plot.setData(filled.length === 0 ? [[], ...lines.map(() => [])] : uPlot.join(lines.map(({ x, y }) => [x as number[], y as number[]])))
    // For tests and for whoever looks: what is on the canvas.
    this.#element.dataset['lines'] = String(filled.length)
    this.#element.dataset['highest'] = String(filled.reduce((most, { y }) => y.reduce((high, value) => Math.max(high, value), most), -Infinity))
    this.#element.dataset['last'] = String(filled.reduce((most, { x }) => Math.max(most, x.at(-1)!), -Infinity))
  }

  /** The colours have changed: light and dark. */
  repaint(): void {
    this.#colors.clear()
    this.#plot.redraw(false, true)
  }

  destroy(): void {
    this.#observer.disconnect()
    this.#plot.destroy()
  }

  /** `light-dark(a, b)` is no colour to a canvas; the browser is asked what it comes to. */
  #color(name: string): string {
    let found = this.#colors.get(name)
    if (found === undefined) {
      const probe = document.createElement('span')
      probe.style.color = `var(${name})`
      this.#element.append(probe)
      this.#colors.set(name, found = getComputedStyle(probe).color)
      probe.remove()
    }
    return found
  }
}

/** Lines have their points at places of their own: what one was last, if it has begun and not long ended. */
function nearest(values: readonly (number | null | undefined)[], at: number): number | undefined {
  for (let back = at; back >= 0 && at - back < 400; back -= 1) {
    const value = values[back]
    if (value !== null && value !== undefined) return value
  }
  return undefined
}
