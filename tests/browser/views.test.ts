import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import { violations } from './browser.ts'
import { logGrid } from './data.ts'
import { share } from './share.ts'

describe('saved views', () => {
  let id: string
  const own = share(async ({ client }) => { id = await logGrid(client, 'churn', 9) })

  const address = (rest = ''): string => `${own.url}/experiments/${id}${rest}`
  const menu = (page: Page) => page.locator('.views > button').first()
  const shows = (page: Page, text: string) => page.locator('.views-name').getByText(text, { exact: true }).waitFor()
  const foot = (page: Page, text: string) => page.locator('.foot').getByText(text, { exact: true }).waitFor()
  const choose = async (page: Page, name: string | RegExp): Promise<void> => {
    await menu(page).click()
    await page.getByRole('menuitem', { name }).click()
  }

  it('keep what is shown under a name, say when it has changed, and take or drop the change', async () => {
    const { page, context, complaints } = await own.look()
    await page.goto(address("?q=params.max_depth+%3D+'3'&sort=metrics.auc+DESC"))
    await foot(page, '2 runs')
    await page.getByRole('grid').focus()
    await page.keyboard.press('v')
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Name', { exact: true }).fill('deep ones')
    await dialog.getByLabel('Your name').fill('Ada Lovelace')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await shows(page, 'deep ones')
    const [saved] = await own.client.views.list({ experiment_ids: [id] })
    assert.deepEqual([saved!.name, saved!.shared, saved!.created_by, new URLSearchParams(saved!.state).get('sort')], ['deep ones', true, 'Ada Lovelace', 'metrics.auc DESC'])
    assert.equal(await page.locator('.views-changed').count(), 0)
    await page.getByRole('button', { name: 'Clear the filter' }).click()
    await page.locator('.views-changed').waitFor()
    await page.locator('.views').getByRole('button', { name: 'Reset' }).click()
    await page.locator('.views-changed').waitFor({ state: 'detached' })
    await foot(page, '2 runs')
    await page.getByRole('link', { name: 'Charts' }).click()
    await page.locator('.views').getByRole('button', { name: 'Save', exact: true }).click()
    await page.locator('.views-changed').waitFor({ state: 'detached' })
    assert.equal(new URLSearchParams((await own.client.views.get(saved!.view_id)).state).get('view'), 'charts')
    assert.deepEqual(complaints, [])
    await context.close()
  })

  it('open by their link also after they were renamed, and by their name from the palette', async () => {
    const view = await own.client.views.create({ experiment_ids: [id], name: 'first name', shared: true, state: "q=params.max_depth+%3D+'4'" })
    const { page, context } = await own.look()
    await page.goto(address(`/views/${view.view_id}`))
    await shows(page, 'first name')
    await foot(page, '1 run')
    await choose(page, 'Rename…')
    await page.getByRole('dialog').getByLabel('Name', { exact: true }).fill('second name')
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
    await shows(page, 'second name')
    await page.goto(`${own.url}/models`)
    await page.goto(address(`?view=${view.view_id}`))
    await shows(page, 'second name')
    await page.goto(`${own.url}/models`)
    await page.getByRole('heading', { name: 'Models' }).waitFor()
    await page.keyboard.press('Control+k')
    await page.getByRole('dialog').getByRole('combobox').fill('view second')
    await page.getByRole('option', { name: /second name/ }).click()
    await shows(page, 'second name')
    await foot(page, '1 run')
    await context.close()
  })

  it('are duplicated, deleted and brought back, and the experiment opens with its default', async () => {
    const view = await own.client.views.create({ experiment_ids: [id], name: 'usual', shared: true, state: "q=params.max_depth+%3D+'5'" })
    const { page, context } = await own.look()
    await page.goto(address())
    await foot(page, '9 runs')
    await choose(page, 'usual')
    await foot(page, '1 run')
    await choose(page, 'Duplicate')
    await shows(page, 'usual (2)')
    await choose(page, 'Delete')
    await shows(page, 'Views')
    await page.getByRole('button', { name: 'Undo' }).click()
    await shows(page, 'usual (2)')
    await choose(page, 'Open the experiment with it')
    await page.locator('.views .menu').waitFor({ state: 'detached' })
    await page.goto(`${own.url}/models`)
    await page.goto(address())
    await shows(page, 'usual (2)')
    await foot(page, '1 run')
    // What is cleared here stays cleared.
    await page.getByRole('button', { name: 'Clear the filter' }).click()
    await foot(page, '9 runs')
    await choose(page, 'Without a view')
    await shows(page, 'Views')
    await page.reload()
    await foot(page, '9 runs')
    await own.client.views.update({ view_id: view.view_id, is_default: true })
    await own.client.views.update({ view_id: view.view_id, is_default: false })
    await context.close()
  })

  it('Ctrl-Z takes back what was chosen, step by step, and leaves text fields alone', async () => {
    const { page, context } = await own.look()
    await page.goto(address('?saved=none&view=table'))
    await foot(page, '9 runs')
    await page.getByRole('button', { name: 'accuracy', exact: true }).click()
    await page.waitForURL(/sort=/)
    await page.getByRole('link', { name: 'Charts' }).click()
    await page.waitForURL(/view=charts/)
    await page.getByRole('searchbox', { name: 'Find metrics' }).fill('loss')
    await page.waitForURL(/find=loss/)
    await page.keyboard.press('Control+z')
    await page.locator('input[aria-label="Find metrics"][value=""]').waitFor()
    await page.getByRole('searchbox', { name: 'Find metrics' }).fill('loss')
    await page.waitForURL(/find=loss/)
    await page.getByRole('searchbox', { name: 'Find metrics' }).blur()
    const shown = (): string => { const query = new URL(page.url()).searchParams; return `${query.get('view')} ${query.has('sort')} ${query.has('find')}` }
    const steps = ['charts true false', 'table true false', 'table false false']
    for (let tries = 0, at = 0; at < steps.length; tries += 1) {
      assert.ok(tries < 8, page.url())
      const before = page.url()
      await page.keyboard.press('Control+z')
      await page.waitForURL((url) => String(url) !== before)
      while (at < steps.length && steps[at] === shown()) at += 1
    }
    await page.keyboard.press('Control+Shift+z')
    await page.waitForURL(/sort=/)
    await context.close()
  })

  for (const [dark, width] of [[false, 1440], [true, 390]] as const) {
    it(`are fit for everybody${dark ? ', dark, on a phone' : ''}`, async () => {
      const { page, context } = await own.look({ dark, width })
      const { view_id } = await own.client.views.create({ experiment_ids: [id], name: `fit ${width}`, shared: true })
      await page.goto(address(`?saved=${view_id}&sort=metrics.auc+DESC`))
      await page.locator('.views-changed').waitFor()
      assert.deepEqual(await violations(page), [])
      await menu(page).click()
      await page.getByRole('menuitem', { name: 'Rename…' }).waitFor()
      assert.deepEqual(await violations(page), [])
      await page.getByRole('menuitem', { name: 'Save as a new view…' }).click()
      await page.getByRole('dialog').waitFor()
      assert.deepEqual(await violations(page), [])
      await context.close()
    })
  }
})
