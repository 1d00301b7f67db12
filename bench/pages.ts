/**
 * The page against MLflow's, in the same browser on the same data: processor time of browser and
 * server, bytes, and what Cairn's page promises by itself.
 *
 *   node --conditions=source bench/pages.ts [--quick] [--docs] [--only table,scale,wide,sparklines,charts,million,live,lists,detail]
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { Browser, Page } from 'playwright-core'
import { openBrowser } from '../tests/browser/browser.ts'
import { narrowRuns } from './data/dataset.ts'
import { startWithData } from './data/place-data.ts'
import { Generator } from './load/driver.ts'
import { settle } from './measure/meter.ts'
import { treePids } from './measure/process-tree.ts'
import { median } from './measure/statistics.ts'
import { brushing, brushPanels, grouping, hovering, toggling } from './pages/at-hand.ts'
import { insertCurves, logCurves, type Curves } from './pages/compare-data.ts'
import { detailPromises, looks, seedDetail, seedFiles } from './pages/detail.ts'
import { lists } from './pages/lists.ts'
import { live } from './pages/live.ts'
import { million } from './pages/million.ts'
import { browserPid, newContext, pause, siteOf, visit, withElements, type Look, type Site, type Visit } from './pages/visit.ts'
import { scale, sparklines, tables, wide } from './pages/tables.ts'
import { show } from './rows/row.ts'
import { cairn } from './servers/cairn.ts'
import { mlflow } from './servers/mlflow.ts'
import { Server, type Peer } from './servers/server.ts'
import { mlflowVersion } from './setup.ts'

const { values } = parseArgs({ options: { quick: { type: 'boolean' }, docs: { type: 'boolean' }, only: { type: 'string' }, cairn: { type: 'string' } } })
const quick = values.quick === true
const wants = (part: string): boolean => values.only === undefined || values.only.split(',').includes(part)
const rounds = quick ? 1 : 3
const docs = fileURLToPath(new URL('../docs/benchmarks.md', import.meta.url))
const say = (line: string): void => { process.stderr.write(`${line}\n`) }

interface Line {
  readonly title: string
  readonly target: string
  readonly ours: Visit
  readonly theirs: Visit | undefined
}

const lines: Line[] = []
const checks: { text: string; measured: string; ok: boolean | undefined }[] = []
const check = (text: string, value: number, limit: number, unit: string): void => {
  checks.push({ text: `${text}: at most ${show(limit)} ${unit}`, measured: `${show(value)} ${unit}`, ok: value <= limit })
}

const said = (text: string, measured: string, ok: boolean): void => void checks.push({ text, measured, ok })

class Watcher implements AsyncDisposable {
  readonly browser: Browser
  readonly pid: number
  private constructor(browser: Browser, pid: number) {
    this.browser = browser
    this.pid = pid
  }
  static async open(): Promise<Watcher> {
    const before = new Set(treePids(process.pid))
    const browser = await openBrowser()
    return new Watcher(browser, browserPid(before))
  }
  /** Medians of cold visits, each in a context of its own; `then` looks at the last page further. */
  async visits(site: Site, look: Look, then?: (page: Page) => Promise<void>): Promise<Visit> {
    const all: Visit[] = []
    for (let round = 0; round < rounds; round += 1) {
      const context = await newContext(this.browser)
      const { visit: one, page } = await visit(context, this.pid, site, look)
      all.push(one)
      say(`    ready ${show(one.readyMs)} ms, processor ${one.browserMs} + ${one.serverMs} ms, ${show(one.bytes / 1000)} kB, ${one.requests} requests`)
      if (round === rounds - 1) await then?.(page)
      await context.close()
    }
    const of = (key: keyof Visit): number => median(all.map((one) => one[key]))
    return {
      readyMs: of('readyMs'), browserMs: of('browserMs'), serverMs: of('serverMs'), bytes: of('bytes'), requests: of('requests'), nodes: of('nodes'),
      heapBytes: of('heapBytes'), blockedMs: of('blockedMs'), layoutShift: of('layoutShift'),
    }
  }
  async [Symbol.asyncDispose](): Promise<void> {
    await this.browser.close()
  }
}

async function brushes(ours: Peer, folder: string, generator: Generator, watcher: Watcher): Promise<void> {
  const runs = quick ? 1000 : 10_000
  say(`panels over ${runs} runs`)
  const { server } = await startWithData(ours, join(folder, 'brush-cairn'), { runs, shape: narrowRuns, curvePoints: 0 }, generator)
  await using ourServer = server
  await settle(ourServer.pid)
  const context = await newContext(watcher.browser)
  const page = await context.newPage()
  await page.setViewportSize({ width: 1440, height: 1200 })
  await page.goto(`${siteOf(ourServer).url}/experiments/0?view=both&${brushPanels.map((panel) => `panel=${encodeURIComponent(panel)}`).join('&')}`)
  await page.locator('.figure .plot canvas').nth(2).waitFor({ state: 'attached' })
  await pause(2000)
  check(`a drag over a scatter of ${runs} runs, which three more panels and the table follow: processor time of the main thread for a move, 95th percentile`, await brushing(page), 100, 'ms')
  await context.close()
}

async function charts(ours: Peer, theirs: Peer, folder: string, watcher: Watcher): Promise<void> {
  const curves: Curves = quick ? { runs: 10, keys: 5, points: 1000 } : { runs: 50, keys: 5, points: 10_000 }
  say(`charts, ${curves.runs} runs × ${curves.keys} curves × ${curves.points} points`)
  await mkdir(join(folder, 'charts-cairn'))
  await using ourServer = await Server.start(ours, join(folder, 'charts-cairn'))
  const experiment = await logCurves(siteOf(ourServer).url, curves)
  await settle(ourServer.pid)
  let asked = 0
  const mine = await watcher.visits(siteOf(ourServer), {
    path: `/experiments/${experiment}?view=charts&first=${curves.runs}`,
    ready: withElements(`.plot[data-lines="${curves.runs}"]`, curves.keys),
    watch(page) {
      asked = 0
      page.on('request', (request) => { if (request.url().endsWith('/series')) asked += 1 })
    },
  }, async (page) => {
    const toggled = await toggling(page)
    check(`${curves.keys} panels × ${curves.runs} lines, outliers clipped or not, until it is painted`, toggled.ms, 100, 'ms')
    check(`${curves.keys} panels × ${curves.runs} lines, requests for that`, toggled.asked, 0, '')
    check(`${curves.runs} runs grouped by a param into 5 bands, in ${curves.keys} panels`, await grouping(page, 'params.model', curves.keys, 5), 150, 'ms')
  })
  check(`${curves.keys} panels × ${curves.runs} lines, ready`, mine.readyMs, 600, 'ms')
  check(`${curves.keys} panels × ${curves.runs} lines, requests for charts`, asked, 1, '')
  check(`${curves.keys} panels × ${curves.runs} lines, main thread blocked`, mine.blockedMs, 150, 'ms')
  const twelve: Curves = { ...curves, keys: 12, points: curves.points / 5 }
  const other = await logCurves(siteOf(ourServer).url, twelve, 'twelve')
  const context = await newContext(watcher.browser)
  const page = await context.newPage()
  await page.setViewportSize({ width: 1440, height: 1600 })
  await page.goto(`${siteOf(ourServer).url}/experiments/${other}?view=charts&first=${twelve.runs}`)
  await page.locator(`.plot[data-lines="${twelve.runs}"]`).nth(11).waitFor()
  check(`12 panels × ${twelve.runs} lines, processor time of the main thread for a move of the pointer over them, median`, await hovering(page), 16, 'ms')
  await context.close()
  await mkdir(join(folder, 'charts-mlflow'))
  await (await Server.start(theirs, join(folder, 'charts-mlflow')))[Symbol.asyncDispose]()
  const id = insertCurves(join(folder, 'charts-mlflow'), curves)
  await using theirServer = await Server.start(theirs, join(folder, 'charts-mlflow'))
  lines.push({
    title: `${curves.keys} panels × ${curves.runs} lines of ${curves.points.toLocaleString('en-US')} points (MLflow draws 10 of the lines)`, target: '10', ours: mine,
    theirs: await watcher.visits(siteOf(theirServer), { path: `/#/experiments/${id}/runs?compareRunsMode=CHART`, ready: withElements('.js-plotly-plot .trace path.js-line') }),
  })
}

/** A comparison, a run, a model, a large file. */
async function detail(ours: Peer, theirs: Peer, folder: string, watcher: Watcher): Promise<void> {
  say('fifty runs compared, a run’s page, a registered model, a large file')
  await mkdir(join(folder, 'detail-cairn'))
  await using ourServer = await Server.start(ours, join(folder, 'detail-cairn'))
  const site = siteOf(ourServer)
  const seeded = await seedDetail(site.url)
  const csvBytes = await seedFiles(site.url, seeded)
  const mine = looks(seeded).ours
  const compare = await watcher.visits(site, mine.compare)
  const model = await watcher.visits(site, mine.model)
  const run = await watcher.visits(site, mine.run)
  const context = await newContext(watcher.browser)
  const page = await context.newPage()
  await page.goto(site.url + mine.run.path)
  await detailPromises(page, site, csvBytes, { compare, run, model }, { check, said })
  await context.close()
  await mkdir(join(folder, 'detail-mlflow'))
  await using theirServer = await Server.start(theirs, join(folder, 'detail-mlflow'))
  const other = siteOf(theirServer)
  const peer = looks(await seedDetail(other.url)).theirs
  lines.push({ title: '50 runs compared', target: '5', ours: compare, theirs: await watcher.visits(other, peer.compare) })
  lines.push({ title: 'a run with 8 curves', target: '', ours: run, theirs: await watcher.visits(other, peer.run) })
  lines.push({ title: 'a registered model of 3 versions', target: '', ours: model, theirs: await watcher.visits(other, peer.model) })
}

function report(version: string): string {
  const cell = ({ title, target, ours, theirs }: Line): string => {
    const pair = (value: (one: Visit) => number): string => `${show(value(ours))} / ${theirs === undefined ? '–' : show(value(theirs))}`
    const times = theirs === undefined ? Number.NaN : (theirs.browserMs + theirs.serverMs) / (ours.browserMs + ours.serverMs)
    const reached = target === '' || Number.isNaN(times) || times >= Number(target)
    return `| ${[title, `${reached ? '' : '**'}${show(times)}×${reached ? '' : '**'}${target === '' ? '' : ` (${target}×)`}`, pair((one) => one.browserMs), pair((one) => one.serverMs), pair((one) => one.readyMs),
      pair((one) => one.bytes / 1000), pair((one) => one.requests), pair((one) => one.blockedMs), pair((one) => one.nodes), pair((one) => one.heapBytes / 1e6)].join(' | ')} |`
  }
  return [
    `${new Date().toISOString().slice(0, 16).replace('T', ' ')}; ${cpus().length} × ${cpus()[0]?.model.trim()}; Chromium, 1440 × 900, cold cache, ${rounds} visits each; Cairn ${version}, MLflow ${mlflowVersion}. Pairs are Cairn / MLflow.`,
    '', '| page | less processor time than MLflow’s, browser and server (target) | browser, ms | server, ms | ready, ms | kB | requests | blocked, ms | nodes | heap, MB |', `| --- |${' ---: |'.repeat(9)}`, ...lines.map(cell),
    '', '| promise | measured | |', '|---|---|---|', ...checks.map(({ text, measured, ok }) => `| ${text} | ${measured} | ${ok === undefined ? '' : ok ? '✓' : '✗'} |`),
  ].join('\n')
}

const folder = await mkdtemp(join(tmpdir(), 'cairn-pages-'))
try {
  const [ours, theirs] = [await cairn(values.cairn, folder, say), await mlflow()]
  await using generator = new Generator()
  await using watcher = await Watcher.open()
  const bench = { quick, folder, generator, watcher, say, check, line: (one: Line) => void lines.push(one), said }
  if (wants('table')) await tables(bench, ours, theirs)
  if (wants('scale')) await scale(bench, ours)
  if (wants('wide')) await wide(bench, ours)
  if (wants('sparklines')) await sparklines(bench, ours)
  if (wants('charts')) await charts(ours, theirs, folder, watcher)
  if (wants('charts')) await brushes(ours, folder, generator, watcher)
  if (wants('million')) await million(bench, ours, theirs)
  if (wants('live')) await live(bench, ours)
  if (wants('lists')) await lists(bench, ours, theirs)
  if (wants('detail')) await detail(ours, theirs, folder, watcher)
  if (lines.length > 0) check('layout shift of any page of these', Math.max(...lines.map(({ ours: { layoutShift } }) => layoutShift)), 0.02, '')
  const text = report(ours.version)
  process.stdout.write(`${text}\n`)
  if (values.docs === true) {
    const page = await readFile(docs, 'utf8')
    await writeFile(docs, page.replace(/(<!-- pages -->\n)[^]*?(?=\n<!-- end of pages -->)/, (_, mark: string) => mark + text))
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}
