import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { Browser } from 'playwright-core'
import { look, openBrowser, startSite, type Site } from './browser.ts'

/* The SDK in a page of another origin than the server's, as a page that somebody develops is. */

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

let site: Site
let browser: Browser
let page: { url: string }
const stack = new AsyncDisposableStack()
before(async () => {
  site = stack.use(await startSite({}, undefined))
  browser = await openBrowser()
  stack.defer(() => browser.close())
  const { outputFiles } = await build({ entryPoints: [here('../../packages/sdk/src/index.ts')], bundle: true, format: 'esm', platform: 'browser', conditions: ['source'], write: false })
  const files: Record<string, [type: string, body: string]> = {
    '/': ['text/html', '<!doctype html><title>Somebody’s page</title><script type="module">import * as sdk from "/sdk.js"; import * as work from "/exercise.mjs"; Object.assign(globalThis, { sdk, work }); document.title = "ready"</script>'],
    '/sdk.js': ['text/javascript', outputFiles[0]!.text],
    '/exercise.mjs': ['text/javascript', readFileSync(here('../sdk/exercise.mjs'), 'utf8')],
  }
  const server = createServer(({ url }, response) => {
    const file = files[url!]
    response.writeHead(file === undefined ? 404 : 200, { 'content-type': `${file?.[0] ?? 'text/plain'}; charset=utf-8` }).end(file?.[1])
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  stack.defer(() => new Promise((resolve) => {
    server.closeAllConnections()
    server.close(() => resolve(undefined))
  }))
  page = { url: `http://localhost:${(server.address() as AddressInfo).port}/` }
})
after(() => stack.disposeAsync())

it('logs, follows what happens, reads, searches, keeps files and models, and says what was refused', async () => {
  const looker = await look(browser)
  await looker.page.goto(page.url)
  await looker.page.waitForFunction('document.title === "ready"')
  const [seen, wanted] = await looker.page.evaluate(`(async () => [await work.exercise(sdk, ${JSON.stringify(site.url)}, 'Chromium'), work.expected('Chromium')])()`) as [object, object]
  assert.deepEqual(seen, wanted)
  // A refusal is an answer like others to a program, but Chromium writes every 404 on its console.
  assert.deepEqual(looker.complaints.filter((text) => !text.includes('404')), [])
  await looker.context.close()
})
