import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { driftTag, setRegisteredModelTag } from '@cairn/protocol'
import type { Browser, Page } from 'playwright-core'
import { registerTiny, serveTiny, type TinyProcess } from '../serving/tiny.ts'
import { look, openBrowser, startSite, violations, type Site } from './browser.ts'

let site: Site
let browser: Browser
let served: TinyProcess
const stack = new AsyncDisposableStack()
before(async () => {
  site = stack.use(await startSite())
  browser = await openBrowser()
  stack.defer(() => browser.close())
  await registerTiny(site.client, 'churn', [1, 2])
  await site.client.endpoints.create({ name: 'churn-live', model_name: 'churn', traffic: [{ version: '1', weight: 100 }] })
  served = stack.use(await serveTiny(site.url, 'churn-live', site.folder))
})
after(() => stack.disposeAsync())

const shot = async (page: Page, name: string): Promise<void> => {
  if (process.env['CAIRN_TEST_SHOTS'] !== undefined) await page.screenshot({ path: `${process.env['CAIRN_TEST_SHOTS']}/${name}.png`, fullPage: true })
}
let place = 0
async function ask(rows: number, by = 0): Promise<void> {
  const data = Array.from({ length: rows }, () => [by + ((place += 0.618_033_988_75) % 1)])
  const response = await fetch(`${served.url}/invocations`, { method: 'POST', body: JSON.stringify({ dataframe_split: { columns: ['x'], data } }), headers: { 'content-type': 'application/json' } })
  assert.equal(response.status, 200, await response.text())
}
/** Asks until the page shows it: what is asked before the process knows of the profile is not counted. */
async function askUntil(page: Page, text: string | RegExp, by: number): Promise<void> {
  const wanted = page.getByRole('region', { name: 'Drift' }).getByText(text).first()
  for (let time = 0; time < 100 && !await wanted.isVisible(); time++) {
    await ask(100, by)
    await sleep(200)
  }
  await wanted.waitFor()
}

test('the page of an endpoint says what it knows of drift as it happens, where it moved and what to do', async () => {
  const { page, context, complaints } = await look(browser)
  await page.goto(`${site.url}/endpoints/churn-live`)
  const drift = page.getByRole('region', { name: 'Drift', exact: true })
  await drift.getByText('drift not known yet').waitFor()
  await drift.getByText('cairn models profile churn/1 --data train.parquet').waitFor()
  await shot(page, 'drift-none')
  for (let request = 0; request < 4; request++) await ask(250)
  await drift.getByText(/the first 1,000 rows that churn-live served/).waitFor()
  await askUntil(page, /of 500 rows that it takes to say anything/, 0)
  await askUntil(page, 'steady', 0)
  await drift.getByText(/^[\d,]+ rows from/).waitFor()
  assert.deepEqual(await violations(page), [])
  await shot(page, 'drift-steady')
  await askUntil(page, 'drifted', 0.5)
  const row = drift.getByRole('row', { name: /^x drifted 0\.\d\d / })
  await row.getByText(/^above 0\.99\d*: 0 % → \d/).waitFor()
  assert.ok(await row.locator('.spread rect.now').count() > 10)
  await drift.getByText('cairn endpoints set-traffic churn-live --canary NEW-VERSION').waitFor()
  for (const [width, dark] of [[390, true], [1440, false], [1440, true], [2560, false]] as const) {
    await page.setViewportSize({ width, height: 900 })
    await page.emulateMedia({ colorScheme: dark ? 'dark' : 'light' })
    assert.deepEqual(await violations(page), [], `${width} ${dark ? 'dark' : 'light'}`)
    assert.ok(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), `too wide at ${width}`)
    await shot(page, `drift-${width}-${dark ? 'dark' : 'light'}`)
  }
  assert.deepEqual(complaints, [])
  await context.close()
})

test('the pages of the model and of the version say it beside what serves them', async () => {
  const { page, context, complaints } = await look(browser)
  await page.goto(`${site.url}/models/churn`)
  const serves = page.getByRole('region', { name: 'What serves it' })
  const mark = serves.getByRole('link', { name: 'version 1 drifted in x' })
  await mark.waitFor()
  // A shape of its own, not a colour alone.
  assert.equal(await mark.locator('svg path').count(), 1)
  assert.deepEqual(await violations(page), [])
  await shot(page, 'drift-model')
  await mark.click()
  await page.getByRole('region', { name: 'Drift', exact: true }).getByText('drifted').first().waitFor()
  await page.goto(`${site.url}/models/churn/1`)
  const drift = page.getByRole('region', { name: 'Drift', exact: true })
  await drift.getByRole('heading', { name: 'at churn-live' }).waitFor()
  await drift.getByRole('row', { name: /^x drifted/ }).waitFor()
  assert.deepEqual(await violations(page), [])
  await shot(page, 'drift-version')
  await page.goto(`${site.url}/models/churn/2`)
  await page.getByRole('heading', { name: 'Version 2' }).waitFor()
  assert.equal(await drift.count(), 0)
  assert.deepEqual(complaints, [])
  await context.close()
})

test('a tag that says by what drift is judged and cannot be read is told of, with what to do, until it can be', async () => {
  const { page, context, complaints } = await look(browser)
  await page.goto(`${site.url}/endpoints/churn-live`)
  const drift = page.getByRole('region', { name: 'Drift', exact: true })
  await drift.getByText('drifted').first().waitFor()
  await site.client.call(setRegisteredModelTag, { name: 'churn', key: driftTag, value: 'drifted=often' })
  const problem = drift.getByText('The tag cairn.drift of the model cannot be read, so it counts for nothing and drift is judged as usual. drifted is “often”, which is no number such as 0.2.')
  for (const address of ['/endpoints/churn-live', '/models/churn/1']) {
    if (!page.url().endsWith(address)) await page.goto(site.url + address)
    await problem.waitFor()
    await drift.getByText('set_registered_model_tag("churn", "cairn.drift", "possible=0.15,drifted=0.3,min_rows=2000")').waitFor()
    assert.deepEqual(await violations(page), [])
    await shot(page, `drift-tag-${address.split('/')[1]}`)
  }
  await page.setViewportSize({ width: 390, height: 844 })
  assert.ok(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'))
  await shot(page, 'drift-tag-390')
  await site.client.call(setRegisteredModelTag, { name: 'churn', key: driftTag, value: 'drifted=0.2' })
  await problem.waitFor({ state: 'detached' })
  assert.deepEqual(complaints, [])
  await context.close()
})

test('a profile that is given takes the place of the rows that were learned, live', async () => {
  const { page, context, complaints } = await look(browser)
  await page.goto(`${site.url}/endpoints/churn-live`)
  const drift = page.getByRole('region', { name: 'Drift', exact: true })
  await drift.getByText(/the first 1,000 rows/).waitFor()
  await site.client.models.setProfile({ name: 'churn', version: '1', rows: 1000, of: 'train.parquet', columns: [{ name: 'x', type: 'number', edges: [0.75, 1, 1.25], min: 0.5, max: 1.5, counts: [0, 0, 250, 250, 250, 250, 0] }] })
  await drift.getByText('1,000 rows of train.parquet').waitFor()
  await askUntil(page, 'steady', 0.5)
  assert.deepEqual(complaints, [])
  await context.close()
})
