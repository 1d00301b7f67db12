/**
 * The page against MLflow's, in the same browser on the same data: processor time of browser and
 * server, bytes, and what Cairn's page promises by itself.
 *
 *   node --conditions=source bench/pages.ts [--quick] [--docs] [--only table,scale,wide,sparklines,charts,brushes,million,live,offline,lists,detail,screens]
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { Browser, Page } from 'playwright-core'
import { openBrowser } from '../tests/browser/browser.ts'
import { Generator } from './load/driver.ts'
import { treePids } from './measure/process-tree.ts'
import { median } from './measure/statistics.ts'
import { fixedWork } from './measure/fixed-work.ts'
import { brushes, charts } from './pages/charts.ts'
import { detailPromises, looks, seedDetail, seedFiles } from './pages/detail.ts'
import { lists } from './pages/lists.ts'
import { live } from './pages/live.ts'
import { offline } from './pages/offline.ts'
import { million } from './pages/million.ts'
import { BareTab } from './pages/bare-tab.ts'
import { browserPid, calm, newContext, pageAt, siteOf, visit, type Look, type Site, type Visit } from './pages/visit.ts'
import { screens } from './pages/screens.ts'
import { scale, sparklines, tables, wide } from './pages/tables.ts'
import { show } from './rows/row.ts'
import { cairn } from './servers/cairn.ts'
import { mlflow } from './servers/mlflow.ts'
import { Server, type Peer } from './servers/server.ts'
import { mlflowVersion } from './setup.ts'

const { values } = parseArgs({ options: { quick: { type: 'boolean' }, docs: { type: 'boolean' }, only: { type: 'string' }, cairn: { type: 'string' } } })
const quick = values.quick === true
const wants = (part: string): boolean => values.only === undefined || values.only.split(',').includes(part)
/** The first finds the server cold, which starts a thread to read with: the median is of a server that has been asked before. */
const rounds = quick ? 1 : 5
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

const said = (text: string, measured: string, ok?: boolean): void => void checks.push({ text, measured, ok })

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
  /** Medians of cold visits, each in a window of its own; `then` looks further at a page of another. */
  async visits(site: Site, look: Look, then?: (page: Page) => Promise<void>): Promise<Visit> {
    const all: Visit[] = []
    for (let round = 0; round < rounds; round += 1) {
      await using tab = await BareTab.open(this.browser)
      const one = await visit(tab, this.pid, site, look)
      all.push(one)
      say(`    ready ${show(one.readyMs)} ms, processor ${one.browserMs} + ${one.serverMs} ms, ${show(one.bytes / 1000)} kB, ${one.requests} requests`)
    }
    if (then !== undefined) {
      const context = await newContext(this.browser)
      await then(await pageAt(context, site, look))
      await context.close()
    }
    const of = (key: Exclude<keyof Visit, 'asked'>): number => median(all.map((one) => one[key]))
    return {
      readyMs: of('readyMs'), browserMs: of('browserMs'), serverMs: of('serverMs'), bytes: of('bytes'), requests: of('requests'), asked: all.at(-1)!.asked, nodes: of('nodes'),
      heapBytes: of('heapBytes'), blockedMs: of('blockedMs'), layoutShift: of('layoutShift'),
    }
  }
  async [Symbol.asyncDispose](): Promise<void> {
    await this.browser.close()
  }
}

/** A comparison, a run, a model, a large file. */
async function detail(ours: Peer, theirs: Peer, folder: string, watcher: Watcher): Promise<void> {
  say('fifty runs compared, a run’s page, a registered model, a large file')
  await mkdir(join(folder, 'detail-cairn'))
  await using ourServer = await Server.start(ours, join(folder, 'detail-cairn'))
  const site = siteOf(ourServer)
  const seeded = await seedDetail(site.url)
  const csvBytes = await seedFiles(site.url, seeded)
  await calm(ourServer)
  const mine = looks(seeded).ours
  const compare = await watcher.visits(site, mine.compare)
  const model = await watcher.visits(site, mine.model)
  const run = await watcher.visits(site, mine.run)
  const context = await newContext(watcher.browser)
  const page = await context.newPage()
  await page.goto(site.url + mine.run.path)
  await detailPromises(page, site, seeded, csvBytes, { compare, run, model }, { check, said })
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
    `${new Date().toISOString().slice(0, 16).replace('T', ' ')}; ${cpus().length} × ${cpus()[0]?.model.trim()}; Chromium, 1440 × 900, cold cache, ${rounds} visits each; Cairn ${version}, MLflow ${mlflowVersion}; the machine took ${show(began)} ms for a fixed piece of work before, ${show(fixedWork())} after. Pairs are Cairn / MLflow.`,
    '', '| page | less processor time than MLflow’s, browser and server (target) | browser, ms | server, ms | ready, ms | kB | requests | blocked, ms | nodes | heap, MB |', `| --- |${' ---: |'.repeat(9)}`, ...lines.map(cell),
    '', '| promise | measured | |', '|---|---|---|', ...checks.map(({ text, measured, ok }) => `| ${text} | ${measured} | ${ok === undefined ? '' : ok ? '✓' : '✗'} |`),
  ].join('\n')
}

const began = fixedWork()
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
  if (wants('charts')) await charts(bench, ours, theirs)
  if (wants('brushes')) await brushes(bench, ours)
  if (wants('million')) await million(bench, ours, theirs)
  if (wants('live')) await live(bench, ours)
  if (wants('offline')) await offline(bench, ours)
  if (wants('lists')) await lists(bench, ours, theirs)
  if (wants('detail')) await detail(ours, theirs, folder, watcher)
  if (wants('screens')) await screens(bench, ours)
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
