import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { createWorkspace } from '@cairn/protocol'
import { CairnClient } from '@cairn/sdk'
import type { Browser } from 'playwright-core'
import { look, openBrowser, startSite, violations, type Site } from './browser.ts'

let site: Site
let browser: Browser
before(async () => {
  site = await startSite({ 'static-prefix': '/ml' }, undefined, { MLFLOW_ENABLE_WORKSPACES: 'true' })
  for (const name of ['vision--cats', 'shop']) await site.client.call(createWorkspace, { name })
  await new CairnClient({ url: site.url, workspace: 'vision--cats' }).experiments.create({ name: 'whiskers' })
  await site.client.experiments.create({ name: 'of everybody' })
  browser = await openBrowser()
})
after(async () => {
  await browser?.close()
  await site[Symbol.asyncDispose]()
})

it('the page of a workspace shows what is there alone, and a switch leads to the others, by keys too', async () => {
  const { page, context, complaints } = await look(browser)
  await page.goto(`${site.url}/vision/cats.mlflow/experiments`)
  await page.getByText('whiskers').first().waitFor()
  assert.equal(await page.getByText('of everybody').count(), 0)
  const button = page.getByRole('button', { name: 'Workspace: vision--cats' })
  await button.focus()
  await page.keyboard.press('Enter')
  const menu = page.getByRole('menu', { name: 'Workspace: vision--cats' })
  await menu.getByRole('menuitemcheckbox', { name: 'shop' }).waitFor()
  assert.deepEqual(await menu.getByRole('menuitemcheckbox').allInnerTexts(), ['default', 'shop', 'vision--cats'])
  assert.deepEqual(await menu.getByRole('menuitemcheckbox', { checked: true }).allInnerTexts(), ['vision--cats'])
  assert.deepEqual(await violations(page), [])
  await menu.getByRole('menuitemcheckbox', { name: 'default' }).press('Enter')
  await page.getByRole('button', { name: 'Workspace: default' }).waitFor()
  await page.goto(`${site.url}/experiments`)
  await page.getByText('of everybody').first().waitFor()
  assert.equal(await page.getByText('whiskers').count(), 0)
  // What the page of a workspace asks for goes through its address, so a link within it stays there.
  await page.goto(`${site.url}/vision/cats.mlflow/experiments`)
  await page.getByText('whiskers').first().click()
  await page.waitForURL(/\/ml\/vision\/cats\.mlflow\/experiments\/\d+/)
  assert.deepEqual(complaints, [])
  await context.close()
})

it('without workspaces there is no switch', async () => {
  await using plain = await startSite()
  const { page, context } = await look(browser)
  await page.goto(`${plain.url}/experiments`)
  await page.getByText('Default').first().waitFor()
  assert.equal(await page.locator('.workspace-switch').count(), 0)
  await context.close()
})
