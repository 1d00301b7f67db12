import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { look, openBrowser, startSite, violations, type Site } from './browser.ts'
import { startTraining, type Training } from './training.ts'

interface Stop {
  readonly path: string
  ready(page: Page): Promise<unknown>
  /** What is opened over the page. */
  open?(page: Page): Promise<unknown>
}

/** Each page, over what MLflow's Python client has logged and while it goes on: at every size, light and dark. */
describe('every page, while a training runs', () => {
  let site: Site
  let browser: Browser
  let training: Training
  let stops: readonly Stop[]
  const stack = new AsyncDisposableStack()

  before(async () => {
    site = stack.use(await startSite())
    training = stack.use(await startTraining(site))
    browser = await openBrowser()
    stack.defer(() => browser.close())
    const { client } = site
    const { experiment, run } = training
    // What MLflow's client has no words for: comments, a view, an endpoint.
    await client.comments.create({ run_id: run('forest-3'), text: 'It is the *depth*, @Ada.', by: 'Grace' })
    const view = await client.views.create({ experiment_ids: [experiment], name: 'Depths', state: 'view=table&tree=0&sort=params.max_depth+DESC', shared: true })
    await client.endpoints.create({ name: 'churn-live', model_name: 'telco-churn' })
    const forests = ['forest-1', 'forest-3', 'forest-6'].map(run)
    const model = (await client.runs.get(run('shipped'))).outputs!.model_outputs![0]!.model_id
    const panels = ['1*scatter*x*params.max_depth*y*metrics.valid/loss', '2*parallel*axis*params.max_depth*axis*metrics.valid/loss', '3*box*y*metrics.valid/loss', '4*importance*y*metrics.valid/loss', '5*confusion*file*eval/predictions.json', '6*roc*file*eval/predictions.json', '7*images*key*samples', '8*text*text*Depth%20decides']
      .map((panel) => `&panel=${encodeURIComponent(panel)}`).join('')
    const ofRun = (name: string, tab = ''): string => `/runs/${run(name)}${tab}`
    const heading = (name: string | RegExp) => (page: Page) => page.getByRole('heading', { name }).first().waitFor()
    const text = (said: string | RegExp) => (page: Page) => page.getByText(said).first().waitFor()
    const plot = (page: Page) => page.locator('.plot[data-lines]').first().waitFor()
    stops = [
      { path: '/', ready: (page) => page.locator('.home-curve path').first().waitFor() },
      { path: '/', ready: (page) => page.locator('.home-curve path').first().waitFor(), open: async (page) => {
        await page.keyboard.press('Control+k')
        await page.getByRole('dialog').getByRole('combobox').fill('churn')
        await page.getByRole('option', { name: /telco-churn/ }).first().waitFor()
      } },
      { path: '/experiments?view=list', ready: (page) => page.getByRole('link', { name: 'telco/churn' }).waitFor() },
      { path: `/experiments?view=list&show=${experiment}`, ready: (page) => page.getByRole('link', { name: 'telco/churn' }).waitFor() },
      { path: `/experiments/${experiment}`, ready: (page) => page.getByRole('link', { name: 'live' }).waitFor() },
      { path: `/experiments/${experiment}?view=table&by=params.max_depth&tree=0`, ready: (page) => page.locator('main table tbody tr').first().waitFor() },
      { path: `/experiments/${experiment}?view=table&tree=0&q=${encodeURIComponent('metrics.nothing >> 1')}`, ready: (page) => page.locator('#filter-error').waitFor() },
      { path: `/experiments/${experiment}?view=charts&tree=0`, ready: (page) => page.locator('.panel').first().waitFor() },
      { path: `/experiments/${experiment}?view=charts&tree=0&only=1&see=${forests.join(',')}${panels}`, ready: async (page) => {
        // Drawn while it is in sight, and those above it grow as they come.
        const panel = page.locator('.panel').filter({ hasText: 'ROC, ' })
        for (let left = 60; !await page.getByRole('img', { name: /^ROC/ }).isVisible(); left -= 1) {
          assert.ok(left > 0, 'the curve is not drawn')
          await panel.scrollIntoViewIfNeeded()
          await page.waitForTimeout(150)
        }
      } },
      { path: `/experiments/${experiment}/views/${view.view_id}`, ready: (page) => page.getByRole('link', { name: 'forest-6' }).waitFor() },
      { path: `/experiments/${experiment}?embed&view=table`, ready: (page) => page.getByRole('link', { name: 'live' }).waitFor() },
      { path: ofRun('forest-3'), ready: text('customers (training)') },
      { path: ofRun('forest-3'), ready: text('customers (training)'), open: async (page) => {
        await page.getByRole('button', { name: /^Comments/ }).first().click()
        await page.locator('.comment em').first().waitFor()
      } },
      { path: ofRun('live', '/charts'), ready: plot },
      { path: ofRun('live', '/system'), ready: (page) => page.locator('main .empty, main .plot').first().waitFor() },
      { path: ofRun('forest-3', '/artifacts'), ready: text('report.md') },
      { path: ofRun('forest-3', '/artifacts/report.md'), ready: heading('Forest') },
      { path: ofRun('forest-3', '/artifacts/eval/predictions.json'), ready: (page) => page.getByRole('columnheader', { name: 'prediction' }).waitFor() },
      { path: ofRun('forest-3', '/artifacts/training_confusion_matrix.png'), ready: text(/^\d+ × \d+ px$/) },
      { path: ofRun('shipped', '/lineage'), ready: (page) => page.locator('.graph-frame').waitFor() },
      { path: ofRun('search', '/children'), ready: (page) => page.getByRole('link', { name: 'forest-6' }).waitFor() },
      { path: ofRun('live', '/log'), ready: (page) => page.locator('main .empty').waitFor() },
      { path: `/compare?runs=${forests.join(',')}`, ready: (page) => page.getByRole('rowheader', { name: 'max_depth' }).waitFor() },
      { path: '/models', ready: (page) => page.getByRole('link', { name: 'telco-churn', exact: true }).waitFor() },
      { path: '/models/telco-churn', ready: (page) => page.getByRole('link', { name: 'Version 1', exact: true }).waitFor() },
      { path: '/models/telco-churn?compare=1,2', ready: (page) => page.getByRole('region', { name: 'Versions compared' }).waitFor() },
      { path: '/models/telco-churn', ready: (page) => page.getByRole('link', { name: 'Version 1', exact: true }).waitFor(), open: async (page) => {
        await page.getByRole('button', { name: 'Promote version 2' }).click()
        await page.getByRole('dialog').getByText('“champion” moves from version 1 to version 2.').waitFor()
      } },
      { path: '/models/telco-churn/versions/1', ready: text('tenure') },
      { path: `/logged-models/${model}`, ready: text('tenure') },
      { path: '/endpoints', ready: (page) => page.getByRole('link', { name: 'churn-live' }).waitFor() },
      { path: '/endpoints/churn-live', ready: heading('churn-live') },
      { path: '/mentions', ready: text('Depth'.toLowerCase()) },
      { path: '/nowhere', ready: text('No page has this address') },
      { path: '/', ready: (page) => page.locator('.home-curve path').first().waitFor(), open: async (page) => {
        await page.keyboard.press('?')
        await page.getByRole('dialog', { name: 'Keyboard' }).waitFor()
      } },
      { path: `/experiments/${experiment}?view=table`, ready: (page) => page.getByRole('link', { name: 'live' }).waitFor(), open: async (page) => {
        await page.keyboard.press('.')
        await page.getByRole('dialog', { name: 'This page in code' }).waitFor()
      } },
    ]
  })
  after(() => stack.disposeAsync())

  for (const [width, height] of [[390, 844], [1440, 900], [2560, 1440]] as const) {
    it(`is free of accessibility violations, no wider than the window and without complaints at ${width} px, light and dark`, { timeout: 400_000 }, async () => {
      const { page, context, complaints } = await look(browser, { width, height })
      await context.addInitScript("localStorage.setItem('cairn:name', 'Ada')")
      const wrong: string[] = []
      for (const [at, { path, ready, open }] of stops.entries()) {
        await page.goto(site.url + path)
        try {
          await ready(page)
          await open?.(page)
        } catch (error) {
          wrong.push(`${path}: ${(error as Error).message.split('\n')[0]!}`)
          continue
        }
        for (const scheme of ['light', 'dark'] as const) {
          await page.emulateMedia({ colorScheme: scheme })
          wrong.push(...(await violations(page)).map((text) => `${path}${open === undefined ? '' : ' with what is opened'}, ${scheme}: ${text}`))
          if (process.env['CAIRN_TEST_SHOTS'] !== undefined) await page.screenshot({ path: `${process.env['CAIRN_TEST_SHOTS']}/${width}-${String(at).padStart(2, '0')}-${scheme}.png`, animations: 'disabled' })
        }
        if (!await page.evaluate('document.documentElement.scrollWidth <= innerWidth')) wrong.push(`${path} is too wide`)
      }
      assert.deepEqual(wrong, [])
      // Of the filter that is wrong.
      assert.deepEqual(complaints.filter((text) => !/status of 400/.test(text)), [])
      await context.close()
    })
  }
})
