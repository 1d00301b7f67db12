import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import { violations } from './browser.ts'
import { logGrid } from './data.ts'
import { share } from './share.ts'

describe('columns and rows of the table of runs', () => {
  let id = ''
  let single = ''
  const own = share(async ({ client }) => {
    id = await logGrid(client, 'grid', 12)
    single = await client.experiments.create({ name: 'one value each' })
    for (const [at, [user, auc, bias]] of ([['ada', 0.9, -1], ['grace', 0.45, 1], ['ada', 0.6, 0.5]] as const).entries()) {
      const { info: { run_id } } = await client.runs.create({ experiment_id: single, run_name: `once-${at}`, start_time: 1_000_000 + at, tags: [{ key: 'mlflow.user', value: user }, { key: 'mlflow.source.name', value: `train-${at}.py` }, { key: 'mlflow.note.content', value: `note ${at}` }] })
      await client.runs.logBatch({ run_id, metrics: [{ key: 'auc', value: auc, step: 0, timestamp: 1 }, { key: 'bias', value: bias, step: 0, timestamp: 1 }] })
    }
  })

  const address = (query = ''): string => `${own.url}/experiments/${id}${query}`
  const line = (page: Page, name: string) => page.getByRole('row').filter({ has: page.getByRole('link', { name, exact: true }) })
  const said = (page: Page, key: string): string[] => new URL(page.url()).searchParams.getAll(key)
  const heading = (page: Page, column: string) => page.locator(`.grid-heading[data-column="${column}"]`)
  const logged = (page: Page): Promise<string[]> => page.locator('.grid-heading[data-kind]').evaluateAll((all) => all.map((one) => (one as unknown as { dataset: { column: string } }).dataset.column))
  async function until(page: Page, holds: () => Promise<boolean>, what: string): Promise<void> {
    for (let left = 200; !await holds(); left -= 1) {
      assert.ok(left > 0, what)
      await page.waitForTimeout(50)
    }
  }
  const menu = async (page: Page, column: string, item: string): Promise<void> => {
    await heading(page, column).locator('.grid-more').press('Enter')
    await page.getByRole('menuitem', { name: item, exact: true }).click()
  }

  it('are chosen one by one, kept at the left, moved by a menu, and sized by their edge and by keys; the address keeps it', async () => {
    const { page, context, complaints } = await own.look()
    await page.goto(address('?view=table'))
    await line(page, 'logistic-0').waitFor()
    // One that the data does not suggest.
    await page.getByRole('button', { name: 'Columns' }).click()
    await page.getByRole('searchbox', { name: /^Find among/ }).fill('seed')
    await page.getByRole('checkbox', { name: 'seed', exact: true }).check()
    await page.keyboard.press('Escape')
    await heading(page, 'params.seed').waitFor()
    await line(page, 'logistic-0').getByText('7', { exact: true }).waitFor()

    await menu(page, 'params.max_depth', 'Keep at the left')
    await page.locator('.grid-fixed .grid-heading[data-column="params.max_depth"]').waitFor()
    await page.locator('[data-run] .grid-fixed').first().getByRole('gridcell').nth(2).getByText('2', { exact: true }).waitFor()

    const order = async (): Promise<number> => { const all = await logged(page); return all.indexOf('metrics.f1') - all.indexOf('metrics.accuracy') }
    const before = await order()
    await menu(page, 'metrics.f1', 'Move left')
    await until(page, async () => await order() === before - 1, 'f1 stands one further left')
    await menu(page, 'metrics.f1', 'Move right')
    await until(page, async () => await order() === before, 'f1 stands where it stood')
    await menu(page, 'metrics.f1', 'Move left')

    const widthOf = async (): Promise<number> => Math.round((await heading(page, 'metrics.accuracy').boundingBox())!.width)
    const usual = await widthOf()
    const edge = (await heading(page, 'metrics.accuracy').locator('.grid-edge').boundingBox())!
    await page.mouse.move(edge.x + 3, edge.y + 10)
    await page.mouse.down()
    await page.mouse.move(edge.x + 63, edge.y + 10, { steps: 3 })
    await page.mouse.up()
    await until(page, async () => await widthOf() === usual + 60, 'wider by sixty')
    await heading(page, 'metrics.accuracy').getByRole('button', { name: 'accuracy', exact: true }).press('Shift+ArrowLeft')
    await until(page, async () => await widthOf() === usual + 44, 'narrower by a key')
    await until(page, async () => said(page, 'w').includes(`${usual + 44}:metrics.accuracy`), page.url())
    assert.deepEqual(said(page, 'keep'), ['params.max_depth'])
    const shown = await logged(page)
    await page.reload()
    await line(page, 'logistic-0').waitFor()
    await until(page, async () => (await logged(page)).join() === shown.join() && await widthOf() === usual + 44, 'as it was')
    assert.deepEqual(complaints, [])
    await context.close()
  })

  it('tell of a baseline what each run differs by, and which way is better', async () => {
    const { page, context, complaints } = await own.look()
    await page.goto(address('?view=table&col=metrics.accuracy&col=metrics.train/loss&col=params.model'))
    await line(page, 'logistic-0').waitFor()
    const values = async (name: string): Promise<number[]> => {
      const [run] = (await own.client.runs.searchPage({ experiment_ids: [id], filter: `attributes.run_name = '${name}'` })).items
      return ['accuracy', 'train/loss'].map((key) => Number(run!.data.metrics!.find((one) => one.key === key)!.value))
    }
    await page.getByRole('grid', { name: 'Runs' }).focus()
    await page.keyboard.press('b')
    await line(page, 'logistic-0').getByText('baseline').waitFor()
    const [base, other] = [await values('logistic-0'), await values('logistic-6')]
    const deltas = line(page, 'logistic-6').locator('.grid-delta')
    await deltas.nth(1).waitFor()
    const told = await deltas.allTextContents()
    const good = await deltas.evaluateAll((all) => all.map((one) => (one as unknown as { dataset: { good: string } }).dataset.good))
    for (const at of [0, 1]) {
      const by = other[at]! - base[at]!
      assert.ok(Math.abs(Number(told[at]!.replace('−', '-')) - by) <= Math.abs(by) / 1000, `${told[at]} is ${by}`)
      assert.equal(good[at], String(at === 0 ? by > 0 : by < 0))
    }
    assert.match((await deltas.first().locator('..').getAttribute('title'))!, /%\) against the baseline$/)
    // Beside the curve and the difference the value itself is whole.
    assert.deepEqual(await page.locator('[data-run] [role="gridcell"]:has(.grid-delta)').evaluateAll((cells) => (cells as unknown as { textContent: string; querySelectorAll(what: string): Iterable<{ scrollWidth: number; clientWidth: number }> }[]).flatMap((cell) => [...cell.querySelectorAll(':scope > span')].some(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth) ? [cell.textContent] : [])), [])
    // A word that is another is marked, the same is not.
    await line(page, 'random-1').locator('.grid-other').getByText('random forest').waitFor()
    assert.equal(await line(page, 'logistic-6').locator('.grid-other').count(), 0)
    assert.deepEqual(await violations(page), [])
    await page.reload()
    await line(page, 'logistic-6').locator('.grid-delta').first().waitFor()
    await page.getByRole('button', { name: 'No baseline' }).click()
    await page.locator('.grid-delta').first().waitFor({ state: 'detached' })
    assert.deepEqual(complaints, [])
    await context.close()
  })

  it('stay on top where one keeps them, whatever the order, and are drawn though they are not among the first', async () => {
    const { page, context } = await own.look()
    await page.goto(address('?first=10&col=metrics.accuracy'))
    await line(page, 'XGBoost-11').waitFor()
    await page.locator('[data-metric="accuracy"] .plot[data-lines="10"]').waitFor()
    await page.getByRole('grid', { name: 'Runs' }).focus()
    await page.keyboard.press('End')
    await page.keyboard.press('p')
    const top = page.locator('.grid-head [data-pinned="true"]').filter({ hasText: 'XGBoost-11' })
    await top.waitFor()
    await page.locator('[data-metric="accuracy"] .plot[data-lines="11"]').waitFor()
    await page.getByRole('button', { name: 'accuracy', exact: true }).first().click()
    await page.reload()
    await top.waitFor()
    await page.getByRole('grid', { name: 'Runs' }).focus()
    await line(page, 'XGBoost-11').last().getByRole('checkbox').click({ force: true })
    await page.getByRole('region', { name: '1 run selected' }).getByRole('button', { name: 'Let go from top' }).click()
    await top.waitFor({ state: 'detached' })
    await context.close()
  })

  it('are archived, shown among the others with their mark, and brought back', async () => {
    const { page, context } = await own.look()
    const foot = (text: string) => page.locator('.foot').getByText(text, { exact: true }).waitFor()
    await page.goto(address('?view=table'))
    await foot('12 runs')
    await line(page, 'random-1').getByRole('checkbox').click({ force: true })
    await line(page, 'XGBoost-2').getByRole('checkbox').click({ force: true })
    await page.getByRole('region', { name: '2 runs selected' }).getByRole('button', { name: 'Archive' }).click()
    await foot('10 runs')
    await page.locator('.toast').filter({ hasText: '2 runs archived' }).getByRole('button', { name: 'Undo' }).click()
    await foot('12 runs')
    await line(page, 'random-1').getByRole('checkbox').click({ force: true })
    await page.getByRole('region', { name: '1 run selected' }).getByRole('button', { name: 'Archive' }).click()
    await foot('11 runs')
    await page.getByRole('combobox', { name: 'Runs shown' }).selectOption('archived')
    await foot('12 runs')
    await line(page, 'random-1').getByText('archived', { exact: true }).waitFor()
    await line(page, 'random-1').getByRole('checkbox').click({ force: true })
    await page.getByRole('region', { name: '1 run selected' }).getByRole('button', { name: 'Unarchive' }).click()
    await line(page, 'random-1').getByText('archived', { exact: true }).waitFor({ state: 'detached' })
    await page.getByRole('combobox', { name: 'Runs shown' }).selectOption('active')
    await foot('12 runs')
    await context.close()
  })

  it('are grouped by a param, a tag, or who ran them, with mean, spread, least and most of what they reached, and a group opens', async () => {
    const { page, context, complaints } = await own.look()
    await page.goto(address('?view=table&col=metrics.accuracy'))
    await line(page, 'logistic-0').waitFor()
    await page.getByRole('combobox', { name: 'Group', exact: true }).selectOption('params.model')
    const runs = (await own.client.runs.searchPage({ experiment_ids: [id], filter: "params.model = 'XGBoost'" })).items
    const values = runs.map(({ data }) => Number(data.metrics!.find(({ key }) => key === 'accuracy')!.value))
    const mean = values.reduce((sum, one) => sum + one, 0) / values.length
    const spread = Math.sqrt(values.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (values.length - 1))
    const group = page.getByRole('row').filter({ has: page.getByRole('button', { name: 'XGBoost', exact: true }) })
    const told = (await group.locator('td').last().textContent())!
    const numbers = /^([\d.]+) ± ([\d.]+) · ([\d.]+) to ([\d.]+)$/.exec(told)?.slice(1).map(Number)
    assert.ok(numbers, told)
    for (const [at, wanted] of [mean, spread, Math.min(...values), Math.max(...values)].entries()) assert.ok(Math.abs(numbers[at]! - wanted) <= wanted / 1000, `${numbers[at]} is ${wanted}`)
    await group.getByRole('button', { name: 'XGBoost' }).click()
    await page.locator('.foot').getByText('4 runs', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'All groups' }).click()
    await group.waitFor()
    // By what MLflow's client says of a run too, but for what is another text in each.
    await page.goto(`${own.url}/experiments/${single}?view=table`)
    await line(page, 'once-0').waitFor()
    const box = page.getByRole('combobox', { name: 'Group', exact: true })
    assert.deepEqual((await box.locator('option').allTextContents()).filter((text) => text.includes('mlflow')), ['By mlflow.source.name', 'By mlflow.user'])
    await box.selectOption('tags.mlflow.user')
    await page.getByRole('row').filter({ has: page.getByRole('button', { name: 'ada', exact: true }) }).getByText('0.75', { exact: false }).first().waitFor()
    assert.deepEqual(complaints, [])
    await context.close()
  })

  it('have on a phone the first value in sight, whatever its name, and no tool over another', async () => {
    const { client } = own
    const experiment_id = await client.experiments.create({ name: 'long names' })
    const { info: { run_id: parent } } = await client.runs.create({ experiment_id, run_name: 'search', start_time: 1_000_000 })
    for (let at = 0; at < 2; at += 1) {
      const { info: { run_id } } = await client.runs.create({ experiment_id, run_name: `trial-${at}`, start_time: 1_000_001 + at, tags: at === 0 ? [] : [{ key: 'mlflow.parentRunId', value: parent }] })
      await client.runs.logBatch({ run_id, metrics: [{ key: 'validation_accuracy_of_the_best', value: 0.8125, step: 0, timestamp: 1 }], params: [{ key: 'a_param_with_a_very_long_name_indeed', value: String(at) }] })
    }
    const { page, context } = await own.look({ width: 390, height: 844 })
    await page.goto(`${own.url}/experiments/${experiment_id}`)
    await line(page, 'trial-0').getByText('0.8125', { exact: true }).waitFor()
    const value = await line(page, 'trial-0').locator('[role="gridcell"]').filter({ hasText: '0.8125' }).boundingBox()
    assert.ok(value!.x + value!.width <= 390, `it ends at ${value!.x + value!.width}`)
    const covered = await page.locator('.table-tools button, .table-tools select').evaluateAll((all) => (all as unknown as { textContent: string; getBoundingClientRect(): { left: number; top: number; width: number; height: number }; contains(other: unknown): boolean }[]).flatMap((one) => {
      const { left, top, width, height } = one.getBoundingClientRect()
      const { document } = globalThis as unknown as { document: { elementFromPoint(x: number, y: number): unknown } }
      return [4, width / 2, width - 4].every((x) => one.contains(document.elementFromPoint(left + x, top + height / 2))) ? [] : [one.textContent]
    }))
    assert.deepEqual(covered, [])
    await page.getByRole('button', { name: 'Nested' }).click()
    await line(page, 'trial-1').waitFor()
    await context.close()
  })

  it('show a value that is alone as a bar from zero, and as a curve as soon as there are two', async () => {
    const { page, context, complaints } = await own.look()
    await page.goto(`${own.url}/experiments/${single}?view=table&col=metrics.auc&col=metrics.bias&curve=metrics.auc&curve=metrics.bias`)
    const bar = (name: string, at: number) => line(page, name).locator('[data-curve="true"]').nth(at).locator('.sparkline[data-bar]')
    const sizes = (name: string, at: number): Promise<number[]> => bar(name, at).evaluate((one) => { const { backgroundPositionX, backgroundSize } = (one as unknown as { style: Record<string, string> }).style; return [backgroundPositionX, backgroundSize].map((text) => Number.parseFloat(text!)) })
    await bar('once-2', 1).waitFor({ state: 'attached' })
    assert.deepEqual([await sizes('once-0', 0), await sizes('once-1', 0)], [[0, 64], [0, 32]])
    assert.deepEqual([await sizes('once-0', 1), await sizes('once-1', 1), await sizes('once-2', 1)], [[0, 32], [32, 32], [32, 16]])
    assert.deepEqual(await violations(page), [])
    await page.getByRole('status').filter({ hasText: /^live$/ }).waitFor()
    const [run] = (await own.client.runs.searchPage({ experiment_ids: [single], filter: "attributes.run_name = 'once-1'" })).items
    await own.client.runs.logMetric({ run_id: run!.info.run_id, key: 'auc', value: 0.5, step: 1 })
    await line(page, 'once-1').locator('[data-curve="true"]').first().locator('.sparkline path').waitFor({ state: 'attached' })
    assert.deepEqual(complaints, [])
    await context.close()
  })
})
