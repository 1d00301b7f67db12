import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import { logGrid } from './data.ts'
import { share } from './share.ts'

describe('the keyboard alone', () => {
  let id: string
  const own = share(async ({ client }) => {
    id = await logGrid(client, 'churn', 9)
    const run = (await client.runs.searchPage({ experiment_ids: [id], max_results: 1 })).items[0]!.info.run_id
    await client.models.create({ name: 'churn-model' })
    for (let version = 0; version < 2; version += 1) await client.models.createVersion({ name: 'churn-model', source: `runs:/${run}/model`, run_id: run })
    await client.models.setAlias('churn-model', 'champion', '1')
  })

  /** What has the focus, as a screen reader names it, and whether one sees that it has. */
  const focused = (page: Page): Promise<{ name: string; seen: boolean }> => page.evaluate(() => {
    interface Element { textContent: string; className: unknown; getAttribute(name: string): string | null; matches(selector: string): boolean; closest(selector: string): Element | null; labels?: ArrayLike<{ textContent: string }> }
    const { document, getComputedStyle } = globalThis as unknown as { document: { activeElement: Element }; getComputedStyle(element: Element): { outlineStyle: string; outlineWidth: string; boxShadow: string; borderColor: string } }
    const element = document.activeElement
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element)
    return {
      name: (element.getAttribute('aria-label') ?? element.labels?.[0]?.textContent ?? element.textContent).trim(),
      seen: element.matches('body, main, dialog') || (outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 1) || boxShadow !== 'none',
    }
  })

  /** Goes on by Tab until what has the focus has this name; all on the way are seen to have it. */
  const tabTo = async (page: Page, name: string | RegExp, most = 60, key = 'Tab'): Promise<void> => {
    const passed: string[] = []
    for (let left = most; left > 0; left -= 1) {
      await page.keyboard.press(key)
      const at = await focused(page)
      assert.ok(at.seen, `nobody sees that “${at.name.slice(0, 60)}” has the focus`)
      if (typeof name === 'string' ? at.name === name : name.test(at.name)) return
      passed.push(at.name.slice(0, 30))
    }
    assert.fail(`${String(name)} is not reached by ${most} presses: ${passed.join(' | ')}`)
  }

  it('leads from home to runs that are filtered, selected, compared, and back', async () => {
    const { page, context, complaints } = await own.look()
    await page.goto(own.url)
    await page.getByRole('heading', { name: 'Running now' }).waitFor()
    await page.keyboard.press('g')
    await page.keyboard.press('e')
    await page.getByRole('link', { name: 'churn', exact: true }).waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('chu')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.locator('.foot').getByText('9 runs', { exact: true }).waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type("params.max_depth = '3'")
    await page.keyboard.press('Enter')
    await page.locator('.foot').getByText('2 runs', { exact: true }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('grid', { name: 'Runs' }).focus()
    await page.keyboard.press('Home')
    await page.keyboard.press('x')
    await page.keyboard.press('j')
    await page.keyboard.press('x')
    await page.getByRole('region', { name: '2 runs selected' }).waitFor()
    await page.keyboard.press('c')
    await page.getByRole('heading', { name: 'Compare 2 runs' }).waitFor()
    // The browser's own keys for it do not reach a page without a window.
    await page.goBack()
    await page.getByRole('region', { name: '2 runs selected' }).waitFor()
    assert.deepEqual(complaints, [])
    await context.close()
  })

  it('writes a comment on a run and settles it', async () => {
    const { page, context, complaints } = await own.look()
    const run = (await own.client.runs.searchPage({ experiment_ids: [id], max_results: 1 })).items[0]!.info.run_id
    await page.goto(`${own.url}/runs/${run}`)
    await page.getByRole('navigation', { name: 'Parts of the run' }).waitFor()
    await tabTo(page, /^Comments/)
    await page.keyboard.press('Enter')
    await page.getByRole('textbox', { name: 'Comment' }).waitFor()
    if ((await focused(page)).name !== 'Comment') await tabTo(page, 'Comment')
    await page.keyboard.type('Too deep?')
    await tabTo(page, 'Your name')
    await page.keyboard.type('Ada')
    await page.keyboard.press('Enter')
    await page.locator('.comment').getByText('Too deep?').waitFor()
    assert.equal((await focused(page)).name, 'Comment')
    await tabTo(page, 'Settle', 8, 'Shift+Tab')
    await page.keyboard.press('Enter')
    await page.getByText('1 settled').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog', { name: 'Comments' }).waitFor({ state: 'hidden' })
    assert.match((await focused(page)).name, /^Comments/)
    assert.deepEqual(complaints, [])
    await context.close()
  })

  it('promotes a version with a reason, and takes it back', async () => {
    const { page, context, complaints } = await own.look()
    await page.goto(own.url)
    await page.getByRole('heading', { name: 'Running now' }).waitFor()
    await page.keyboard.press('Control+k')
    await page.keyboard.type('churn-model')
    await page.getByRole('option', { name: /^churn-model model$/ }).waitFor()
    await page.keyboard.press('Enter')
    await page.getByRole('link', { name: 'Version 2' }).waitFor()
    await page.keyboard.press('p')
    await page.getByRole('dialog').getByText('“champion” moves from version 1 to version 2.').waitFor()
    await page.keyboard.type('better on new customers')
    await tabTo(page, 'Promote', 6)
    await page.keyboard.press('Enter')
    await page.getByText('moved champion from version 1 to version 2').waitFor()
    await tabTo(page, 'Roll back: moved champion from version 1 to version 2')
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').getByText('“champion” moves from version 2 back to version 1.').waitFor()
    await page.keyboard.type('worse on old ones')
    await tabTo(page, 'Roll back', 6)
    await page.keyboard.press('Enter')
    await page.getByText('rolled champion back from version 2 to version 1').waitFor()
    assert.equal((await own.client.models.getVersionByAlias('churn-model', 'champion')).version, '1')
    assert.deepEqual(complaints, [])
    await context.close()
  })

  it('keeps a view, shows the page in code, and takes another theme', async () => {
    const { page, context, complaints } = await own.look()
    await page.goto(`${own.url}/experiments/${id}?view=table&sort=metrics.auc+DESC`)
    await page.locator('.foot').getByText('9 runs', { exact: true }).waitFor()
    await page.keyboard.press('v')
    await page.getByRole('dialog', { name: 'Save this view' }).waitFor()
    assert.equal((await focused(page)).name, 'Name')
    await page.keyboard.type('Best first')
    if (await page.getByLabel('Your name, shown beside what you save').isVisible()) {
      await tabTo(page, /^Your name/)
      await page.keyboard.type('Ada')
    }
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Views: Best first' }).waitFor()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await page.keyboard.press('.')
    await page.getByRole('dialog', { name: 'This page in code' }).waitFor()
    await tabTo(page, 'Python', 6)
    await page.keyboard.press('ArrowRight')
    await page.getByRole('tab', { name: 'TypeScript', selected: true }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await page.keyboard.press('Shift+Tab')
    const dark = (): Promise<unknown> => page.evaluate("document.documentElement.dataset.theme ?? ''")
    await page.evaluate('document.activeElement.blur()')
    await tabTo(page, /^Theme/)
    await page.keyboard.press('Enter')
    await page.getByRole('menuitem', { name: 'Dark' }).waitFor()
    await page.keyboard.press('d')
    await page.keyboard.press('Enter')
    for (let left = 100; await dark() !== 'dark'; left -= 1) {
      assert.ok(left > 0, `the theme is ${String(await dark())}`)
      await page.waitForTimeout(20)
    }
    assert.deepEqual(complaints, [])
    await context.close()
  })
})
