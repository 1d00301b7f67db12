import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Browser } from 'playwright-core'
import { look, openBrowser, startSite, violations, type Site } from './browser.ts'

const runs = 10
const points = 20_000

describe('the charts of an experiment', () => {
  let site: Site
  let browser: Browser
  const ids: string[] = []
  let experiment: string

  before(async () => {
    site = await startSite()
    browser = await openBrowser()
    experiment = await site.client.experiments.create({ name: 'sweep' })
    for (let run = 0; run < runs; run += 1) {
      const { info } = await site.client.runs.create({ experiment_id: experiment, run_name: `trial-${run}`, start_time: 1000 + run })
      ids.push(info.run_id)
      for (let from = 0; from < points; from += 1000) {
        await site.client.runs.logBatch({
          run_id: info.run_id, params: [], tags: [],
          // One point of twenty thousand stands far above the others.
          metrics: Array.from({ length: 1000 }, (_, at) => ({ key: 'train/loss', value: from + at === 7_777 && run === 3 ? 1000 : Math.exp(-(from + at) / 5000) + run / 10, step: from + at, timestamp: 1000 + from + at })),
        })
      }
      await site.client.runs.logBatch({ run_id: info.run_id, params: [], tags: [], metrics: ['auc', 'train/accuracy'].map((key) => ({ key, value: run / 10, step: 0, timestamp: 1000 })) })
    }
  })
  after(async () => {
    await browser.close()
    await site[Symbol.asyncDispose]()
  })
  const address = (query = ''): string => `${site.url}/experiments/${experiment}?view=charts${query}`

  it('come in one request, with a line for each run, and lose no spike', async () => {
    const { page, context, complaints } = await look(browser)
    const requests: string[] = []
    page.on('request', (request) => { if (request.url().endsWith('/series')) requests.push(request.url()) })
    await page.goto(address())
    const plot = page.locator('[data-metric="train/loss"] .plot')
    await page.waitForSelector('[data-metric="train/loss"] .plot[data-highest="1000"]')
    assert.equal(await plot.getAttribute('data-lines'), String(runs))
    assert.equal(await plot.getAttribute('data-last'), String(points - 1))
    assert.equal(await plot.getAttribute('aria-label'), 'train/loss of 10 runs, 200,000 points')
    assert.equal(requests.length, 1)
    assert.deepEqual(await page.locator('section h2').allTextContents(), ['Charts', 'train'])
    assert.deepEqual(complaints, [])
    await context.close()
  })

  it('move while a run logs, leave out who is switched off, and keep what was chosen in the address', async () => {
    const { page, context } = await look(browser)
    await page.goto(address())
    const last = (x: number): string => `[data-metric="train/loss"] .plot[data-last="${x}"]`
    await page.waitForSelector(last(points - 1))
    await page.waitForTimeout(300)
    await site.client.runs.logMetric({ run_id: ids[0]!, key: 'train/loss', value: 0.5, step: points + 4, timestamp: 2000 })
    await page.waitForSelector(last(points + 4), { timeout: 2000 })
    await page.getByRole('button', { name: 'trial-3' }).click()
    await page.waitForSelector('[data-metric="train/loss"] .plot[data-lines="9"]')
    assert.ok(Number(await page.locator('[data-metric="train/loss"] .plot').getAttribute('data-highest')) < 3)
    await page.getByLabel('Along').selectOption('relative')
    await page.waitForURL(/x=relative/)
    await page.getByLabel('Smoothing').fill('0.9')
    await page.waitForURL(/smooth=0.9/)
    await page.getByText(', smoothed').first().waitFor()
    await page.reload()
    assert.equal(await page.getByLabel('Along').inputValue(), 'relative')
    assert.equal(await page.getByLabel('Smoothing').inputValue(), '0.9')
    await page.getByRole('link', { name: 'Table' }).click()
    await page.getByRole('region', { name: 'Runs', exact: true }).waitFor()
    await context.close()
  })

  it('are bars where each run has one value, the highest first', async () => {
    const { page, context } = await look(browser)
    await page.goto(address())
    const bars = page.getByRole('region', { name: 'auc of 10 runs' })
    await bars.waitFor()
    assert.deepEqual(await bars.locator('li span').allTextContents(), Array.from({ length: runs }, (_, run) => `trial-${runs - 1 - run}`))
    await site.client.runs.logMetric({ run_id: ids[0]!, key: 'auc', value: 0.5, step: 1, timestamp: 2000 })
    // As soon as a run has two, they are lines.
    await page.waitForSelector('[data-metric="auc"] .plot[data-last="1"]', { timeout: 2000 })
    await context.close()
  })

  it('zoom asks the server for that part, down to every point', async () => {
    const { page, context } = await look(browser)
    await page.goto(address())
    await page.waitForSelector('[data-metric="train/loss"] .plot[data-highest="1000"]')
    const box = (await page.locator('[data-metric="train/loss"] .plot').boundingBox())!
    const asked = page.waitForRequest((request) => request.url().endsWith('/series') && /"from"/.test(request.postData() ?? ''))
    await page.mouse.move(box.x + 80, box.y + 80)
    await page.mouse.down()
    await page.mouse.move(box.x + 100, box.y + 80, { steps: 4 })
    await page.mouse.up()
    const body = JSON.parse((await asked).postData()!) as { from: number; to: number; keys: string[] }
    assert.deepEqual(body.keys, ['train/loss'])
    assert.ok(body.to - body.from < points / 4)
    await page.getByRole('button', { name: 'Show all' }).click()
    await page.waitForSelector('[data-metric="train/loss"] .plot[data-highest="1000"]')
    await context.close()
  })

  it('show at the pointer what each run is', async () => {
    const { page, context } = await look(browser)
    await page.goto(address())
    await page.waitForSelector('[data-metric="train/loss"] .plot[data-highest="1000"]')
    const box = (await page.locator('[data-metric="train/loss"] .plot').boundingBox())!
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2)
    await page.locator('.tip-row').first().waitFor()
    assert.equal(await page.locator('.tip').count(), 1)
    assert.equal(await page.locator('.tip-row').count(), runs)
    await context.close()
  })

  for (const [width, dark] of [[390, false], [1440, true], [2560, false]] as const) {
    it(`have nothing that axe complains of at ${width} px${dark ? ', dark' : ''}, and do not scroll sideways`, async () => {
      const { page, context, complaints } = await look(browser, { width, dark })
      await page.goto(address())
      await page.waitForSelector('[data-metric="train/loss"] .plot[data-highest="1000"]')
      assert.deepEqual(await violations(page), [])
      assert.equal(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), true)
      assert.deepEqual(complaints, [])
      await context.close()
    })
  }
})
