import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { look, openBrowser, startSite, violations, type Site } from './browser.ts'
import { logGrid, logSpike, spike } from './data.ts'

let site: Site
let browser: Browser
let grid: string
let spiked: string
const stack = new AsyncDisposableStack()
before(async () => {
  site = stack.use(await startSite())
  browser = await openBrowser()
  stack.defer(() => browser.close())
  grid = await logGrid(site.client, 'telco churn/grid', 12)
  spiked = await logSpike(site.client, await site.client.experiments.create({ name: 'spikes' }))
})
after(() => stack.disposeAsync())

const startRun = async (name: string): Promise<string> =>
  (await site.client.runs.create({ experiment_id: await site.client.experiments.create({ name: `of ${name}` }), run_name: name, start_time: Date.now() })).info.run_id
const plot = (page: Page, metric: string) => page.locator(`[data-metric="${metric}"] .plot`)
const isLive = (page: Page) => page.getByRole('status').filter({ hasText: /^live$/ }).waitFor()

test('from the experiments to their runs, to one run and its charts, and back', async () => {
  const { page, context, complaints } = await look(browser)
  await page.goto(`${site.url}/experiments`)
  await page.getByRole('button', { name: 'telco churn' }).click()
  await page.getByRole('link', { name: 'grid', exact: true }).click()
  await page.getByRole('heading', { name: 'telco churn/grid' }).waitFor()
  await page.getByText('12 runs').waitFor()
  const headings = await page.locator('.grid-label').allInnerTexts()
  assert.deepEqual(headings.slice(0, 2), ['Run', 'Status'])
  assert.ok(headings.includes('accuracy') && headings.includes('max_depth'), headings.join())
  await page.getByRole('link', { name: 'XGBoost-2' }).click()
  await page.getByRole('img', { name: /^auc: 40 points/ }).waitFor()
  assert.match(await page.getByRole('region', { name: 'Params' }).innerText(), /model\s+XGBoost/)
  assert.equal(await page.title(), 'XGBoost-2 · Cairn')
  await page.goBack()
  await page.getByText('12 runs').waitFor()
  await page.goBack()
  await page.getByRole('heading', { name: 'Experiments', exact: true }).waitFor()
  assert.deepEqual(complaints, [])
  await context.close()
})

test('runs are filtered in the grammar of MLflow; the address keeps it, and an error stands under the box', async () => {
  const { page, context } = await look(browser)
  await page.goto(`${site.url}/experiments/${grid}`)
  const box = page.getByRole('combobox', { name: 'Filter runs' })
  await box.fill("params.model = 'XGBoost' and metrics.auc > 0")
  await box.press('Enter')
  await page.getByText('4 runs').waitFor()
  await page.reload()
  await page.getByText('4 runs').waitFor()
  await box.fill('metrics.auc >> 1')
  await box.press('Enter')
  await page.locator('#filter-error').getByText(/Invalid comparator '>>'/).waitFor()
  assert.equal(await box.inputValue(), 'metrics.auc >> 1')
  // An address may hold anything. It is told once, where it belongs, and not by the charts again.
  for (const [query, words, at] of [[`q=${encodeURIComponent('metrics.auc >> 1')}`, /Invalid comparator '>>'/, '#filter-error'], ['sort=nothing.at.all', /nothing/, '.error']] as const) {
    await page.goto(`${site.url}/experiments/${grid}?view=both&${query}`)
    await page.getByText('Charts come back with the table.').waitFor()
    await page.locator(at).getByText(words).waitFor()
    assert.equal(await page.locator('main').getByText(words).count(), 1)
  }
  await context.close()
})

test('a click on a column sorts by it, and a second click turns the order round', async () => {
  const { page, context } = await look(browser)
  await page.goto(`${site.url}/experiments/${grid}?view=table`)
  await page.getByRole('button', { name: 'auc', exact: true }).click()
  await page.locator('[role=columnheader][aria-sort="descending"]').waitFor()
  await page.getByRole('row').nth(1).filter({ hasText: 'XGBoost-11' }).waitFor()
  await page.getByRole('button', { name: 'auc', exact: true }).click()
  await page.getByRole('row').nth(1).filter({ hasText: 'logistic-0' }).waitFor()
  await context.close()
})

test('a point is on the page within 250 ms of its acknowledgement, and a new metric gets its chart', async () => {
  const id = await startRun('alive')
  const { page, context, complaints } = await look(browser)
  await page.goto(`${site.url}/runs/${id}`)
  await isLive(page)
  await page.getByText('This run has no metrics yet').waitFor()
  await site.client.runs.logMetric({ run_id: id, key: 'loss', value: 1, step: 0 })
  await page.getByRole('img', { name: /^loss: 1 point/ }).waitFor()
  // The same clock on both sides: the page writes down when it drew which step last.
  await page.evaluate(`
    drawn = {}
    plot = document.querySelector('[data-metric="loss"] .plot')
    new MutationObserver(() => { drawn[plot.dataset.last] ??= Date.now() }).observe(plot, { attributes: true, attributeFilter: ['data-last'] })
  `)
  const acknowledged: number[] = []
  for (let step = 1; step <= 20; step += 1) {
    await site.client.runs.logMetric({ run_id: id, key: 'loss', value: 1 / step, step })
    acknowledged.push(Date.now())
    await page.waitForTimeout(40)
  }
  await page.getByRole('img', { name: /^loss: 21 points, last 0.05/ }).waitFor()
  const drawn = await page.evaluate('drawn') as Record<string, number>
  const lags = acknowledged.map((at, index) => {
    // A frame may draw several points: the first that drew this one or a later one.
    const times = Object.entries(drawn).filter(([step]) => Number(step) >= index + 1).map(([, time]) => time)
    return Math.min(...times) - at
  }).toSorted((a, b) => a - b)
  assert.ok(lags[18]! <= 250, `95 of 100 points within ${lags[18]} ms; all: ${lags.join(' ')}`)
  assert.deepEqual(complaints, [])
  await context.close()
})

test('a burst of points is counted to the last one, while its curve is read again and again', async () => {
  const id = await startRun('a burst')
  const { page, context } = await look(browser)
  await page.goto(`${site.url}/runs/${id}`)
  await isLive(page)
  for (let from = 0; from < 20_000; from += 1000) {
    await site.client.runs.logBatch({ run_id: id, metrics: Array.from({ length: 1000 }, (_, index) => ({ key: 'loss', step: from + index, timestamp: 1, value: from + index === 7777 ? spike.value : 1 })) })
  }
  await page.getByRole('img', { name: /^loss: 20,000 points, last 1$/ }).waitFor()
  assert.equal(await plot(page, 'loss').getAttribute('data-highest'), String(spike.value))
  await context.close()
})

test('a change of status, a new run and a new value reach the table of runs', async () => {
  const id = await startRun('watched')
  const { experiment_id } = (await site.client.runs.get(id)).info
  await site.client.runs.logMetric({ run_id: id, key: 'loss', value: 3, step: 0 })
  const { page, context } = await look(browser)
  await page.goto(`${site.url}/experiments/${experiment_id}`)
  await isLive(page)
  await page.getByRole('row', { name: /watched running/ }).waitFor()
  await site.client.runs.logMetric({ run_id: id, key: 'loss', value: 0.125, step: 1 })
  await page.getByRole('gridcell', { name: '0.125' }).waitFor()
  await site.client.runs.update({ run_id: id, status: 'FINISHED', end_time: Date.now() })
  await page.getByRole('row', { name: /watched finished/ }).waitFor()
  await site.client.runs.create({ experiment_id, run_name: 'a second one', start_time: Date.now() })
  await page.getByRole('row', { name: /a second one running/ }).waitFor()
  await context.close()
})

test('one spike among 100,000 points is drawn, and zooming asks for the part down to its points', async () => {
  const { page, context } = await look(browser)
  await page.goto(`${site.url}/runs/${spiked}`)
  const whole = page.getByRole('img', { name: /^loss: 100,000 points/ })
  await whole.waitFor()
  const element = plot(page, 'loss')
  assert.equal(await element.getAttribute('data-highest'), String(spike.value))
  assert.ok(Number(await element.getAttribute('data-points')) <= 4000)
  const over = await element.boundingBox()
  const at = (part: number): number => over!.x + part * over!.width
  await page.mouse.move(at(0.6), over!.y + 50)
  await page.mouse.down()
  await page.mouse.move(at(0.68), over!.y + 50, { steps: 4 })
  await page.mouse.up()
  await page.getByRole('button', { name: 'Show all' }).waitFor()
  await page.getByRole('img', { name: /^loss: \d{1,2},\d{3} points/ }).waitFor()
  assert.equal(await element.getAttribute('data-highest'), String(spike.value))
  await page.mouse.dblclick(at(0.3), over!.y + 50)
  await whole.waitFor()
  await context.close()
})

test('values that are not finite are marked and counted', async () => {
  const id = await startRun('odd')
  await site.client.runs.logBatch({ run_id: id, metrics: [NaN, 2, Infinity, 3].map((value, step) => ({ key: 'odd', value, step, timestamp: 1 })) })
  const { page, context } = await look(browser)
  await page.goto(`${site.url}/runs/${id}`)
  await page.getByText('4 points, NaN, Infinity marked').waitFor()
  await context.close()
})

test('a server that is gone is said to be offline, and what was missed is there when it is back', async () => {
  const flags = { 'data-dir': join(site.folder, 'restarted') }
  const first = await startSite(flags)
  const { info: { run_id } } = await first.client.runs.create({ experiment_id: '0', run_name: 'interrupted', start_time: Date.now() })
  await first.client.runs.logMetric({ run_id, key: 'loss', value: 1, step: 0 })
  const { page, context } = await look(browser)
  await page.goto(`${first.url}/runs/${run_id}`)
  await isLive(page)
  // How long what came last was on its way.
  await page.locator('.state-lag').filter({ hasText: /^\d+ m?s$/ }).waitFor()
  await first[Symbol.asyncDispose]()
  // What was known stays, with its age.
  await page.getByRole('status').filter({ hasText: /^offline, reconnecting, as of \d{2}:\d{2}:\d{2}$/ }).waitFor()
  await page.getByRole('img', { name: /^loss: 1 point/ }).waitFor()
  await using again = await startSite({ ...flags, port: new URL(first.url).port })
  await again.client.runs.logMetric({ run_id, key: 'loss', value: 0.5, step: 1 })
  await page.getByRole('img', { name: /^loss: 2 points, last 0.5/ }).waitFor()
  await isLive(page)
  await context.close()
})

test('what was missed while the page was away is read again, which it says, until all is there', async () => {
  const { page, context } = await look(browser)
  await page.goto(`${site.url}/experiments/${grid}?view=table`)
  await isLive(page)
  let answer = (): void => {}
  const held = new Promise<void>((resolve) => { answer = resolve })
  // The stream comes back as from another life of the server, which knows nothing of what this page has heard.
  await page.route('**/live**', (route) => route.continue({ headers: { ...route.request().headers(), 'last-event-id': 'gone-1' } }))
  await page.route('**/runs/table', async (route) => {
    await held
    await route.continue()
  })
  await context.setOffline(true)
  await page.getByRole('status').filter({ hasText: 'offline' }).waitFor()
  await context.setOffline(false)
  await page.getByRole('status').filter({ hasText: /^catching up$/ }).waitFor()
  answer()
  await isLive(page)
  await context.close()
})

test('times are told in the reader\'s zone, the exact one on hover', async () => {
  const { info } = await site.client.runs.create({ experiment_id: await site.client.experiments.create({ name: 'zones' }), run_name: 'at noon in Greenwich', start_time: Date.UTC(2026, 0, 15, 12, 34, 56) })
  for (const [timezoneId, exact] of [['America/New_York', /^15 Jan 2026, 07:34:56 /], ['Asia/Kolkata', /^15 Jan 2026, 18:04:56 /]] as const) {
    const context = await browser.newContext({ timezoneId, locale: 'en-GB' })
    const page = await context.newPage()
    await page.goto(`${site.url}/runs/${info.run_id}`)
    assert.match((await page.locator('.head time').first().getAttribute('title'))!, exact)
    assert.match(await page.locator('.head time').first().innerText(), /ago$/)
    await page.getByRole('region', { name: 'About' }).getByText(exact).waitFor()
    await context.close()
  }
})

test('with a system\'s own few colours, what means something by its colour keeps it, and what is chosen has a line around it', async () => {
  const { page, context } = await look(browser)
  const seen = (): Promise<unknown> => page.evaluate(() => {
    const { document, getComputedStyle } = globalThis as unknown as { document: { querySelector(selector: string): object }; getComputedStyle(element: object, part?: string): Record<'backgroundColor' | 'outlineStyle', string> }
    return ['.run-dot', '.status::before', '.state::before'].map((selector) => getComputedStyle(document.querySelector(selector.replace('::before', '')), selector.endsWith('::before') ? '::before' : undefined).backgroundColor)
  })
  await page.goto(`${site.url}/experiments/${grid}?view=table`)
  await page.locator('.run-dot').first().waitFor()
  await isLive(page)
  const before = await seen()
  await page.emulateMedia({ forcedColors: 'active' })
  assert.deepEqual(await seen(), before)
  assert.equal(await page.evaluate("getComputedStyle(document.querySelector('.rail [aria-current]')).outlineStyle"), 'solid')
  assert.deepEqual(await violations(page), [])
  await context.close()
})

test('the links that the MLflow client prints open the right page, and an unknown one says so', async () => {
  const { page, context } = await look(browser)
  await page.goto(`${site.url}/#/experiments/${grid}/runs/${spiked}`)
  await page.getByRole('heading', { name: 'with a spike' }).waitFor()
  await page.goto(`${site.url}/#/experiments/${grid}`)
  await page.getByRole('heading', { name: 'telco churn/grid' }).waitFor()
  await page.goto(`${site.url}/nowhere`)
  await page.getByText('No page has this address').waitFor()
  await page.goto(`${site.url}/runs/${'0'.repeat(32)}`)
  await page.getByRole('alert').filter({ hasText: 'not found' }).waitFor()
  await context.close()
})

test('an empty server says what to type, and everything works under a prefix', async () => {
  await using other = await startSite({ 'static-prefix': '/team/cairn' })
  const { page, context, complaints } = await look(browser)
  await page.goto(`${other.url}/`)
  assert.match(await page.locator('pre').innerText(), new RegExp(`set_tracking_uri\\("${other.url}"\\)`))
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await page.getByRole('button', { name: 'Copy' }).click()
  await page.getByRole('button', { name: 'Copied' }).waitFor()
  assert.equal(await page.evaluate('navigator.clipboard.readText()'), await page.locator('pre').innerText())
  assert.deepEqual(await violations(page), [])
  // A page that comes by plain http from another machine is not given the browser's clipboard.
  const far = await look(browser)
  await far.context.addInitScript("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
  await far.page.goto(`${other.url}/`)
  await far.page.getByRole('button', { name: 'Copy' }).click()
  await far.page.getByRole('button', { name: 'Copied' }).waitFor()
  await far.page.keyboard.press('Control+K')
  const find = far.page.getByRole('dialog').getByRole('combobox')
  await find.waitFor()
  await find.press('Control+V')
  assert.match(await find.inputValue(), /import mlflow/)
  await far.context.close()
  const id = await other.client.experiments.create({ name: 'prefixed' })
  const { info } = await other.client.runs.create({ experiment_id: id, run_name: 'below', start_time: Date.now() })
  await page.getByRole('region', { name: 'Recent experiments' }).getByRole('link', { name: 'prefixed' }).click()
  await page.getByRole('link', { name: 'below' }).click()
  await isLive(page)
  assert.equal(page.url(), `${other.url}/runs/${info.run_id}`)
  await page.reload()
  await page.getByRole('heading', { name: 'below' }).waitFor()
  assert.deepEqual(complaints, [])
  await context.close()
})

test('every page is free of accessibility violations and never wider than the window, light and dark, from 390 to 2560 px', async () => {
  const paths = ['/', '/experiments', `/experiments/${grid}`, `/experiments/${grid}?q=metrics.auc+%3E%3E+1`, '/experiments/0', `/runs/${spiked}`, '/nowhere']
  const settled = 'main .empty, main table, main .grid[data-outdated=false], main .list[data-outdated=false], main .filter-error, main .about, main .error'
  for (const [width, dark] of [[390, false], [1440, false], [1440, true], [2560, true]] as const) {
    const { page, context } = await look(browser, { width, dark })
    for (const path of paths) {
      await page.goto(site.url + path)
      await page.locator(settled).first().waitFor()
      assert.deepEqual(await violations(page), [], `${path} at ${width}`)
      assert.ok(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), `${path} at ${width} is too wide`)
      await page.screenshot({ path: `${site.folder}/${width}-${dark ? 'dark' : 'light'}.png` })
    }
    await context.close()
  }
})

test('the keyboard alone leads from the list to a run', async () => {
  const { page, context } = await look(browser)
  await page.goto(`${site.url}/experiments`)
  await page.getByRole('link', { name: 'spikes' }).waitFor()
  await page.keyboard.press('Tab')
  assert.equal(await page.evaluate('document.activeElement.textContent'), 'Skip to the content')
  await page.keyboard.press('Enter')
  // The button that makes an experiment, then the search.
  await page.keyboard.press('Tab')
  await page.keyboard.press('Tab')
  await page.keyboard.type('spikes')
  await page.getByText(/^1 of \d+ experiments$/).waitFor()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'spikes' }).waitFor()
  await context.close()
})
