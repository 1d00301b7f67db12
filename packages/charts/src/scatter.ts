import { brushArea, brushFrame, drawNothing, fillArea, hasPlace, planAxis } from './axes.ts'
import { bySize, inkOf, type FieldAxis, type Figure, type Ground, type Hit } from './figure.ts'
import { clipTo, drawAxes, layoutFrame, type Frame, type Size } from './frame.ts'
import type { Pen, Theme } from './pen.ts'
import type { Range } from './scale.ts'
import { addShape, type Shape } from './shapes.ts'

/** How some of the things of a chart are drawn. */
export interface Ink {
  readonly color: string
  readonly shape?: Shape
}

export interface ScatterSpec {
  /** What stands where there is nothing to draw. */
  readonly empty?: string | undefined
  readonly x: FieldAxis
  readonly y: FieldAxis
  readonly xs: ArrayLike<number>
  readonly ys: ArrayLike<number>
  /** Pixels; `radius` for all where they are not given. */
  readonly radii?: ArrayLike<number> | undefined
  /** Which of the inks each has. */
  readonly ink: ArrayLike<number>
  readonly inks: readonly Ink[]
  /** 1 for what is chosen, 0 for what steps back; all are chosen where it is not given. */
  readonly chosen?: ArrayLike<number> | undefined
}

/** More dots are drawn without outlines and smaller. */
const many = 1500

interface Laid extends Frame {
  readonly px: Float64Array
  readonly py: Float64Array
}

/** What may change while all dots stay where they are: which of them are chosen, and the parts of the axes that chose them. */
export interface ScatterChoice {
  readonly chosen?: ArrayLike<number> | undefined
  readonly x?: Range | undefined
  readonly y?: Range | undefined
}

export const scatterFigure = (spec: ScatterSpec): Figure => scatterOf(spec)({ chosen: spec.chosen, x: spec.x.brush, y: spec.y.brush })

/**
 * Dots by two fields; the large ones are drawn first, so that none hides another wholly. What is worked out
 * of all dots is worked out here, once; a figure for each choice comes of it.
 */
export function scatterOf({ empty, x, y, xs, ys, radii, ink, inks }: Omit<ScatterSpec, 'chosen'>): (choice: ScatterChoice) => Figure {
  const placed: number[] = []
  for (let at = 0; at < xs.length; at += 1) if (hasPlace(xs[at]!, x) && hasPlace(ys[at]!, y)) placed.push(at)
  const radius = placed.length > many ? 2.5 : placed.length > 200 ? 3.5 : 4.5
  const order: number[] = radii === undefined ? placed : placed.toSorted((a, b) => radii[b]! - radii[a]!)
  const radiusOf = (index: number): number => radii?.[index] ?? radius
  const layout = bySize((size: Size): Laid => {
    const frame = layoutFrame(size, planAxis(x, placed.map((at) => xs[at]!)), planAxis(y, placed.map((at) => ys[at]!)))
    const px = new Float64Array(xs.length).fill(NaN)
    const py = new Float64Array(xs.length).fill(NaN)
    for (const at of placed) {
      px[at] = frame.x.at(xs[at]!) + (x.names === undefined ? 0 : jitter(at) * frame.width / x.names.length)
      py[at] = frame.y.at(ys[at]!) + (y.names === undefined ? 0 : jitter(at + 7) * frame.height / y.names.length)
    }
    return { ...frame, px, py }
  })
  const drawDots = (pen: Pen, { px, py }: Laid, theme: Theme, which: readonly number[], faded: boolean): void => {
    if (which.length <= many) {
      pen.lineWidth = 1
      pen.strokeStyle = theme.color('--bg')
      for (const at of which) {
        pen.beginPath()
        addShape(pen, inks[ink[at]!]!.shape ?? 'circle', px[at]!, py[at]!, radiusOf(at))
        pen.fillStyle = faded ? theme.color('--line-strong') : inkOf(theme, inks[ink[at]!]!.color)
        pen.globalAlpha = faded ? 0.45 : 0.85
        pen.fill()
        pen.globalAlpha = 1
        if (!faded) pen.stroke()
      }
      return
    }
    // Thousands in one stroke of the pen for each colour: a third of the time.
    pen.globalAlpha = faded ? 0.4 : 0.75
    for (const [index, { color, shape = 'circle' }] of inks.entries()) {
      pen.beginPath()
      let some = false
      for (const at of which) {
        if (ink[at] !== index) continue
        some = true
        if (radiusOf(at) <= 3 && shape === 'circle') pen.rect(px[at]! - radiusOf(at) * 0.8, py[at]! - radiusOf(at) * 0.8, radiusOf(at) * 1.6, radiusOf(at) * 1.6)
        else addShape(pen, shape, px[at]!, py[at]!, radiusOf(at))
      }
      pen.fillStyle = faded ? theme.color('--line-strong') : inkOf(theme, color)
      if (some) pen.fill()
    }
    pen.globalAlpha = 1
  }
  const drawClipped = (pen: Pen, laid: Laid, theme: Theme, which: readonly number[], faded: boolean): void => {
    pen.save()
    clipTo(pen, laid, 8)
    drawDots(pen, laid, theme, which, faded)
    pen.restore()
  }
  // Of thousands all are drawn faintly, those too that are drawn once more over it: so it stays whatever is chosen.
  const ground: Ground = {
    draw(pen, size, theme) {
      const laid = layout(size)
      drawAxes(pen, laid, theme)
      drawClipped(pen, laid, theme, order, true)
    },
  }
  const drawArea = (pen: Pen, laid: Laid, theme: Theme, choice: ScatterChoice): void => {
    const area = brushArea(laid, choice.x, choice.y)
    if (area !== undefined) fillArea(pen, area, theme)
  }
  return ({ chosen, ...parts }) => ({
    draw(pen, size, theme) {
      const laid = layout(size)
      drawAxes(pen, laid, theme)
      if (placed.length === 0) return drawNothing(pen, laid, theme, empty)
      if (chosen !== undefined) drawClipped(pen, laid, theme, order.filter((at) => chosen[at] !== 1), true)
      drawClipped(pen, laid, theme, chosen === undefined ? order : order.filter((at) => chosen[at] === 1), false)
      drawArea(pen, laid, theme, parts)
    },
    layers: chosen === undefined || placed.length <= many ? undefined : {
      ground,
      over(pen, size, theme) {
        drawClipped(pen, layout(size), theme, order.filter((at) => chosen[at] === 1), false)
        drawArea(pen, layout(size), theme, parts)
      },
    },
    hit(x, y, size) {
      const { px, py } = layout(size)
      let found: Hit | undefined
      let least = 18
      for (const at of placed) {
        if (chosen !== undefined && chosen[at] !== 1) continue
        const distance = Math.hypot(px[at]! - x, py[at]! - y)
        if (distance <= least) [found, least] = [{ index: at, x: px[at]!, y: py[at]! }, distance]
      }
      return found
    },
    stops(size) {
      const { px, py } = layout(size)
      return placed.filter((at) => chosen === undefined || chosen[at] === 1).map((index) => ({ index, x: px[index]!, y: py[index]! })).sort((a, b) => a.x - b.x || a.index - b.index)
    },
    lift(pen, size, theme, { index }) {
      const { px, py } = layout(size)
      pen.beginPath()
      addShape(pen, inks[ink[index]!]!.shape ?? 'circle', px[index]!, py[index]!, radiusOf(index) + 2)
      pen.fillStyle = inkOf(theme, inks[ink[index]!]!.color)
      pen.fill()
      pen.lineWidth = 2
      pen.strokeStyle = theme.color('--text')
      pen.stroke()
    },
    brush: (from, to, size) => brushFrame(layout(size), 'xy', { x, y }, from, to),
  })
}

/** Things of one name beside each other, a part of the room that each name has; each always at the same place. */
const jitter = (index: number): number => ((Math.imul(index + 1, 0x9e3779b1) >>> 0) / 2 ** 32 - 0.5) * 0.5
