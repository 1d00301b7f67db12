import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setRegisteredModelTag } from '@cairn/protocol'
import type { Browser, Locator } from 'playwright-core'
import { look, openBrowser, startSite, violations, type Site } from './browser.ts'

let site: Site
let browser: Browser
const stack = new AsyncDisposableStack()
before(async () => {
  site = stack.use(await startSite())
  browser = await openBrowser()
  stack.defer(() => browser.close())
})
after(() => stack.disposeAsync())

/** So many changes, in their order. */
async function tag(name: string, times: number): Promise<void> {
  for (let from = 0; from < times; from += 50) {
    await Promise.all(Array.from({ length: Math.min(50, times - from) }, (_, at) => site.client.call(setRegisteredModelTag, { name, key: 'turn', value: String(from + at) })))
  }
}

/** Asks for more until there is no more; answers how often. */
async function toItsEnd(history: Locator): Promise<number> {
  const more = history.getByRole('button', { name: 'Show more' })
  let times = 0
  for (; await more.count() > 0; times += 1) {
    const before = await history.getByRole('listitem').count()
    await more.click()
    for (let tries = 0; await history.getByRole('listitem').count() === before; tries += 1) {
      assert.ok(tries < 200, `nothing follows the first ${before}`)
      await history.page().waitForTimeout(50)
    }
  }
  return times
}

test('the history of a model is read to its beginning, beyond a thousand changes, and what is new comes on top of it', async () => {
  const { client } = site
  await client.models.create({ name: 'churn' })
  await client.models.createVersion({ name: 'churn', source: 's3://models/1' })
  await tag('churn', 1200)
  const { page, context, complaints } = await look(browser)
  await page.goto(`${site.url}/models/churn`)
  const history = page.getByRole('region', { name: 'History' })
  const entries = history.getByRole('listitem')
  await entries.nth(49).waitFor()
  assert.equal(await entries.count(), 50)
  assert.ok(await toItsEnd(history) > 5)
  assert.equal(await entries.count(), 1202)
  await entries.last().getByText('created the model').waitFor()
  await client.models.setAlias('churn', 'champion', '1')
  await entries.first().getByText('set champion to version 1').waitFor()
  assert.equal(await entries.count(), 1203)
  await tag('churn', 120)
  await entries.nth(1322).waitFor()
  assert.equal(await entries.count(), 1323)
  assert.deepEqual(complaints, [])
  await context.close()
})

test('the history of an endpoint has the moves of the alias that it follows between its own changes, however much happened to the model meanwhile', async () => {
  const { client } = site
  await client.models.create({ name: 'fraud' })
  for (const _ of [1, 2]) await client.models.createVersion({ name: 'fraud', source: 's3://models/1' })
  await client.models.setAlias('fraud', 'champion', '1')
  await client.endpoints.create({ name: 'fraud-live', model_name: 'fraud', traffic: [{ alias: 'champion', weight: 100 }] })
  await client.models.setAlias('fraud', 'champion', '2')
  await tag('fraud', 600)
  for (let turn = 0; turn < 60; turn += 1) await client.endpoints.setTraffic({ name: 'fraud-live', sticky_header: `x-user-${turn}` })
  const { page, context, complaints } = await look(browser)
  await page.goto(`${site.url}/endpoints/fraud-live`)
  const history = page.getByRole('region', { name: 'History' })
  await history.getByRole('listitem').nth(49).waitFor()
  assert.equal(await history.getByText('named the endpoint').count(), 0)
  assert.equal(await toItsEnd(history), 1)
  await history.getByText('moved champion from version 1 to version 2').waitFor()
  const told = await history.getByRole('listitem').allTextContents()
  assert.match(told.slice(-3, -1).join('\n'), /moved champion from version 1 to version 2[^]*named the endpoint/)
  assert.deepEqual(await violations(page), [])
  // The version's files are where this server does not look.
  assert.deepEqual(complaints.filter((complaint) => !/400/.test(complaint)), [])
  await context.close()
})
