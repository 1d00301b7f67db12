import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { look, openBrowser, startSite, violations, type Site } from './browser.ts'
import { logGrid } from './data.ts'

let site: Site
let browser: Browser
let grid: string
const stack = new AsyncDisposableStack()
before(async () => {
  site = stack.use(await startSite())
  browser = await openBrowser()
  stack.defer(() => browser.close())
  grid = await logGrid(site.client, 'telco churn/grid', 12)
  const { client } = site
  const { info } = await client.runs.create({ experiment_id: grid, run_name: 'source', start_time: Date.now() - 5000 })
  await client.runs.update({ run_id: info.run_id, status: 'FINISHED', end_time: Date.now() })
  await client.models.create({ name: 'churn' })
  for (let version = 0; version < 2; version += 1) await client.models.createVersion({ name: 'churn', source: `runs:/${info.run_id}/model`, run_id: info.run_id })
  await client.models.setAlias('churn', 'champion', '1')
  await client.models.setAlias('churn', 'champion', '2')
})
after(() => stack.disposeAsync())

const card = (page: Page, name: string) => page.getByRole('article').filter({ has: page.getByRole('link', { name, exact: true }) })
const isLive = (page: Page) => page.getByRole('status').filter({ hasText: /^live$/ }).waitFor()

test('home shows what runs with its last values, where something happened, which alias moved, and what failed', async () => {
  const { page, context, complaints } = await look(browser)
  const asked: string[] = []
  page.on('request', (request) => { if (request.url().includes('/api/') && !request.url().includes('/live')) asked.push(new URL(request.url()).pathname) })
  await page.goto(site.url)
  const run = card(page, 'logistic-0')
  await run.getByText('valid/loss').first().waitFor()
  await run.getByText('step 39').waitFor()
  await run.getByRole('img', { name: 'valid/loss of logistic-0' }).waitFor()
  await page.getByRole('link', { name: 'All 2 experiments' }).waitFor()
  await page.getByRole('img', { name: '13 runs, 2 running, 1 failed' }).waitFor()
  const moved = page.getByRole('region', { name: 'Aliases that moved' })
  await moved.getByText(/version 1 → version 2/).waitFor()
  await moved.getByText('by anonymous').first().waitFor()
  await page.getByRole('region', { name: 'Failed in the last day' }).getByRole('link', { name: 'random-4' }).waitFor()
  await isLive(page)
  // Not one for each run; once more when the stream is open, which misses nothing from then on.
  assert.ok(asked.length <= 6, asked.join(' '))
  assert.deepEqual(complaints, [])
  await context.close()
})

test('values and curves move as points come; runs appear when they start and leave when they end', async () => {
  const { page, context } = await look(browser)
  await page.goto(site.url)
  await card(page, 'logistic-0').waitFor()
  await isLive(page)
  const { info: { run_id } } = await site.client.runs.create({ experiment_id: grid, run_name: 'moving', start_time: Date.now() })
  await card(page, 'moving').getByText('No metric yet').waitFor()
  await site.client.runs.logMetric({ run_id, key: 'val/auc', value: 0.5, step: 0 })
  await card(page, 'moving').getByText('0.5', { exact: true }).waitFor()
  let polls = 0
  page.on('request', (request) => { if (request.url().includes('/home')) polls += 1 })
  for (let step = 1; step <= 12; step += 1) await site.client.runs.logMetric({ run_id, key: 'val/auc', value: 0.5 + step / 100, step })
  await card(page, 'moving').getByText('0.62', { exact: true }).waitFor()
  await page.locator('article', { hasText: 'moving' }).locator('svg[data-points="13"]').waitFor()
  assert.equal(polls, 0)
  await site.client.runs.update({ run_id, status: 'FAILED', end_time: Date.now() })
  await card(page, 'moving').waitFor({ state: 'detached' })
  await page.getByRole('link', { name: 'moving' }).waitFor()
  await context.close()
})

test('an alias that moves, and an experiment in which something happens, are at the top at once', async () => {
  const { page, context, complaints } = await look(browser)
  await page.goto(site.url)
  const moved = page.getByRole('region', { name: 'Aliases that moved' }).getByRole('listitem')
  await moved.first().getByText('version 2').waitFor()
  await isLive(page)
  await site.client.models.setAlias('churn', 'trial', '1')
  await moved.first().filter({ hasText: 'trial' }).getByText('version 1').waitFor()
  await site.client.models.deleteAlias('churn', 'trial')
  await moved.first().filter({ hasText: 'trial' }).getByText(/version 1 → removed/).waitFor()
  const first = page.getByRole('region', { name: 'Recent experiments' }).locator('tbody tr').first()
  const experiment_id = await site.client.experiments.create({ name: 'begun just now' })
  await first.getByRole('link', { name: 'begun just now' }).waitFor()
  await site.client.runs.create({ experiment_id: grid, run_name: 'one more', start_time: Date.now() }).then(({ info }) => site.client.runs.update({ run_id: info.run_id, status: 'FINISHED', end_time: Date.now() }))
  await first.getByRole('link', { name: 'telco churn/grid' }).waitFor()
  assert.deepEqual(complaints, [])
  await context.close()
  await site.client.experiments.delete(experiment_id)
})

test('what failed is news until it was seen, and the browser remembers when one was here', async () => {
  const { page, context } = await look(browser)
  await page.goto(site.url)
  await page.getByRole('heading', { name: 'Failed in the last day' }).waitFor()
  await page.getByRole('button', { name: 'Mark as seen' }).click()
  await page.getByText('Nothing failed since your last visit.').waitFor()
  await page.reload()
  await page.getByText('Nothing failed since your last visit.').waitFor()
  const { info: { run_id } } = await site.client.runs.create({ experiment_id: grid, run_name: 'broken', start_time: Date.now() })
  await site.client.runs.update({ run_id, status: 'FAILED', end_time: Date.now() + 1000 })
  await page.getByRole('region', { name: 'Failed since your last visit' }).getByRole('link', { name: 'broken' }).waitFor()
  await context.close()
})

test('keys lead from home to the experiments and back', async () => {
  const { page, context } = await look(browser)
  await page.goto(site.url)
  await card(page, 'logistic-0').waitFor()
  await page.keyboard.press('g')
  await page.keyboard.press('e')
  await page.getByRole('heading', { name: 'Experiments' }).waitFor()
  await page.keyboard.press('g')
  await page.keyboard.press('h')
  await page.getByRole('heading', { name: 'Running now' }).waitFor()
  await context.close()
})

test('home is free of accessibility violations, still, and no wider than the window, light and dark, from 390 to 2560 px', async () => {
  for (const [width, dark] of [[390, true], [1440, false], [2560, true]] as const) {
    const { page, context } = await look(browser, { width, dark })
    await page.addInitScript('shifted = 0; new PerformanceObserver((list) => { for (const entry of list.getEntries()) if (!entry.hadRecentInput) shifted += entry.value }).observe({ type: "layout-shift", buffered: true })')
    await page.goto(site.url)
    await card(page, 'logistic-0').locator('svg').waitFor()
    assert.deepEqual(await violations(page), [], `at ${width}`)
    assert.ok(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), `${width} is too wide`)
    assert.ok(await page.evaluate('shifted') as number < 0.02, `shifted by ${String(await page.evaluate('shifted'))} at ${width}`)
    await context.close()
  }
})

test('more than home has room for is a link away, as many as it says', async () => {
  const other = await site.client.experiments.create({ name: 'more than fits' })
  const began = Date.now()
  for (let at = 0; at < 22; at += 1) {
    const { info: { run_id } } = await site.client.runs.create({ experiment_id: at % 2 === 0 ? grid : other, run_name: `crowd-${at}`, start_time: began + at })
    if (at < 8) await site.client.runs.update({ run_id, status: at % 3 === 0 ? 'KILLED' : 'FAILED', end_time: began + 1000 })
  }
  const { page, context } = await look(browser)
  await page.goto(site.url)
  const running = Number(await page.locator('.home-heading:has(#home-running) .home-count').textContent())
  await page.getByRole('region', { name: 'Running now' }).getByRole('link', { name: `and ${running - 12} more runs` }).click()
  await page.locator('.foot').getByText(`${running} runs`, { exact: true }).waitFor()
  await page.goBack()
  const failed = Number(await page.locator('.home-heading:has(#home-failed) .home-count').textContent())
  await page.getByRole('region', { name: 'Failed in the last day' }).getByRole('link', { name: `and ${failed - 6} more runs` }).click()
  await page.locator('.foot').getByText(`${failed} runs`, { exact: true }).waitFor()
  await context.close()
})
