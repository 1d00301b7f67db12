import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createUser } from '@cairn/protocol'
import { CairnClient } from '@cairn/sdk'
import type { Browser, Page } from 'playwright-core'
import { registerTiny, serveTiny, type TinyProcess } from '../serving/tiny.ts'
import { look, openBrowser, startSite, violations, type Site } from './browser.ts'

let site: Site
let browser: Browser
const stack = new AsyncDisposableStack()
const processes: TinyProcess[] = []
let asking = true

before(async () => {
  site = stack.use(await startSite())
  browser = await openBrowser()
  stack.defer(() => browser.close())
})
after(async () => {
  asking = false
  await stack.disposeAsync()
})

const shot = async (page: Page, name: string): Promise<void> => {
  if (process.env['CAIRN_TEST_SHOTS'] !== undefined) await page.screenshot({ path: `${process.env['CAIRN_TEST_SHOTS']}/${name}.png`, fullPage: true })
}
const reason = async (page: Page, why: string, action: string): Promise<void> => {
  const dialog = page.getByRole('dialog')
  assert.equal(await dialog.getByRole('button', { name: action, exact: true }).isDisabled(), true)
  await dialog.getByRole('textbox', { name: 'Reason' }).fill(why)
  await dialog.getByRole('button', { name: action, exact: true }).click()
  await dialog.waitFor({ state: 'detached' })
}
const traffic = async (): Promise<string> => (await site.client.endpoints.get('churn-live')).traffic.map(({ alias, version, weight }) => `${alias ?? version}=${weight}`).join(' ')

test('without an endpoint the page says what to type, and shows the first one by itself', async () => {
  const { page, context, complaints } = await look(browser)
  await page.goto(`${site.url}/endpoints`)
  await page.getByText('cairn models serve --endpoint churn-live -p 5001').waitFor()
  await page.getByText(`MLFLOW_TRACKING_URI=${site.url}`).waitFor()
  assert.deepEqual(await violations(page), [])
  await registerTiny(site.client, 'churn', [1, 2, 3])
  await site.client.models.setAlias('churn', 'champion', '1')
  await site.client.endpoints.create({ name: 'churn-live', model_name: 'churn', description: 'Who will leave, for the shop.', reason: 'the shop asks for it' })
  const row = page.getByRole('row', { name: /churn-live/ })
  await row.getByText('nobody serves it').waitFor()
  await site.client.endpoints.create({ name: 'idle', model_name: 'churn', traffic: [{ version: '1', weight: 60 }, { version: '3', weight: 40 }] })
  for (let count = 0; count < 2; count++) processes.push(stack.use(await serveTiny(site.url, 'churn-live', site.folder)))
  for (const one of processes) void (async () => { while (asking) { await one.ask(); await sleep(15) } })()
  await row.getByText('serving', { exact: true }).waitFor()
  await row.getByRole('cell', { name: '2', exact: true }).waitFor()
  await row.getByText(/champion → 1/).waitFor()
  await row.locator('.spark path').first().waitFor({ state: 'attached' })
  await page.getByRole('searchbox', { name: 'Find endpoints' }).fill('idl')
  await row.waitFor({ state: 'detached' })
  await page.keyboard.press('Escape')
  assert.deepEqual(complaints, [])
  await context.close()
})

test('traffic is set with a slider after it was said what will change, and stands in the history with its reason', async () => {
  const { page, context, complaints } = await look(browser)
  await page.goto(`${site.url}/endpoints/churn-live`)
  await page.getByRole('button', { name: 'Set traffic…' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText('Nothing: this is what it is now.').waitFor()
  await dialog.getByRole('button', { name: 'Add a version' }).focus()
  await page.keyboard.press('Enter')
  await dialog.getByRole('combobox', { name: 'Version 2' }).selectOption('version 2')
  await dialog.getByRole('slider', { name: 'Percent of version 2' }).focus()
  for (let press = 0; press < 2; press++) await page.keyboard.press('PageUp')
  await dialog.getByText(/^Version 2 goes from 0 % to 20 %, some \d/).waitFor()
  await dialog.getByText(/^champion goes from 100 % to 80 %/).waitFor()
  assert.equal(await dialog.getByRole('spinbutton', { name: /champion.*as a number/ }).inputValue(), '80')
  assert.deepEqual(await violations(page), [])
  await shot(page, 'traffic-dialog')
  await reason(page, 'a first look', 'Set traffic')
  const history = page.getByRole('region', { name: 'History' })
  await history.getByText('set the traffic to champion 80 %, version 2 20 %').waitFor()
  await history.getByText('a first look').waitFor()
  assert.equal(await traffic(), 'champion=80 2=20')
  const versions = page.getByRole('region', { name: 'Versions that answer' })
  await versions.getByRole('row', { name: /^version 2 20 % \d.* 2 of 2$/ }).waitFor()
  await page.getByRole('button', { name: 'Roll back: set the traffic to champion 80 %, version 2 20 %' }).click()
  await dialog.getByText('The traffic is again champion 100 %.').waitFor()
  await reason(page, 'enough seen', 'Roll back')
  await history.getByText('rolled back to champion 100 %').waitFor()
  assert.equal(await traffic(), 'champion=100')
  assert.deepEqual(complaints, [])
  await context.close()
})

test('a version is tried: its checks move, it is paused, goes on, and is taken back', async () => {
  const { page, context, complaints } = await look(browser)
  await page.goto(`${site.url}/endpoints/churn-live`)
  await page.getByRole('button', { name: 'Try a version…' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('textbox', { name: 'Requests in each step' }).fill('100000')
  await dialog.getByRole('textbox', { name: 'Percents' }).fill('50 20')
  await dialog.getByText(/percents that grow/).waitFor()
  await dialog.getByRole('textbox', { name: 'Percents' }).fill('20, 50')
  await dialog.getByRole('combobox', { name: 'Version' }).selectOption('version 2')
  await dialog.getByText('Version 2 gets 20 %, then 50 % of the requests').waitFor()
  await reason(page, 'better on paper', 'Begin')
  const card = page.getByRole('region', { name: 'Rollout of version 2' })
  await card.getByText(/^[1-9]\d* of 100,000$/).waitFor()
  await card.getByText('at 2 processes together').waitFor()
  assert.equal(await card.locator('[aria-current="step"]').innerText(), '20 %\nnow')
  await page.getByText('trying a version').waitFor()
  await card.getByRole('button', { name: 'Pause' }).click()
  await page.getByText('rollout paused').waitFor()
  assert.equal((await site.client.endpoints.get('churn-live')).rollout!.paused, true)
  await card.getByRole('button', { name: 'Resume' }).click()
  await card.getByRole('button', { name: 'Pause' }).waitFor()
  for (const [width, dark] of [[390, true], [1440, false], [2560, true]] as const) {
    await page.setViewportSize({ width, height: 900 })
    await page.emulateMedia({ colorScheme: dark ? 'dark' : 'light' })
    await shot(page, `trying-${width}`)
    assert.deepEqual(await violations(page), [], `at ${width}`)
    assert.ok(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), `too wide at ${width}`)
  }
  await card.getByRole('button', { name: 'Take back…' }).click()
  await dialog.getByText('Version 2, which is tried, gets no requests any more.').waitFor()
  await reason(page, 'not today', 'Roll back')
  await card.waitFor({ state: 'detached' })
  assert.deepEqual((await site.client.models.getVersion('churn', '2')).tags!.map(({ key, value }) => `${key}: ${value}`), ['cairn.rollout: rolled back at churn-live: not today'])
  assert.deepEqual(complaints, [])
  await context.close()
})

test('p promotes, a shadow is compared, and everything is called by its right address', async () => {
  const { page, context, complaints } = await look(browser)
  await page.goto(`${site.url}/endpoints/churn-live`)
  await page.getByRole('button', { name: 'Promote…' }).and(page.locator(':enabled')).waitFor()
  await page.keyboard.press('p')
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('combobox', { name: 'Version' }).selectOption('version 2')
  await dialog.getByText('champion moves from version 1 to version 2: whoever loads models:/churn@champion gets version 2 from then on.').waitFor()
  await reason(page, 'better recall', 'Promote')
  await page.getByText('promoted version 2, which moved champion from version 1 to version 2').waitFor()
  assert.equal((await site.client.models.getVersionByAlias('churn', 'champion')).version, '2')
  await page.getByRole('button', { name: 'Shadow…' }).click()
  await dialog.getByRole('slider', { name: 'Percent of the requests' }).focus()
  await page.keyboard.press('End')
  await reason(page, 'is 3 any different?', 'Set the shadow')
  const shadow = page.getByRole('region', { name: 'Shadow' })
  await shadow.getByText(/^[1-9]\d* of [1-9]\d* compared$/).waitFor()
  await shadow.getByText('100 %').first().waitFor()
  const [first, second] = processes.map(({ url }) => url).toSorted()
  const there = page.getByRole('region', { name: 'Processes' })
  for (const url of [first!, second!]) await there.getByRole('row', { name: new RegExp(`${url.replaceAll('.', '\\.')}.* ready cairn test`) }).waitFor()
  await page.getByRole('combobox', { name: 'At' }).selectOption(second!)
  assert.equal(await page.getByLabel('curl snippet', { exact: true }).innerText(), `curl ${second}/invocations -H 'content-type: application/json' -d '{"dataframe_split":{"columns":["x"],"data":[[0.5]]}}'\n`)
  for (const language of ['Python', 'TypeScript', 'Browser']) {
    await page.getByRole('button', { name: language, exact: true }).click()
    assert.match(await page.getByLabel(`${language} snippet`, { exact: true }).innerText(), new RegExp(`${second}/invocations`))
  }
  assert.match(await page.getByLabel('Browser snippet', { exact: true }).innerText(), new RegExp(`--endpoint churn-live --cors-origin ${site.url}`))
  assert.deepEqual(complaints, [])
  await context.close()
})

test('the lineage of run, version and endpoint is one picture that ends at the endpoint', async () => {
  const { page, context, complaints } = await look(browser)
  const { run_id } = await site.client.models.getVersion('churn', '2')
  for (const path of [`/runs/${run_id}/lineage`, '/models/churn/versions/2', '/endpoints/churn-live']) {
    await page.goto(site.url + path)
    const picture = page.getByRole('group', { name: /^Lineage/ })
    for (const text of ['train-2', 'churn 2', 'churn-live']) await picture.getByText(text, { exact: true }).waitFor()
    const x = async (text: string) => (await picture.getByText(text, { exact: true }).boundingBox())!.x
    assert.ok(await x('train-2') < await x('churn 2') && await x('churn 2') < await x('churn-live'), path)
  }
  await page.getByRole('group', { name: /^Lineage/ }).getByText('churn 2', { exact: true }).click()
  await page.getByRole('heading', { name: 'Version 2' }).waitFor()
  assert.deepEqual(complaints, [])
  await context.close()
})

test('these pages are free of accessibility violations and no wider than the window', async () => {
  for (const [width, dark] of [[390, true], [1440, false], [2560, false]] as const) {
    const { page, context } = await look(browser, { width, dark })
    for (const path of width === 2560 ? ['/endpoints'] : ['/endpoints', '/endpoints/churn-live', '/endpoints/idle']) {
      await page.goto(site.url + path)
      await page.locator('.traffic-bar').first().waitFor()
      await page.waitForTimeout(300)
      await shot(page, `${width}${path.replaceAll('/', '_')}`)
      assert.deepEqual(await violations(page), [], `${path} at ${width}`)
      assert.ok(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), `${path} at ${width} is too wide`)
    }
    await context.close()
  }
})

test('whoever may not edit the model looks at the endpoint, and changes nothing', async () => {
  const password = 'correct horse battery'
  await using guarded = await startSite({ 'app-name': 'basic-auth' }, undefined, { MLFLOW_AUTH_ADMIN_PASSWORD: password })
  const admin = new CairnClient({ url: guarded.url, username: 'admin', password })
  await registerTiny(admin, 'churn', [1, 2])
  await admin.endpoints.create({ name: 'churn-live', model_name: 'churn', traffic: [{ version: '1', weight: 100 }] })
  await admin.call(createUser, { username: 'ada', password })
  const { page, context } = await look(browser)
  const visit = async (username: string): Promise<void> => {
    await context.clearCookies()
    await page.goto(`${guarded.url}/endpoints/churn-live`)
    await page.getByLabel('User name').fill(username)
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'churn-live' }).waitFor()
  }
  await visit('ada')
  await page.getByText('You may look at this endpoint, not change it').waitFor()
  await page.getByText('named the endpoint for churn').waitFor()
  assert.equal(await page.getByRole('button', { name: /Promote|Set traffic|Roll back/ }).count(), 0)
  // Of the model too.
  await page.goto(`${guarded.url}/models/churn`)
  await page.getByRole('region', { name: 'History' }).getByText('registered version 2').waitFor()
  await visit('admin')
  await page.getByRole('button', { name: 'Set traffic…' }).and(page.locator(':enabled')).waitFor()
  await context.close()
})
