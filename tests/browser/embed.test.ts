import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it } from 'node:test'
import { CairnClient } from '@cairn/sdk'
import { startSite, violations } from './browser.ts'
import { logGrid } from './data.ts'
import { share } from './share.ts'

describe('a page in another', () => {
  let id: string
  const own = share(async ({ client }) => { id = await logGrid(client, 'churn', 6) })

  it('has no frame around it, stays as it is while one chooses, and opens the rest elsewhere', async () => {
    const { page, context, complaints } = await own.look()
    await page.goto(`${own.url}/experiments/${id}?embed&view=table`)
    await page.locator('.foot').getByText('6 runs').waitFor()
    assert.equal(await page.locator('.rail, .top').count(), 0)
    await page.getByRole('button', { name: 'Only what differs' }).click()
    await page.waitForURL(/diff=1/)
    assert.equal(await page.locator('.rail, .top').count(), 0)
    const opened = context.waitForEvent('page')
    await page.getByRole('link', { name: 'logistic-0' }).click()
    await (await opened).getByRole('navigation', { name: 'Main' }).waitFor()
    const whole = new URL((await page.getByRole('link', { name: 'Open in Cairn' }).getAttribute('href'))!)
    assert.deepEqual([whole.pathname, whole.searchParams.has('embed')], [`/experiments/${id}`, false])
    assert.deepEqual(await violations(page), [])
    assert.deepEqual(complaints, [])
    await context.close()
  })

  it('is shown by pages of other sites only where the server says so', async () => {
    await using open = await startSite({ 'x-frame-options': 'NONE' })
    const shown = async (url: string): Promise<boolean> => {
      // Another port is another site to a browser's frames.
      const wiki = createServer((_, response) => response.setHeader('content-type', 'text/html').end(`<!doctype html><title>wiki</title><iframe src="${url}/experiments?embed" width="800" height="500" title="Cairn"></iframe>`))
      await new Promise<void>((resolve) => void wiki.listen(0, '127.0.0.1', resolve))
      const { page, context } = await own.look()
      try {
        await page.goto(`http://127.0.0.1:${(wiki.address() as AddressInfo).port}/`)
        // In place of a page that may not be shown there is the browser's own.
        if (page.frames().some((frame) => frame.url().startsWith('chrome-error:'))) return false
        await page.frameLocator('iframe').getByRole('link', { name: 'Open in Cairn' }).waitFor()
        return true
      } finally {
        await context.close()
        wiki.close()
      }
    }
    assert.equal(await shown(open.url), true)
    assert.equal(await shown(own.url), false)
  })

  it('is read in code with the same filter and order', async () => {
    const { page, context } = await own.look()
    await page.goto(`${own.url}/experiments/${id}?view=table&q=metrics.auc+%3E+0.1&sort=metrics.auc+DESC`)
    await page.locator('.foot').getByText('6 runs').waitFor()
    await page.keyboard.press('.')
    const dialog = page.getByRole('dialog', { name: 'This page in code' })
    assert.match((await dialog.locator('pre').textContent())!, /filter_string="metrics\.auc > 0\.1",\n {4}order_by=\["metrics\.auc DESC"\],/)
    assert.deepEqual(await violations(page), [])
    await dialog.getByRole('tab', { name: 'TypeScript' }).click()
    const code = (await dialog.locator('pre').textContent())!
    const names: unknown[] = []
    // What one would paste, but for the import.
    const run = new Function('CairnClient', 'console', `return (async () => {${code.replace(/^import .*$/m, '')}})()`) as (client: typeof CairnClient, out: { log(name: unknown): void }) => Promise<void>
    await run(CairnClient, { log: (name) => { names.push(name) } })
    const expected = await own.client.runs.searchPage({ experiment_ids: [id], filter: 'metrics.auc > 0.1', order_by: ['metrics.auc DESC'] })
    assert.deepEqual(names, expected.items.map(({ info }) => info.run_name))
    await dialog.getByRole('tab', { name: 'Embed' }).click()
    assert.match((await dialog.locator('pre').first().textContent())!, /^<iframe src="http:\/\/[^"]+\/experiments\/\d+\?embed&amp;/)
    await context.close()
  })
})
