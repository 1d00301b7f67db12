/** The page of runs as a table: at ten thousand runs beside MLflow's, at a hundred thousand, and with thousands of keys. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { CairnClient } from '@cairn/sdk'
import type { Page } from 'playwright-core'
import { narrowRuns, wideRuns } from '../data/dataset.ts'
import { seedThroughApi, startWithData } from '../data/place-data.ts'
import type { Generator } from '../load/driver.ts'
import { settle } from '../measure/meter.ts'
import { median, percentile } from '../measure/statistics.ts'
import { Server, type Peer } from '../servers/server.ts'
import { logWideRuns } from './compare-data.ts'
import { longestInput, press } from './inputs.ts'
import { tableTruths } from './table-truths.ts'
import { BareTab } from './bare-tab.ts'
import { backPainted, calm, newContext, pageAt, paintedAfter, pause, siteOf, untilPainted, visit, withElements, withText, type Look, type Site, type Visit } from './visit.ts'

/** What the rows of tables need of the program that runs them. */
export interface Bench {
  readonly quick: boolean
  readonly folder: string
  readonly generator: Generator
  readonly watcher: { readonly browser: Parameters<typeof newContext>[0]; readonly pid: number; visits(site: Site, look: Look, then?: (page: Page) => Promise<void>): Promise<Visit> }
  say(line: string): void
  check(text: string, value: number, limit: number, unit: string): void
  /** `ok` where something was promised. */
  said(text: string, measured: string, ok?: boolean): void
  line(one: { title: string; target: string; ours: Visit; theirs: Visit | undefined }): void
}

const nameOf = (number: number): string => `run-${String(number).padStart(7, '0')}`
const workspace = (runs: number): Look => ({ path: '/experiments/0', ready: withText(nameOf(runs - 1)) })
const grid = (page: Page) => page.getByRole('grid', { name: 'Runs' })

export async function tables(bench: Bench, ours: Peer, theirs: Peer): Promise<void> {
  const { quick, folder, generator, watcher, check } = bench
  const runs = quick ? 1000 : 10_000
  const many = runs.toLocaleString('en-US')
  bench.say(`runs table, ${many} runs`)
  const seed = { runs, shape: wideRuns, curvePoints: 0 }
  const { server } = await startWithData(ours, join(folder, 'table-cairn'), seed, generator)
  await using ourServer = server
  await calm(ourServer)
  const site = siteOf(ourServer)
  const mine = await watcher.visits(site, workspace(runs), async (page) => {
    await grid(page).focus()
    check(`${many} runs, End until the last row is there`, await untilPainted(page, 'keydown', () => page.keyboard.press('End'), withText(nameOf(0))), 200, 'ms')
    const filtered = await filtering(page, quick ? 5 : 20)
    check(`${many} runs, a filter from the last key until the count is there, 95th percentile`, filtered.p95, 150, 'ms')
    bench.said('what was typed meanwhile stands in the box, which has the focus still', `${filtered.kept} of ${filtered.times} times`, filtered.kept === filtered.times)
    check(`${many} runs, the longest of a dozen presses and clicks until it is painted (keys, selection, order, menus, columns)`, await interacting(page, bench.say), 100, 'ms')
    const back = await returning(page, runs)
    check(`${many} runs, Back from a run until the table is painted`, back.ms, 100, 'ms')
    check(`${many} runs, Back from a run, over the wire`, back.bytes / 1000, 0, 'kB')
  })
  {
    await using again = await BareTab.open(watcher.browser)
    await visit(again, watcher.pid, site, workspace(runs))
    await again.goto('about:blank')
    check('second visit', (await visit(again, watcher.pid, site, workspace(runs))).bytes / 1000, 20, 'kB')
  }
  const fresh = await newContext(watcher.browser)
  await tableTruths(await pageAt(fresh, site, workspace(runs)), runs, nameOf, bench)
  await fresh.close()
  check(`${many} runs, ready`, mine.readyMs, 500, 'ms')
  check(`${many} runs, over the wire`, mine.bytes / 1000, 400, 'kB')
  check(`${many} runs, requests`, mine.requests, 12, '')
  check(`${many} runs, nodes`, mine.nodes, 2500, '')
  check(`${many} runs, heap`, mine.heapBytes / 1e6, 25, 'MB')
  check(`${many} runs, layout shift`, mine.layoutShift, 0.02, '')
  const { server: peer } = await startWithData(theirs, join(folder, 'table-mlflow'), seed, generator)
  await using theirServer = peer
  await settle(theirServer.pid, 60_000)
  bench.line({ title: `runs table of ${many} runs, with the charts beside it (MLflow's has none)`, target: '5', ours: mine, theirs: await watcher.visits(siteOf(theirServer), { path: '/#/experiments/0/runs', ready: withText(nameOf(runs - 1)) }) })
}

/** Bounds of a metric typed after each other; the page says how many runs are left. */
async function filtering(page: Page, times: number): Promise<{ p95: number; kept: number; times: number }> {
  const box = page.getByRole('combobox', { name: 'Filter runs' })
  const taken: number[] = []
  let kept = 0
  for (let at = 0; at < times; at += 1) {
    await box.fill(`metrics.m00 > 0.${at + 10}`)
    // The count of what has been filled in is another than the one before it, which may be shown still.
    await pause(700)
    const before = await page.locator('.foot-counts b').textContent()
    taken.push(await untilPainted(page, 'keydown', () => box.press('5'), `document.querySelector('.foot-counts b').textContent !== ${JSON.stringify(before)}`))
    if (await box.evaluate((element) => element.ownerDocument.activeElement === element) && await box.inputValue() === `metrics.m00 > 0.${at + 10}5`) kept += 1
    await pause(200)
  }
  await box.fill('')
  await pause(500)
  return { p95: percentile(taken.toSorted((a, b) => a - b), 0.95), kept, times }
}

/** From a run's page back to the table that it was opened from. The stream of events, and who says that they are here, are not counted: they are no answer to Back. */
async function returning(page: Page, runs: number): Promise<{ ms: number; bytes: number }> {
  const last = nameOf(runs - 1)
  await page.goto(new URL('/experiments/0', page.url()).href)
  await page.getByRole('link', { name: last }).click()
  await page.getByRole('heading', { name: last }).waitFor()
  await pause(1500)
  const session = await page.context().newCDPSession(page)
  await session.send('Network.enable')
  const streams = new Set<string>()
  let bytes = 0
  session.on('Network.requestWillBeSent', ({ requestId, request }) => { if (/[/](live|presence)/.test(request.url)) streams.add(requestId) })
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => { if (!streams.has(requestId)) bytes += encodedDataLength })
  const ms = await backPainted(page, withElements('[role="grid"] [data-run]', 10))
  await pause(1500)
  await session.detach()
  return { ms, bytes }
}

/** The longest of a dozen inputs. */
async function interacting(page: Page, say: Bench['say']): Promise<number> {
  const { ms, what } = await longestInput(page, async () => {
    await grid(page).focus()
    await press('Home', 'j', 'j', 'x', 'j', 'x', 'PageDown', 'h', 'h')(page)
    await page.getByRole('columnheader', { name: 'm01' }).getByRole('button').first().click()
    await pause(500)
    await page.getByRole('button', { name: 'Columns' }).click()
    await page.getByRole('dialog', { name: 'Columns' }).waitFor()
    await pause(250)
    await page.keyboard.press('Escape')
  })
  say(`    the longest input: ${what}, ${ms} ms`)
  return ms
}

/** The same server with ten times the runs: what is shown costs no more. */
export async function scale({ quick, folder, generator, watcher, say, check, line }: Bench, ours: Peer): Promise<void> {
  const [few, many] = quick ? [500, 2000] : [10_000, 100_000]
  say(`runs table, ${few} and ${many} runs`)
  const { server } = await startWithData(ours, join(folder, 'scale-cairn'), { runs: few, shape: narrowRuns, curvePoints: 0 }, generator)
  await using ourServer = server
  await calm(ourServer)
  const before = await watcher.visits(siteOf(ourServer), workspace(few))
  await seedThroughApi(ourServer, { runs: many, shape: narrowRuns, curvePoints: 0, from: few }, generator)
  await calm(ourServer)
  const after = await watcher.visits(siteOf(ourServer), workspace(many), async (page) => {
    await grid(page).focus()
    check(`${many.toLocaleString('en-US')} runs, End until the last row is there`, await untilPainted(page, 'keydown', () => page.keyboard.press('End'), withText(nameOf(0))), 200, 'ms')
  })
  line({ title: `runs table of ${many.toLocaleString('en-US')} runs (Cairn alone)`, target: '', ours: after, theirs: undefined })
  const times = (value: (one: Visit) => number): number => value(after) / value(before)
  check(`ready at ${many.toLocaleString('en-US')} runs over ${few.toLocaleString('en-US')}`, times(({ readyMs }) => readyMs), 1.2, 'times')
  check(`${many.toLocaleString('en-US')} runs, nodes`, after.nodes, 2500, '')
  check(`${many.toLocaleString('en-US')} runs, heap`, after.heapBytes / 1e6, 25, 'MB')
  check(`processor time at ${many.toLocaleString('en-US')} runs over ${few.toLocaleString('en-US')}`, times(({ browserMs, serverMs }) => browserMs + serverMs), 1.2, 'times')
}

/** A thousand metrics and a thousand params, which MLflow's page never shows; and twelve thousand metrics. */
export async function wide({ quick, folder, watcher, say, check, line }: Bench, ours: Peer): Promise<void> {
  const [keys, most] = quick ? [200, 1000] : [1000, 12_000]
  say(`runs table of ${keys} metrics and ${keys} params`)
  await mkdir(join(folder, 'wide-cairn'))
  await using server = await Server.start(ours, join(folder, 'wide-cairn'))
  const site = siteOf(server)
  const client = new CairnClient({ url: site.url })
  const experiment = await logWideRuns(client, { runs: 60, metrics: keys, params: keys })
  const huge = await logWideRuns(client, { runs: 10, metrics: most, params: 0 })
  await calm(server)
  const look = (id: string, last: number): Look => ({ path: `/experiments/${id}`, ready: withText(`wide-${last}`) })
  const seen = await watcher.visits(site, look(experiment, 59), async (page) => {
    const opening: number[] = []
    for (let at = 0; at < 5; at += 1) {
      // In the page itself: to find things by their role takes longer than to open the choice.
      opening.push(await page.evaluate(`new Promise((resolve) => {
        const began = performance.now()
        const look = () => (document.querySelector('.picker .picker-row') === null ? requestAnimationFrame(look) : requestAnimationFrame(() => resolve(performance.now() - began)))
        ;[...document.querySelectorAll('.table-tools button')].find((button) => button.textContent === 'Columns').click()
        requestAnimationFrame(look)
      })`) as number)
      await page.keyboard.press('Escape')
      await page.locator('.picker').waitFor({ state: 'detached' })
      await pause(200)
    }
    check(`${2 * keys} columns, the choice of columns opens`, median(opening), 100, 'ms')
  })
  line({ title: `60 runs of ${keys.toLocaleString('en-US')} metrics and ${keys.toLocaleString('en-US')} params (MLflow never shows them)`, target: '', ours: seen, theirs: undefined })
  check(`${2 * keys} columns, ready`, seen.readyMs, 800, 'ms')
  const enormous = await watcher.visits(site, look(huge, 9))
  line({ title: `10 runs of ${most.toLocaleString('en-US')} metrics (Cairn alone)`, target: '', ours: enormous, theirs: undefined })
  check(`${most.toLocaleString('en-US')} metrics, nodes`, enormous.nodes, 2500, '')
}

/** Fifty rows in sight, each with its curve. */
export async function sparklines({ quick, folder, watcher, say, check }: Bench, ours: Peer): Promise<void> {
  say('fifty rows with their curves')
  await mkdir(join(folder, 'sparks-cairn'))
  await using server = await Server.start(ours, join(folder, 'sparks-cairn'))
  const site = siteOf(server)
  const client = new CairnClient({ url: site.url })
  for (let run = 0; run < 50; run += 1) {
    const { info } = await client.runs.create({ experiment_id: '0', run_name: `curve-${run}`, start_time: 1_700_000_000_000 + run })
    await client.runs.logBatch({ run_id: info.run_id, metrics: Array.from({ length: quick ? 50 : 500 }, (_, step) => ({ key: 'loss', value: Math.exp(-step / 100) + run / 100, step, timestamp: 1_700_000_000_000 + step })) })
    await client.runs.update({ run_id: info.run_id, status: 'FINISHED' })
  }
  await calm(server)
  const extra: number[] = []
  let asked = 0
  for (let round = 0; round < (quick ? 1 : 5); round += 1) {
    const context = await newContext(watcher.browser)
    const page = await context.newPage()
    await page.setViewportSize({ width: 1440, height: 1900 })
    asked = 0
    page.on('request', (request) => { if (request.url().endsWith('/series')) asked += 1 })
    await page.goto(`${site.url}/experiments/0?view=table`)
    await paintedAfter(page, withText('curve-49'))
    extra.push(await paintedAfter(page, withElements('[data-run] svg.sparkline', 50)))
    await pause(500)
    await context.close()
  }
  check('50 rows in sight, their curves after the rows', median(extra), 100, 'ms')
  check('50 rows in sight, requests for their curves', asked, 1, '')
}
