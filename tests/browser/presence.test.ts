import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import { violations } from './browser.ts'
import { logGrid } from './data.ts'
import { share } from './share.ts'

describe('who else is on the page', () => {
  let id: string
  const own = share(async ({ client }) => { id = await logGrid(client, 'churn', 9) })

  const sees = (page: Page, names: string) => page.getByRole('button', { name: `Also on this page: ${names}`, exact: true }).waitFor()
  const foot = (page: Page, text: string) => page.locator('.foot').getByText(text, { exact: true }).waitFor()

  it('is shown by name as they come and go, and not on another page', async () => {
    const [ada, bob] = [await own.lookAs('Ada'), await own.lookAs('Bob')]
    let said = 0
    ada.page.on('request', (request) => { if (request.method() === 'POST' && request.url().endsWith('/presence')) said += 1 })
    await ada.page.goto(`${own.url}/experiments/${id}`)
    await foot(ada.page, '9 runs')
    // All parts of the page are there, each of which may have had the stream opened again.
    await ada.page.locator('.panel canvas').nth(3).waitFor()
    await ada.page.waitForTimeout(600)
    assert.equal(said, 1)
    await bob.page.goto(`${own.url}/experiments/${id}`)
    await sees(ada.page, 'Bob')
    await sees(bob.page, 'Ada')
    await bob.page.goto(`${own.url}/models`)
    await ada.page.locator('.presence').waitFor({ state: 'detached' })
    await bob.page.goBack()
    await sees(ada.page, 'Bob')
    // Away to another site: a context that is closed may take the page's last word with it.
    await bob.page.goto('about:blank')
    await ada.page.locator('.presence').waitFor({ state: 'detached' })
    await bob.context.close()
    assert.deepEqual(ada.complaints, [])
    await ada.context.close()
  })

  it('can be followed: what they filter, sort and select is shown here until one stops', async () => {
    const [ada, bob] = [await own.lookAs('Ada'), await own.lookAs('Bob')]
    await bob.page.goto(`${own.url}/experiments/${id}?view=table`)
    await foot(bob.page, '9 runs')
    await ada.page.goto(`${own.url}/experiments/${id}?view=table`)
    await sees(ada.page, 'Bob')
    await ada.page.getByRole('button', { name: 'Also on this page: Bob' }).click()
    await ada.page.getByRole('button', { name: 'Follow Bob' }).click()
    await ada.page.getByText('Following Bob').waitFor()
    const box = bob.page.getByRole('combobox', { name: 'Filter runs' })
    await box.fill("params.max_depth = '3'")
    await box.press('Enter')
    await foot(bob.page, '2 runs')
    await foot(ada.page, '2 runs')
    await bob.page.getByRole('grid', { name: 'Runs' }).focus()
    await bob.page.keyboard.press('Home')
    await bob.page.keyboard.press('Space')
    await ada.page.getByRole('region', { name: '1 run selected' }).waitFor()
    await ada.page.locator('.presence-following').getByRole('button', { name: 'Stop' }).click()
    await ada.page.getByText('Following Bob').waitFor({ state: 'detached' })
    const before = ada.page.url()
    await bob.page.getByRole('button', { name: 'Clear the filter' }).click()
    await foot(bob.page, '9 runs')
    await ada.page.reload()
    await foot(ada.page, '2 runs')
    assert.equal(new URL(ada.page.url()).searchParams.get('q'), new URL(before).searchParams.get('q'))
    await bob.context.close()
    await ada.context.close()
  })

  for (const [dark, width] of [[false, 1440], [true, 390]] as const) {
    it(`is fit for everybody${dark ? ', dark, on a phone' : ''}`, async () => {
      const [ada, bob] = [await own.lookAs('Ada', { dark, width }), await own.lookAs('Grace Hopper')]
      await ada.page.goto(`${own.url}/experiments/${id}`)
      await bob.page.goto(`${own.url}/experiments/${id}`)
      await ada.page.getByRole('button', { name: 'Also on this page: Grace Hopper' }).click()
      assert.deepEqual(await violations(ada.page), [])
      await ada.page.getByRole('button', { name: 'Follow Grace Hopper' }).click()
      await ada.page.locator('.presence-following').waitFor()
      assert.deepEqual(await violations(ada.page), [])
      await bob.context.close()
      await ada.context.close()
    })
  }
})
