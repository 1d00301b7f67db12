import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { barFigure } from './bar.ts'
import { boxFigure } from './box.ts'
import { contourFigure } from './contour.ts'
import type { Figure } from './figure.ts'
import { binned, counted, histogramFigure, stacked } from './histogram.ts'
import { matrixFigure } from './matrix.ts'
import { layoutParallel, parallelFigure, parallelOf, type ParallelAxis, type ParallelSpec } from './parallel.ts'
import { SvgPen, type Theme } from './pen.ts'
import { scatterFigure, scatterOf, type ScatterSpec } from './scatter.ts'
import { histogram } from './stats.ts'

const theme: Theme = { color: (name) => name }
const size = { width: 400, height: 240 }
function svg(figure: Figure): string {
  const pen = new SvgPen(size.width, size.height)
  figure.draw(pen, size, theme)
  return String(pen)
}
const fills = (text: string, color: string): number => text.split(`fill="${color}"`).length - 1
const number = { kind: 'number', scale: 'linear' } as const

const scatter = (change: Partial<ScatterSpec> = {}): ScatterSpec => ({
  x: { label: 'lr', ...number }, y: { label: 'auc', ...number }, xs: [1, 2, 3, NaN], ys: [0.1, 0.5, 0.9, 0.5], ink: [0, 0, 1, 1], inks: [{ color: '--a' }, { color: '--b', shape: 'square' }], ...change,
})

describe('a scatter', () => {
  test('draws what has a place on both axes, and finds it there', () => {
    const figure = scatterFigure(scatter())
    assert.equal(fills(svg(figure), '--a'), 2)
    assert.equal(fills(svg(figure), '--b'), 1)
    for (const stop of figure.stops(size)) assert.equal(figure.hit(stop.x + 2, stop.y - 2, size)?.index, stop.index)
    assert.equal(fills(svg(scatterFigure(scatter({ x: { label: 'lr', kind: 'number', scale: 'log' }, xs: [-1, 0, 10, 100] }))), '--b'), 2)
    assert.match(svg(scatterFigure(scatter({ xs: [NaN, NaN, NaN, NaN], empty: 'Nothing here' }))), /Nothing here/)
  })

  test('lets a drag choose what lies in it, and what is not chosen steps back', () => {
    const figure = scatterFigure(scatter())
    const [first, second] = figure.stops(size)
    const { x, y } = figure.brush!({ x: first!.x - 5, y: first!.y + 5 }, { x: second!.x + 5, y: second!.y - 5 }, size)!
    const inside = [0, 1, 2].filter((at) => scatter().xs[at]! >= x![0] && scatter().xs[at]! <= x![1] && scatter().ys[at]! >= y![0] && scatter().ys[at]! <= y![1])
    assert.deepEqual(inside, [0, 1])
    const drawn = scatterFigure(scatter({ chosen: [1, 0, 0, 0] }))
    assert.equal(fills(svg(drawn), '--a'), 1)
    assert.deepEqual(drawn.stops(size).map(({ index }) => index), [0])
  })

  test('draws thousands of dots of a colour in one piece', () => {
    const many = Array.from({ length: 4000 }, (_, at) => at)
    assert.equal(fills(svg(scatterFigure(scatter({ xs: many, ys: many, ink: many.map((at) => at % 2) }))), '--a'), 1)
  })
})

describe('of thousands of things', () => {
  const places = Array.from({ length: 4000 }, (_, at) => at)
  const some = places.map((at) => (at < 30 ? 1 : 0))
  const others = places.map((at) => (at < 40 ? 1 : 0))
  const parts = ({ layers }: Figure): string[] => {
    const pens = [new SvgPen(size.width, size.height), new SvgPen(size.width, size.height)] as const
    layers!.ground.draw(pens[0], size, theme)
    layers!.over(pens[1], size, theme)
    return pens.map(String)
  }
  const moves = (text: string, stroke: string): number => text.split('<path').filter((one) => one.includes(stroke)).join('').split('M').length - 1

  test('those of a scatter that step back are one ground for all choices, over which the chosen are drawn', () => {
    const figureOf = scatterOf(scatter({ xs: places, ys: places, ink: places.map(() => 0) }))
    const figure = figureOf({ chosen: some })
    assert.equal(figure.layers!.ground, figureOf({ chosen: others, x: [0, 40] }).layers!.ground)
    const [ground, over] = parts(figure)
    assert.equal(moves(ground!, 'fill="--line-strong"'), places.length)
    assert.deepEqual([fills(over!, '--a'), fills(over!, '--line-strong')], [30, 0])
    assert.deepEqual(figure.stops(size).map(({ index }) => index), places.slice(0, 30))
    // A picture of it draws each once.
    assert.equal(moves(svg(figure), 'fill="--line-strong"'), places.length - 30)
    assert.equal(figureOf({}).layers, undefined)
    assert.equal(scatterFigure(scatter({ chosen: [1, 0, 0, 0] })).layers, undefined)
  })

  test('the strands that step back are one ground for all choices, over which the chosen are drawn', () => {
    const strands = parallelOf({ axes: [axis(places), axis(places)], count: places.length, ink: places.map(() => 0), inks: [{ color: '--a' }], lacking: 'no value' })
    const figure = strands.figure({ chosen: some, brushes: [[0, 29], undefined] })
    assert.equal(figure.layers!.ground, strands.figure({ chosen: others, brushes: [[0, 39], undefined] }).layers!.ground)
    const [ground, over] = parts(figure)
    assert.equal(moves(ground!, 'stroke="--line"'), places.length)
    assert.equal(moves(over!, 'stroke="--a"'), 30)
    assert.match(over!, /fill="--accent"/)
    assert.equal(moves(svg(figure), 'stroke="--line"'), places.length - 30)
    assert.equal(strands.figure({ brushes: [] }).layers, undefined)
  })

  test('those that are chosen are counted by their bins as if they were put in bins anew', () => {
    const value = fc.oneof(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.integer({ min: 0, max: 3 }), fc.constantFrom(NaN, Infinity, -Infinity))
    fc.assert(fc.property(fc.array(fc.tuple(value, fc.boolean()), { maxLength: 60 }), (all) => {
      const values = all.map(([one]) => one)
      const edges = histogram(values.filter(Number.isFinite))
      const places = binned(edges, values)
      const chosen = Uint8Array.from(all, ([, one]) => (one ? 1 : 0))
      assert.deepEqual(counted(edges, places, chosen), stacked(edges, [values.filter((one, at) => chosen[at] === 1 && Number.isFinite(one))]))
      assert.deepEqual(counted(edges, places, undefined), stacked(edges, [values.filter(Number.isFinite)]))
    }))
  })
})

const axis = (values: number[], change: Partial<ParallelAxis> = {}): ParallelAxis => ({ label: 'a', ...number, flip: false, values, ...change })

describe('parallel coordinates', () => {
  const spec = (axes: ParallelAxis[], change: Partial<ParallelSpec> = {}): ParallelSpec => ({ axes, count: axes[0]!.values.length, ink: axes[0]!.values as number[], inks: [{ color: '--a' }, { color: '--b' }], lacking: 'no value', ...change })

  test('lead every thing through every axis, through a lane of its own where it has no value', () => {
    const given = spec([axis([0, 1]), axis([0.5, NaN]), axis([3, 4], { names: ['x', 'y', 'z', 'w', 'v'] })])
    const { lane, bottom } = layoutParallel(given, size)
    assert.ok(lane! > bottom)
    const text = svg(parallelFigure(given))
    assert.equal(text.match(/C/g)!.length, 4)
    assert.match(text, />no value</)
    assert.equal(layoutParallel(spec([axis([0, 1])]), size).lane, undefined)
  })

  test('can be flipped: the lowest stands at the top', () => {
    const [up, down] = [layoutParallel(spec([axis([0, 1])]), size), layoutParallel(spec([axis([0, 1], { flip: true })]), size)]
    assert.ok(up.scales[0]!.at(0) > up.scales[0]!.at(1))
    assert.ok(down.scales[0]!.at(0) < down.scales[0]!.at(1))
  })

  test('are found where they run, and only those that are chosen', () => {
    const given = spec([axis([0, 1]), axis([0, 1])], { chosen: [0, 1] })
    const figure = parallelFigure(given)
    const { xs, scales } = layoutParallel(given, size)
    assert.equal(figure.hit((xs[0]! + xs[1]!) / 2, scales[0]!.at(1), size)?.index, 1)
    assert.equal(figure.hit((xs[0]! + xs[1]!) / 2, scales[0]!.at(0), size), undefined)
    assert.match(svg(figure), /stroke="--line"/)
  })
})

describe('bars, boxes and histograms', () => {
  test('bars stand on zero, below it where they are negative, with whiskers', () => {
    const figure = barFigure({ label: 'auc', by: 'model', bars: [{ name: 'a', value: 2, color: '--a', spread: 0.5 }, { name: 'b', value: -1, color: '--b' }, { name: 'none', value: NaN, color: '--b' }] })
    const [high, low] = figure.stops(size)
    assert.ok(high!.y < low!.y)
    assert.equal(figure.stops(size).length, 2)
    assert.match(svg(figure), /stroke="--text"/)
    const { x } = figure.brush!({ x: high!.x, y: 0 }, { x: low!.x, y: 10 }, size)!
    assert.deepEqual(x, [-0.5, 1.5])
  })

  test('a violin is as wide as its values are dense; a box shows outliers as dots', () => {
    const values = [1, 2, 2, 2, 3, 100]
    const given = { label: 'auc', by: 'model', scale: 'linear', groups: [{ name: 'a', color: '--a', values }] } as const
    assert.ok(fills(svg(boxFigure({ ...given, violin: false })), '--a') > values.length)
    assert.ok(fills(svg(boxFigure({ ...given, violin: true })), '--a') < values.length)
    assert.match(svg(boxFigure({ ...given, groups: [], violin: false, empty: 'Nothing here' })), /Nothing here/)
  })

  test('stacked bins hold every value of every group once, in the bins of all', () => {
    fc.assert(fc.property(fc.array(fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { maxLength: 30 }), { minLength: 1, maxLength: 4 }), (groups) => {
      const edges = histogram(groups.flat())
      const bins = stacked(edges, groups)
      for (const [at, values] of groups.entries()) assert.equal(bins.reduce((sum, { counts }) => sum + counts[at]!, 0), values.length)
      assert.deepEqual(bins.map(({ counts }) => counts.reduce((sum, one) => sum + one, 0)), edges.map(({ count }) => count))
    }))
  })

  test('a histogram of groups is stacked, with all of them behind', () => {
    const bins = stacked(histogram([1, 2, 3, 4], 2), [[1, 4], [2]])
    const figure = histogramFigure({ label: 'auc', counted: 'how many', kind: 'number', bins, colors: ['--a', '--b'], all: [2, 2] })
    assert.equal(fills(svg(figure), '--a'), 2)
    assert.equal(fills(svg(figure), '--line'), 2)
    const [first] = figure.stops(size)
    assert.equal(figure.hit(first!.x, 5, size)?.index, 0)
  })
})

test('a contour has bands, lines and a legend, and nothing to show for a flat field but its points', () => {
  const given = { x: { label: 'a', ...number }, y: { label: 'b', ...number }, xs: [0, 1, 0, 1, 0.5], ys: [0, 0, 1, 1, 0.5] }
  const text = svg(contourFigure({ ...given, zs: [0, 1, 1, 2, 1] }))
  assert.ok(text.split('rgb(').length > 100)
  assert.match(text, />0.5</)
  assert.equal(contourFigure({ ...given, zs: [1, 1, 1, 1, NaN] }).stops(size).length, 4)
})

test('in a cell without a number stands its text in the colour of text, for it has none of the scale', () => {
  const drawn = svg(matrixFigure({ rows: ['cat'], columns: ['cat'], rowLabel: '', columnLabel: '', values: [[NaN]], text: () => '–', part: () => NaN }))
  assert.match(drawn, /<path [^>]*fill="--line"/)
  assert.match(drawn, /fill="--text">–</)
})

test('a matrix writes into its cells what they hold, and leads the keyboard through them by row', () => {
  const figure = matrixFigure({ rows: ['cat', 'dog'], columns: ['cat', 'dog'], rowLabel: 'Actual', columnLabel: 'Predicted', values: [[5, 1], [2, 7]], text: (row, column) => String([[5, 1], [2, 7]][row]![column]), part: (row, column) => (row === column ? 1 : 0) })
  assert.match(svg(figure), />7</)
  assert.deepEqual(figure.stops(size).map(({ index }) => index), [0, 1, 2, 3])
  const [, , third] = figure.stops(size)
  assert.equal(figure.hit(third!.x, third!.y, size)?.index, 2)
})
