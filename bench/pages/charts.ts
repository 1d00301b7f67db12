/** Charts of many runs: what a first visit costs, what a reader does with them, and what their code weighs. */
import { mkdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { narrowRuns } from '../data/dataset.ts'
import { startWithData } from '../data/place-data.ts'
import { show } from '../rows/row.ts'
import { Server, type Peer } from '../servers/server.ts'
import { brushing, brushPanels, grouping, hovering, toggles, toggling, type Toggled } from './at-hand.ts'
import { insertCurves, logCurves, type Curves } from './compare-data.ts'
import type { Bench } from './tables.ts'
import { calm, newContext, pause, siteOf, withElements } from './visit.ts'
import { weightOf } from './weight.ts'

const isChartCode = (source: string): boolean => /\/charts\/src\/|\/features\/charts\//.test(source)

export async function charts(bench: Bench, ours: Peer, theirs: Peer): Promise<void> {
  const { quick, folder, watcher, say, check, said, line } = bench
  const curves: Curves = quick ? { runs: 10, keys: 5, points: 1000 } : { runs: 50, keys: 5, points: 10_000 }
  const many = `${curves.keys} panels × ${curves.runs} lines`
  say(`charts, ${curves.runs} runs × ${curves.keys} curves × ${curves.points} points`)
  await mkdir(join(folder, 'charts-cairn'))
  await using ourServer = await Server.start(ours, join(folder, 'charts-cairn'))
  const site = siteOf(ourServer)
  const experiment = await logCurves(site.url, curves)
  await calm(ourServer)
  const mine = await watcher.visits(site, {
    path: `/experiments/${experiment}?view=charts&first=${curves.runs}`,
    ready: withElements(`.plot[data-lines="${curves.runs}"]`, curves.keys),
  }, async (page) => {
    const toggled: Toggled[] = []
    for (const toggle of toggles) toggled.push(...await toggling(page, toggle, curves.keys))
    for (const { name, atHand, ms, asked: times } of toggled) {
      // Where not every point is in the page the server is asked, which has them: no time was promised for that.
      if (!atHand) said(`${many}, ${name}, until it is painted (the server is asked, with ${(curves.runs * curves.keys * curves.points).toLocaleString('en-US')} points)`, `${show(ms)} ms`)
      else check(`${many}, ${name}, until it is painted`, ms, 100, 'ms')
      if (atHand) check(`${many}, ${name}, requests for that`, times, 0, '')
    }
    check(`${curves.runs} runs grouped by a param into 5 bands, in ${curves.keys} panels`, await grouping(page, 'Group by', 'params.model', curves.keys, 5), 150, 'ms')
    check(`${curves.runs} runs grouped by a second param within the first, into 10 bands`, await grouping(page, 'and by', 'params.seed', curves.keys, 10), 150, 'ms')
  })
  check(`${many}, ready`, mine.readyMs, 600, 'ms')
  check(`${many}, requests for charts`, mine.asked.filter((url) => url.endsWith('/series')).length, 1, '')
  check(`${many}, main thread blocked`, mine.blockedMs, 150, 'ms')
  const twelve: Curves = { ...curves, keys: 12, points: curves.points / 5 }
  const other = await logCurves(site.url, twelve, 'twelve')
  const context = await newContext(watcher.browser)
  const page = await context.newPage()
  await page.setViewportSize({ width: 1440, height: 1600 })
  await page.goto(`${site.url}/experiments/${other}?view=charts&first=${twelve.runs}`)
  await page.locator(`.plot[data-lines="${twelve.runs}"]`).nth(11).waitFor()
  check(`12 panels × ${twelve.runs} lines, processor time of the main thread for a move of the pointer over them, median`, await hovering(page), 16, 'ms')
  await context.close()
  await mkdir(join(folder, 'charts-mlflow'))
  await (await Server.start(theirs, join(folder, 'charts-mlflow')))[Symbol.asyncDispose]()
  const id = insertCurves(join(folder, 'charts-mlflow'), curves)
  await using theirServer = await Server.start(theirs, join(folder, 'charts-mlflow'))
  line({
    title: `${many} of ${curves.points.toLocaleString('en-US')} points (MLflow draws 10 of the lines)`, target: '10', ours: mine,
    theirs: await watcher.visits(siteOf(theirServer), { path: `/#/experiments/${id}/runs?compareRunsMode=CHART`, ready: withElements('.js-plotly-plot .trace path.js-line') }),
  })
}

/** Panels over ten thousand runs, of which a drag in one chooses. */
export async function brushes({ quick, folder, generator, watcher, say, check }: Bench, ours: Peer): Promise<void> {
  const runs = quick ? 1000 : 10_000
  say(`panels over ${runs} runs`)
  const { server } = await startWithData(ours, join(folder, 'brush-cairn'), { runs, shape: narrowRuns, curvePoints: 0 }, generator)
  await using ourServer = server
  await calm(ourServer)
  const context = await newContext(watcher.browser)
  const page = await context.newPage()
  const scripts = new Set<string>()
  page.on('request', (request) => { if (request.resourceType() === 'script') scripts.add(basename(request.url())) })
  await page.setViewportSize({ width: 1440, height: 1200 })
  await page.goto(`${siteOf(ourServer).url}/experiments/0?view=both&${brushPanels.map((panel) => `panel=${encodeURIComponent(panel)}`).join('&')}`)
  await page.locator('.figure .plot canvas').nth(2).waitFor({ state: 'attached' })
  await pause(2000)
  check(`a drag over a scatter of ${runs} runs, which three more panels and the table follow: processor time of the main thread for a move, 95th percentile`, await brushing(page), 100, 'ms')
  check('code of charts that a workspace with lines and four kinds of panels loads, compressed by itself', await weightOf([...scripts], isChartCode, join(folder, 'page')) / 1000, 60, 'kB')
  await context.close()
}
