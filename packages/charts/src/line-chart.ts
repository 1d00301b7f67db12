import { drawCursor, type CursorPlace } from './cursor-marks.ts'
import type { CursorGroup } from './cursors.ts'
import { drawAxes } from './frame.ts'
import { listenToGestures } from './gestures.ts'
import { drawCurves, drawRaised, layoutLines, shownOf, xExtent, type DrawnLine, type LinesFigure, type LinesLayout } from './line-figure.ts'
import { markAt, nearestIndex, valueAt, type Mark, type Point } from './lines.ts'
import type { Pen, Theme } from './pen.ts'
import type { Range } from './scale.ts'
import { Stage } from './stage.ts'

export interface Reading {
  readonly id: string
  /** Undefined where the line is not there. */
  readonly point: Point | undefined
  readonly mark: Mark | undefined
}

export interface Hover {
  readonly x: number
  /** Pixels from the left and the top of the chart; no top when the keyboard or another chart moved the cursor. */
  readonly left: number
  readonly top: number | undefined
  readonly readings: readonly Reading[]
  /** Whether the cursor is in this chart, and not in another that moves with it. */
  readonly here: boolean
}

export interface LineChartOptions {
  /** Charts that move their cursors together. */
  readonly group?: CursorGroup | undefined
  onZoom(range: Range | undefined): void
  onHover(at: Hover | undefined): void
}

/** Values of the axis that are this near, as a part of its width, are at the cursor. */
const nearPart = 0.012

/** Dots at the cursor: a thousand of them, in twelve charts, would take all of a frame. */
const mostDots = 8
/** How much of the other lines is seen when one is raised. */
const stepBack = 0.25

const emptyFigure: LinesFigure = { lines: [], xKind: 'number', xScale: 'linear', yScale: 'linear', clip: false }

/** Lines on a canvas, with a cursor, a selection and zoom, for mouse, fingers and keys. */
export class LineChart implements Disposable {
  readonly #stage: Stage
  readonly #options: LineChartOptions
  readonly #leave: (() => void)[] = []
  #figure: LinesFigure = emptyFigure
  #layout: LinesLayout | undefined
  #cursor: number | undefined
  #pointerTop: number | undefined
  /** What the lines are at the cursor, each in its place in the figure. */
  #readings: readonly Reading[] = []
  #pinned = false
  #selected: Range | undefined
  #raised: string | undefined
  /** What two fingers show until they are lifted. */
  #preview: Range | undefined

  constructor(element: HTMLElement, options: LineChartOptions) {
    this.#options = options
    this.#stage = new Stage(element, {
      paintUnder: (pen, _size, theme) => drawAxes(pen, this.#laid(), theme),
      paint: (pen, _size, theme) => drawCurves(pen, this.#laid(), theme),
      paintOver: (pen, _size, theme) => this.#drawOver(pen, theme),
    })
    this.#leave.push(listenToGestures(element, {
      scale: () => this.#laid().x,
      whole: () => xExtent(this.#figure.lines) === undefined ? [0, 1] : this.#whole(),
      zoom: (range, done) => {
        this.#preview = done ? undefined : range
        this.#layout = undefined
        this.#stage.redraw()
        if (done) options.onZoom(range)
      },
      cursor: (at) => { if (!this.#pinned) this.#moveCursor(at) },
      cursorAt: () => this.#cursor,
      next: (at, by) => this.#next(at, by),
      select: (range) => {
        this.#selected = range
        this.#stage.redrawOver()
      },
      pin: () => { this.#pinned = this.#cursor !== undefined && !this.#pinned },
      escape: () => {
        this.#pinned = false
        if (this.#cursor !== undefined) this.#moveCursor(undefined)
        else if (this.#figure.xRange !== undefined) options.onZoom(undefined)
      },
    }))
    const top = (event: PointerEvent): void => { this.#pointerTop = event.type === 'pointermove' ? event.clientY - element.getBoundingClientRect().top : undefined }
    for (const type of ['pointermove', 'pointerleave'] as const) element.addEventListener(type, top, { capture: true })
    this.#leave.push(() => { for (const type of ['pointermove', 'pointerleave'] as const) element.removeEventListener(type, top, { capture: true }) })
    if (options.group !== undefined) {
      this.#leave.push(options.group.join((at, from) => {
        if (from === this) return
        if (!this.#pinned) this.#setCursor(at, false)
      }))
    }
  }

  draw(figure: LinesFigure): void {
    this.#figure = figure
    this.#layout = undefined
    const filled = figure.lines.map((line) => ({ ...line, ...shownOf(line) })).filter(({ x }) => x.length > 0)
    this.#stage.redraw(filled.length > 0)
    // For tests and for whoever looks: what is on the canvas.
    const data = this.#stage.element.dataset
    data['lines'] = String(filled.length)
    data['points'] = String(filled.reduce((sum, { x }) => sum + x.length, 0))
    data['highest'] = String(filled.reduce((most, { line }) => line.y.reduce((high, value) => Math.max(high, value), most), -Infinity))
    data['lowest'] = String(filled.reduce((least, { line }) => line.y.reduce((low, value) => Math.min(low, value), least), Infinity))
    data['last'] = String(filled.reduce((most, { line }) => Math.max(most, line.x.at(-1) ?? -Infinity), -Infinity))
    data['gaps'] = String(filled.reduce((sum, { line }) => sum + line.gaps.length, 0))
    data['back'] = String(filled.filter(({ back }) => back).length)
    data['marks'] = String(figure.lines.reduce((sum, { line }) => sum + line.marks.length, 0))
    if (this.#cursor !== undefined) this.#tell(this.#here)
  }

  /** Lifts a line over the others, which step back; undefined for none. */
  raise(id: string | undefined): void {
    if (id === this.#raised) return
    this.#raised = id
    this.#stage.redrawOver()
  }

  get layout(): LinesLayout {
    return this.#laid()
  }

  get theme(): Theme {
    return this.#stage.theme
  }

  [Symbol.dispose](): void {
    for (const leave of this.#leave) leave()
    this.#stage[Symbol.dispose]()
  }

  #whole(): Range {
    const extent = xExtent(this.#figure.lines)!
    const shown = this.#figure.xRange
    // What lies outside a part that is zoomed into is not here: zooming out may go beyond it.
    return shown === undefined ? extent : [-Infinity, Infinity]
  }

  #laid(): LinesLayout {
    const { width, height } = this.#stage.size
    const known = this.#layout
    if (known !== undefined && this.#width === width && this.#height === height) return known
    this.#width = width
    this.#height = height
    return this.#layout = layoutLines(this.#preview === undefined ? this.#figure : { ...this.#figure, xRange: this.#preview }, { width, height })
  }

  #width = 0
  #height = 0

  #next(at: number | undefined, by: number): number | undefined {
    const [from, to] = this.#laid().x.domain
    const all = [...new Set(this.#figure.lines.flatMap(({ line }) => [...line.x, ...line.marks.map(({ x }) => x)]))].filter((x) => x >= from && x <= to).sort((a, b) => a - b)
    if (all.length === 0) return undefined
    if (at === undefined) return by > 0 ? all[0] : all.at(-1)
    return all[Math.max(0, Math.min(all.length - 1, nearestIndex(all, at) + by))]
  }

  /** Whether the cursor was put here, and not by a chart that moves with this one. */
  #here = false

  #moveCursor(at: number | undefined): void {
    this.#setCursor(at, true)
    this.#options.group?.move(at, this)
  }

  #setCursor(at: number | undefined, here: boolean): void {
    if (at === undefined && this.#cursor === undefined) return
    this.#cursor = at
    this.#here = here
    if (at === undefined) this.#options.onHover(undefined)
    else this.#tell(here)
    this.#stage.redrawOver()
  }

  #tell(here: boolean): void {
    const { x } = this.#laid()
    const at = this.#cursor!
    const near = (x.domain[1] - x.domain[0]) * nearPart
    const readings = this.#readings = this.#figure.lines.map((drawn): Reading => {
      const point = valueAt(shownOf(drawn), drawn.line.gaps, at, near)
      return { id: drawn.id, point, mark: markAt(drawn.line.marks, x, at, near / 2, point) }
    })
    this.#options.onHover({ x: at, left: x.at(at), top: here ? this.#pointerTop : undefined, readings, here })
  }

  #drawOver(pen: Pen, theme: Theme): void {
    const layout = this.#laid()
    this.#stage.fade(this.#raised !== undefined && drawRaised(pen, layout, this.#raised, theme) ? stepBack : 1)
    if (this.#selected !== undefined) {
      const from = layout.x.at(this.#selected[0])
      pen.globalAlpha = 0.14
      pen.fillStyle = theme.color('--accent')
      pen.beginPath()
      pen.rect(from, layout.top, layout.x.at(this.#selected[1]) - from, layout.height)
      pen.fill()
      pen.globalAlpha = 1
    }
    const place = this.#cursorPlace()
    if (place !== undefined) drawCursor(pen, place, theme)
  }

  #cursorPlace(): CursorPlace | undefined {
    const at = this.#cursor
    if (at === undefined) return undefined
    const { x, y, top, height, left, width } = this.#laid()
    const px = Math.round(x.at(at))
    if (px < left - 1 || px > left + width + 1) return undefined
    const dots = this.#dotted(y.at).map(({ drawn, point }) => ({ x: x.at(point.x), y: y.at(point.value), color: drawn.look.color }))
    return { x: px, top, height, dots: dots.filter((dot) => dot.y >= top - 1 && dot.y <= top + height + 1) }
  }

  /** Points of the lines at the cursor that have a dot: of many only the raised one's, and those nearest to the pointer. */
  #dotted(pixel: (value: number) => number): { readonly drawn: DrawnLine; readonly point: Point }[] {
    const { lines } = this.#figure
    const all = this.#readings.flatMap(({ point }, at) => (point === undefined ? [] : [{ drawn: lines[at]!, point }]))
    if (all.length <= mostDots) return all
    const top = this.#here ? this.#pointerTop : undefined
    if (top === undefined) return all.filter(({ drawn }) => drawn.id === this.#raised)
    const far = (point: Point): number => Math.abs(pixel(point.value) - top)
    return all.sort((a, b) => far(a.point) - far(b.point)).slice(0, mostDots)
  }
}
