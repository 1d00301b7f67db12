import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import { violations } from './browser.ts'
import { logGrid } from './data.ts'
import { share } from './share.ts'

describe('the workspace of an experiment', () => {
  let id: string
  let other: string
  const own = share(async ({ client }) => {
    id = await logGrid(client, 'grid', 24)
    other = await logGrid(client, 'later', 2)
  })

  const address = (query = ''): string => `${own.url}/experiments/${id}${query}`
  const line = (page: Page, name: string) => page.getByRole('row').filter({ has: page.getByRole('link', { name, exact: true }) })
  const plot = (page: Page, lines: number) => page.locator(`[data-metric="accuracy"] .plot[data-lines="${lines}"]`)

  it('draws the first runs of the table, switches one off by key, shows one alone by Alt, and keeps it in the address', async () => {
    const { page, context, complaints } = await own.look()
    await page.goto(address())
    await plot(page, 20).waitFor()
    await page.getByRole('grid', { name: 'Runs' }).focus()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('h')
    await plot(page, 19).waitFor()
    assert.equal(await line(page, 'random-1').getByRole('button', { name: 'Draw random-1 in the charts' }).getAttribute('aria-pressed'), 'false')
    await line(page, 'XGBoost-2').getByRole('button', { name: 'Draw XGBoost-2 in the charts' }).click({ modifiers: ['Alt'] })
    await plot(page, 1).waitFor()
    await page.reload()
    await plot(page, 1).waitFor()
    // One that the charts would not draw by itself joins it.
    await page.getByRole('grid', { name: 'Runs' }).focus()
    await page.keyboard.press('End')
    await page.keyboard.press('h')
    await plot(page, 2).waitFor()
    await page.keyboard.press('Control+z')
    await plot(page, 1).waitFor()
    await page.getByRole('button', { name: 'As usual' }).click()
    await plot(page, 20).waitFor()
    assert.deepEqual(complaints, [])
    await context.close()
  })

  it('gives a run another colour, the same in the table and in the charts', async () => {
    const { page, context, complaints } = await own.look()
    await page.goto(address())
    await plot(page, 20).waitFor()
    await line(page, 'random-4').getByRole('button', { name: 'Colour of random-4' }).click()
    await page.getByRole('button', { name: 'Colour 3, solid' }).waitFor()
    assert.deepEqual(await violations(page), [])
    await page.getByRole('button', { name: 'Colour 3, solid' }).click()
    await page.waitForURL(({ searchParams: said }) => /^2~[\da-f]{32}$/.test(said.get('color') ?? ''))
    assert.equal(await line(page, 'random-4').locator('.run-dot').getAttribute('style'), 'color: var(--series-2);')
    await page.getByRole('link', { name: 'Charts' }).click()
    assert.match(await page.getByRole('button', { name: 'random-4' }).locator('line').getAttribute('style') ?? '', /--series-2/)
    // By the keyboard, and back to the usual one.
    await page.getByRole('link', { name: 'Both' }).click()
    await line(page, 'random-4').waitFor()
    await page.getByRole('grid', { name: 'Runs' }).focus()
    for (let step = 0; step < 4; step += 1) await page.keyboard.press('ArrowDown')
    await page.keyboard.press('o')
    await page.getByRole('button', { name: 'As usual' }).press('Enter')
    await page.waitForURL(({ searchParams: said }) => !said.has('color'))
    assert.deepEqual(complaints, [])
    await context.close()
  })

  it('is parted by a bar that the keyboard moves to either end, and is found again as it was left', async () => {
    const { page, context } = await own.look()
    await page.goto(address())
    await plot(page, 20).waitFor()
    const bar = page.getByRole('separator', { name: 'Share of the table' })
    await bar.press('ArrowLeft')
    await bar.press('End')
    await page.locator('[data-metric]').first().waitFor({ state: 'detached' })
    await page.goto(address())
    await page.getByRole('grid', { name: 'Runs' }).waitFor()
    assert.equal(await bar.getAttribute('aria-valuenow'), '100')
    await bar.press('Home')
    await page.getByRole('grid', { name: 'Runs' }).waitFor({ state: 'detached' })
    await plot(page, 20).waitFor()
    await context.close()
  })

  it('shows the curves of all rows in sight by one request, moves them as points come, and raises what one points at', async () => {
    const { page, context, complaints } = await own.look()
    const asked: { run_ids: string[]; keys: string[]; buckets?: number }[] = []
    page.on('request', (request) => { if (request.url().endsWith('/series') && (request.postDataJSON() as { buckets: number }).buckets < 50) asked.push(request.postDataJSON() as never) })
    await page.goto(address('?col=metrics.auc&curve=metrics.auc'))
    await line(page, 'random-19').locator('.sparkline path').waitFor({ state: 'attached' })
    assert.deepEqual([asked[0]!.run_ids.length, asked[0]!.keys], [24, ['auc']])
    // All are asked for again where the live stream began after the first answer; never one by one.
    assert.ok(asked.length <= 3, `${asked.length} questions`)
    const path = await line(page, 'logistic-0').locator('.sparkline path').getAttribute('d')
    await page.getByRole('status').filter({ hasText: /^live$/ }).waitFor()
    const [run] = (await own.client.runs.searchPage({ experiment_ids: [id], filter: "attributes.run_name = 'logistic-0'" })).items
    await own.client.runs.logMetric({ run_id: run!.info.run_id, key: 'auc', value: 0.1, step: 41 })
    await line(page, 'logistic-0').getByText('0.1', { exact: true }).waitFor()
    assert.notEqual(await line(page, 'logistic-0').locator('.sparkline path').getAttribute('d'), path)
    // Down through the chart the pointer comes to a line, whose row shows it.
    const box = (await plot(page, 20).boundingBox())!
    const found = page.locator('[data-pointed=true]').first()
    for (let y = 20; y < box.height * 3; y += 4) {
      await page.mouse.move(box.x + box.width * 0.7, box.y + y % box.height)
      if (await found.waitFor({ timeout: 150 }).then(() => true, () => false)) break
    }
    await found.waitFor()
    assert.deepEqual(complaints, [])
    await context.close()
  })

  it('selects the rows that are pressed and dragged over, and they stay selected through a reload', async () => {
    const { page, context } = await own.look()
    await page.goto(address())
    const box = (name: string) => line(page, name).getByRole('checkbox')
    await box('logistic-0').click({ force: true })
    await box('XGBoost-5').click({ force: true })
    await page.getByRole('region', { name: '2 runs selected' }).waitFor()
    await box('logistic-9').hover({ force: true })
    await page.mouse.down()
    await box('logistic-12').hover({ force: true })
    await page.mouse.up()
    await page.getByRole('region', { name: '6 runs selected' }).waitFor()
    await page.waitForURL(({ searchParams: said }) => said.get('runs')?.split(',').length === 6)
    await page.reload()
    await page.getByRole('region', { name: '6 runs selected' }).waitFor()
    await context.close()
  })

  it('is reached through the palette by the name of a metric, a param and the version of a model', async () => {
    await own.client.models.create({ name: 'forecast' })
    for (let version = 1; version <= 2; version += 1) await own.client.models.createVersion({ name: 'forecast', source: 's3://bucket/model' })
    const { page, context } = await own.look()
    const find = async (text: string, option: RegExp): Promise<void> => {
      await page.keyboard.press('Control+k')
      await page.getByRole('combobox', { name: 'Find anything' }).fill(text)
      await page.getByRole('option', { name: option }).click()
    }
    await page.goto(address())
    await plot(page, 20).waitFor()
    await find('max_de', /^max_depth param/)
    await page.waitForURL(({ searchParams: said }) => said.getAll('col')[0] === 'params.max_depth' && said.getAll('col').length > 3)
    await find('forecast 2', /^forecast 2/)
    await page.getByRole('heading', { name: 'Version 2' }).waitFor()
    await find('valid/lo', /^valid\/loss metric · its chart · grid/)
    await page.waitForURL(/view=charts/)
    await page.locator('[data-metric="valid/loss"]').waitFor()
    assert.equal(await page.locator('[data-metric]').count(), 1)
    await context.close()
  })

  it('builds a filter from values that tell how many runs have them, and from conditions put together', async () => {
    const { page, context, complaints } = await own.look()
    await page.goto(address('?view=table'))
    const foot = (text: string) => page.locator('.foot').getByText(text, { exact: true }).waitFor()
    const box = page.getByRole('combobox', { name: 'Filter runs' })
    await page.getByRole('button', { name: 'Build a filter' }).click()
    await page.getByRole('button', { name: 'model param' }).click()
    await page.getByRole('button', { name: 'XGBoost 8' }).click()
    await foot('8 runs')
    await page.getByRole('button', { name: 'random forest 8' }).click()
    await foot('8 runs')
    assert.equal(await box.inputValue(), "params.model = 'random forest'")
    await page.getByRole('combobox', { name: 'Key of the condition' }).fill('metrics.auc')
    await page.getByRole('combobox', { name: 'Comparison' }).selectOption('>')
    await page.getByRole('textbox', { name: 'Value' }).fill('0.9')
    await page.getByRole('textbox', { name: 'Value' }).press('Enter')
    await page.waitForURL(({ searchParams: said }) => said.get('q') === "params.model = 'random forest' and metrics.auc > 0.9")
    assert.deepEqual(await violations(page), [])
    // Chosen again it goes.
    await page.getByRole('button', { name: /^random forest/ }).click()
    await page.waitForURL(({ searchParams: said }) => said.get('q') === 'metrics.auc > 0.9')
    assert.deepEqual(complaints, [])
    await context.close()
  })

  it('opens the children of a run in the table, and they move and grow as they train', async () => {
    const nested = await own.client.experiments.create({ name: 'nested' })
    const start = async (run_name: string, parent?: string): Promise<string> =>
      (await own.client.runs.create({ experiment_id: nested, run_name, start_time: Date.now(), tags: parent === undefined ? [] : [{ key: 'mlflow.parentRunId', value: parent }] })).info.run_id
    const sweep = await start('sweep')
    const trial = await start('trial', sweep)
    await own.client.runs.logMetric({ run_id: trial, key: 'loss', value: 2, step: 0 })
    const { page, context, complaints } = await own.look()
    await page.goto(`${own.url}/experiments/${nested}?view=table`)
    await line(page, 'sweep').waitFor()
    assert.equal(await line(page, 'trial').count(), 0)
    await page.getByRole('grid', { name: 'Runs' }).focus()
    await page.keyboard.press('ArrowRight')
    await line(page, 'trial').getByText('2', { exact: true }).waitFor()
    await page.getByRole('status').filter({ hasText: /^live$/ }).waitFor()
    await own.client.runs.logMetric({ run_id: trial, key: 'loss', value: 0.125, step: 1 })
    await line(page, 'trial').getByText('0.125').waitFor()
    const another = await start('another', sweep)
    await line(page, 'another').waitFor()
    // In the order of the table, and as many as are shown.
    await own.client.runs.logMetric({ run_id: another, key: 'loss', value: 3, step: 0 })
    const names = (): Promise<(string | null)[]> => page.locator('[data-run]').getByRole('link').evaluateAll((links) => links.map(({ textContent }) => textContent))
    const inOrder = async (...wanted: string[]): Promise<void> => {
      for (let left = 100; (await names()).join() !== wanted.join(); left -= 1) {
        assert.ok(left > 0, (await names()).join())
        await page.waitForTimeout(50)
      }
    }
    for (const [order, ...wanted] of [['ASC', 'trial', 'another'], ['DESC', 'another', 'trial']]) {
      await page.goto(`${own.url}/experiments/${nested}?view=table&sort=metrics.loss ${order}`)
      await line(page, 'sweep').waitFor()
      await page.getByRole('grid', { name: 'Runs' }).focus()
      await page.keyboard.press('ArrowRight')
      await inOrder('sweep', ...wanted)
    }
    await own.client.runs.setTag(trial, 'cairn.archived', 'true')
    await page.getByRole('button', { name: '1 child run of sweep' }).waitFor()
    await inOrder('sweep', 'another')
    await page.goto(`${own.url}/experiments/${nested}?view=table`)
    await line(page, 'sweep').waitFor()
    await page.getByRole('grid', { name: 'Runs' }).focus()
    await page.keyboard.press('ArrowRight')
    await line(page, 'another').waitFor()
    await page.keyboard.press('ArrowLeft')
    await line(page, 'another').waitFor({ state: 'detached' })
    assert.deepEqual(complaints, [])
    await context.close()
  })

  it('opens children of children too, level by level, each read when it is opened', async () => {
    const deep = await own.client.experiments.create({ name: 'deep' })
    let parent: string | undefined
    for (const run_name of ['sweep', 'fold', 'trial', 'retry']) {
      parent = (await own.client.runs.create({ experiment_id: deep, run_name, start_time: Date.now(), tags: parent === undefined ? [] : [{ key: 'mlflow.parentRunId', value: parent }] })).info.run_id
      await own.client.runs.logMetric({ run_id: parent, key: 'loss', value: run_name.length, step: 0 })
    }
    const { page, context, complaints } = await own.look()
    const asked: unknown[] = []
    await page.goto(`${own.url}/experiments/${deep}?view=table`)
    await line(page, 'sweep').waitFor()
    page.on('request', (request) => { if (request.url().endsWith('/runs/table')) asked.push(request.postDataJSON()) })
    for (const [at, name] of ['fold', 'trial', 'retry'].entries()) {
      assert.equal(await line(page, name).count(), 0)
      await page.getByRole('grid', { name: 'Runs' }).focus()
      await page.keyboard.press('ArrowRight')
      await line(page, name).waitFor()
      // One question for each level that is opened.
      assert.equal(asked.length, at + 1, JSON.stringify(asked))
      await page.keyboard.press('ArrowDown')
    }
    assert.equal(await line(page, 'retry').locator('.grid-name').evaluate((element) => (element as unknown as { style: { paddingLeft: string } }).style.paddingLeft), '48px')
    // Closed at the top, all of them are gone; opened again they stand as they stood.
    await page.keyboard.press('Home')
    await page.keyboard.press('ArrowLeft')
    await line(page, 'retry').waitFor({ state: 'detached' })
    assert.equal(await page.locator('[data-run]').count(), 1)
    await page.keyboard.press('ArrowRight')
    await line(page, 'retry').waitFor()
    assert.deepEqual(complaints, [])
    await context.close()
  })

  it('takes several experiments as one', async () => {
    const { page, context, complaints } = await own.look()
    await page.goto(`${own.url}/runs?experiments=${id},${other}`)
    await page.getByRole('heading', { name: 'grid, later' }).waitFor()
    await page.locator('.foot').getByText('26 runs', { exact: true }).waitFor()
    await page.getByRole('combobox', { name: 'Filter runs' }).fill("params.model = 'XGBoost'")
    await page.locator('.foot').getByText('8 runs', { exact: true }).waitFor()
    await plot(page, 8).waitFor()
    assert.deepEqual(complaints, [])
    await context.close()
  })
})
