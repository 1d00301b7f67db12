import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { look, openBrowser, startSite, violations, type Site } from './browser.ts'

const password = 'correct horse battery'

describe('a server with accounts, in a browser', () => {
  let site: Site
  let browser: Browser
  before(async () => {
    site = await startSite({ 'app-name': 'basic-auth' }, undefined, { MLFLOW_AUTH_ADMIN_PASSWORD: password })
    browser = await openBrowser()
  })
  after(async () => {
    await browser.close()
    await site[Symbol.asyncDispose]()
  })
  const signIn = async (page: Page, to: string): Promise<void> => {
    await page.goto(site.url + to)
    await page.getByLabel('User name').fill('admin')
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.waitForURL(site.url + to)
  }

  it('asks who comes, leads on, and signs out', async () => {
    const { page, context } = await look(browser)
    await page.goto(`${site.url}/account`)
    await page.getByLabel('User name').fill('admin')
    await page.getByLabel('Password').fill('wrong')
    await page.keyboard.press('Enter')
    await page.getByRole('alert').waitFor()
    assert.equal(await page.getByRole('alert').textContent(), 'Wrong user name or password.')
    await signIn(page, '/account')
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'Sign in to Cairn' }).waitFor()
    await page.goto(`${site.url}/account`)
    await page.getByRole('heading', { name: 'Sign in to Cairn' }).waitFor()
    await context.close()
  })

  it('makes tokens, users and teams by forms', async () => {
    const { page, context } = await look(browser)
    await signIn(page, '/account')
    await page.getByLabel('A new token for').fill('laptop')
    await page.getByRole('button', { name: 'Make a token' }).click()
    assert.match((await page.locator('code').textContent())!, /^cairn_/)
    await page.goto(`${site.url}/admin`)
    await page.getByLabel('Name').fill('ada')
    await page.getByRole('button', { name: 'Add' }).click()
    await page.getByText('The password of ada').waitFor()
    await page.getByLabel('Id or name').fill('0')
    await page.getByLabel('Level').selectOption('EDIT')
    await page.getByRole('button', { name: 'Grant' }).click()
    await page.getByRole('button', { name: 'Revoke EDIT on experiment:0' }).waitFor()
    await page.getByRole('link', { name: 'Teams' }).click()
    await page.getByLabel('Name (').fill('vision')
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    await page.getByText('Change vision').click()
    await page.getByLabel('User').fill('ada')
    await page.getByRole('button', { name: 'Add to the team' }).click()
    await page.getByRole('button', { name: 'Remove ada from vision' }).waitFor()
    await page.getByRole('link', { name: 'Quotas' }).click()
    const [sentence, command] = [await page.locator('p:has(code)').first().boundingBox(), await page.locator('p code').first().boundingBox()]
    assert.ok(command!.height < 30 && sentence!.height < 40, 'a command stands in its sentence')
    await page.getByRole('link', { name: 'Audit' }).click()
    await page.getByText('add member ada').waitFor()
    await context.close()
  })

  it('shows on the page who is signed in, and leads to their account and the pages for admins', async () => {
    const { page, context, complaints } = await look(browser)
    await signIn(page, '/experiments')
    complaints.length = 0
    await page.getByRole('button', { name: 'Signed in as admin' }).click()
    await page.getByRole('menuitem', { name: 'Users, teams, audit' }).click()
    await page.getByRole('heading', { name: 'Users' }).waitFor()
    await page.goBack()
    await page.getByRole('button', { name: 'Signed in as admin' }).click()
    await page.getByRole('menuitem', { name: 'My account' }).click()
    await page.getByRole('button', { name: 'Sign out' }).waitFor()
    assert.deepEqual(complaints, [])
    await context.close()
  })

  for (const [dark, width] of [[false, 1440], [true, 390]] as const) {
    it(`is fit for everybody${dark ? ', dark, on a phone' : ''}`, async () => {
      const { page, context, complaints } = await look(browser, { dark, width })
      await page.goto(`${site.url}/sign-in`)
      assert.deepEqual(await violations(page), [])
      await signIn(page, '/account')
      complaints.length = 0
      for (const path of ['/account', '/admin', '/admin/users/admin', '/admin/users/ada', '/admin/teams', '/admin/quotas', '/admin/audit']) {
        await page.goto(site.url + path)
        assert.deepEqual([await violations(page), complaints], [[], []], path)
        const wide = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth') as number
        assert.ok(wide <= 0, `${path} is ${wide} px too wide`)
      }
      await context.close()
    })
  }
})
