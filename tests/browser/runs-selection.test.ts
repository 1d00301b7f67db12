import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { look, openBrowser, startSite, type Site } from './browser.ts'

describe('a selection of runs', () => {
  let site: Site
  let browser: Browser
  let id: string
  const ids: string[] = []
  before(async () => {
    site = await startSite()
    id = await site.client.experiments.create({ name: 'shared' })
    for (let index = 0; index < 60; index += 1) {
      const { info } = await site.client.runs.create({ experiment_id: id, run_name: `trial-${index}`, start_time: 1_000_000 + index })
      await site.client.runs.logBatch({ run_id: info.run_id, metrics: [{ key: 'loss', value: index, timestamp: 1, step: 0 }] })
      ids.push(info.run_id)
    }
    browser = await openBrowser()
  })
  after(async () => {
    await browser?.close()
    await site[Symbol.asyncDispose]()
  })

  const address = (query = ''): string => `${site.url}/experiments/${id}?view=table&sort=attributes.start_time+ASC${query}`
  const line = (page: Page, index: number) => page.locator(`.grid-body [data-run="${ids[index]}"]`)
  const bar = (page: Page, text: string) => page.getByRole('region', { name: text, exact: true })
  const said = (page: Page, text: string) => page.locator('.toast').getByText(text, { exact: true })

  it('loses what somebody else deletes, archives or moves away, and says so', async () => {
    const { page, context, complaints } = await look(browser)
    const elsewhere = await site.client.experiments.create({ name: 'elsewhere' })
    await page.goto(address())
    await line(page, 0).waitFor()
    await page.getByRole('status').filter({ hasText: /^live$/ }).waitFor()
    await page.getByRole('grid', { name: 'Runs' }).focus()
    await page.keyboard.press('Home')
    await page.keyboard.press('Space')
    for (let step = 0; step < 5; step += 1) await page.keyboard.press('Shift+ArrowDown')
    await bar(page, '6 runs selected').waitFor()
    await site.client.runs.change({ run_ids: [ids[0]!, ids[1]!], change: 'delete' })
    await said(page, 'No longer selected: 2 runs deleted meanwhile').waitFor()
    await bar(page, '4 runs selected').waitFor()
    await site.client.runs.change({ run_ids: [ids[2]!], change: 'archive' })
    await said(page, 'No longer selected: 1 run archived meanwhile').waitFor()
    await site.client.runs.change({ run_ids: [ids[3]!], change: 'move', experiment_id: elsewhere })
    await said(page, 'No longer selected: 1 run no longer here').waitFor()
    // What is done to the rest is done to the rest alone, and nobody else's work is taken back with it.
    await bar(page, '2 runs selected').getByRole('button', { name: 'Delete' }).click()
    await said(page, '2 runs deleted').waitFor()
    await page.locator('.toast').filter({ hasText: '2 runs deleted' }).filter({ hasNotText: 'meanwhile' }).getByRole('button', { name: 'Undo' }).click()
    await said(page, 'Taken back').waitFor()
    const { rows } = await site.client.runs.table({ experiment_ids: [id], run_view_type: 'DELETED_ONLY', archived: true })
    assert.deepEqual(rows.map(({ run_id }) => run_id).sort(), ids.slice(0, 2).sort())
    assert.equal(await page.locator('.toast').filter({ hasText: 'No longer selected: 2 runs deleted' }).count() <= 1, true)
    await site.client.runs.change({ run_ids: ids.slice(0, 2), change: 'restore' })
    await site.client.runs.change({ run_ids: [ids[2]!], change: 'unarchive' })
    await site.client.runs.change({ run_ids: [ids[3]!], change: 'move', experiment_id: id })
    assert.deepEqual(complaints, [])
    await context.close()
  })

  it('that an address brings has no runs that are gone', async () => {
    await site.client.runs.change({ run_ids: [ids[10]!], change: 'delete' })
    const { page, context } = await look(browser)
    await page.goto(address(`&runs=${ids.slice(9, 12).join(',')}`))
    await said(page, 'No longer selected: 1 run deleted meanwhile').waitFor()
    await bar(page, '2 runs selected').waitFor()
    await page.waitForURL((url) => url.searchParams.get('runs') === `${ids[9]},${ids[11]}`)
    await site.client.runs.change({ run_ids: [ids[10]!], change: 'restore' })
    await context.close()
  })

  it('that hears of nothing changes what is still there, says what it was too late for, and takes back its own change alone', async () => {
    const { page, context } = await look(browser)
    await page.route('**/api/cairn/v1/live*', (route) => route.abort())
    await page.goto(address())
    await line(page, 2).waitFor()
    // The rows stay below the pointer that selects them.
    const before = await line(page, 2).boundingBox()
    for (const index of [2, 3, 4]) await line(page, index).getByRole('checkbox').click()
    await bar(page, '3 runs selected').waitFor()
    assert.deepEqual(await line(page, 2).boundingBox(), before)
    await site.client.runs.change({ run_ids: [ids[3]!], change: 'delete' })
    await bar(page, '3 runs selected').getByRole('button', { name: 'Delete' }).click()
    const toast = page.locator('.toast').filter({ hasText: '2 runs deleted. 1 run left as it is: changed by somebody else meanwhile' })
    await toast.getByRole('button', { name: 'Undo' }).click()
    await said(page, 'Taken back').waitFor()
    const gone = async (): Promise<string[]> => (await site.client.runs.table({ experiment_ids: [id], run_view_type: 'DELETED_ONLY' })).rows.map(({ run_id }) => run_id)
    assert.deepEqual(await gone(), [ids[3]])
    await line(page, 4).getByRole('checkbox').click()
    await site.client.runs.change({ run_ids: [ids[4]!], change: 'delete' })
    await bar(page, '1 run selected').getByRole('button', { name: 'Archive' }).click()
    await said(page, '1 run left as it is: changed by somebody else meanwhile').waitFor()
    await site.client.runs.change({ run_ids: [ids[3]!, ids[4]!], change: 'restore' })
    await context.close()
  })

  it('is made by a finger that rests on a run and goes on over others; one that moves at once scrolls', async () => {
    const context = await browser.newContext({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true })
    const page = await context.newPage()
    await page.goto(address())
    await line(page, 12).waitFor()
    const debug = await context.newCDPSession(page)
    const finger = (type: 'touchStart' | 'touchMove' | 'touchEnd', at?: readonly [x: number, y: number]): Promise<unknown> => debug.send('Input.dispatchTouchEvent', { type, touchPoints: at === undefined ? [] : [{ x: at[0], y: at[1] }] })
    const place = async (index: number, what: string): Promise<[number, number]> => {
      const box = (await line(page, index).locator(what).boundingBox())!
      return [box.x + Math.min(box.width, 120) / 2, box.y + box.height / 2]
    }
    const scrolled = async (): Promise<number> => await page.evaluate("document.querySelector('.grid').scrollTop") as number
    for (const what of ['.grid-name', '.grid-gutter input']) {
      const [x, from] = await place(3, what)
      const [, to] = await place(7, what)
      await finger('touchStart', [x, from])
      // It rests until it is answered.
      await bar(page, '1 run selected').waitFor()
      for (let step = 1; step <= 10; step += 1) await finger('touchMove', [x, from + (to - from) * step / 10])
      await bar(page, '5 runs selected').waitFor()
      // Back again: the rows that it left are not selected.
      await finger('touchMove', [x, to - 32])
      await bar(page, '4 runs selected').waitFor()
      await finger('touchEnd')
      assert.equal(await scrolled(), 0)
      assert.match(page.url(), /\/experiments\//)
      for (const index of [3, 4, 5, 6]) assert.equal(await line(page, index).getAttribute('aria-selected'), 'true')
      await page.getByRole('button', { name: 'Select none' }).click()
      await page.getByRole('region', { name: /selected/ }).waitFor({ state: 'detached' })
    }
    // At the lower edge, and below it, the rows roll on under it.
    const [x, from] = await place(3, '.grid-name')
    await finger('touchStart', [x, from])
    await bar(page, '1 run selected').waitFor()
    const bottom = await page.evaluate("document.querySelector('.grid').getBoundingClientRect().bottom") as number
    await finger('touchMove', [x, bottom + 20])
    await bar(page, '57 runs selected').waitFor()
    await finger('touchEnd')
    await page.getByRole('button', { name: 'Select none' }).click()
    await page.getByRole('region', { name: /selected/ }).waitFor({ state: 'detached' })
    await page.locator('.grid').evaluate((element) => { (element as unknown as { scrollTop: number }).scrollTop = 0 })
    await line(page, 3).waitFor()
    // From the box as well as from the name a finger scrolls.
    for (const what of ['.grid-name', '.grid-gutter input']) {
      const before = await scrolled()
      const [left, low] = await page.locator('.grid').evaluate((element) => { const { left, bottom } = (element as unknown as { getBoundingClientRect(): { left: number; bottom: number } }).getBoundingClientRect(); return [left, bottom] as const })
      const at = left + (what === '.grid-name' ? 140 : 20)
      await finger('touchStart', [at, low - 60])
      for (let step = 1; step <= 8; step += 1) await finger('touchMove', [at, low - 60 - step * 30])
      await finger('touchEnd')
      for (let wait = 100; await scrolled() < before + 100; wait -= 1) {
        assert.ok(wait > 0, `${await scrolled()} after ${before}`)
        await page.waitForTimeout(50)
      }
    }
    assert.equal(await page.getByRole('region', { name: /selected/ }).count(), 0)
    await context.close()
  })
})

describe('columns that differ', () => {
  it('follow what comes in, of all runs and of those that are selected, and so do those that are suggested', async () => {
    await using site = await startSite()
    const { client } = site
    const experiment_id = await client.experiments.create({ name: 'alike' })
    const ids: string[] = []
    const log = (at: number, lr: string, loss: number): Promise<void> => client.runs.logBatch({ run_id: ids[at]!, params: [{ key: 'lr', value: lr }], metrics: [{ key: 'loss', value: loss, timestamp: 1, step: 0 }] })
    for (let index = 0; index < 3; index += 1) ids.push((await client.runs.create({ experiment_id, run_name: `trial-${index}`, start_time: 1000 + index })).info.run_id)
    for (const at of [0, 1]) await log(at, '0.1', 1)
    const browser = await openBrowser()
    try {
      const { page, context, complaints } = await look(browser)
      const open = async (query: string): Promise<void> => {
        await page.goto(`${site.url}/experiments/${experiment_id}?view=table${query}`)
        await page.getByRole('link', { name: 'trial-2' }).waitFor()
        await page.getByRole('status').filter({ hasText: /^live$/ }).waitFor()
      }
      await open('&diff=1')
      await page.getByRole('columnheader', { name: /loss/ }).waitFor({ state: 'detached' })
      await log(2, '0.2', 2)
      await page.getByRole('columnheader', { name: /loss/ }).waitFor()
      await page.getByRole('columnheader', { name: /lr/ }).waitFor()
      // Two that were alike, and what was different becomes the same.
      await open(`&diff=1&runs=${ids[0]},${ids[1]}`)
      await page.getByRole('columnheader', { name: /loss/ }).waitFor({ state: 'detached' })
      await client.runs.logMetric({ run_id: ids[0]!, key: 'loss', value: 3, step: 1 })
      await page.getByRole('columnheader', { name: /loss/ }).waitFor()
      assert.equal(await page.getByRole('columnheader', { name: /lr/ }).count(), 0)
      await client.runs.logMetric({ run_id: ids[1]!, key: 'loss', value: 3, step: 1 })
      await page.getByRole('columnheader', { name: /loss/ }).waitFor({ state: 'detached' })
      // What nobody asked to differ: a param is suggested as soon as it tells runs apart.
      const other = await client.experiments.create({ name: 'suggested' })
      const runs = await Promise.all([0, 1].map(async (at) => (await client.runs.create({ experiment_id: other, run_name: `other-${at}`, start_time: 1000 + at })).info.run_id))
      await client.runs.logParam(runs[0]!, 'momentum', '0.9')
      await page.goto(`${site.url}/experiments/${other}?view=table`)
      await page.getByRole('link', { name: 'other-1' }).waitFor()
      await page.getByRole('status').filter({ hasText: /^live$/ }).waitFor()
      // Of one run alone it says something; once two have the same it does not.
      await page.getByRole('columnheader', { name: /momentum/ }).waitFor()
      await client.runs.logParam(runs[1]!, 'momentum', '0.9')
      await page.getByRole('button', { name: '1 param equal' }).waitFor()
      assert.equal(await page.getByRole('columnheader', { name: /momentum/ }).count(), 0)
      const third = (await client.runs.create({ experiment_id: other, run_name: 'other-2', start_time: 1002 })).info.run_id
      await client.runs.logParam(third, 'momentum', '0.5')
      await page.getByRole('columnheader', { name: /momentum/ }).waitFor()
      assert.deepEqual(complaints, [])
      await context.close()
    } finally {
      await browser.close()
    }
  })
})
