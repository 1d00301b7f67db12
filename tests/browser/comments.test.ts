import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import { violations } from './browser.ts'
import { logGrid } from './data.ts'
import { share } from './share.ts'

describe('comments', () => {
  let id: string
  let run: string
  const own = share(async ({ client }) => {
    id = await logGrid(client, 'churn', 4)
    run = (await client.runs.searchPage({ experiment_ids: [id], max_results: 1 })).items[0]!.info.run_id
    await client.models.create({ name: 'churn-model' })
    await client.models.createVersion({ name: 'churn-model', source: `runs:/${run}/model`, run_id: run })
  })

  const open = async (page: Page): Promise<void> => {
    await page.getByRole('button', { name: /^Comments/ }).first().click()
    await page.getByRole('dialog', { name: 'Comments' }).waitFor()
  }

  it('are written with a name that is asked once, reach others as they are written, are answered and settled', async () => {
    const first = await own.look()
    const bob = await own.lookAs('Bob')
    await bob.page.goto(`${own.url}/runs/${run}`)
    await open(bob.page)
    await first.page.goto(`${own.url}/runs/${run}`)
    await open(first.page)
    await first.page.getByRole('textbox', { name: 'Comment' }).fill('The loss **drops** late. See `@x`.')
    await first.page.getByLabel('Your name').fill('Ada Lovelace')
    await first.page.keyboard.press('Enter')
    await bob.page.locator('.comment strong').getByText('drops').waitFor()
    assert.equal(await bob.page.locator('.comment header b').textContent(), 'Ada Lovelace')
    // Once said, the name is known.
    await first.page.getByRole('textbox', { name: 'Comment' }).fill('More')
    assert.equal(await first.page.getByLabel('Your name').count(), 0)
    // What was not sent is there again.
    await first.page.reload()
    await open(first.page)
    assert.equal(await first.page.getByRole('textbox', { name: 'Comment' }).inputValue(), 'More')
    await bob.page.getByRole('button', { name: 'Answer' }).click()
    const answer = bob.page.getByRole('textbox', { name: 'Answer' })
    await answer.pressSequentially('Yes, @ada')
    await bob.page.getByRole('option', { name: 'Ada Lovelace' }).waitFor()
    await answer.press('Enter')
    assert.equal(await answer.inputValue(), 'Yes, @[Ada Lovelace] ')
    await answer.press('Control+Enter')
    await first.page.locator('.thread-answers strong').getByText('@Ada Lovelace').waitFor()
    await first.page.getByRole('button', { name: /^Comments\s*2$/ }).waitFor()
    await first.page.getByRole('button', { name: 'Settle' }).click()
    await bob.page.getByText('1 settled').waitFor()
    await first.page.goto(`${own.url}/mentions`)
    await first.page.locator('.mention').getByRole('link').click()
    await first.page.locator('.comment[data-linked="true"]').getByText('Yes').waitFor()
    assert.deepEqual([...first.complaints, ...bob.complaints], [])
    await first.context.close()
    await bob.context.close()
  })

  it('are changed, deleted and brought back by whoever wrote them', async () => {
    const other = (await own.client.runs.searchPage({ experiment_ids: [id], max_results: 2 })).items[1]!.info.run_id
    await own.client.comments.create({ run_id: other, text: 'of Bob', by: 'Bob' })
    await own.client.comments.create({ run_id: other, text: 'of Ada', by: 'Ada' })
    const { page, context } = await own.lookAs('Ada')
    await page.goto(`${own.url}/runs/${other}`)
    await open(page)
    await page.getByRole('button', { name: 'Menu of the comment by Bob' }).click()
    assert.equal(await page.getByRole('menuitem', { name: 'Edit' }).count(), 0)
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Menu of the comment by Ada' }).click()
    await page.getByRole('menuitem', { name: 'Edit' }).click()
    await page.getByRole('textbox', { name: 'Edit' }).fill('of Ada, again')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.locator('.comment').getByText('edited').waitFor()
    await page.getByRole('button', { name: 'Menu of the comment by Ada' }).click()
    await page.getByRole('menuitem', { name: 'Delete' }).click()
    await page.locator('.comment').getByText('of Ada, again').waitFor({ state: 'detached' })
    await page.locator('.toast').getByRole('button', { name: 'Undo' }).click()
    await page.locator('.comment').getByText('of Ada, again').waitFor()
    await context.close()
  })

  it('stand on panels, which say how many there are, and on versions of models', async () => {
    const { page, context, complaints } = await own.lookAs('Ada')
    await page.goto(`${own.url}/experiments/${id}?view=charts&find=%5Eauc%24`)
    const panel = page.locator('figure[data-metric="auc"]')
    await panel.hover()
    await panel.getByRole('button', { name: 'Comments on auc' }).click()
    await page.getByRole('textbox', { name: 'Comment' }).fill('Why is this flat?')
    await page.keyboard.press('Control+Enter')
    await panel.getByRole('button', { name: '1 comment on auc' }).waitFor()
    const comment = (await own.client.comments.listPage({ experiment_id: id, panel: 'auc' })).items[0]!
    assert.equal(comment.author, 'Ada')
    await page.goto(`${own.url}/experiments/${id}?view=charts&find=%5Eauc%24&on=auc&comments=${comment.comment_id}`)
    await page.locator('.comment[data-linked="true"]').getByText('Why is this flat?').waitFor()
    // Of one run the panel is another: what is said there is said of the run alone.
    await page.goto(`${own.url}/runs/${run}/charts?find=%5Eauc%24`)
    await panel.hover()
    await panel.getByRole('button', { name: 'Comments on auc' }).click()
    await page.getByRole('textbox', { name: 'Comment' }).fill('Warm-up, @[Ada]')
    await page.keyboard.press('Control+Enter')
    await panel.getByRole('button', { name: '1 comment on auc' }).waitFor()
    await page.goto(`${own.url}/mentions`)
    await page.locator('.mention').filter({ hasText: 'Warm-up' }).getByRole('link', { name: /^the panel auc of / }).click()
    await page.locator('.comment[data-linked="true"]').getByText('Warm-up').waitFor()
    assert.equal(await page.locator('.comment').count(), 1)
    assert.equal(new URL(page.url()).pathname, `/runs/${run}/charts`)
    await page.goto(`${own.url}/models/churn-model/versions/1`)
    await open(page)
    await page.getByRole('textbox', { name: 'Comment' }).fill('Fit for production')
    await page.keyboard.press('Control+Enter')
    await page.getByRole('button', { name: /^Comments\s*1$/ }).waitFor()
    assert.deepEqual(complaints.filter((text) => !/404/.test(text)), [])
    await context.close()
  })

  for (const [dark, width] of [[false, 1440], [true, 390]] as const) {
    it(`are fit for everybody${dark ? ', dark, on a phone' : ''}`, async () => {
      await own.client.comments.create({ run_id: run, text: 'with a `word` of code, @Ada', by: 'Cy' })
      const { page, context } = await own.lookAs('Ada', { dark, width })
      await page.goto(`${own.url}/runs/${run}`)
      await open(page)
      await page.locator('.comment code').first().waitFor()
      const box = page.getByRole('textbox', { name: 'Comment' })
      await box.pressSequentially('@c')
      await page.getByRole('option', { name: 'Cy' }).waitFor()
      assert.deepEqual(await violations(page), [])
      await page.goto(`${own.url}/mentions`)
      await page.locator('.mention').first().waitFor()
      assert.deepEqual(await violations(page), [])
      await context.close()
    })
  }
})
