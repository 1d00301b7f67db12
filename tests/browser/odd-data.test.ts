import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import { share } from './share.ts'

describe('what is unusual', () => {
  let odd: string
  let tree: string
  let noisy: string
  const ids = new Map<string, string>()
  const own = share(async ({ client }) => {
    const log = async (experiment_id: string, run_name: string, values: readonly number[], params: Readonly<Record<string, string>> = {}, tags: Readonly<Record<string, string>> = {}): Promise<string> => {
      const { info: { run_id } } = await client.runs.create({ experiment_id, run_name, start_time: 1_000_000 + ids.size, tags: Object.entries(tags).map(([key, value]) => ({ key, value })) })
      for (let from = 0; from < values.length; from += 1000) await client.runs.logBatch({ run_id, metrics: values.slice(from, from + 1000).map((value, at) => ({ key: 'loss', value, step: from + at, timestamp: 1000 + from + at })) })
      await client.runs.logBatch({ run_id, params: Object.entries(params).map(([key, value]) => ({ key, value })), metrics: [{ key: 'same', value: 5, step: 0, timestamp: 1 }] })
      await client.runs.update({ run_id, status: 'FINISHED', end_time: 2_000_000 })
      ids.set(run_name, run_id)
      return run_id
    }
    odd = await client.experiments.create({ name: 'odd' })
    await log(odd, 'ends in NaN', [0.9, 0.25, 0.75, NaN], { seed: '20240315123', lr: '0.1' }, { team: 'a' })
    await log(odd, 'ends in infinity', [3, 2, Infinity], { seed: '20240315123', lr: '0.2' }, { team: 'b' })
    await log(odd, 'counts', [12_345, 1_234_567], { seed: '20240315123', lr: '0.3' })
    await log(odd, 'only NaN', [NaN, NaN], { seed: '20240315123', lr: '0.4' })
    tree = await client.experiments.create({ name: 'tree' })
    const parent = await log(tree, 'parent', [1])
    await log(tree, 'child', [2], {}, { 'mlflow.parentRunId': parent })
    noisy = await client.experiments.create({ name: 'noisy' })
    for (const [name, spike] of [['flat', 0], ['spiky', 50]] as const) await log(noisy, name, Array.from({ length: 3000 }, (_, at) => (at === 1234 ? spike : Math.sin(at) / 10)), { opt: 'adam' })
  })
  const row = (page: Page, name: string) => page.locator(`[data-run="${ids.get(name)!}"]`)
  const foot = (page: Page, text: string) => page.locator('.foot').getByText(text, { exact: true }).waitFor()

  it('is named in the table: NaN, infinity, whole numbers with all their digits; and the best of a run that ended so is found', async () => {
    const { page, context, complaints } = await own.look()
    await page.goto(`${own.url}/experiments/${odd}?view=table&col=metrics.loss&col=params.seed`)
    await row(page, 'ends in NaN').getByText('NaN', { exact: true }).waitFor()
    await row(page, 'ends in infinity').getByText('Infinity', { exact: true }).waitFor()
    await row(page, 'counts').getByText('1234567', { exact: true }).waitFor()
    await row(page, 'ends in NaN').locator('svg.sparkline').waitFor()
    await page.goto(`${own.url}/experiments/${odd}?view=table&col=metrics.loss&best=min:metrics.loss`)
    for (const [name, text] of [['ends in NaN', '0.25'], ['ends in infinity', '2'], ['counts', '12345'], ['only NaN', '–']] as const) await row(page, name).locator('[data-curve="true"]').getByText(text, { exact: true }).waitFor()
    assert.deepEqual(complaints, [])
    await context.close()
  })

  it('shows what is equal apart, and only what differs: metrics too, and tags that were chosen', async () => {
    const { page, context, complaints } = await own.look()
    await page.goto(`${own.url}/experiments/${odd}?view=table`)
    await page.getByRole('columnheader', { name: /same/ }).waitFor()
    await page.getByRole('button', { name: '1 param equal' }).click()
    await page.getByRole('dialog', { name: '1 param equal' }).getByText('20240315123').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Only what differs' }).click()
    await page.getByRole('columnheader', { name: /same/ }).waitFor({ state: 'detached' })
    await page.getByRole('columnheader', { name: /loss/ }).waitFor()
    await page.goto(`${own.url}/experiments/${odd}?view=table&diff=1&col=metrics.same&col=tags.team&col=params.seed&runs=${ids.get('ends in NaN')!},${ids.get('ends in infinity')!}`)
    await page.getByRole('columnheader', { name: /team/ }).waitFor()
    await page.getByRole('columnheader', { name: /same/ }).waitFor({ state: 'detached' })
    assert.deepEqual(await page.locator('[data-column^="tags."], [data-column^="params."], [data-column^="metrics."]').evaluateAll((all) => all.map((one) => (one as unknown as { dataset: { column: string } }).dataset.column)), ['tags.team'])
    assert.deepEqual(complaints, [])
    await context.close()
  })

  it('is downloaded with all that was selected, whatever the filter, and with the children of a tree', async () => {
    const { page, context } = await own.look()
    const csv = async (press: () => Promise<unknown>): Promise<string> => {
      const [download] = await Promise.all([page.waitForEvent('download'), press()])
      return readFile(await download.path(), 'utf8')
    }
    await page.goto(`${own.url}/experiments/${odd}?view=table&q=counts&col=metrics.loss&runs=${ids.get('counts')!},${ids.get('ends in infinity')!}`)
    await foot(page, '1 run')
    const text = await csv(() => page.getByRole('region', { name: '2 runs selected' }).getByRole('button', { name: 'CSV' }).click())
    assert.match(text, /ends in infinity,.*,Infinity\r\n/)
    assert.match(text, /counts,.*,1234567\r\n/)
    await page.goto(`${own.url}/experiments/${tree}?view=table`)
    await page.locator('.foot').getByText('1 run at the top').waitFor()
    assert.match(await csv(() => page.getByRole('button', { name: 'CSV' }).click()), /,child,/)
    await context.close()
  })

  it('below others is not lost to a filter that does not find these', async () => {
    const { page, context } = await own.look()
    await page.goto(`${own.url}/experiments/${tree}?view=table&tree=1&q=child`)
    await page.getByRole('button', { name: '1 more run below others: show as a list' }).click()
    await row(page, 'child').waitFor()
    await foot(page, '1 run')
    await context.close()
  })

  it('nests as soon as the first child is logged', async () => {
    const experiment_id = await own.client.experiments.create({ name: 'grows' })
    const { info } = await own.client.runs.create({ experiment_id, run_name: 'mother', start_time: Date.now() })
    const { page, context } = await own.look()
    await page.goto(`${own.url}/experiments/${experiment_id}?view=table`)
    await foot(page, '1 run')
    await page.getByRole('status').filter({ hasText: /^live$/ }).waitFor()
    await own.client.runs.create({ experiment_id, run_name: 'daughter', start_time: Date.now(), tags: [{ key: 'mlflow.parentRunId', value: info.run_id }] })
    await page.getByRole('button', { name: 'Nested', pressed: true }).waitFor()
    await page.getByRole('button', { name: '1 child run of mother' }).waitFor()
    await context.close()
  })

  it('is taken back for each run as it was before', async () => {
    const { page, context } = await own.look()
    await page.goto(`${own.url}/experiments/${odd}?view=table&runs=${ids.get('ends in NaN')!},${ids.get('ends in infinity')!},${ids.get('counts')!}`)
    const bar = page.getByRole('region', { name: '3 runs selected' })
    await bar.getByRole('button', { name: 'Tag' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Key').fill('team')
    await dialog.getByLabel('Value', { exact: true }).fill('all')
    await dialog.getByRole('button', { name: 'Tag' }).click()
    await page.getByText('3 runs tagged').waitFor()
    const teams = async (): Promise<(string | undefined)[]> => Promise.all(['ends in NaN', 'ends in infinity', 'counts'].map(async (name) => (await own.client.runs.get(ids.get(name)!)).data.tags?.find(({ key }) => key === 'team')?.value))
    assert.deepEqual(await teams(), ['all', 'all', 'all'])
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.getByText('Taken back').waitFor()
    assert.deepEqual(await teams(), ['a', 'b', undefined])
    await context.close()
  })

  it('is a spike in the band of a group, and every point with all its digits in the file of a chart', async () => {
    const { page, context, complaints } = await own.look()
    await page.goto(`${own.url}/experiments/${noisy}?view=charts&group=params.opt`)
    // Grouped by what is the same in all: one line.
    const plot = page.locator('[data-metric="loss"] .plot[data-lines="1"]')
    await plot.waitFor()
    await plot.focus()
    await page.getByRole('button', { name: 'Menu of loss' }).click()
    const save = async (): Promise<string[]> => {
      const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name: 'Save as CSV' }).click()])
      return (await readFile(await download.path(), 'utf8')).trim().split('\r\n')
    }
    const grouped = await save()
    assert.ok(grouped.slice(1).some((line) => line.endsWith(',50')), 'the highest of the group')
    // The address says what is chosen, or the last choice would come back.
    await page.goto(`${own.url}/experiments/${noisy}?view=charts&x=step`)
    await page.locator('[data-metric="loss"] .plot[data-lines="2"]').waitFor()
    await page.getByRole('button', { name: 'Menu of loss' }).click()
    const all = await save()
    assert.equal(all.length, 6001)
    assert.ok(all.includes(`flat,1,${Math.sin(1) / 10}`))
    // A panel is kept above the others, found there by a reload, and let go.
    await page.getByRole('button', { name: 'Menu of same' }).click()
    await page.getByRole('menuitem', { name: 'Keep on top' }).click()
    await page.locator('[data-section="*"] [data-metric="same"]').waitFor()
    await page.reload()
    await page.locator('[data-section="*"] [data-metric="same"]').waitFor()
    await page.getByRole('button', { name: 'Menu of same' }).click()
    await page.getByRole('menuitem', { name: 'Let go from top' }).click()
    await page.locator('[data-section="*"]').waitFor({ state: 'detached' })
    assert.deepEqual(complaints, [])
    await context.close()
  })

  it('is a time in nanoseconds: the run is there, in the table, in the charts along time, and on home', async () => {
    const experiment_id = await own.client.experiments.create({ name: 'nanoseconds' })
    const now = BigInt(Date.now()) * 1_000_000n
    const { info: { run_id } } = await own.client.runs.create({ experiment_id, run_name: 'in nanoseconds', start_time: now })
    await own.client.runs.logBatch({ run_id, metrics: [0, 1, 2].map((step) => ({ key: 'loss', value: step, step, timestamp: now + BigInt(step) })) })
    const { page, context, complaints } = await own.look()
    await page.goto(`${own.url}/experiments/${experiment_id}?x=time`)
    await page.locator(`[data-run="${run_id}"]`).getByText('no time', { exact: true }).waitFor()
    await page.locator('[data-metric="loss"] .plot[data-lines="1"]').waitFor()
    await page.goto(`${own.url}/runs/${run_id}`)
    await page.getByRole('navigation', { name: 'Parts of the run' }).waitFor()
    await page.goto(own.url)
    await page.getByRole('link', { name: 'in nanoseconds' }).waitFor()
    await page.goto(`${own.url}/experiments`)
    await page.getByRole('link', { name: 'nanoseconds', exact: true }).waitFor()
    assert.deepEqual(complaints, [])
    await own.client.runs.update({ run_id, status: 'FINISHED', end_time: now + 5n })
    await context.close()
  })

  it('that nothing is logged yet is said in the charts too, with what to type', async () => {
    const experiment_id = await own.client.experiments.create({ name: 'untouched' })
    const { page, context } = await own.look()
    await page.goto(`${own.url}/experiments/${experiment_id}?view=charts`)
    await page.getByText(`mlflow.set_experiment(experiment_id="${experiment_id}")`).waitFor()
    await page.goto(`${own.url}/experiments/${experiment_id}?view=charts&q=nothing`)
    await page.getByText('No run matches this filter.').waitFor()
    await context.close()
  })

  it('a finger selects by the box of a row, and not what stands beside it', async () => {
    const { context: desk } = await own.look()
    const context = await desk.browser()!.newContext({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true })
    const page = await context.newPage()
    await page.goto(`${own.url}/experiments/${odd}?view=table`)
    await row(page, 'counts').waitFor()
    const box = (await row(page, 'counts').locator('.grid-gutter input').boundingBox())!
    await page.touchscreen.tap(box.x + box.width / 2, box.y + box.height / 2)
    await page.getByRole('region', { name: '1 run selected' }).waitFor()
    assert.equal(await row(page, 'counts').getByRole('checkbox').isChecked(), true)
    assert.equal(await row(page, 'counts').locator('.grid-eye').getAttribute('aria-pressed'), 'true')
    await context.close()
    await desk.close()
  })

  it('on a phone is told beside the chart and not over it', async () => {
    const { page, context } = await own.look({ width: 390, height: 844 })
    await page.goto(`${own.url}/experiments/${noisy}?view=charts`)
    const plot = page.locator('[data-metric="loss"] .plot[data-lines="2"]')
    await plot.waitFor()
    const chart = (await plot.boundingBox())!
    await page.mouse.move(chart.x + chart.width / 2, chart.y + chart.height / 2)
    const tip = (await page.locator('[data-metric="loss"] .tip').boundingBox())!
    assert.ok(tip.y >= chart.y + chart.height || tip.y + tip.height <= chart.y, `${tip.y} in ${chart.y} to ${chart.y + chart.height}`)
    assert.ok(tip.y >= 0 && tip.y + tip.height <= 844)
    await page.goto(`${own.url}/experiments/${noisy}?view=charts&find=by&panel=1*scatter*x*metrics.same*y*metrics.loss`)
    const dots = page.locator('.figure .plot')
    await dots.waitFor()
    await page.getByText(/^2 runs/).first().waitFor()
    const figure = (await dots.boundingBox())!
    await dots.focus()
    await page.keyboard.press('ArrowRight')
    const told = (await page.locator('.figure-tip').boundingBox())!
    assert.ok(told.y >= figure.y + figure.height || told.y + told.height <= figure.y, `${told.y} in ${figure.y} to ${figure.y + figure.height}`)
    await context.close()
  })
})
