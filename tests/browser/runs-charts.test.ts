import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { look, openBrowser, startSite, violations, type Site } from './browser.ts'

const runs = 10
const points = 20_000

describe('the charts of an experiment', () => {
  let site: Site
  let browser: Browser
  const ids: string[] = []
  let experiment: string
  let wide: string

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
      await site.client.runs.logBatch({ run_id: info.run_id, params: [{ key: 'model', value: run % 2 === 0 ? 'forest' : 'boosting' }], tags: [], metrics: ['auc', 'train/accuracy'].map((key) => ({ key, value: run / 10, step: 0, timestamp: 1000 })) })
    }
    wide = await site.client.experiments.create({ name: 'many metrics' })
    const { info } = await site.client.runs.create({ experiment_id: wide, run_name: 'odd', start_time: 1000 })
    const metrics = Array.from({ length: 60 }, (_, key) => Array.from({ length: 5 }, (_value, step) => ({ key: `group/m${String(key).padStart(2, '0')}`, value: key + step, step, timestamp: 1000 + step }))).flat()
    const odd = [...[0, 1, 2, 3, 4, 40, 41, 42, 43].map((step) => ({ key: 'odd', value: step, step, timestamp: 1 })), { key: 'odd', value: NaN, step: 2, timestamp: 2 }, { key: 'odd', value: Infinity, step: 41, timestamp: 2 }]
    await site.client.runs.logBatch({ run_id: info.run_id, metrics: [...metrics, ...odd] })
  })
  after(async () => {
    await browser.close()
    await site[Symbol.asyncDispose]()
  })
  const address = (query = ''): string => `${site.url}/experiments/${experiment}?view=charts${query}`
  const plot = (page: Page, name = 'train/loss') => page.locator(`[data-metric="${name}"] .plot`)
  const drawn = (page: Page) => page.waitForSelector('[data-metric="train/loss"] .plot[data-highest="1000"]')
  interface Question { run_ids: string[]; keys: string[]; from?: number; to?: number; smoothing?: string; smoothing_amount?: number }
  /** What is asked of the server from now on. */
  const questions = (page: Page): Question[] => {
    const all: Question[] = []
    page.on('request', (request) => { if (request.url().endsWith('/series')) all.push(request.postDataJSON() as Question) })
    return all
  }

  it('come in one request, with a line for each run, and lose no spike', async () => {
    const { page, context, complaints } = await look(browser)
    const asked = questions(page)
    await page.goto(address())
    await drawn(page)
    assert.equal(await plot(page).getAttribute('data-lines'), String(runs))
    assert.equal(await plot(page).getAttribute('data-last'), String(points - 1))
    assert.equal(await plot(page).getAttribute('aria-label'), 'train/loss of 10 runs, 200,000 points')
    assert.equal(asked.length, 1)
    assert.deepEqual(await page.locator('section h2 button').allTextContents(), ['Charts', 'train'])
    assert.deepEqual(complaints, [])
    await context.close()
  })

  it('ask only for what is in sight, and for the rest when it comes into sight', async () => {
    const { page, context } = await look(browser)
    const asked = questions(page)
    await page.goto(`${site.url}/experiments/${wide}?view=charts`)
    await page.waitForSelector('[data-metric="group/m00"] .plot[data-points="5"]')
    const first = new Set(asked.flatMap(({ keys }) => keys))
    assert.ok(first.size < 30 && !first.has('group/m59'), `${first.size} metrics were asked for`)
    await page.getByRole('button', { name: /^Show 24 more/ }).click()
    await page.locator('[data-metric="group/m30"]').scrollIntoViewIfNeeded()
    await page.waitForSelector('[data-metric="group/m30"] .plot[data-points="5"]')
    await page.getByRole('searchbox', { name: 'Find metrics' }).fill('m(58|59)$')
    await page.waitForSelector('[data-metric="group/m59"] .plot[data-points="5"]')
    assert.equal(await page.locator('[data-metric]').count(), 2)
    await page.waitForURL(/find=m/)
    await context.close()
  })

  it('show gaps where steps are missing, and mark what is not finite', async () => {
    const { page, context } = await look(browser)
    await page.goto(`${site.url}/experiments/${wide}?view=charts&find=odd`)
    await page.waitForSelector('[data-metric="odd"] .plot[data-gaps="1"][data-marks="2"]')
    assert.equal(await plot(page, 'odd').getAttribute('aria-label'), 'odd of 1 run, 11 points, with NaN and Infinity')
    await context.close()
  })

  it('move while a run logs, each only when its own metric does', async () => {
    const { page, context } = await look(browser)
    await page.goto(address())
    await drawn(page)
    await page.getByRole('status').filter({ hasText: /^live$/ }).waitFor()
    await page.getByRole('region', { name: 'train/accuracy of 10 runs' }).waitFor()
    await page.evaluate(`
      redrawn = 0
      new MutationObserver((all) => { redrawn += all.length }).observe(document.querySelector('[data-metric="train/accuracy"]'), { attributes: true, childList: true, subtree: true, characterData: true })
    `)
    await site.client.runs.logMetric({ run_id: ids[0]!, key: 'train/loss', value: 0.5, step: points + 4, timestamp: 2000 })
    await page.waitForSelector(`[data-metric="train/loss"] .plot[data-last="${points + 4}"]`)
    assert.equal(await page.evaluate('redrawn'), 0)
    await context.close()
  })

  it('keep all that was chosen in the address, through a reload and through a visit to the table', async () => {
    const { page, context } = await look(browser)
    const asked = questions(page)
    await page.goto(address())
    await drawn(page)
    const color = await page.getByRole('button', { name: 'trial-4' }).locator('line').getAttribute('style')
    await page.getByRole('button', { name: 'trial-3' }).click()
    await page.waitForSelector('[data-metric="train/loss"] .plot[data-lines="9"]')
    assert.ok(Number(await plot(page).getAttribute('data-highest')) < 3)
    await page.getByLabel('Along').selectOption('relative')
    await page.getByLabel(/^Smoothing/).selectOption('gaussian')
    await page.getByLabel('How much smoothing').press('ArrowRight')
    await page.getByText(', smoothed').first().waitFor()
    await page.getByLabel('Values').selectOption('log')
    await page.waitForURL(({ searchParams: said }) => said.get('x') === 'relative' && said.get('y') === 'log' && said.get('smooth') === 'gaussian:7' && said.has('hide'))
    await page.reload()
    await page.waitForSelector('[data-metric="train/loss"] .plot[data-lines="9"]')
    const { smoothing, smoothing_amount, run_ids } = asked.at(-1)!
    assert.deepEqual([smoothing, smoothing_amount, run_ids.length], ['gaussian', 7, 9])
    assert.equal(await page.getByLabel('Along').inputValue(), 'relative')
    assert.equal(await page.getByRole('button', { name: 'trial-3' }).getAttribute('aria-pressed'), 'false')
    await page.getByRole('link', { name: 'Table' }).click()
    await page.getByRole('grid', { name: 'Runs' }).waitFor()
    await page.getByRole('link', { name: 'Charts' }).click()
    await page.waitForURL(/smooth=gaussian/)
    // The colour is the run's, wherever it stands.
    await page.goto(address("&sort=attributes.start_time+ASC&q=attributes.run_name+!=+'trial-0'"))
    assert.equal(await page.getByRole('button', { name: 'trial-4' }).locator('line').getAttribute('style'), color)
    await context.close()
  })

  it('keep their old picture, paler, until the lines along another axis have come', async () => {
    const { page, context, complaints } = await look(browser)
    await page.goto(address())
    await drawn(page)
    let answer = (): void => {}
    const held = new Promise<void>((resolve) => { answer = resolve })
    await page.route('**/series', async (route) => {
      await held
      await route.continue()
    })
    await page.getByLabel('Along').selectOption('relative')
    const panel = page.locator('[data-metric="train/loss"]')
    await page.locator('[data-metric="train/loss"][aria-busy="true"]').waitFor()
    assert.equal(await panel.locator('.plot[data-highest="1000"] canvas').first().isVisible(), true)
    answer()
    await page.locator('[data-metric="train/loss"]:not([aria-busy])').waitFor()
    await drawn(page)
    assert.deepEqual(complaints, [])
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
    await page.waitForSelector('[data-metric="auc"] .plot[data-last="1"]')
    await context.close()
  })

  it('join the runs of one value of a param into a line with a band', async () => {
    const { page, context } = await look(browser)
    await page.goto(address('&find=loss'))
    await drawn(page)
    await page.getByLabel('Group by').selectOption('params.model')
    await page.waitForSelector('[data-metric="train/loss"] .plot[data-lines="2"]')
    await page.getByText(/^200,00\d points, 2 groups/).waitFor()
    await page.getByLabel(/^as /).selectOption('quartiles')
    await page.waitForURL(/group=params.model&band=quartiles/)
    // Within each by a metric, in quarters: the even runs and the odd ones have nine different numbers in all.
    await page.getByLabel('and by').selectOption('metrics.train/accuracy')
    await page.waitForURL(/within=metrics/)
    await page.waitForSelector('[data-metric="train/loss"] .plot[data-lines="8"]')
    const box = (await plot(page).boundingBox())!
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2)
    await page.locator('.tip-row').filter({ hasText: /^boosting \/ 0\.[357] to 0\.[579] \(\d\)/ }).first().waitFor()
    await context.close()
  })

  it('zoom by mouse asks the server for that part, and the address keeps it', async () => {
    const { page, context } = await look(browser)
    const asked = questions(page)
    await page.goto(address())
    await drawn(page)
    const box = (await plot(page).boundingBox())!
    await page.mouse.move(box.x + 80, box.y + 80)
    await page.mouse.down()
    await page.mouse.move(box.x + 100, box.y + 80, { steps: 4 })
    await page.mouse.up()
    await page.waitForURL(/zoom=/)
    await page.getByRole('button', { name: 'Show all' }).waitFor()
    const { from, to, keys } = asked.at(-1)!
    assert.deepEqual(keys, ['train/loss'])
    assert.ok(to! - from! < points / 4)
    await page.reload()
    await page.getByRole('button', { name: 'Show all' }).click()
    await drawn(page)
    await context.close()
  })

  it('are led by the keyboard: the cursor, zoom, full screen and the way back', async () => {
    const { page, context } = await look(browser)
    await page.goto(address())
    await drawn(page)
    await plot(page).focus()
    await page.keyboard.press('End')
    await page.locator('.tip').filter({ hasText: /step (19,999|20,004)/ }).waitFor()
    await page.keyboard.press('Shift+ArrowLeft')
    await page.keyboard.press('ArrowLeft')
    assert.match((await page.locator('.plot-frame [aria-live="polite"]').textContent())!, /^step 19,\d+: trial-\d [\d.]+, /)
    await page.keyboard.press('+')
    await page.waitForURL(/zoom=/)
    await page.keyboard.press('Escape')
    await page.locator('.tip').waitFor({ state: 'detached' })
    await page.keyboard.press('Escape')
    await page.waitForURL((url) => !url.search.includes('zoom='))
    await page.keyboard.press('f')
    const dialog = page.getByRole('dialog', { name: 'train/loss' })
    await dialog.locator('.plot[data-lines="10"]').waitFor()
    assert.deepEqual(await violations(page), [])
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    await context.close()
  })

  it('are led by fingers: a touch moves the cursor, two zoom', async () => {
    const context = await browser.newContext({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true })
    const page = await context.newPage()
    await page.goto(address('&find=loss'))
    await drawn(page)
    await plot(page).scrollIntoViewIfNeeded()
    const box = (await plot(page).boundingBox())!
    const y = box.y + box.height / 2
    await page.touchscreen.tap(box.x + box.width / 2, y)
    await page.locator('.tip-row').first().waitFor()
    const debug = await context.newCDPSession(page)
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', ...xs: number[]): Promise<unknown> => debug.send('Input.dispatchTouchEvent', { type, touchPoints: xs.map((x, id) => ({ x: box.x + x, y, id })) })
    await touch('touchStart', 140)
    await touch('touchStart', 140, 180)
    await touch('touchMove', 120, 210)
    await touch('touchMove', 80, 260)
    await touch('touchEnd')
    await page.waitForURL(/zoom=/)
    await context.close()
  })

  it('show at the pointer what the runs nearest to it are', async () => {
    const { page, context } = await look(browser)
    await page.goto(address())
    await drawn(page)
    const box = (await plot(page).boundingBox())!
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2)
    await page.locator('.tip-row').first().waitFor()
    assert.equal(await page.locator('.tip:not([data-far])').count(), 1)
    assert.equal(await page.locator('.tip-row').count(), 8)
    await page.getByText('2 lines above or below').waitFor()
    // What is said changes in its place: boxes that come and go are laid out anew, in every chart, with every move.
    await page.evaluate('new MutationObserver((all) => { window.__came = (window.__came ?? 0) + all.length }).observe(document.querySelector(".plot-frame"), { childList: true, subtree: true })')
    const place = await page.locator('.tip .soft').first().textContent()
    await page.mouse.move(box.x + box.width / 2 + 60, box.y + box.height / 2 - 20)
    await page.locator('.tip .soft').first().filter({ hasNotText: place! }).waitFor()
    assert.equal(await page.evaluate('window.__came ?? 0'), 0)
    await context.close()
  })

  it('show in the table beside them what the metrics were where the cursor stands', async () => {
    const { page, context } = await look(browser)
    await page.goto(address('').replace('view=charts', 'view=both'))
    await drawn(page)
    const row = page.locator('[data-run]').filter({ hasText: 'trial-4' })
    await row.waitFor()
    await plot(page).focus()
    await page.keyboard.press('Home')
    await page.getByText('Metrics at step 0', { exact: true }).waitFor()
    await row.getByText('1.4', { exact: true }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByText('Metrics at step 0', { exact: true }).waitFor({ state: 'detached' })
    await row.getByText('1.4', { exact: true }).waitFor({ state: 'detached' })
    await context.close()
  })

  it('stand in sections whose order is changed by keys and by dragging, and stays in the address', async () => {
    const { page, context } = await look(browser, { height: 1400 })
    await page.goto(address())
    await drawn(page)
    const names = page.locator('section h2 button')
    const order = async (first: string, second: string): Promise<void> => {
      for (let left = 200; (await names.allTextContents()).join() !== `${first},${second}`; left -= 1) {
        assert.ok(left > 0, (await names.allTextContents()).join())
        await page.waitForTimeout(50)
      }
    }
    await page.getByRole('button', { name: 'Move section train' }).press('ArrowUp')
    await order('train', 'Charts')
    assert.equal(new URL(page.url()).searchParams.getAll('order').join(), 'train,')
    await page.reload()
    await drawn(page)
    assert.deepEqual(await names.allTextContents(), ['train', 'Charts'])
    const grip = (await page.getByRole('button', { name: 'Move section Charts' }).boundingBox())!
    const above = (await page.locator('[data-section="train"]').boundingBox())!
    await page.mouse.move(grip.x + 5, grip.y + 5)
    await page.mouse.down()
    await page.mouse.move(grip.x, above.y + 10, { steps: 4 })
    await page.locator('[data-put="before"]').waitFor()
    await page.mouse.up()
    await order('Charts', 'train')
    await context.close()
  })

  it('go as CSV, SVG and PNG into files, as Python to the clipboard, and as a table to who sees none', async () => {
    const { page, context } = await look(browser)
    await context.grantPermissions(['clipboard-read', 'clipboard-write'])
    await page.goto(address('&find=loss'))
    await drawn(page)
    const menu = async (item: string): Promise<void> => {
      await page.getByRole('button', { name: 'Menu of train/loss' }).press('ArrowDown')
      await page.getByRole('menuitem', { name: item }).click()
    }
    const saved = async (item: string): Promise<Buffer> => {
      const [download] = await Promise.all([page.waitForEvent('download'), menu(item)])
      return readFileSync(await download.path())
    }
    assert.match(String(await saved('Save as CSV')), /^line,step,train\/loss\r\ntrial-\d,0,/)
    const svg = String(await saved('Save as SVG'))
    assert.ok(svg.startsWith('<svg') && svg.includes('>train/loss</text>') && svg.includes('>trial-9</text>'))
    assert.equal((await saved('Save as PNG')).subarray(1, 4).toString(), 'PNG')
    await menu('Copy as Python')
    assert.match(await page.evaluate('navigator.clipboard.readText()'), /client\.get_metric_history\(run_id, "train\/loss"\)/)
    await menu('Show as a table')
    const row = page.getByRole('region', { name: 'train/loss as a table' }).getByRole('row', { name: /^trial-3 / })
    assert.match((await row.textContent())!, /20,000.*1000 @ 7,777$/)
    assert.deepEqual(await violations(page), [])
    await context.close()
  })

  for (const [width, dark] of [[390, false], [1440, true], [2560, false]] as const) {
    it(`have nothing that axe complains of at ${width} px${dark ? ', dark' : ''}, and do not scroll sideways`, async () => {
      const { page, context, complaints } = await look(browser, { width, dark })
      await page.goto(address(width === 390 ? '' : '&smooth=0.9'))
      // On a phone it is below the fold, where nothing is drawn before one looks.
      await page.locator('[data-metric="train/loss"]').scrollIntoViewIfNeeded()
      await drawn(page)
      assert.deepEqual(await violations(page), [])
      assert.equal(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), true)
      assert.deepEqual(complaints, [])
      await context.close()
    })
  }
})
