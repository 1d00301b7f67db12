import uPlot from 'uplot'
import type { Curve } from './curve.ts'

export interface LineChartOptions {
  readonly label: string
  /** A part of the axis was dragged over; undefined when the reader wants all of it back. */
  onZoom(range: readonly [from: number, to: number] | undefined): void
  /** The value under the pointer, or undefined. */
  onHover(at: { x: number; value: number; low: number; high: number } | undefined): void
}

/** One curve on a canvas; a thin layer over uPlot that knows nothing of the page around it. */
export class LineChart {
  readonly #element: HTMLElement
  readonly #plot: uPlot
  readonly #observer: ResizeObserver
  #marks: Curve['marks'] = []
  /** Colours by their custom property, as the canvas understands them. */
  #colors = new Map<string, string>()

  constructor(element: HTMLElement, { label, onZoom, onHover }: LineChartOptions) {
    this.#element = element
    const line = (): string => this.#color('--accent')
    const edge = (): string => withAlpha(line(), 0.5)
    const axis: uPlot.Axis = {
      stroke: () => this.#color('--text-soft'), grid: { stroke: () => this.#color('--line'), width: 1 }, ticks: { show: false },
      font: '11px system-ui, sans-serif', size: 34,
    }
    this.#plot = new uPlot({
      width: Math.max(element.clientWidth, 80), height: Math.max(element.clientHeight, 80),
      scales: { x: { time: false, range: (_plot, from, to) => this.#range(from, to) } },
      legend: { show: false },
      padding: [8, 8, 0, 0],
      cursor: { y: false, points: { size: 6 }, drag: { x: true, y: false, setScale: false }, bind: { dblclick: () => () => { onZoom(undefined); return null } } },
      // Steps are whole numbers, and so are the ticks between them.
      axes: [{ ...axis, size: 24, incrs: wholes }, { ...axis, size: 52, values: (_plot, ticks) => ticks.map(short) }],
      series: [
        { label: 'step' },
        { label, stroke: line, width: 1.6, points: { show: (plot) => plot.data[0].length < 60, size: 5, fill: line, stroke: line } },
        { label: 'highest', stroke: edge, width: 1, points: { show: false } },
        { label: 'lowest', stroke: edge, width: 1, points: { show: false } },
      ],
      bands: [{ series: [2, 3], fill: () => withAlpha(line(), 0.22) }],
      hooks: {
        setSelect: [(plot) => {
          if (plot.select.width < 4) return
          onZoom([plot.posToVal(plot.select.left, 'x'), plot.posToVal(plot.select.left + plot.select.width, 'x')])
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
        }],
        setCursor: [(plot) => {
          const { idx } = plot.cursor
          const [x, value, high, low] = plot.data as unknown as number[][]
          onHover(idx === null || idx === undefined || x![idx] === undefined ? undefined : { x: x![idx]!, value: value![idx]!, low: low![idx]!, high: high![idx]! })
        }],
        draw: [(plot) => this.#drawMarks(plot)],
      },
    }, [[], [], [], []], element)
    this.#observer = new ResizeObserver(() => this.#plot.setSize({ width: Math.max(element.clientWidth, 80), height: Math.max(element.clientHeight, 80) }))
    this.#observer.observe(element)
  }

  draw(curve: Curve): void {
    this.#marks = curve.marks
    this.#plot.setData([curve.x, curve.value, curve.high, curve.low])
    // For tests and for whoever looks: what is on the canvas.
    this.#element.dataset['points'] = String(curve.x.length)
    this.#element.dataset['highest'] = String(curve.high.reduce((most, value) => Math.max(most, value), -Infinity))
    this.#element.dataset['last'] = String(curve.x.at(-1) ?? '')
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

  /** All of the axis that has points, those that are only marked included. */
  #range(from: number | null, to: number | null): [number, number] {
    let low = from ?? Infinity
    let high = to ?? -Infinity
    for (const { x } of this.#marks) {
      low = Math.min(low, x)
      high = Math.max(high, x)
    }
    if (low > high) return [0, 1]
    return low === high ? [low - 1, high + 1] : [low, high]
  }

  /** Values without a place on the axis: a tick at the bottom of the plot. */
  #drawMarks(plot: uPlot): void {
    const { ctx, bbox } = plot
    ctx.save()
    ctx.strokeStyle = this.#color('--bad')
    ctx.lineWidth = 2 * devicePixelRatio
    for (const { x } of this.#marks) {
      const at = plot.valToPos(x, 'x', true)
      if (at < bbox.left || at > bbox.left + bbox.width) continue
      ctx.beginPath()
      ctx.moveTo(at, bbox.top + bbox.height)
      ctx.lineTo(at, bbox.top + bbox.height - 8 * devicePixelRatio)
      ctx.stroke()
    }
    ctx.restore()
  }
}

function short(value: number): string {
  if (value === 0) return '0'
  const size = Math.abs(value)
  return size >= 1e5 || size < 1e-3 ? value.toExponential(1) : String(Number(value.toPrecision(4)))
}

const wholes = Array.from({ length: 15 }, (_, power) => [1, 2, 5].map((digit) => digit * 10 ** power)).flat()

const withAlpha = (rgb: string, alpha: number): string => rgb.replace(/^rgb\((.*)\)$/, `rgba($1, ${alpha})`)
