/** The example page asks a churn model from the browser, where the model's server allows it. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname } from 'node:path'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { makeModels, type TestModels } from '../serving/models.ts'
import { startServing } from '../serving/serving-process.ts'
import { look, openBrowser, violations } from './browser.ts'

let browser: Browser
let models: TestModels
let endpoint: string
let allowed: string
let other: string
const stack = new AsyncDisposableStack()
before(async () => {
  models = stack.use(await makeModels())
  browser = await openBrowser()
  stack.defer(() => browser.close())
  allowed = await startPages()
  other = await startPages()
  endpoint = stack.use(await startServing(['--env-manager', 'local', '--cors-origin', allowed, '-m', `churn=${models.folder}/sklearn`], models.env as NodeJS.ProcessEnv)).url
})
after(() => stack.disposeAsync())

const types: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' }
/** The files of the example under an origin of their own. */
async function startPages(): Promise<string> {
  const files = new Map(['index.html', 'churn.js', 'churn.css'].map((name) => [name === 'index.html' ? '/' : `/${name}`, { type: types[extname(name)]!, body: readFileSync(new URL(`../../examples/churn-page/${name}`, import.meta.url)) }]))
  const server = createServer((request, response) => {
    const file = files.get(request.url!.split('?')[0]!)
    response.writeHead(file === undefined ? 404 : 200, { 'content-type': file?.type ?? 'text/plain' }).end(file?.body)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  stack.defer(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const verdict = (page: Page, text: string | RegExp) => page.locator('#verdict').filter({ hasText: text }).waitFor()
const open = (page: Page, origin: string) => page.goto(`${origin}/?endpoint=${encodeURIComponent(endpoint)}`)

test('the page of the churn example asks the model from the browser, and asks again when the customer changes', async () => {
  const { page, context, complaints } = await look(browser)
  const asked: string[] = []
  page.on('request', (request) => { if (request.method() === 'POST') asked.push(request.postData()!) })
  await open(page, allowed)
  await verdict(page, /^Likely to (?:leave|stay)$/)
  assert.match(await page.locator('#facts').innerText(), /^churn, \d+ ms$/)
  await page.getByLabel('Months with us').fill('1')
  await page.getByLabel('Monthly charges').fill('100')
  await verdict(page, 'Likely to leave')
  await page.getByLabel('Months with us').fill('70')
  await page.getByLabel('Monthly charges').fill('25')
  await page.getByLabel('Internet').selectOption('DSL')
  await page.getByRole('combobox', { name: /^Contract/ }).selectOption('Two year')
  await page.getByLabel('Technical support').check()
  await verdict(page, 'Likely to stay')
  for (const name of ['Month-to-month', 'One year', 'Two year']) await page.getByRole('listitem').filter({ hasText: `${name}: likely to stay` }).waitFor()
  // What the page shows is what the model says.
  const answer = await fetch(`${endpoint}/invocations`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: asked.at(-1)! })
  assert.deepEqual(await answer.json(), { predictions: [0, 0, 0] })
  assert.deepEqual(await violations(page), [])
  assert.deepEqual(complaints, [])
  await context.close()
})

test('a page of another origin is refused by the browser, and says what to do', async () => {
  const { page, context } = await look(browser)
  await open(page, other)
  await verdict(page, `does not allow this page: cairn models serve … --cors-origin ${other}`)
  await context.close()
})
