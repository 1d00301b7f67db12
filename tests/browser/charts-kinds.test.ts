import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { look, openBrowser, startSite, violations, type Site } from './browser.ts'

const runs = 60

describe('panels over runs', () => {
  let site: Site
  let browser: Browser
  let experiment: string

  before(async () => {
    site = await startSite()
    browser = await openBrowser()
    experiment = await site.client.experiments.create({ name: 'sweep' })
    for (let run = 0; run < runs; run += 1) {
      const { info } = await site.client.runs.create({ experiment_id: experiment, run_name: `trial-${run}`, start_time: 1_700_000_000_000 + run })
      const metrics = [{ key: 'auc', value: run / runs, step: 0, timestamp: 1 }, { key: 'loss', value: 1 - run / runs, step: 0, timestamp: 1 }]
      const lines = run < 50 ? [] : [0, 1, 2, 3].flatMap((step) => [{ key: 'train/acc', value: step / 10 + run / 100, step, timestamp: 1 }, { key: 'train/epoch', value: step / 2, step, timestamp: 1 }])
      await site.client.runs.logBatch({
        run_id: info.run_id, tags: [], metrics: run === 7 ? metrics.slice(1) : [...metrics, ...lines],
        params: [{ key: 'lr', value: String((run % 12 + 1) / 100) }, { key: 'model', value: ['linear', 'forest', 'boost'][run % 3]! }, { key: 'depth', value: String(run % 5) }],
      })
    }
  })
  after(async () => {
    await browser.close()
    await site[Symbol.asyncDispose]()
  })

  const scatter = '1*scatter*x*metrics.loss*y*metrics.auc*color*params.model'
  const parallel = '2*parallel*axis*params.lr*axis*params.model*axis*metrics.auc*color*metrics.auc'
  const address = (panels: readonly string[], query = 'view=charts'): string => `${site.url}/experiments/${experiment}?${query}${panels.map((panel) => `&panel=${encodeURIComponent(panel)}`).join('')}`
  const panel = (page: Page, id: string) => page.locator(`[data-panel="${id}"]`)
  const plot = (page: Page, id: string) => panel(page, id).locator('.plot')
  const chosen = async (page: Page): Promise<number> => Number(await page.locator('.brush-bar').getAttribute('data-chosen'))
  /** Asked by the debugger, which no content policy binds. */
  async function until(page: Page, condition: string): Promise<void> {
    for (let round = 0; !await page.evaluate(condition); round += 1) {
      assert.ok(round < 200, condition)
      await page.waitForTimeout(50)
    }
  }
  /** As the page itself says it: the browser tells of a changed address later than of a pressed key. */
  const query = async (page: Page, key: string): Promise<string[]> => new URLSearchParams(await page.evaluate('location.search') as string).getAll(key)
  /** Drags from one part of an element to another, both 0 to 1. */
  async function drag(page: Page, id: string, from: readonly [number, number], to: readonly [number, number]): Promise<void> {
    const box = (await plot(page, id).boundingBox())!
    const place = ([x, y]: readonly [number, number]): [number, number] => [box.x + box.width * x, box.y + box.height * y]
    await page.mouse.move(...place(from))
    await page.mouse.down()
    await page.mouse.move(...place(to), { steps: 4 })
    await page.mouse.up()
  }

  it('are proposed, added by a dialog with the keyboard alone, changed and removed', async () => {
    const { page, context, complaints } = await look(browser)
    await page.goto(address([]))
    await page.getByRole('button', { name: 'Add a panel' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('radio', { name: 'Histogram' }).focus()
    await page.keyboard.press('Space')
    await page.getByRole('dialog').getByRole('combobox', { name: 'Values' }).focus()
    await page.keyboard.type('auc')
    await page.getByRole('dialog').getByRole('option', { name: /^auc/ }).waitFor()
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').getByRole('button', { name: 'Add a panel' }).focus()
    await page.keyboard.press('Enter')
    await page.waitForSelector('[data-panel="#1"] .plot[aria-label^="Histogram of auc, 59 runs"]')
    assert.deepEqual(await query(page, 'panel'), ['1*histogram*x*metrics.auc'])
    await panel(page, '#1').getByRole('button', { name: 'Menu of Histogram of auc' }).click()
    await page.getByRole('menuitem', { name: 'Remove' }).click()
    await page.getByRole('button', { name: 'Importance', exact: true }).click()
    await page.waitForSelector('.importance[data-ready]')
    assert.match((await page.locator('.importance tbody tr').first().textContent())!, /^(?:lr|model|depth)\d/)
    assert.deepEqual(complaints, [])
    await context.close()
  })

  it('choose runs by a drag: every panel, the lines and the table follow, and the address keeps it', async () => {
    const { page, context } = await look(browser)
    await page.goto(address([scatter, parallel, '3*histogram*x*metrics.auc*by*params.model', '4*box*y*metrics.auc*by*params.model'], 'view=both'))
    await page.waitForSelector('[data-panel="#1"] .plot[aria-label*="59 runs"]')
    await drag(page, '#1', [0.1, 0.02], [0.97, 0.45])
    await page.waitForURL(/brush=/)
    await until(page, 'document.querySelector(".brush-bar")?.dataset.chosen > 10')
    const some = await chosen(page)
    assert.ok(some > 15 && some < 40, `${some} runs are chosen`)
    assert.deepEqual((await query(page, 'brush')).map((one) => one.split('*')[0]).sort(), ['metrics.auc', 'metrics.loss'])
    await panel(page, '#2').getByText(`${some} of 60 runs chosen`).waitFor()
    assert.match((await panel(page, '#3').locator('.note').textContent())!, new RegExp(`^${some} of 59 runs chosen`))
    await page.getByText(`${some} runs selected`).or(page.getByText(`${some} selected`)).first().waitFor()
    await page.reload()
    await page.waitForSelector('.brush-bar')
    await until(page, `document.querySelector('.brush-bar').dataset.chosen === '${some}'`)
    await page.getByRole('button', { name: 'Let go' }).click()
    await page.waitForSelector('.brush-bar', { state: 'detached' })
    assert.deepEqual(await query(page, 'brush'), [])
    await context.close()
  })

  it('draw the thousands that step back once for a whole drag, and not any more when it is let go of', async () => {
    const many = await site.client.experiments.create({ name: 'many' })
    const numbers = Array.from({ length: 1600 }, (_, run) => run)
    const log = async (run: number): Promise<void> => {
      const { info } = await site.client.runs.create({ experiment_id: many, run_name: `trial-${run}`, start_time: 1_700_000_000_000 + run })
      await site.client.runs.logBatch({ run_id: info.run_id, params: [], tags: [], metrics: [{ key: 'auc', value: run % 40, step: 0, timestamp: 1 }, { key: 'loss', value: Math.floor(run / 40), step: 0, timestamp: 1 }] })
    }
    for (let from = 0; from < numbers.length; from += 100) await Promise.all(numbers.slice(from, from + 100).map(log))
    const { page, context } = await look(browser)
    // How often each canvas was begun anew.
    await page.addInitScript(`{
      const clear = CanvasRenderingContext2D.prototype.clearRect
      CanvasRenderingContext2D.prototype.clearRect = function (...area) { this.canvas.begun = (this.canvas.begun ?? 0) + 1; return clear.apply(this, area) }
    }`)
    await page.goto(`${site.url}/experiments/${many}?view=charts&panel=${encodeURIComponent('1*scatter*x*metrics.auc*y*metrics.loss')}&panel=${encodeURIComponent('2*parallel*axis*metrics.auc*axis*metrics.loss')}`)
    await page.waitForSelector('[data-panel="#1"] .plot[aria-label*="1,600 runs"]')
    /** Of both panels' two lower layers: how often they were begun, and how much stands on them. */
    const layers = async (): Promise<{ begun: number; ink: number }[]> => await page.evaluate(`new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(['#1', '#2'].flatMap((id) => [...document.querySelectorAll('[data-panel="' + id + '"] .plot canvas')].slice(0, 2).map((canvas) => {
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
      let ink = 0
      for (let at = 3; at < data.length; at += 4) ink += data[at]
      return { begun: canvas.begun ?? 0, ink }
    }))))))`)
    const before = await layers()
    assert.deepEqual([before[0]!.ink, before[2]!.ink, before[1]!.ink > 0, before[3]!.ink > 0], [0, 0, true, true])
    const box = (await plot(page, '#1').boundingBox())!
    const counts = new Set<number>()
    await page.mouse.move(box.x + box.width * 0.2, box.y + box.height * 0.2)
    await page.mouse.down()
    const all: Awaited<ReturnType<typeof layers>>[] = []
    for (const part of [0.3, 0.4, 0.5, 0.6]) {
      await page.mouse.move(box.x + box.width * part, box.y + box.height * part)
      await until(page, `![undefined, ${[...counts].map((one) => `'${one}'`).join()}].includes(document.querySelector('.brush-bar')?.dataset.chosen)`)
      counts.add(await chosen(page))
      all.push(await layers())
    }
    const [first, last] = [all[0]!, all.at(-1)!]
    for (const at of [0, 2]) assert.deepEqual([first[at]!.ink > 0, last[at]!.begun, last[at]!.ink], [true, first[at]!.begun, first[at]!.ink])
    for (const at of [1, 3]) assert.ok(last[at]!.begun >= first[at]!.begun + 3 && last[at]!.ink !== first[at]!.ink)
    await page.mouse.up()
    await page.getByRole('button', { name: 'Let go' }).click()
    await page.waitForSelector('.brush-bar', { state: 'detached' })
    assert.deepEqual((await layers()).map(({ ink }) => ink), before.map(({ ink }) => ink))
    await context.close()
  })

  it('choose by the keyboard, and say at each thing what it is', async () => {
    const { page, context } = await look(browser)
    await page.goto(address([scatter, parallel]))
    await page.waitForSelector('[data-panel="#1"] .plot[aria-label*="59 runs"]')
    await plot(page, '#1').focus()
    await page.keyboard.press('End')
    assert.match((await panel(page, '#1').locator('[aria-live=polite]').last().textContent())!, /^trial-0: loss 1, auc 0, model linear$/)
    for (let step = 0; step < 5; step += 1) await page.keyboard.press('Shift+ArrowLeft')
    await page.waitForSelector('.brush-bar[data-chosen="6"]')
    await page.keyboard.press('Escape')
    await page.waitForSelector('.brush-bar', { state: 'detached' })
    await page.getByRole('slider', { name: /^auc, all values/ }).focus()
    await page.keyboard.press('ArrowUp')
    await page.waitForSelector('.brush-bar')
    const half = await chosen(page)
    assert.ok(half > 20 && half < 40, `${half} runs`)
    await page.keyboard.press('Shift+ArrowDown')
    await until(page, `document.querySelector('.brush-bar')?.dataset.chosen < ${half}`)
    await page.keyboard.press('Escape')
    await page.waitForSelector('.brush-bar', { state: 'detached' })
    await plot(page, '#1').focus()
    await page.keyboard.press('Home')
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/runs\/[0-9a-f]{32}/)
    await context.close()
  })

  it('of parallel coordinates reorder by keys and by dragging, flip, and take logarithms', async () => {
    const { page, context } = await look(browser)
    await page.goto(address([parallel], 'view=charts&size=2x1*%232'))
    const axes = async (): Promise<string[]> => (await query(page, 'panel'))[0]!.split('*').filter((_, at, all) => all[at - 1] === 'axis')
    const head = (name: string) => page.locator('.parallel-head', { hasText: name }).getByRole('button').first()
    await head('lr').focus()
    await page.keyboard.press('Shift+ArrowRight')
    assert.deepEqual(await axes(), ['params.model', 'params.lr', 'metrics.auc'])
    const [from, to] = [(await head('auc').boundingBox())!, (await head('model').boundingBox())!]
    await page.mouse.move(from.x + from.width / 2, from.y + 10)
    await page.mouse.down()
    await page.mouse.move(to.x - 20, to.y + 10, { steps: 5 })
    await page.mouse.up()
    await page.waitForURL((url) => url.searchParams.get('panel')!.includes('axis*metrics.auc*axis*params.model'))
    await head('lr').click()
    await page.getByRole('menuitemcheckbox', { name: 'Logarithmic' }).click()
    await page.getByRole('menuitemcheckbox', { name: 'Upside down' }).click()
    assert.match((await query(page, 'panel'))[0]!, /log\*params\.lr.*flip\*params\.lr|flip\*params\.lr.*log\*params\.lr/)
    // By what a forest says of the last: it is all the loss, nothing the model.
    await page.goto(address(['2*parallel*axis*metrics.loss*axis*params.model*axis*metrics.auc'], 'view=charts'))
    await head('loss').waitFor()
    await panel(page, '#2').getByRole('button', { name: /^Menu of/ }).click()
    await page.getByRole('menuitem', { name: 'Order axes by importance for the last' }).click()
    await page.waitForURL((url) => url.searchParams.get('panel')!.includes('axis*params.model*axis*metrics.loss*axis*metrics.auc'))
    await context.close()
  })

  it('are moved and sized by mouse and by keys, in sections of one’s own choice, and found again', async () => {
    const { page, context } = await look(browser)
    await page.goto(address([scatter, '3*histogram*x*metrics.auc']))
    await page.waitForSelector('[data-panel="train/acc"] .plot[data-points]')
    const order = (): Promise<string[]> => page.locator('[data-panel]').evaluateAll((all) => all.map((one) => `${one.closest('[data-section]')!.getAttribute('data-section')!} ${one.getAttribute('data-panel')!}`))
    assert.deepEqual(await order(), ['* #1', '* #3', ' auc', ' loss', 'train train/acc', 'train train/epoch'])
    await page.getByRole('button', { name: 'Move train/acc' }).focus()
    // Moved, a panel has the focus again a frame later.
    const held = (): Promise<void> => until(page, 'document.activeElement.getAttribute("aria-label") === "Move train/acc"')
    await page.keyboard.press('ArrowUp')
    await page.waitForSelector('[data-section=""] [data-panel="train/acc"]')
    await held()
    await page.waitForTimeout(100)
    await held()
    await page.keyboard.press('ArrowLeft')
    await page.waitForSelector('[data-panel="auc"] + [data-panel="train/acc"]')
    await page.waitForTimeout(100)
    await held()
    assert.deepEqual(await order(), ['* #1', '* #3', ' auc', ' train/acc', ' loss', 'train train/epoch'])
    await page.keyboard.press('Shift+ArrowRight')
    await page.keyboard.press('Shift+ArrowDown')
    await panel(page, '#1').scrollIntoViewIfNeeded()
    const grip = (await panel(page, '#3').locator('[data-grip]').boundingBox())!
    const target = (await panel(page, '#1').boundingBox())!
    await page.mouse.move(grip.x + 5, grip.y + 5)
    await page.mouse.down()
    await page.mouse.move(target.x + 40, target.y + 60, { steps: 5 })
    await page.mouse.up()
    assert.deepEqual((await order()).slice(0, 2), ['* #3', '* #1'])
    const corner = (await panel(page, '#3').locator('.panel-corner').boundingBox())!
    const before = (await panel(page, '#3').boundingBox())!
    await page.mouse.move(corner.x + 8, corner.y + 8)
    await page.mouse.down()
    await page.mouse.move(corner.x + before.width * 0.8, corner.y + 8, { steps: 4 })
    await page.mouse.up()
    assert.deepEqual((await query(page, 'size')).sort(), ['2x1*#3', '2x2*train/acc'])
    await panel(page, 'loss').getByRole('button', { name: 'Menu of loss' }).click()
    await page.getByRole('menuitem', { name: 'Take away' }).click()
    await page.reload()
    await page.waitForSelector('[data-panel="train/acc"] .plot[data-points]')
    assert.deepEqual(await order(), ['* #3', '* #1', ' auc', ' train/acc', 'train train/epoch'])
    await page.getByRole('button', { name: 'Bring back 1 panel taken away' }).click()
    assert.ok((await order()).includes(' loss'))
    await page.getByRole('searchbox', { name: 'Find metrics' }).fill('^hist')
    await until(page, 'document.querySelectorAll("[data-panel]").length === 1')
    await context.close()
  })

  it('go as CSV, SVG, PNG and Python out, and as a table to who sees none', async () => {
    const { page, context } = await look(browser)
    await context.grantPermissions(['clipboard-read', 'clipboard-write'])
    await page.goto(address([scatter]))
    await page.waitForSelector('[data-panel="#1"] .plot[aria-label*="59 runs"]')
    const choose = async (name: string): Promise<void> => {
      await panel(page, '#1').getByRole('button', { name: 'Menu of auc by loss' }).click()
      await page.getByRole('menuitem', { name }).click()
    }
    for (const [name, ending, pattern] of [['Save as CSV', 'csv', /^run_id,run,loss,auc,model\r\n[0-9a-f]{32},trial-59,/], ['Save as SVG', 'svg', /^<svg/], ['Save as PNG', 'png', /PNG/]] as const) {
      const [download] = await Promise.all([page.waitForEvent('download'), choose(name)])
      assert.equal(download.suggestedFilename(), `auc-by-loss.${ending}`)
      assert.match(readFileSync((await download.path())!, 'latin1'), pattern)
    }
    await choose('Copy as Python')
    assert.match(await page.evaluate('navigator.clipboard.readText()') as string, /plt\.scatter\(runs\["metrics\.loss"\], runs\["metrics\.auc"\]/)
    await choose('Show as a table')
    assert.equal(await panel(page, '#1').locator('tbody tr').count(), 60)
    await context.close()
  })

  it('show lines along another metric', async () => {
    const { page, context } = await look(browser)
    await page.goto(address([]))
    await page.waitForSelector('[data-panel="train/acc"] .plot[data-last="3"]')
    await page.getByRole('combobox', { name: 'Along' }).selectOption('metrics.train/epoch')
    await page.waitForSelector('[data-panel="train/acc"] .plot[data-last="1.5"]')
    assert.deepEqual(await query(page, 'x'), ['metrics.train/epoch'])
    await context.close()
  })

  for (const [width, dark] of [[390, true], [1440, false]] as const) {
    it(`have nothing that axe complains of at ${width} px, and do not scroll sideways`, async () => {
      const { page, context, complaints } = await look(browser, { width, dark })
      await page.goto(address([scatter, parallel, '3*contour*x*params.lr*y*params.depth*z*metrics.auc', '4*violin*y*metrics.auc*by*params.model', '5*importance*y*metrics.auc'], 'view=charts&brush=metrics.auc*0.5*0.9'))
      await panel(page, '#5').scrollIntoViewIfNeeded()
      await page.waitForSelector('.importance[data-ready]')
      assert.deepEqual(await violations(page), [])
      assert.ok(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'))
      await page.getByRole('button', { name: 'Add a panel' }).click()
      await page.getByRole('dialog').waitFor()
      assert.deepEqual(await violations(page), [])
      assert.deepEqual(complaints, [])
      await context.close()
    })
  }
})

describe('panels of what runs logged', () => {
  let site: Site
  let browser: Browser
  let experiment: string
  const pixel = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')

  before(async () => {
    site = await startSite()
    browser = await openBrowser()
    experiment = await site.client.experiments.create({ name: 'classifiers' })
    for (let run = 0; run < 2; run += 1) {
      const { info } = await site.client.runs.create({ experiment_id: experiment, run_name: `model-${run}`, start_time: 1_700_000_000_000 + run })
      // The first ranks every row right, the second none.
      const data = Array.from({ length: 20 }, (_, at) => [at < 10 ? 'churn' : 'stay', at % 10 < 8 === at < 10 ? 'churn' : 'stay', run === 0 ? 1 - at / 20 : at / 20])
      await site.client.artifacts.upload(info.run_id, 'eval/predictions.json', new Blob([JSON.stringify({ columns: ['target', 'prediction', 'score'], data })]))
      await site.client.artifacts.upload(info.run_id, 'training_roc_curve.png', new Blob([pixel]))
      await site.client.artifacts.upload(info.run_id, 'notes.md', new Blob([`# Model ${run}\n\nIts *notes*.`]))
      for (const step of run === 0 ? [0, 5, 10] : [0, 5]) await site.client.artifacts.upload(info.run_id, `images/val~samples+step+${step}+timestamp+${1700 + step}+id-${step}.png`, new Blob([pixel]))
    }
  })
  after(async () => {
    await browser.close()
    await site[Symbol.asyncDispose]()
  })

  const panels = ['1*confusion*file*eval/predictions.json', '2*roc*file*eval/predictions.json*positive*churn', '3*pr*file*eval/predictions.json*positive*churn', '4*images', '5*table*file*eval/predictions.json', '6*text*file*notes.md', '7*text*text*## Findings first', '8*confusion*file*notes.json', '9*roc*file*training_roc_curve.png']
  const address = (): string => `${site.url}/experiments/${experiment}?view=charts${panels.map((panel) => `&panel=${encodeURIComponent(panel)}`).join('')}`
  const panel = (page: Page, id: string) => page.locator(`[data-panel="#${id}"]`)

  it('are matrices, curves, images by step, tables and notes, of the runs that are drawn', async () => {
    const { page, context, complaints } = await look(browser, { height: 1600 })
    await page.goto(address())
    await panel(page, '1').getByRole('img', { name: 'Confusion matrix, predictions.json of model-1: 20 rows, 80% right, 2 labels' }).waitFor()
    await panel(page, '1').locator('.plot').focus()
    await page.keyboard.press('ArrowRight')
    await panel(page, '1').getByText('churn → churn: Rows 8, Of its row 80%').waitFor()
    await panel(page, '2').getByRole('img', { name: 'ROC, predictions.json: model-1 AUC 0, model-0 AUC 1' }).waitFor()
    assert.match((await panel(page, '3').locator('.plot').getAttribute('aria-label'))!, /model-0 AP 1$/)
    await panel(page, '4').locator('img[data-step="10"]').waitFor()
    // A run that has no image at this step shows the last one before, and says so.
    await panel(page, '4').getByText('model-1 (step 5)').waitFor()
    await panel(page, '4').getByRole('slider', { name: /^Step/ }).focus()
    await page.keyboard.press('Home')
    await panel(page, '4').locator('img[data-step="0"]').nth(1).waitFor()
    await panel(page, '5').getByText('20 rows, 3 columns').waitFor()
    await panel(page, '6').getByRole('heading', { name: 'Model 1' }).waitFor()
    await panel(page, '6').getByRole('combobox', { name: 'Run' }).selectOption({ label: 'model-0' })
    await panel(page, '6').getByRole('heading', { name: 'Model 0' }).waitFor()
    await panel(page, '7').getByRole('heading', { name: 'Findings first' }).waitFor()
    await panel(page, '9').scrollIntoViewIfNeeded()
    await panel(page, '9').getByRole('img', { name: 'training_roc_curve.png of model-1' }).waitFor()
    await panel(page, '9').getByText(/^2 runs\. Pictures, as autologging writes them/).waitFor()
    await panel(page, '8').getByRole('alert').getByText('The run has no file notes.json.').waitFor()
    assert.deepEqual(await violations(page), [])
    assert.deepEqual(complaints, [])
    await context.close()
  })

  it('are added by naming a file that the runs have', async () => {
    const { page, context } = await look(browser)
    await page.goto(`${site.url}/experiments/${experiment}?view=charts`)
    await page.getByRole('button', { name: 'Add a panel' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('radio', { name: 'Precision–recall' }).check()
    await dialog.getByRole('combobox', { name: 'File' }).fill('pred')
    await dialog.getByRole('option', { name: 'eval/predictions.json' }).click()
    await dialog.getByRole('button', { name: 'Add a panel' }).click()
    await page.getByRole('img', { name: /^Precision–recall, predictions\.json: model-1 AP/ }).waitFor()
    await page.waitForURL((url) => url.searchParams.get('panel') === '1*pr*file*eval/predictions.json')
    await context.close()
  })
})
