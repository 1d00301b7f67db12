import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { bandOf } from './bands.ts'
import { drawCursor } from './cursor-marks.ts'
import { drawLines, drawRaised, layoutLines, type DrawnLine, type LinesFigure } from './line-figure.ts'
import { lineOf, type Mark } from './lines.ts'
import { SvgPen, type Theme } from './pen.ts'
import { drawPicture } from './picture.ts'

const theme: Theme = { color: (name) => name }
const size = { width: 400, height: 200 }
const drawn = (id: string, x: number[], value: number[], marks: Mark[] = []): DrawnLine => ({
  id, name: id, look: { color: `--${id}`, dash: [] },
  line: lineOf({ count: x.length, points: { x, value }, non_finite: { x: marks.map((mark) => mark.x), value: marks.map((mark) => mark.value), count: marks.map(({ count }) => count) } }),
})
const figure = (lines: DrawnLine[], change: Partial<LinesFigure> = {}): LinesFigure => ({ lines, xKind: 'whole', xScale: 'linear', yScale: 'linear', clip: false, ...change })
function svg(of: LinesFigure): string {
  const pen = new SvgPen(size.width, size.height)
  drawLines(pen, layoutLines(of, size), theme)
  return String(pen)
}
/** The paths of a colour, by what they are: strokes or fills. */
const paths = (text: string, kind: 'stroke' | 'fill', color: string): string[] => [...text.matchAll(/<path d="([^"]*)"([^>]*)>/g)].filter((match) => match[2]!.includes(`${kind}="${color}"`)).map((match) => match[1]!)

describe('a figure of lines', () => {
  test('breaks a line where points are missing, and draws a lone point as a dot', () => {
    const [line] = paths(svg(figure([drawn('a', [0, 1, 2, 3, 20, 21, 22, 50], [0, 1, 2, 3, 4, 5, 6, 7])])), 'stroke', '--a')
    assert.equal(line!.match(/M/g)!.length, 3)
  })

  test('has no band where a group has none of its lines', () => {
    const group = bandOf([drawn('a', [0, 1, 2], [0, 1, 2]).line, drawn('b', [8, 9], [1, 2]).line, drawn('c', [8, 9], [3, 4]).line], 'range')
    const bands = paths(svg(figure([{ ...drawn('g', [], []), ...group }])), 'fill', '--g').filter((path) => path.includes('L'))
    assert.equal(bands.length, 2)
  })

  test('marks what is not finite, with its name once', () => {
    const text = svg(figure([drawn('a', [0, 1, 2], [1, 2, 3], [{ x: 1, value: 'NaN', count: 1 }, { x: 2, value: 'NaN', count: 1 }, { x: 2, value: 'Infinity', count: 3 }])]))
    assert.equal(text.match(/>NaN</g)!.length, 1)
    assert.equal(text.match(/>∞</g)!.length, 1)
    // Dots of three points, and the arrow at the top.
    assert.equal(paths(text, 'fill', '--a').length, 4)
  })

  test('that clips leaves outliers out of its axis, with an arrow where one is, and drops no point', () => {
    const x = Array.from({ length: 100 }, (_, at) => at)
    const lines = [drawn('a', x, x.map((at) => (at === 50 ? 1000 : Math.sin(at))))]
    assert.ok(layoutLines(figure(lines), size).y.domain[1] > 1000)
    const clipped = figure(lines, { clip: true })
    assert.ok(layoutLines(clipped, size).y.domain[1] < 1.2)
    const [line] = paths(svg(clipped), 'stroke', '--a')
    assert.equal(line!.match(/[ML]/g)!.length, 100)
    assert.equal(paths(svg(clipped), 'fill', '--a').length, 1)
  })

  test('on logarithmic axes begins at the first value that has a place there', () => {
    const { x, y } = layoutLines(figure([drawn('a', [0, 10, 1000], [-1, 0.01, 100])], { xScale: 'log', yScale: 'log' }), size)
    assert.deepEqual(x.domain, [10, 1000])
    assert.ok(y.domain[0] > 0 && y.domain[0] < 0.01)
    assert.ok(svg(figure([drawn('a', [], [])], { xScale: 'log', yScale: 'log' })).includes('<svg'))
    // What has no place is no end of a line: one that came from far away has dashes all the way, which a canvas draws for a tenth of a second.
    const [line] = paths(svg(figure([drawn('a', [0, 1, 10, 100], [1, 2, 3, 4])], { xScale: 'log' })), 'stroke', '--a')
    assert.equal(line!.match(/[ML]/g)!.length, 3)
    assert.ok(!/-?\d{5}/.test(line!), line!)
  })

  test('draws the line that is raised once more, wider, and says whether there is one', () => {
    const layout = layoutLines(figure([drawn('a', [0, 1], [0, 1]), drawn('b', [0, 1], [1, 0])]), size)
    const pen = new SvgPen(size.width, size.height)
    assert.equal(drawRaised(pen, layout, 'a', theme), true)
    assert.equal(paths(String(pen), 'stroke', '--a').length, 3)
    assert.equal(new Set([...String(pen).matchAll(/transform="([^"]*)"[^>]*stroke="--a"|stroke="--a"[^>]*transform="([^"]*)"/g)].map(([, one, other]) => one ?? other)).size, 3)
    assert.doesNotMatch(String(pen), /--b/)
    assert.equal(drawRaised(pen, layout, 'c', theme), false)
  })

  test('draws the cursor as a line and as dots that stand out from the lines by the colour of the page', () => {
    const pen = new SvgPen(size.width, size.height)
    drawCursor(pen, { x: 20, top: 8, height: 100, dots: [{ x: 20, y: 30, color: '--a' }, { x: 20, y: 50, color: '--b' }] }, theme)
    const text = String(pen)
    assert.match(text, /d="M20\.5 8L20\.5 108"[^>]*stroke="--text-soft"[^>]*stroke-dasharray/)
    assert.deepEqual([...text.matchAll(/fill="(--\w+)"/g)].map(([, color]) => color), ['--bg', '--a', '--bg', '--b'])
  })

  test('shows the members of a group that is raised, and the line itself pale under a smoothed one', () => {
    const group = { ...drawn('g', [0, 1], [1, 1]), members: [drawn('m', [0, 1], [0, 0]).line, drawn('n', [0, 1], [2, 2]).line] }
    const layout = layoutLines(figure([group]), size)
    const pen = new SvgPen(size.width, size.height)
    drawRaised(pen, layout, 'g', theme)
    assert.equal(paths(String(pen), 'stroke', '--g').length, 2 + 3)
    const rough = drawn('a', [0, 1, 2], [0, 9, 0])
    const text = svg(figure([{ ...rough, line: { ...rough.line, smooth: { x: [0, 1, 2], y: [3, 3, 3] } } }]))
    assert.deepEqual([...text.matchAll(/stroke="--a"[^>]*/g)].map(([one]) => /opacity="([\d.]+)"/.exec(one)?.[1] ?? '1'), ['0.28', '1'])
  })

  test('lets lines step back behind those that one looks at, whatever their order', () => {
    const text = svg(figure([drawn('a', [0, 1], [0, 1]), { ...drawn('b', [0, 1], [1, 0]), back: true }]))
    const strokes = [...text.matchAll(/stroke="--([ab])"[^>]*/g)].map(([one, name]) => `${name} ${/opacity="([\d.]+)"/.exec(one)?.[1] ?? '1'}`)
    assert.deepEqual(strokes, ['b 0.22', 'a 1'])
  })

  test('has lines of a pixel where they are many', () => {
    assert.match(svg(figure([drawn('a', [0, 1], [0, 1])])), /stroke="--a" stroke-width="1.6"/)
    assert.match(svg(figure(Array.from({ length: 20 }, (_, at) => drawn(`r${at}`, [0, 1], [0, at])))), /stroke="--r1" stroke-width="1" /)
  })
})

test('a picture holds its title and legend, whatever is in their names', () => {
  const pen = new SvgPen(600, 400)
  drawPicture(pen, { title: 'a <b> & "c"', size: { width: 600, height: 400 }, legend: [{ name: '<script>', look: { color: '--a', dash: [2, 3] } }], body: (inner, area) => inner.fillText(`${area.width}`, 0, 0) }, theme)
  const text = String(pen)
  assert.ok(text.includes('a &#60;b&#62; &#38; &#34;c&#34;') && text.includes('&#60;script&#62;') && text.includes('stroke-dasharray="2 3"') && text.includes('>568<'))
})
