import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Browser, Locator, Page } from 'playwright-core'
import { look, openBrowser, startSite, violations, type Site } from './browser.ts'

const runs = 5000

describe('the table of runs', () => {
  let site: Site
  let browser: Browser
  let id: string
  before(async () => {
    site = await startSite()
    id = await site.client.experiments.create({ name: 'many' })
    const { client } = site
    for (let from = 0; from < runs; from += 50) {
      await Promise.all(Array.from({ length: 50 }, async (_, at) => {
        const index = from + at
        const { info } = await client.runs.create({ experiment_id: id, run_name: `trial-${index}`, start_time: 1_000_000 + index, tags: [{ key: 'color', value: index % 2 === 0 ? 'green' : 'blue' }] })
        await client.runs.logBatch({ run_id: info.run_id, metrics: [{ key: 'loss', value: runs - index, timestamp: 1, step: 0 }], params: [{ key: 'depth', value: String(index % 5) }] })
      }))
    }
    browser = await openBrowser()
  })
  after(async () => {
    await browser?.close()
    await site[Symbol.asyncDispose]()
  })

  const address = (query = ''): string => `${site.url}/experiments/${id}${query}`
  const line = (page: Page, name: string) => page.getByRole('row').filter({ has: page.getByRole('link', { name, exact: true }) })
  const scroll = (grid: Locator, side: 'Top' | 'Left', part: number) => grid.evaluate((element, [to, share]) => {
    const box = element as unknown as Record<string, number>
    box[`scroll${to}`] = share * box[to === 'Top' ? 'scrollHeight' : 'scrollWidth']!
  }, [side, part] as const)
  const foot = (page: Page, text: string) => page.locator('.foot').getByText(text, { exact: true })

  it('says the true number, reaches every run by the keyboard and by scrolling, and asks for windows of what is shown', async () => {
    const { page, context, complaints } = await look(browser)
    const asked: { columns: unknown[]; max_results?: number }[] = []
    page.on('request', (request) => { if (request.url().endsWith('/runs/table')) asked.push(request.postDataJSON() as never) })
    await page.goto(address())
    await foot(page, '5,000 runs').waitFor()
    await line(page, `trial-${runs - 1}`).waitFor()
    const grid = page.getByRole('grid', { name: 'Runs' })
    assert.equal(await grid.getAttribute('aria-rowcount'), String(runs + 1))
    await grid.focus()
    await page.keyboard.press('End')
    await line(page, 'trial-0').waitFor()
    await page.keyboard.press('Home')
    await line(page, `trial-${runs - 1}`).waitFor()
    await scroll(grid, 'Top', 0.5)
    await page.getByRole('link', { name: /^trial-2[45]\d\d$/ }).first().waitFor()
    // Never more rows on the page than fit, nor more in an answer than a window.
    assert.ok(await page.getByRole('row').count() < 120)
    assert.ok(asked.every(({ max_results }) => (max_results ?? 100) <= 1000) && asked.length < 30, `${asked.length} questions`)
    assert.deepEqual(complaints, [])
    await context.close()
  })

  it('sorts by several columns, and keeps it in the address', async () => {
    const { page, context } = await look(browser)
    await page.goto(address())
    await line(page, `trial-${runs - 1}`).waitFor()
    await page.getByRole('button', { name: 'depth', exact: true }).click()
    await page.getByRole('button', { name: 'loss', exact: true }).click({ modifiers: ['Shift'] })
    await page.getByRole('row').nth(1).filter({ hasText: 'trial-4' }).waitFor()
    await page.reload()
    await page.getByRole('row').nth(1).filter({ hasText: 'trial-4' }).waitFor()
    await context.close()
  })

  it('completes names and values as one types, shows what is wrong at its place, and loses nothing that was typed', async () => {
    const { page, context } = await look(browser)
    await page.goto(address())
    await line(page, `trial-${runs - 1}`).waitFor()
    const box = page.getByRole('combobox', { name: 'Filter runs' })
    await box.click()
    await box.pressSequentially('params.de')
    await page.getByRole('listbox', { name: 'Proposals' }).getByRole('option', { name: /params\.depth/ }).click()
    await box.pressSequentially("= '")
    await page.getByRole('listbox', { name: 'Proposals' }).getByRole('option', { name: /3/ }).first().click()
    await foot(page, '1,000 runs').waitFor()
    await box.press('End')
    await box.pressSequentially(' and metrics.loss << 3')
    await page.locator('#filter-error mark').waitFor()
    assert.match(await box.inputValue(), /depth.*= '3'\s+and metrics\.loss << 3$/)
    await page.getByRole('button', { name: 'Clear the filter' }).click()
    await foot(page, '5,000 runs').waitFor()
    await context.close()
  })

  it('selects by key and with Shift, tags, archives and deletes what is selected, and takes it back', async () => {
    const { page, context } = await look(browser)
    await page.goto(address('?sort=attributes.start_time+ASC'))
    const grid = page.getByRole('grid', { name: 'Runs' })
    await line(page, 'trial-0').waitFor()
    await grid.focus()
    await page.keyboard.press('Home')
    await page.keyboard.press('Space')
    for (let step = 0; step < 3; step += 1) await page.keyboard.press('Shift+ArrowDown')
    const bar = page.getByRole('region', { name: '4 runs selected' })
    await bar.waitFor()
    await bar.getByRole('button', { name: 'Tag' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Key').fill('chosen')
    await dialog.getByLabel('Value', { exact: true }).fill('yes')
    await dialog.getByRole('button', { name: 'Tag' }).click()
    await page.getByText('4 runs tagged').waitFor()
    const tagged = await site.client.runs.searchPage({ experiment_ids: [id], filter: "tags.chosen = 'yes'" })
    assert.equal(tagged.items.length, 4)
    await page.getByRole('region', { name: /selected/ }).waitFor({ state: 'detached' })
    await grid.focus()
    await page.keyboard.press('Home')
    await page.keyboard.press('Delete')
    await foot(page, '4,999 runs').waitFor()
    await page.locator('.toast').filter({ hasText: '1 run deleted' }).getByRole('button', { name: 'Undo' }).click()
    await foot(page, '5,000 runs').waitFor()
    await context.close()
  })

  it('opens with one answer for all that it shows, few requests, and one stream that nobody reads again for', async () => {
    const { page, context, complaints } = await look(browser)
    const asked: string[] = []
    page.on('request', (request) => asked.push(new URL(request.url()).pathname.slice(0, 60)))
    await page.goto(address())
    await line(page, `trial-${runs - 1}`).waitFor()
    await page.getByRole('status').filter({ hasText: /^live$/ }).waitFor()
    await page.locator('[data-metric="loss"]').first().waitFor()
    // Whoever would read again because the stream has opened does so within this.
    await page.waitForTimeout(1200)
    const api = asked.filter((path) => path.startsWith('/api/')).map((path) => path.replace('/api/cairn/v1/', '')).filter((path) => path !== 'presence' && path !== 'series')
    assert.deepEqual(api.toSorted(), ['live', 'runs/open'])
    const files = asked.filter((path) => !path.startsWith('/api/'))
    assert.ok(files.length <= 8, files.join('\n'))
    assert.deepEqual(complaints, [])
    await context.close()
  })

  it('filters by ranges of a metric, with how many runs lie in each', async () => {
    const { page, context } = await look(browser)
    await page.goto(address())
    await foot(page, '5,000 runs').waitFor()
    await page.getByRole('button', { name: 'Build a filter' }).click()
    const builder = page.getByRole('dialog', { name: 'Build a filter' })
    await builder.getByRole('button', { name: 'loss metric' }).click()
    await builder.getByRole('button', { name: /^1000 – 2000 1,000$/ }).click()
    await foot(page, '1,000 runs').waitFor()
    assert.equal(await page.getByRole('combobox', { name: 'Filter runs' }).inputValue(), 'metrics.loss >= 1000 and metrics.loss < 2000')
    await builder.getByRole('button', { name: /^0 – 1000 999$/ }).click()
    await foot(page, '999 runs').waitFor()
    assert.deepEqual(await violations(page), [])
    await context.close()
  })

  it('hides what every run has too, and keeps that in the address', async () => {
    const { page, context } = await look(browser)
    await page.goto(address('?view=table'))
    await line(page, `trial-${runs - 1}`).waitFor()
    await page.getByRole('button', { name: 'Column Status' }).click()
    await page.getByRole('menuitem', { name: 'Hide' }).click()
    await page.getByRole('columnheader', { name: 'Status' }).waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Columns' }).click()
    const own = page.locator('.picker')
    assert.equal(await own.getByLabel('Status', { exact: true }).isChecked(), false)
    await own.getByLabel('Started', { exact: true }).uncheck()
    await page.getByRole('columnheader', { name: 'Started' }).waitFor({ state: 'detached' })
    await page.reload()
    await line(page, `trial-${runs - 1}`).waitFor()
    assert.equal(await page.getByRole('columnheader', { name: /Status|Started/ }).count(), 0)
    await page.getByRole('columnheader', { name: 'Duration' }).waitFor()
    await context.close()
  })

  it('puts what every run has among the other columns, by dragging and by the keyboard, and keeps the order in the address and in a view', async () => {
    const { page, context, complaints } = await look(browser)
    await page.goto(address('?view=table'))
    await line(page, `trial-${runs - 1}`).waitFor()
    const become = async (wanted: readonly string[]): Promise<void> => {
      for (let left = 100; ; left -= 1) {
        const heads = await page.evaluate("Array.from(document.querySelectorAll('.grid-heading'), (one) => one.dataset.column)")
        if (String(heads) === String(wanted)) return
        if (left === 0) assert.deepEqual(heads, wanted)
        await page.waitForTimeout(50)
      }
    }
    await become(['name', 'status', 'metrics.loss', 'params.depth', 'start', 'duration'])
    await page.getByRole('columnheader', { name: 'Duration' }).locator('.grid-label').dragTo(page.getByRole('columnheader', { name: 'loss' }))
    await become(['name', 'status', 'duration', 'metrics.loss', 'params.depth', 'start'])
    await page.getByRole('columnheader', { name: 'depth' }).locator('.grid-label').dragTo(page.getByRole('columnheader', { name: 'loss' }))
    await become(['name', 'status', 'duration', 'params.depth', 'metrics.loss', 'start'])
    await page.getByRole('columnheader', { name: 'depth' }).locator('.grid-label').dragTo(page.getByRole('columnheader', { name: 'loss' }))
    // The other way it comes to stand behind what it is dropped on: to the end, too.
    await page.getByRole('columnheader', { name: 'Status' }).locator('.grid-label').dragTo(page.getByRole('columnheader', { name: 'Started' }))
    await become(['name', 'duration', 'metrics.loss', 'params.depth', 'start', 'status'])
    await page.getByRole('button', { name: 'Column Started' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('menuitem', { name: 'Move left' }).focus()
    await page.keyboard.press('Enter')
    const wanted = ['name', 'duration', 'metrics.loss', 'start', 'params.depth', 'status']
    await become(wanted)
    await page.getByRole('button', { name: 'Columns' }).click()
    await page.getByRole('button', { name: 'Move up: Status' }).focus()
    await page.keyboard.press('Enter')
    await become(['name', 'duration', 'metrics.loss', 'start', 'status', 'params.depth'])
    await page.getByRole('button', { name: 'Move down: Status' }).press('Enter')
    await become(wanted)
    await page.keyboard.press('Escape')
    await page.reload()
    await become(wanted)
    const { view_id } = await site.client.views.create({ experiment_ids: [id], name: 'in my order', state: new URL(page.url()).search.slice(1), shared: true, by: 'ada' })
    await page.goto(`${site.url}/experiments/${id}/views/${view_id}`)
    await become(wanted)
    await site.client.views.delete(view_id, 'ada')
    assert.deepEqual(complaints, [])
    await context.close()
  })

  it('groups by a param with means, and opens a group', async () => {
    const { page, context } = await look(browser)
    await page.goto(address())
    await line(page, `trial-${runs - 1}`).waitFor()
    await page.getByRole('combobox', { name: 'Group', exact: true }).selectOption('params.depth')
    await page.getByRole('row', { name: /1,000/ }).first().waitFor()
    assert.equal(await page.getByRole('row').count(), 6)
    await context.close()
  })

  it('groups within groups: opened by pointer and by keyboard, kept in the address, one request for what is in sight, down to the runs of one', async () => {
    const { page, context, complaints } = await look(browser)
    const asked: { within?: unknown[]; max_results?: number }[] = []
    page.on('request', (request) => { if (request.url().endsWith('/runs/groups')) asked.push(request.postDataJSON() as never) })
    await page.goto(address('?view=table&by=params.depth'))
    const table = page.locator('.groups table')
    const group = (name: string, level: number) => table.locator(`tbody tr[data-level="${level}"]`).filter({ has: page.getByRole('button', { name, exact: true }) })
    await group('4', 1).waitFor()
    await page.getByRole('combobox', { name: 'Group, level 2' }).selectOption('tags.color')
    await page.getByRole('treegrid', { name: 'Groups' }).waitFor()
    assert.equal(await table.locator('tbody tr').count(), 5)
    await table.getByRole('button', { name: '2 groups within 3' }).click()
    await group('green', 2).waitFor()
    // Each level says how many runs it has, and what they are like: runs 3, 13, 23 … are blue, 8, 18 … green.
    assert.deepEqual(await table.locator('tbody tr[data-level="2"]').locator('td:nth-child(2)').allTextContents(), ['500500 running', '500500 running'])
    const metric = async (row: Locator): Promise<string> => (await row.locator('td').last().textContent())!
    assert.equal(await metric(group('3', 1)), '2500 ± 1444 · 2 to 4997')
    const before = asked.length
    await page.getByRole('treegrid', { name: 'Groups' }).focus()
    await page.keyboard.press('Home')
    await page.keyboard.press('ArrowRight')
    await page.locator('tr[data-level="2"]').nth(3).waitFor()
    assert.equal(asked.length, before + 1)
    await page.keyboard.press('ArrowRight')
    assert.equal(await page.getByRole('treegrid').getAttribute('aria-activedescendant'), 'group-line-1')
    await page.keyboard.press('ArrowLeft')
    await page.keyboard.press('ArrowLeft')
    await table.locator('tr[data-level="2"]').nth(2).waitFor({ state: 'detached' })
    await page.reload()
    await group('green', 2).waitFor()
    assert.equal(await table.locator('tbody tr').count(), 7)
    assert.deepEqual(new URL(page.url()).searchParams.getAll('open'), ['["3"]'])
    await page.getByRole('button', { name: 'Open all' }).click()
    await table.locator('tr[data-level="2"]').nth(9).waitFor()
    assert.deepEqual(await violations(page), [])
    // Undo closes them again.
    await page.keyboard.press('Control+z')
    await table.locator('tr[data-level="2"]').nth(2).waitFor({ state: 'detached' })
    await group('blue', 2).getByRole('button', { name: 'blue' }).click()
    await foot(page, '500 runs').waitFor()
    await page.getByText('depth: 3', { exact: true }).waitFor()
    await line(page, `trial-${runs - 7}`).waitFor()
    await page.getByRole('button', { name: 'All groups' }).click()
    await group('blue', 2).waitFor()
    assert.ok(asked.every(({ max_results }) => max_results === 200))
    assert.deepEqual(complaints, [])
    await context.close()
  })

  it('reaches every one of thousands of groups by scrolling, of which only those in sight are drawn and asked for', async () => {
    const { page, context } = await look(browser)
    await page.goto(address('?view=table&by=params.depth&by=tags.mlflow.runName&unfold=1&sort=metrics.loss+DESC&sort=params.depth+ASC'))
    const table = page.getByRole('treegrid', { name: 'Groups' })
    await table.waitFor()
    assert.equal(await table.getAttribute('aria-rowcount'), String(runs + 5 + 1))
    assert.ok(await table.locator('tbody tr').count() < 80)
    // Lines are as high as they are reckoned to be, or the last would not be reached.
    assert.equal(await page.evaluate("document.querySelector('.groups table').offsetHeight"), 34 + (runs + 5) * 42)
    await table.focus()
    await page.keyboard.press('End')
    await page.locator(`#group-line-${runs + 4}[data-level="2"]`).waitFor()
    await scroll(page.locator('.groups'), 'Top', 0.5)
    await page.locator('#group-line-2500[data-level]').waitFor()
    await page.keyboard.press('Home')
    await page.locator('#group-line-0[data-level="1"]').waitFor()
    await context.close()
  })

  it('tells of runs and values that come, and of the number', async () => {
    const { page, context } = await look(browser)
    await page.goto(address())
    await foot(page, '5,000 runs').waitFor()
    await page.getByRole('status').filter({ hasText: /^live$/ }).waitFor()
    const { info } = await site.client.runs.create({ experiment_id: id, run_name: 'late', start_time: Date.now() })
    await line(page, 'late').waitFor()
    await foot(page, '5,001 runs').waitFor()
    await site.client.runs.logMetric({ run_id: info.run_id, key: 'loss', value: 0.0625, step: 1 })
    await page.getByRole('gridcell', { name: '0.0625' }).waitFor()
    await site.client.runs.delete(info.run_id)
    await foot(page, '5,000 runs').waitFor()
    await context.close()
  })

  it('bears thousands of columns: only those in sight are asked for and drawn', async () => {
    const wide = await site.client.experiments.create({ name: 'wide' })
    for (let index = 0; index < 3; index += 1) {
      const { info } = await site.client.runs.create({ experiment_id: wide, run_name: `wide-${index}`, start_time: 1 + index })
      for (let part = 0; part < 2; part += 1) await site.client.runs.logBatch({ run_id: info.run_id, metrics: Array.from({ length: 1000 }, (_, at) => ({ key: `m/${part}/${at}`, value: at, timestamp: 1, step: 0 })) })
    }
    const { page, context, complaints } = await look(browser)
    await page.goto(`${site.url}/experiments/${wide}`)
    await page.getByRole('link', { name: 'wide-2' }).waitFor()
    await page.getByRole('button', { name: 'Columns' }).click()
    await page.getByRole('button', { name: 'Show all' }).click()
    await page.locator('.foot').getByText(/2,0\d\d of 2,0\d\d columns/).waitFor()
    await page.keyboard.press('Escape')
    assert.ok(await page.getByRole('columnheader').count() < 60)
    await scroll(page.getByRole('grid', { name: 'Runs' }), 'Left', 1)
    await page.getByRole('columnheader', { name: /m\/1\/999/ }).waitFor()
    await page.getByRole('gridcell', { name: '999', exact: true }).first().waitFor()
    assert.deepEqual(complaints, [])
    await context.close()
  })

  it('has room for seven rows on a phone on its side, with and without a selection, and nothing of the page is cut', async () => {
    const { page, context } = await look(browser, { width: 844, height: 390 })
    await page.goto(address('?view=table'))
    await line(page, `trial-${runs - 1}`).waitFor()
    const measure = async (): Promise<{ rows: number; foot: number; page: number }> => await page.evaluate(`(() => {
      const bottom = document.querySelector('.grid').getBoundingClientRect().bottom
      const begun = [...document.querySelectorAll('.grid-body .grid-row')].filter((row) => row.getBoundingClientRect().top + 16 < bottom)
      return { rows: begun.length, foot: document.querySelector('.foot').getBoundingClientRect().bottom, page: document.documentElement.scrollHeight }
    })()`) as { rows: number; foot: number; page: number }
    const bare = await measure()
    assert.ok(bare.rows >= 7 && bare.foot <= 390 && bare.page <= 390, JSON.stringify(bare))
    assert.deepEqual(await violations(page), [])
    await page.getByRole('grid', { name: 'Runs' }).focus()
    await page.keyboard.press('Space')
    await page.getByRole('region', { name: '1 run selected' }).waitFor()
    const selected = await measure()
    // The last one in sight stays so when the bar comes.
    await page.keyboard.press('Space')
    await page.getByRole('region', { name: '1 run selected' }).waitFor({ state: 'detached' })
    for (let step = 0; step < 6; step += 1) await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Space')
    await page.getByRole('region', { name: '1 run selected' }).waitFor()
    const stands = `(() => {
      const row = document.querySelector('.grid-body .grid-row[data-active=true]').getBoundingClientRect()
      return row.bottom <= document.querySelector('.grid').getBoundingClientRect().bottom + 1
    })()`
    for (let left = 40; !await page.evaluate(stands); left -= 1) {
      assert.ok(left > 0, 'the run that was selected is not in sight')
      await page.waitForTimeout(50)
    }
    assert.ok(selected.rows >= 6 && selected.foot <= 390 && selected.page <= 390, JSON.stringify(selected))
    await page.goto(address('?view=charts'))
    await page.locator('[data-metric="loss"]').waitFor()
    const top = await page.evaluate("document.querySelector('[data-metric=loss]').getBoundingClientRect().top") as number
    assert.ok(top < 200, `charts begin at ${top}`)
    assert.deepEqual(await violations(page), [])
    await context.close()
  })

  it('is free of accessibility violations and no wider than the window', async () => {
    for (const [width, dark] of [[390, true], [1440, false], [2560, true]] as const) {
      const { page, context } = await look(browser, { width, dark })
      for (const path of [address(), address('?by=params.depth&by=tags.color&unfold=1')]) {
        await page.goto(path)
        await page.locator('main .grid[data-outdated=false], main table').first().waitFor()
        await page.waitForTimeout(300)
        assert.deepEqual(await violations(page), [], `${path} at ${width}`)
        assert.ok(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), `${path} at ${width} is too wide`)
      }
      await context.close()
    }
  })
})
