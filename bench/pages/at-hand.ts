/** What a reader of charts does, and how long the page takes for it. Milliseconds everywhere. */
import type { Page, Request } from 'playwright-core'
import { median, percentile } from '../measure/statistics.ts'
import { pause } from './visit.ts'

/** From a choice in the page until the page says so in an element, measured in the page, to the end of the frame. */
const untilShown = (page: Page, act: string, shown: string): Promise<number> => page.evaluate(`new Promise((done) => {
  const began = performance.now()
  ${act}
  const look = () => { if (${shown}) done(performance.now() - began); else if (performance.now() - began > 20000) done(Infinity); else requestAnimationFrame(look) }
  requestAnimationFrame(look)
})`)

const choose = (label: string, value: string): string => `
  const select = [...document.querySelectorAll('.charts-options label')].find((one) => one.textContent.startsWith(${JSON.stringify(label)})).querySelector('select')
  Object.getOwnPropertyDescriptor(HTMLSelectElement.prototype, 'value').set.call(select, ${JSON.stringify(value)})
  select.dispatchEvent(new Event('change', { bubbles: true }))`

/** Lines grouped by a param, until all panels show a band for each group. */
export const grouping = (page: Page, label: string, field: string, panels: number, groups: number): Promise<number> =>
  untilShown(page, choose(label, field), `document.querySelectorAll('.plot[data-lines="${groups}"]').length >= ${panels}`)

export interface Toggle {
  /** What is chosen by the first press, and by the second. */
  readonly names: readonly [string, string]
  act(first: boolean): string
  /** Whether all that has to be drawn then is in the page already; else the server is asked, which has every point. */
  readonly atHand: readonly [boolean, boolean]
}

const checkBox = (label: string): string => `
  [...document.querySelectorAll('label.choice')].find((one) => one.textContent.includes(${JSON.stringify(label)}) && one.querySelector('[type="checkbox"]')).querySelector('input').click()`

/** Ways to draw lines. */
export const toggles: readonly Toggle[] = [
  { names: ['outliers clipped', 'outliers shown again'], act: () => checkBox('outliers'), atHand: [true, true] },
  { names: ['values on a logarithmic axis', 'values on a linear axis'], act: (first) => choose('Values', first ? 'log' : 'linear'), atHand: [true, true] },
  { names: ['values on a symmetric logarithmic axis', 'values on a linear axis again'], act: (first) => choose('Values', first ? 'symlog' : 'linear'), atHand: [true, true] },
  { names: ['steps on a logarithmic axis', 'steps on a linear axis'], act: () => checkBox('Logarithmic'), atHand: [true, true] },
  { names: ['smoothed', 'smoothing taken away'], act: (first) => choose('Smoothing', first ? 'ema' : ''), atHand: [false, true] },
  { names: ['along time', 'along steps again'], act: (first) => choose('Along', first ? 'relative' : 'step'), atHand: [false, true] },
]

export interface Toggled {
  readonly name: string
  readonly atHand: boolean
  readonly ms: number
  /** Requests for curves. */
  readonly asked: number
}

/** A choice back and forth, of which the page keeps the answers: what it asks for is the first of each. Until the frame after the one that draws it in all panels. */
export async function toggling(page: Page, { names, act, atHand }: Toggle, panels: number): Promise<Toggled[]> {
  const asked = [0, 0]
  const times: [number[], number[]] = [[], []]
  for (let at = 0; at < 6; at += 1) {
    const which = at % 2 as 0 | 1
    const count = (request: Request): void => { if (request.url().endsWith('/series')) asked[which]! += 1 }
    page.on('request', count)
    // In the frame after the choice the panels say that they are busy, or are empty.
    times[which].push(await untilShown(page, `let frames = 0; const seen = () => document.querySelector('.panel[aria-busy]') === null && document.querySelectorAll('.plot[data-lines]').length >= ${panels}; ${act(which === 0)}`,
      `(frames += 1) > ${atHand[which] ? 1 : 2} && seen()`))
    await pause(200)
    page.off('request', count)
  }
  return ([0, 1] as const).map((which) => ({ name: names[which], atHand: atHand[which], ms: atHand[which] ? median(times[which]) : times[which][0]!, asked: asked[which]! }))
}

/** Processor time of the page's main thread for each of some moves of the pointer, less what looking on costs without a move: median and 95th percentile. */
async function perMove(page: Page, moves: readonly (readonly [x: number, y: number])[]): Promise<{ median: number; p95: number }> {
  const session = await page.context().newCDPSession(page)
  await session.send('Performance.enable', { timeDomain: 'threadTicks' })
  const taken = async (): Promise<number> => 1000 * ((await session.send('Performance.getMetrics')).metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN)
  const timeOf = async (act: () => Promise<void>): Promise<number> => {
    const before = await taken()
    await act()
    // The frame that the move is seen in, and one more.
    await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 60))))')
    return await taken() - before
  }
  const looking: number[] = []
  for (let at = 0; at < 10; at += 1) looking.push(await timeOf(async () => {}))
  const own = median(looking)
  const times: number[] = []
  for (const [x, y] of moves) times.push(await timeOf(() => page.mouse.move(x, y)) - own)
  await session.detach()
  const sorted = times.toSorted((a, b) => a - b)
  return { median: percentile(sorted, 0.5), p95: percentile(sorted, 0.95) }
}

/** The pointer over a chart, whose cursor all charts of the page share. */
export async function hovering(page: Page): Promise<number> {
  const box = (await page.locator('.plot').first().boundingBox())!
  await page.mouse.move(box.x + 60, box.y + 60)
  await pause(500)
  return (await perMove(page, Array.from({ length: 40 }, (_, at) => [box.x + 60 + at * 5, box.y + 60 + at % 30] as const))).median
}

export const brushPanels = ['a*parallel*axis*metrics.m00*axis*metrics.m01*axis*params.p00*axis*metrics.m02', 'b*scatter*x*metrics.m00*y*metrics.m01', 'c*histogram*x*metrics.m02', 'd*box*x*params.p01*y*metrics.m03']

/** A drag over a scatter, which all other panels and the table follow. */
export async function brushing(page: Page): Promise<number> {
  const plot = page.locator('[data-panel="#b"] .plot')
  await plot.scrollIntoViewIfNeeded()
  const box = (await plot.boundingBox())!
  await page.mouse.move(box.x + 80, box.y + 60)
  await page.mouse.down()
  await page.mouse.move(box.x + 90, box.y + 64)
  await page.locator('.brush-bar').waitFor()
  const { p95 } = await perMove(page, Array.from({ length: 20 }, (_, at) => [box.x + 92 + at * 6, box.y + 66 + at * 3] as const))
  await page.mouse.up()
  return p95
}

/** A drag over a part of an axis, until its points are drawn. */
export async function zooming(page: Page, plot: string, part: number): Promise<number> {
  const box = (await page.locator(plot).first().boundingBox())!
  const from = box.x + box.width / 2
  await page.mouse.move(from, box.y + 60)
  await page.mouse.down()
  await page.mouse.move(from + Math.max(8, box.width * part), box.y + 64, { steps: 2 })
  await page.evaluate(`
    void (window.__zoomed = new Promise((done) => addEventListener('pointerup', () => {
      const began = performance.now(), plot = document.querySelector(${JSON.stringify(plot)}), before = plot.dataset.points
      const look = () => { if (plot.dataset.points !== before) done(performance.now() - began); else if (performance.now() - began > 20000) done(Infinity); else requestAnimationFrame(look) }
      requestAnimationFrame(look)
    }, { once: true, capture: true })))`)
  await page.mouse.up()
  const took = await page.evaluate('window.__zoomed') as number
  await pause(300)
  return took
}
