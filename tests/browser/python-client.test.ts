import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Browser } from 'playwright-core'
import { look, openBrowser, startSite, type Site } from './browser.ts'
import { startTraining, type Training } from './training.ts'

/** All pages over what MLflow's own Python client has logged, while it goes on logging. */
describe('what the Python client logs', () => {
  let site: Site
  let browser: Browser
  let training: Training
  let id: string

  before(async () => {
    site = await startSite()
    training = await startTraining(site)
    id = training.experiment
    browser = await openBrowser()
  })
  after(async () => {
    await browser?.close()
    await training?.[Symbol.asyncDispose]()
    await site?.[Symbol.asyncDispose]()
  })

  const run = (name: string): string => training.run(name)

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
})
