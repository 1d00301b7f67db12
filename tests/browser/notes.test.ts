import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createUser, grantUserPermission } from '@cairn/protocol'
import { CairnClient } from '@cairn/sdk'
import type { Browser, Page } from 'playwright-core'
import { look, openBrowser, startSite, violations, type Site } from './browser.ts'

let site: Site
let browser: Browser
const stack = new AsyncDisposableStack()
before(async () => {
  site = stack.use(await startSite())
  browser = await openBrowser()
  stack.defer(() => browser.close())
})
after(() => stack.disposeAsync())

const shot = async (page: Page, name: string): Promise<void> => {
  if (process.env['CAIRN_TEST_SHOTS'] === undefined) return
  for (const [width, height, dark] of [[390, 844, true], [844, 390, false], [1440, 900, false], [2560, 1440, true]] as const) {
    await page.setViewportSize({ width, height })
    await page.emulateMedia({ colorScheme: dark ? 'dark' : 'light' })
    await page.screenshot({ path: `${process.env['CAIRN_TEST_SHOTS']}/${name}-${width}.png` })
  }
  await page.setViewportSize({ width: 1440, height: 900 })
}

const note = 'mlflow.note.content'

/** A run that has ended, so that the audit trail has each saving; its notes, and how often they were saved. */
async function noted(name: string, text: string) {
  const { info: { run_id } } = await site.client.runs.create({ experiment_id: '0', run_name: name, start_time: Date.now() - 65_000, ...(text !== '' && { tags: [{ key: note, value: text }] }) })
  await site.client.runs.update({ run_id, status: 'FINISHED', end_time: Date.now() })
  return {
    run_id,
    text: async (): Promise<string> => (await site.client.runs.get(run_id)).data.tags?.find(({ key }) => key === note)?.value ?? '',
    savings: async (): Promise<number> => (await Array.fromAsync(site.client.models.audit({ entity: 'run', entity_name: run_id }))).filter(({ key }) => key === note).length,
  }
}
const inMarkdown = (page: Page) => page.getByRole('textbox', { name: 'Notes in Markdown' })
/** Becomes true by itself. */
async function until(what: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 400; tries += 1) {
    if (await what()) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  assert.fail('it does not become true')
}

test('notes are saved by themselves once one stops writing, at once where one leaves them, and taken back', async () => {
  const run = await noted('autosaved', 'as it was')
  const { page, context, complaints } = await look(browser)
  await page.goto(`${site.url}/runs/${run.run_id}`)
  await page.getByRole('button', { name: 'Edit notes' }).click()
  const notes = page.getByRole('region', { name: 'Notes' })
  await notes.getByText('saved by itself').waitFor()
  await inMarkdown(page).press('End')
  await inMarkdown(page).pressSequentially(', and more', { delay: 20 })
  await notes.getByText('Not saved yet').waitFor()
  assert.equal(await run.text(), 'as it was')
  await notes.getByText('Saved', { exact: true }).waitFor()
  assert.deepEqual([await run.text(), await run.savings()], ['as it was, and more', 1])
  await shot(page, 'notes-saved')
  assert.deepEqual(await violations(page), [])
  // To another tab of the run, in a word's middle.
  await inMarkdown(page).fill('half a se')
  await page.getByRole('link', { name: 'Charts' }).click()
  await until(async () => await run.text() === 'half a se')
  await page.goBack()
  await page.getByRole('button', { name: 'Edit notes' }).click()
  await inMarkdown(page).fill('half a sentence')
  await inMarkdown(page).press('Escape')
  await page.getByRole('button', { name: 'Edit notes' }).waitFor()
  assert.equal(await page.evaluate('document.activeElement.textContent'), 'Edit notes')
  await until(async () => await run.text() === 'half a sentence')
  await notes.getByText('half a sentence').waitFor()
  await shot(page, 'notes-ended')
  await page.getByRole('button', { name: 'Take my changes back' }).click()
  await until(async () => await run.text() === 'half a se')
  await page.getByRole('button', { name: 'Bring my changes back' }).click()
  await until(async () => await run.text() === 'half a sentence')
  // Nothing of it was left out of the trail, and nothing was written that nobody wrote.
  assert.equal(await run.savings(), 5)
  assert.deepEqual(complaints, [])
  await context.close()
})

test('what is written when the page is closed or the server is away is not lost', async () => {
  const run = await noted('left', 'old')
  const { page, context } = await look(browser)
  await page.goto(`${site.url}/runs/${run.run_id}`)
  await page.getByRole('button', { name: 'Edit notes' }).click()
  await inMarkdown(page).fill('written and left')
  await page.goto(`${site.url}/models`)
  await until(async () => await run.text() === 'written and left')
  await page.goto(`${site.url}/runs/${run.run_id}`)
  await page.getByRole('button', { name: 'Edit notes' }).click()
  await context.setOffline(true)
  await inMarkdown(page).fill('written without a server')
  const failed = page.getByRole('alert').filter({ hasText: 'Not saved: the server does not answer. It is tried again by itself, and kept in this browser.' })
  await failed.waitFor()
  assert.deepEqual(await violations(page), [])
  await shot(page, 'notes-failed')
  assert.equal(await run.text(), 'written and left')
  await context.setOffline(false)
  await failed.waitFor({ state: 'detached' })
  await until(async () => await run.text() === 'written without a server')
  // The page ends before the server is back; what a page sends while it ends comes through all that stands between it and the server here.
  await page.evaluate('globalThis.fetch = () => Promise.reject(new TypeError("away"))')
  await inMarkdown(page).fill('kept in the browser')
  await failed.waitFor()
  await page.goto('about:blank')
  assert.equal(await run.text(), 'written without a server')
  const later = await context.newPage()
  await later.goto(`${site.url}/runs/${run.run_id}`)
  await later.getByRole('region', { name: 'Notes' }).getByText('written without a server').waitFor()
  await later.close()
  await page.goto(`${site.url}/runs/${run.run_id}`)
  assert.equal(await inMarkdown(page).inputValue(), 'kept in the browser')
  await until(async () => await run.text() === 'kept in the browser')
  await context.close()
})

test('two who write notes at once lose nothing, and see what the other writes', async () => {
  const run = await noted('together', 'first\n\nlast')
  const [one, other] = [await look(browser), await look(browser)]
  for (const { page } of [one, other]) {
    await page.goto(`${site.url}/runs/${run.run_id}`)
    await page.getByRole('button', { name: 'Edit notes' }).waitFor()
  }
  // Whoever reads sees it come.
  await one.page.getByRole('button', { name: 'Edit notes' }).click()
  await inMarkdown(one.page).fill('FIRST\n\nlast')
  await other.page.getByRole('region', { name: 'Notes' }).getByText('FIRST').waitFor()
  // Both write, in other lines: the caret stays where one writes.
  await other.page.getByRole('button', { name: 'Edit notes' }).click()
  await inMarkdown(other.page).press('Control+End')
  await inMarkdown(one.page).fill('Title\n\nFIRST\n\nlast')
  await inMarkdown(other.page).pressSequentially(' line')
  await until(async () => await run.text() === 'Title\n\nFIRST\n\nlast line')
  for (const { page } of [one, other]) await until(async () => await inMarkdown(page).inputValue() === 'Title\n\nFIRST\n\nlast line')
  await inMarkdown(other.page).pressSequentially('!')
  await until(async () => await run.text() === 'Title\n\nFIRST\n\nlast line!')
  await until(async () => await inMarkdown(one.page).inputValue() === 'Title\n\nFIRST\n\nlast line!')
  // The same line, at the same moment.
  await one.page.route('**/runs/set-tag', async (route) => {
    await site.client.runs.setTag(run.run_id, note, 'theirs')
    await route.continue()
  }, { times: 1 })
  await inMarkdown(one.page).fill('mine')
  const conflict = one.page.getByRole('alert').filter({ hasText: 'changed the same lines' })
  await conflict.waitFor()
  assert.deepEqual(await violations(one.page), [])
  await shot(one.page, 'notes-conflict')
  assert.equal(await run.text(), 'theirs')
  await one.page.getByRole('button', { name: 'Edit both together' }).click()
  assert.equal(await inMarkdown(one.page).inputValue(), 'mine\n\ntheirs')
  await one.page.getByRole('button', { name: 'Done' }).click()
  await until(async () => await run.text() === 'mine\n\ntheirs')
  for (const { complaints, context } of [one, other]) {
    // Each refusal of what was expected is told by the browser.
    assert.deepEqual(complaints.filter((complaint) => !/409/.test(complaint)), [])
    await context.close()
  }
})

test('descriptions of models and versions and notes of experiments are saved by themselves too; what one wrote of a model in one sitting is told once', async () => {
  const { client } = site
  await client.models.create({ name: 'churn' })
  await client.models.createVersion({ name: 'churn', source: 's3://models/1' })
  const experiment = await client.experiments.create({ name: 'noted' })
  const { page, context, complaints } = await look(browser)
  for (const [address, title, read] of [
    ['/models/churn', 'Description', async () => (await client.models.get('churn')).description ?? ''],
    ['/models/churn/1', 'Description', async () => (await client.models.getVersion('churn', '1')).description ?? ''],
    [`/experiments/${experiment}`, 'Notes', async () => (await client.experiments.get(experiment)).tags?.find(({ key }) => key === note)?.value ?? ''],
  ] as const) {
    await page.goto(site.url + address)
    if (title === 'Notes') await page.getByRole('button', { name: 'Notes and tags' }).click()
    await page.getByRole('button', { name: `Add ${title.toLowerCase()}` }).click()
    const box = page.getByRole('textbox', { name: `${title} in Markdown` })
    await box.pressSequentially('who leaves')
    await until(async () => await read() === 'who leaves')
    await box.pressSequentially(', and when')
    await box.press('Escape')
    await until(async () => await read() === 'who leaves, and when')
    await page.getByRole('region', { name: title }).getByText('who leaves, and when').waitFor()
  }
  await page.goto(`${site.url}/models/churn`)
  const history = page.getByRole('region', { name: 'History' })
  await history.getByText('changed the description of the model, 2 times').waitFor()
  await history.getByText('changed the description of version 1, 2 times').waitFor()
  assert.equal((await Array.fromAsync(client.models.audit({ entity_name: 'churn', action: 'update' }))).length, 4)
  // The version's files are where this server does not look.
  assert.deepEqual(complaints.filter((complaint) => !/400/.test(complaint)), [])
  await context.close()
})

test('who may not change notes is offered no editor', async () => {
  const password = 'correct horse battery'
  await using own = await startSite({ 'app-name': 'basic-auth' }, undefined, { MLFLOW_AUTH_ADMIN_PASSWORD: password })
  const admin = new CairnClient({ url: own.url, username: 'admin', password })
  for (const username of ['reader', 'writer']) await admin.call(createUser, { username, password })
  const experiment = await admin.experiments.create({ name: 'shared', tags: [{ key: note, value: 'of the experiment' }] })
  const { info: { run_id } } = await admin.runs.create({ experiment_id: experiment, run_name: 'seen', start_time: 1, tags: [{ key: note, value: 'of the run' }] })
  await admin.models.create({ name: 'churn', description: 'of the model' })
  await admin.models.createVersion({ name: 'churn', source: 's3://models/1', description: 'of the version' })
  for (const [resource_type, resource_id] of [['experiment', experiment], ['registered_model', 'churn']] as const) {
    await admin.call(grantUserPermission, { username: 'reader', resource_type, resource_id, permission: 'READ' })
    await admin.call(grantUserPermission, { username: 'writer', resource_type, resource_id, permission: 'EDIT' })
  }
  for (const [username, may] of [['reader', false], ['writer', true], ['admin', true]] as const) {
    const { page, context } = await look(browser)
    await page.goto(`${own.url}/account`)
    await page.getByLabel('User name').fill(username)
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.waitForURL(`${own.url}/account`)
    for (const [address, title, text] of [[`/runs/${run_id}`, 'Notes', 'of the run'], ['/models/churn', 'Description', 'of the model'], ['/models/churn/1', 'Description', 'of the version'], [`/experiments/${experiment}`, 'Notes', 'of the experiment']] as const) {
      const asked = page.waitForResponse((response) => response.url().includes(username === 'admin' ? 'users/current' : 'users/permissions/get'))
      await page.goto(own.url + address)
      if (text === 'of the experiment') await page.getByRole('button', { name: 'Notes and tags' }).click()
      await page.getByRole('region', { name: title }).getByText(text).waitFor()
      await (await asked).finished()
      await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))')
      const editor = page.getByRole('button', { name: `Edit ${title.toLowerCase()}` })
      if (may) await editor.waitFor()
      assert.equal(await editor.count(), may ? 1 : 0, `${username} ${address}`)
    }
    await context.close()
  }
})
