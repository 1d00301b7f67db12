import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import { violations } from './browser.ts'
import { share } from './share.ts'

const runs = 12
const steps = 30
const lossOf = (run: number, step: number): number => run + Math.sin(step + run)

describe('whoever reads charts', () => {
  let id = ''
  let wide = ''
  const own = share(async ({ client }) => {
    id = await client.experiments.create({ name: 'read' })
    for (let run = 0; run < runs; run += 1) {
      const { info: { run_id } } = await client.runs.create({ experiment_id: id, run_name: `trial-${run}`, start_time: 1_700_000_000_000 + run })
      await client.runs.logBatch({
        run_id, params: [{ key: 'model', value: ['linear', 'forest', 'boost'][run % 3]! }, { key: 'lr', value: String((run + 1) / 100) }, { key: 'depth', value: String(run % 4) }],
        metrics: [
          ...['loss', 'twin'].flatMap((key) => Array.from({ length: steps }, (_, step) => ({ key, value: lossOf(run, step), step, timestamp: 1_700_000_000_000 + step }))),
          { key: 'auc', value: run / runs, step: 0, timestamp: 1 }, { key: 'cost', value: 10 - run / 2, step: 0, timestamp: 1 },
        ],
      })
      await client.runs.update({ run_id, status: 'FINISHED', end_time: 1_700_000_100_000 })
    }
    wide = await client.experiments.create({ name: 'thousands' })
    const { info: { run_id } } = await client.runs.create({ experiment_id: wide, run_name: 'wide', start_time: 1_700_000_000_000 })
    for (let part = 0; part < 4; part += 1) await client.runs.logBatch({ run_id, metrics: Array.from({ length: 1000 }, (_, at) => ({ key: `layer${part}/weight_${String(at).padStart(3, '0')}`, value: at, step: 0, timestamp: 1 })) })
  })

  const address = (query: string, panels: readonly string[] = []): string => `${own.url}/experiments/${id}?${query}${panels.map((panel) => `&panel=${encodeURIComponent(panel)}`).join('')}`
  const plot = (page: Page, metric: string, lines = runs) => page.locator(`[data-metric="${metric}"] .plot[data-lines="${lines}"]`)
  const panel = (page: Page, number: number) => page.locator(`[data-panel="#${number}"]`)
  /** Asked by the debugger, which no content policy binds: what the browser asks again in the page itself is refused. */
  async function until(page: Page, condition: string): Promise<void> {
    for (let round = 0; !await page.evaluate(condition); round += 1) {
      assert.ok(round < 200, condition)
      await page.waitForTimeout(50)
    }
  }
  const menu = async (page: Page, title: string, item: string): Promise<void> => {
    await page.getByRole('button', { name: `Menu of ${title}`, exact: true }).press('ArrowDown')
    await page.getByRole('menuitem', { name: item, exact: true }).click()
  }

  it('sees in every chart where the cursor of one is, and keeps it there by Space', async () => {
    const { page, context, complaints } = await own.look()
    await page.goto(address('view=charts&find=loss|twin'))
    await plot(page, 'twin').waitFor()
    await plot(page, 'loss').focus()
    await page.keyboard.press('Home')
    await page.keyboard.press('ArrowRight')
    const values = Array.from({ length: runs }, (_, run) => lossOf(run, 1))
    const short = (value: number): string => String(Number(value.toPrecision(4)))
    const far = page.locator('[data-metric="twin"] .tip[data-far]')
    await far.getByText(`${short(Math.min(...values))} to ${short(Math.max(...values))}`, { exact: true }).waitFor()
    await page.locator('[data-metric="loss"] .tip:not([data-far])').getByText('step 1', { exact: true }).waitFor()
    await page.keyboard.press('Space')
    // Whatever the pointer does meanwhile.
    const box = (await plot(page, 'loss').boundingBox())!
    await page.mouse.move(box.x + box.width - 30, box.y + 60)
    await page.mouse.move(box.x + box.width - 60, box.y + 80)
    await page.locator('[data-metric="loss"] .tip').getByText('step 1', { exact: true }).waitFor()
    await page.keyboard.press('Escape')
    await far.waitFor({ state: 'detached' })
    await page.mouse.move(box.x + box.width - 30, box.y + 60)
    await page.locator('[data-metric="loss"] .tip').getByText(/^step 2\d$/).waitFor()
    assert.deepEqual(complaints, [])
    await context.close()
  })

  it('chooses what the line and the band of a group are', async () => {
    const { page, context, complaints } = await own.look()
    await page.goto(address('view=charts&find=loss&group=params.model'))
    await plot(page, 'loss', 3).waitFor()
    // Their lines have colours of their own, which a legend names.
    assert.deepEqual(await page.getByRole('list', { name: 'Groups' }).getByRole('listitem').allTextContents(), ['boost (4)', 'forest (4)', 'linear (4)'])
    const look = (element: string): Promise<string | null> => page.locator(element).first().locator('line').getAttribute('style')
    assert.equal(await look('.legend-run[title="trial-1"]'), await look('.groups-legend li:has-text("forest")'))
    const members = Array.from({ length: runs }, (_, run) => run).filter((run) => run % 3 === 1)
    const told = async (): Promise<number[]> => {
      const [download] = await Promise.all([page.waitForEvent('download'), menu(page, 'loss', 'Save as CSV')])
      const lines = readFileSync(await download.path(), 'utf8').trim().split('\r\n').map((line) => line.split(','))
      assert.deepEqual(lines[0], ['line', 'step', 'loss', 'low', 'high'])
      return lines.find(([line, step]) => line === 'forest (4)' && step === '7')!.slice(2).map(Number)
    }
    const values = members.map((run) => lossOf(run, 7)).sort((a, b) => a - b)
    const mean = values.reduce((sum, one) => sum + one, 0) / values.length
    const deviation = Math.sqrt(values.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (values.length - 1))
    const quantile = (part: number): number => { const at = part * (values.length - 1); const low = Math.floor(at); return values[low]! + (values[low + 1]! - values[low]!) * (at - low) }
    const wanted = { 'Mean, lowest to highest': [mean, values[0]!, values.at(-1)!], 'Mean ± standard deviation': [mean, mean - deviation, mean + deviation], 'Median, quartiles': [quantile(0.5), quantile(0.25), quantile(0.75)] }
    for (const [name, numbers] of Object.entries(wanted)) {
      await page.getByLabel(/^as /).selectOption({ label: name })
      const said = await told()
      for (const [at, number] of numbers.entries()) assert.ok(Math.abs(said[at]! - number) < 1e-5, `${name}: ${said.join()} is ${numbers.join()}`)
    }
    assert.deepEqual(complaints, [])
    await context.close()
  })

  it('draws them on logarithmic axes, without outliers, along time, as the toolbar says, and asks for lines only where the axis is another', async () => {
    const { page, context, complaints } = await own.look()
    let asked = 0
    page.on('request', (request) => { if (request.url().endsWith('/series')) asked += 1 })
    await page.goto(address('view=charts&find=loss'))
    await plot(page, 'loss').waitFor()
    const first = asked
    const said = (key: string, value: string): Promise<void> => page.waitForURL((url) => url.searchParams.get(key) === value)
    for (const scale of ['log', 'symlog'] as const) {
      await page.getByLabel('Values').selectOption(scale)
      await said('y', scale)
    }
    await page.getByLabel('Logarithmic steps').check()
    await said('xlog', '1')
    await page.getByLabel('Clip outliers').check()
    await said('clip', '1')
    await plot(page, 'loss').waitFor()
    assert.equal(asked, first)
    await page.getByLabel('Along').selectOption('time')
    await said('x', 'time')
    await page.locator(`[data-metric="loss"]:not([aria-busy]) .plot[data-last="${1_700_000_000_000 + steps - 1}"]`).waitFor()
    await page.getByLabel('Smoothing').selectOption('mean')
    await page.getByText(', smoothed').first().waitFor()
    assert.deepEqual(complaints, [])
    await context.close()
  })

  it('sees what is selected in the table stand out of the lines, the bars and the panels', async () => {
    const { page, context, complaints } = await own.look()
    await page.goto(address('view=both', ['1*scatter*x*metrics.cost*y*metrics.auc']))
    await panel(page, 1).getByText(`${runs} runs`).waitFor()
    await page.getByRole('grid', { name: 'Runs' }).focus()
    await page.keyboard.press('x')
    await page.keyboard.press('j')
    await page.keyboard.press('x')
    await panel(page, 1).getByText(`2 of ${runs} runs chosen`).waitFor()
    await page.locator('[data-metric="loss"]').scrollIntoViewIfNeeded()
    await page.locator(`[data-metric="loss"] .plot[data-back="${runs - 2}"]`).waitFor()
    await page.locator('[data-metric="auc"]').scrollIntoViewIfNeeded()
    await until(page, `document.querySelectorAll('[data-metric="auc"] .bars li[data-back]').length === ${runs - 2}`)
    assert.deepEqual(await violations(page), [])
    await page.locator('[data-metric="loss"]').scrollIntoViewIfNeeded()
    await page.getByRole('grid', { name: 'Runs' }).focus()
    await page.keyboard.press('Escape')
    await page.locator('[data-metric="loss"] .plot[data-back="0"]').waitFor()
    assert.deepEqual(complaints, [])
    await context.close()
  })

  it('copies a chart as PNG, SVG and CSV', async () => {
    const { page, context, complaints } = await own.look()
    await context.grantPermissions(['clipboard-read', 'clipboard-write'])
    await page.goto(address('view=charts&find=loss'))
    await plot(page, 'loss').waitFor()
    const copied = page.locator('.toast').getByText('Copied')
    const text = (): Promise<string> => page.evaluate('navigator.clipboard.readText()') as Promise<string>
    await menu(page, 'loss', 'Copy as SVG')
    await copied.last().waitFor()
    assert.match(await text(), /^<svg[^]*>trial-11<\/text>/)
    await menu(page, 'loss', 'Copy as CSV')
    await until(page, 'navigator.clipboard.readText().then((text) => text.startsWith("line,step,loss"))')
    assert.equal((await text()).trim().split('\r\n').length, 1 + runs * steps)
    await menu(page, 'loss', 'Copy as PNG')
    await until(page, `navigator.clipboard.read().then(([item]) => item.types.includes('image/png'))`)
    assert.deepEqual(complaints, [])
    await context.close()
  })

  it('finds some of thousands of metrics by a regular expression, as it is typed', async () => {
    const { page, context, complaints } = await own.look()
    await page.goto(`${own.url}/experiments/${wide}?view=charts`)
    await page.locator('[data-metric="layer0/weight_000"]').first().waitFor()
    assert.deepEqual(await page.locator('section h2 button').allTextContents(), ['layer0', 'layer1', 'layer2', 'layer3'])
    const box = page.getByRole('searchbox', { name: 'Find metrics' })
    assert.equal(await box.getAttribute('placeholder'), 'Find among 4,000 metrics, e.g. ^train/')
    await box.pressSequentially('layer[13]/weight_99[7-9]$')
    await until(page, `document.querySelectorAll('[data-panel]').length === 6`)
    assert.equal(await box.inputValue(), 'layer[13]/weight_99[7-9]$')
    assert.deepEqual(await page.locator('[data-panel]').evaluateAll((all) => all.map((one) => (one as unknown as { dataset: { panel: string } }).dataset.panel)), [1, 3].flatMap((part) => [7, 8, 9].map((at) => `layer${part}/weight_99${at}`)))
    await page.locator('.bars').nth(5).getByText('999', { exact: true }).waitFor()
    assert.deepEqual(complaints, [])
    await context.close()
  })

  it('has bubbles, bars, boxes, violins and contours say what they show, and a drag over each of them chooses runs', async () => {
    const { page, context, complaints } = await own.look({ width: 1800, height: 1500 })
    const panels = ['1*scatter*x*params.lr*y*metrics.auc*size*metrics.cost*color*params.model', '2*bar*y*metrics.auc*by*params.model', '3*box*y*metrics.auc*by*params.model', '4*violin*y*metrics.auc*by*params.model', '5*contour*x*params.lr*y*params.depth*z*metrics.auc', '6*histogram*x*metrics.auc']
    await page.goto(address('view=charts&find=by|of|over', panels))
    const label = async (number: number): Promise<string> => { await panel(page, number).locator('.plot[aria-label*="12 runs"], .plot[aria-label*="bars"]').waitFor(); return (await panel(page, number).locator('.plot').getAttribute('aria-label'))! }
    const aucs = (rest: number): number[] => Array.from({ length: 4 }, (_, at) => (at * 3 + rest) / runs)
    const short = (value: number): string => String(Number(value.toPrecision(4)))
    const median = (rest: number): string => short((aucs(rest)[1]! + aucs(rest)[2]!) / 2)
    assert.match(await label(1), /^Scatter of auc by lr, 12 runs, rank correlation 1$/)
    assert.match(await label(2), new RegExp(`^Mean of auc for each model, 3 bars, highest ${short(aucs(2).reduce((sum, one) => sum + one, 0) / 4)} for boost$`))
    for (const number of [3, 4]) assert.match(await label(number), new RegExp(`^(?:Boxes|Violins) of auc for each model, 12 runs: boost median ${median(2)}, forest median ${median(1)}, linear median ${median(0)}$`))
    assert.match(await label(5), /^Heights of auc over lr and depth, 12 runs, highest 0\.9167 at 0\.12 and 3$/)
    for (const number of [1, 2, 3, 4, 5, 6]) {
      await panel(page, number).scrollIntoViewIfNeeded()
      const box = (await panel(page, number).locator('.plot').boundingBox())!
      await page.mouse.move(box.x + box.width * (number === 5 ? 0.15 : 0.45), box.y + box.height * 0.15)
      await page.mouse.down()
      await page.mouse.move(box.x + box.width * (number === 5 ? 0.5 : 0.97), box.y + box.height * (number === 5 ? 0.95 : 0.6), { steps: 4 })
      await page.mouse.up()
      const bar = page.locator('.brush-bar')
      await bar.waitFor()
      await page.waitForURL(/brush=/)
      const some = Number(await bar.getAttribute('data-chosen'))
      assert.ok(some > 0 && some < runs, `panel ${number} has chosen ${some}`)
      await bar.getByRole('button', { name: 'Let go' }).click()
      await bar.waitFor({ state: 'detached' })
      await page.waitForURL((url) => !url.search.includes('brush='))
    }
    assert.deepEqual(complaints, [])
    await context.close()
  })
})
