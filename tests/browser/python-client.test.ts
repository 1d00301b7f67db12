import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { pythonForTests } from '../../tools/setup-python.ts'
import { look, openBrowser, startSite, violations, type Site } from './browser.ts'

/** All pages over what MLflow's own Python client has logged, while it goes on logging. */
describe('what the Python client logs', () => {
  let site: Site
  let browser: Browser
  let training: ChildProcess
  let id: string
  const runs = new Map<string, string>()

  before(async () => {
    site = await startSite()
    const python = await pythonForTests()
    training = spawn(python, [fileURLToPath(new URL('train.py', import.meta.url)), site.url], { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, PYTHONWARNINGS: 'ignore', MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR: 'false' } })
    let said = ''
    training.stderr!.on('data', (text: Buffer) => { said += text.toString() })
    let out = ''
    await new Promise<void>((resolve, reject) => {
      training.stdout!.on('data', (text: Buffer) => { if ((out += text.toString()).includes('ready')) resolve() })
      training.once('exit', (code) => reject(new Error(`train.py ended with ${code}: ${said}`)))
    })
    id = (await site.client.experiments.searchPage({ max_results: 10, filter: "name = 'telco/churn'" })).items[0]!.experiment_id
    for (const { info } of (await site.client.runs.searchPage({ experiment_ids: [id], max_results: 10 })).items) runs.set(info.run_name, info.run_id)
    browser = await openBrowser()
  })
  after(async () => {
    await browser?.close()
    if (training !== undefined && training.exitCode === null) {
      const ended = once(training, 'exit')
      training.stdin!.end()
      // One that hears nothing any more must not hold the others up.
      setTimeout(() => training.kill('SIGKILL'), 20_000).unref()
      await ended
    }
    await site?.[Symbol.asyncDispose]()
  })

  const run = (name: string): string => runs.get(name)!

  it('moves on home and in the table, and stands there with what autologging knows', async () => {
    const { page, context, complaints } = await look(browser)
    await page.goto(site.url)
    const card = page.locator('.home-run').filter({ hasText: 'live' })
    await card.locator('.home-curve path').first().waitFor()
    const step = async (): Promise<string> => await card.locator('.home-step').innerText()
    const before = await step()
    for (let left = 400; await step() === before; left -= 1) {
      assert.ok(left > 0, 'nothing moves')
      await page.waitForTimeout(50)
    }
    await page.goto(`${site.url}/experiments`)
    await page.getByRole('button', { name: 'telco' }).click()
    await page.getByRole('link', { name: 'churn', exact: true }).click()
    await page.getByRole('heading', { name: 'telco/churn' }).waitFor()
    await page.getByRole('button', { name: '3 child runs of search' }).click()
    await page.getByRole('link', { name: 'forest-6' }).waitFor()
    await page.locator('.foot').getByText(/^\d+ runs at the top$/).waitFor()
    await page.locator('.panel .bars li').first().waitFor()
    assert.deepEqual(complaints, [])
    await context.close()
  })

  it('is a run with its source, dataset, params, a chart with a gap and a mark, and files of each kind', async () => {
    const { page, context, complaints } = await look(browser)
    await page.goto(`${site.url}/runs/${run('forest-3')}`)
    await page.getByRole('region', { name: 'Params' }).getByText('n_estimators', { exact: true }).waitFor()
    await page.getByText('customers (training)', { exact: true }).waitFor()
    await page.getByText('train.py').first().waitFor()
    await page.locator('[data-metric="valid/loss"]').getByText('NaN marked').waitFor()
    await page.goto(`${site.url}/runs/${run('forest-3')}/artifacts/report.md`)
    await page.getByRole('heading', { name: 'Forest' }).waitFor()
    await page.goto(`${site.url}/runs/${run('forest-3')}/artifacts/eval/predictions.json`)
    await page.getByRole('columnheader', { name: 'prediction' }).waitFor()
    await page.goto(`${site.url}/runs/${run('forest-3')}/artifacts/training_confusion_matrix.png`)
    await page.getByText(/^\d+ × \d+ px$/).waitFor()
    assert.deepEqual(complaints, [])
    await context.close()
  })

  it('is compared in panels of what was logged, and side by side', async () => {
    const { page, context, complaints } = await look(browser)
    const panels = ['1*confusion*file*eval/predictions.json', '2*roc*file*eval/predictions.json', '3*pr*file*eval/predictions.json', '4*images*key*samples'].map((panel) => `&panel=${encodeURIComponent(panel)}`).join('')
    const forests = ['forest-1', 'forest-3', 'forest-6'].map(run)
    await page.goto(`${site.url}/experiments/${id}?view=charts&only=1&see=${forests.join(',')}${panels}`)
    await page.getByRole('img', { name: /^ROC/ }).waitFor()
    await page.getByRole('img', { name: /^Precision–recall/ }).waitFor()
    await page.getByRole('img', { name: /of forest-\d: 100 rows/ }).waitFor()
    await page.getByRole('img', { name: /^samples of forest-1/ }).waitFor()
    await page.goto(`${site.url}/compare?runs=${forests.join(',')}`)
    await page.getByRole('row', { name: /^max_depth 1 3 6$/ }).waitFor()
    assert.deepEqual(complaints, [])
    await context.close()
  })

  it('is a model with signature, example and lineage, loaded and asked by what stands there', async () => {
    const { page, context, complaints } = await look(browser)
    await page.goto(`${site.url}/models/telco-churn`)
    await page.getByRole('link', { name: 'Version 1' }).click()
    await page.getByRole('heading', { name: 'Version 1' }).waitFor()
    await page.getByText('tenure').first().waitFor()
    await page.getByText('models:/telco-churn@champion').first().waitFor()
    await page.getByRole('heading', { name: 'Input example' }).waitFor()
    assert.deepEqual(complaints, [])
    await context.close()
  })

  for (const [width, dark] of [[390, true], [1440, false], [2560, true]] as const) {
    it(`is fit for everybody at ${width} px${dark ? ', dark' : ''}, while it goes on`, async () => {
      const { page, context } = await look(browser, { width, dark })
      const pages: readonly (readonly [path: string, ready: (page: Page) => Promise<unknown>])[] = [
        ['/', (on) => on.locator('.home-curve path').first().waitFor()],
        [`/experiments/${id}`, (on) => on.getByRole('link', { name: 'live' }).waitFor()],
        [`/runs/${run('live')}/charts`, (on) => on.getByRole('img', { name: /^train\/loss of/ }).waitFor()],
        ['/models/telco-churn/versions/1', (on) => on.getByText('tenure').first().waitFor()],
      ]
      for (const [path, ready] of pages) {
        await page.goto(site.url + path)
        await ready(page)
        assert.deepEqual(await violations(page), [], path)
        assert.ok(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), path)
      }
      await context.close()
    })
  }
})
