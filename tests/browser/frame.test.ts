import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { look, openBrowser, startSite, violations, type Site } from './browser.ts'
import { logGrid } from './data.ts'

let site: Site
let browser: Browser
let grid: string
const stack = new AsyncDisposableStack()
before(async () => {
  site = stack.use(await startSite({ 'static-prefix': '/ml' }))
  browser = await openBrowser()
  stack.defer(() => browser.close())
  grid = await logGrid(site.client, 'telco churn/grid', 4)
})
after(() => stack.disposeAsync())

test('Ctrl-K finds an experiment by a part of its name, and Enter goes there', async () => {
  const { page, context, complaints } = await look(browser)
  await page.goto(`${site.url}/models`)
  await page.getByRole('heading', { name: 'Models' }).waitFor()
  // Typed before it is there, as who knows it by heart does; `g e` would go to the experiments.
  await page.keyboard.press('Control+k')
  await page.keyboard.type('churn/g')
  const box = page.getByRole('combobox', { name: 'Find anything' })
  await page.getByRole('option', { name: 'telco churn/grid' }).waitFor()
  assert.equal(await box.inputValue(), 'churn/g')
  assert.deepEqual(await violations(page), [])
  await page.keyboard.press('Enter')
  await page.waitForURL(`${site.url}/experiments/${grid}`)
  assert.deepEqual(complaints, [])
  await context.close()
})

test('Ctrl-K finds a run by a part of its name, whatever page is open', async () => {
  const { page, context, complaints } = await look(browser)
  await page.goto(`${site.url}/models`)
  await page.getByRole('heading', { name: 'Models' }).waitFor()
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox', { name: 'Find anything' }).fill('boost-2')
  await page.getByRole('option', { name: 'XGBoost-2' }).click()
  await page.getByRole('heading', { name: 'XGBoost-2' }).waitFor()
  assert.deepEqual(complaints, [])
  await context.close()
})

test('the palette does what can be done, and ? shows every key', async () => {
  const { page, context } = await look(browser)
  await page.goto(`${site.url}/experiments`)
  await page.getByRole('heading', { name: 'Experiments' }).waitFor()
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox', { name: 'Find anything' }).fill('these keys')
  await page.keyboard.press('Enter')
  const help = page.getByRole('dialog', { name: 'Keyboard' })
  await help.getByText('Find anything').waitFor()
  assert.deepEqual(await violations(page), [])
  await page.keyboard.press('Escape')
  await help.waitFor({ state: 'detached' })
  await page.keyboard.press('?')
  await help.waitFor()
  await page.keyboard.press('Escape')
  await help.waitFor({ state: 'detached' })
  await page.keyboard.press('g')
  await page.keyboard.press('m')
  await page.getByRole('heading', { name: 'Models' }).waitFor()
  await context.close()
})

test('a dialog that cannot be fetched says so and leaves the page as it is; when the server is back it opens', async () => {
  const { page, context } = await look(browser)
  await page.goto(`${site.url}/experiments`)
  await page.getByRole('heading', { name: 'Experiments' }).waitFor()
  await context.setOffline(true)
  await page.keyboard.press('?')
  await page.getByText('The server does not answer yet.').waitFor()
  await page.getByRole('heading', { name: 'Experiments' }).waitFor()
  await context.setOffline(false)
  // Chromium fetches it again; where a browser does not, the page is opened anew.
  await page.keyboard.press('?')
  await page.getByRole('dialog').getByText('Show these keys').waitFor()
  await context.close()
})

test('the theme that was chosen is there before the page is drawn, and the system decides without one', async () => {
  const { page, context, complaints } = await look(browser, { dark: true })
  const ground = (): Promise<string> => page.evaluate('getComputedStyle(document.documentElement).backgroundColor')
  await page.goto(site.url)
  const dark = await ground()
  await page.getByRole('button', { name: 'Theme: As the system' }).click()
  await page.getByRole('menuitem', { name: 'Light' }).click()
  const light = await ground()
  assert.notEqual(light, dark)
  await page.reload()
  assert.equal(await ground(), light)
  await page.getByRole('button', { name: 'Theme: Light' }).click()
  await page.getByRole('menuitem', { name: 'As the system' }).click()
  assert.equal(await ground(), dark)
  assert.deepEqual(complaints, [])
  await context.close()
})

test('a page has one stream, whatever is on it and wherever one goes', async () => {
  const { page, context } = await look(browser)
  const open = new Set<string>()
  let most = 0
  page.on('request', (request) => { if (request.url().includes('/live')) { open.add(request.url()); most = Math.max(most, open.size) } })
  page.on('requestfailed', (request) => open.delete(request.url()))
  await page.goto(`${site.url}/experiments/${grid}?view=charts`)
  await page.getByRole('status').filter({ hasText: /^live$/ }).waitFor()
  await page.waitForTimeout(300)
  assert.equal(open.size, 1)
  await page.getByRole('link', { name: 'Models' }).click()
  await page.getByRole('heading', { name: 'Models' }).waitFor()
  await page.waitForTimeout(300)
  assert.equal(open.size, 1)
  await context.close()
})

for (const [name, path, seen] of [['home', '/', 'main article'], ['the list of experiments', '/experiments', '.list-row b']] as const) {
  test(`the first visit to ${name} loads less than 250 kB, and the second nothing but the page itself`, async () => {
    const { page, context } = await look(browser)
    const sizes: { url: string; bytes: number }[] = []
    const session = await context.newCDPSession(page)
    await session.send('Network.enable')
    const urls = new Map<string, string>()
    session.on('Network.responseReceived', ({ requestId, response }) => urls.set(requestId, response.url))
    session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => sizes.push({ url: urls.get(requestId) ?? '', bytes: encodedDataLength }))
    const visit = async (): Promise<number> => {
      sizes.length = 0
      await page.goto(site.url + path)
      await page.locator(seen).first().waitFor()
      await page.waitForTimeout(200)
      return sizes.reduce((sum, { bytes }) => sum + bytes, 0)
    }
    const first = await visit()
    if (process.env['CAIRN_TEST_SIZES'] !== undefined) console.log(name, first, sizes.length, sizes)
    assert.ok(first < 250_000, `${first} bytes`)
    assert.ok(sizes.length <= 16, `${sizes.length} requests: ${sizes.map(({ url }) => url).join(' ')}`)
    const second = await visit()
    assert.ok(second < 20_000, `${second} bytes: ${JSON.stringify(sizes.filter(({ bytes }) => bytes > 500))}`)
    await context.close()
  })
}

test('the page of components works, and nothing is wrong with it, light and dark, from 390 to 2560 px', async () => {
  for (const [width, dark] of [[390, false], [1440, true], [2560, false]] as const) {
    const { page, context, complaints } = await look(browser, { width, dark })
    await page.goto(`${site.url}/_components`)
    await page.getByRole('heading', { name: 'Components' }).waitFor()
    assert.deepEqual(await violations(page), [])
    assert.ok(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), `${width} is too wide`)
    await page.getByRole('button', { name: 'Menu', exact: true }).click()
    await page.getByRole('menuitem', { name: 'Rename' }).waitFor()
    assert.deepEqual(await violations(page), [])
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.getByText('Renamed').waitFor()
    await page.getByRole('button', { name: 'Dialog' }).click()
    await page.getByRole('dialog').waitFor()
    await page.keyboard.press('Escape')
    const bar = page.getByRole('separator', { name: 'Share of the left pane' })
    await bar.focus()
    await page.keyboard.press('ArrowRight')
    assert.equal(await bar.getAttribute('aria-valuenow'), '50')
    assert.deepEqual(complaints, [])
    await context.close()
  }
})
