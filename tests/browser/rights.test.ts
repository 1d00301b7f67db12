import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createUser, grantUserPermission } from '@cairn/protocol'
import { CairnClient } from '@cairn/sdk'
import type { Browser, Locator, Page } from 'playwright-core'
import { look, openBrowser, startSite, violations, type Looker, type Site } from './browser.ts'

const password = 'correct horse battery'
const levels = { reader: 'READ', editor: 'EDIT', owner: 'MANAGE' } as const
type Who = keyof typeof levels
const everybody = Object.keys(levels) as Who[]

let site: Site
let browser: Browser
let admin: CairnClient
let experiment: string
let run: string
const stack = new AsyncDisposableStack()
before(async () => {
  site = stack.use(await startSite({ 'app-name': 'basic-auth' }, undefined, { MLFLOW_AUTH_ADMIN_PASSWORD: password }))
  browser = await openBrowser()
  stack.defer(() => browser.close())
  admin = new CairnClient({ url: site.url, username: 'admin', password })
  experiment = await admin.experiments.create({ name: 'shared', tags: [{ key: 'team', value: 'churn' }] })
  for (const name of ['first', 'second']) {
    const { info: { run_id } } = await admin.runs.create({ experiment_id: experiment, run_name: name, start_time: 1, tags: [{ key: 'kind', value: 'tried' }] })
    run = run_id
  }
  await admin.artifacts.upload(run, 'report.md', '# went well')
  await admin.models.create({ name: 'churn' })
  await admin.models.createVersion({ name: 'churn', source: 's3://models/1' })
  await admin.models.setAlias('churn', 'champion', '1')
  await admin.views.create({ experiment_ids: [experiment], name: 'for all', state: 'sort=metrics.loss', shared: true })
  for (const username of everybody) {
    await admin.call(createUser, { username, password })
    for (const [resource_type, resource_id] of [['experiment', experiment], ['registered_model', 'churn']] as const) await admin.call(grantUserPermission, { username, resource_type, resource_id, permission: levels[username] })
  }
})
after(() => stack.disposeAsync())

/** A page of somebody who has signed in on another. */
async function signedIn(who: Who): Promise<Looker> {
  const looker = await look(browser)
  const page = await looker.context.newPage()
  await page.goto(`${site.url}/account`)
  await page.getByLabel('User name').fill(who)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL(`${site.url}/account`)
  await page.close()
  return looker
}

/** Does something, and waits until the page has been told what its reader may do, and has drawn it. */
async function knowing(page: Page, what: () => Promise<unknown>, answers = 1): Promise<void> {
  let left = answers
  await Promise.all([page.waitForEvent('requestfinished', (request) => request.url().includes('users/permissions/get') && (left -= 1) === 0), what()])
  await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))')
}

/** That it is there for whoever may, and for nobody else. */
async function onlyFor(may: boolean, what: Locator, why: string): Promise<void> {
  if (may) await what.first().waitFor()
  assert.equal(await what.count() > 0, may, why)
}

for (const who of everybody) {
  const [edits, manages] = [who !== 'reader', who === 'owner']
  // Who may not do everything with the experiment may be granted more on all runs.
  const ofRuns = manages ? 1 : 2

  test(`whoever has ${levels[who]} is offered on the page of a run what the server lets them do`, async () => {
    const { page, context, complaints } = await signedIn(who)
    await knowing(page, () => page.goto(`${site.url}/runs/${run}`), ofRuns)
    await page.getByText('tried').waitFor()
    for (const name of ['Rename', 'Add tag', 'Delete tag kind', 'Add notes']) await onlyFor(edits, page.getByRole('button', { name, exact: true }), `${who} ${name}`)
    assert.equal(await page.getByRole('textbox', { name: 'Key of the tag' }).count(), edits ? 1 : 0)
    assert.deepEqual(await violations(page), [])
    await knowing(page, () => page.goto(`${site.url}/runs/${run}/artifacts/report.md`), ofRuns)
    await page.getByRole('heading', { name: 'went well' }).waitFor()
    await onlyFor(edits, page.locator('.artifact-foot label'), `${who} adds files`)
    await onlyFor(manages, page.locator('.artifact-head').getByRole('button', { name: 'Delete' }), `${who} deletes files`)
    assert.deepEqual(complaints, [])
    await context.close()
  })

  test(`whoever has ${levels[who]} is offered in the table of runs what the server lets them do`, async () => {
    const { page, context, complaints } = await signedIn(who)
    await page.goto(`${site.url}/experiments/${experiment}/table`)
    await knowing(page, () => page.locator('[data-run]').first().getByRole('checkbox').click(), ofRuns)
    const bar = page.getByRole('region', { name: '1 run selected' })
    const button = (name: string): Locator => bar.getByRole('button', { name, exact: true })
    for (const name of ['Tag', 'Move', 'Archive', 'Delete']) await onlyFor(edits, button(name), `${who} ${name}`)
    await onlyFor(!edits, bar.getByText('You may not change these runs.'), `${who} is told why`)
    await button('Baseline').waitFor()
    assert.deepEqual(await violations(page), [])
    if (edits) {
      for (const name of ['Move', 'Delete']) assert.equal(await button(name).getAttribute('aria-disabled'), manages ? null : 'true', `${who} ${name}`)
      for (const name of ['Tag', 'Archive']) assert.equal(await button(name).getAttribute('aria-disabled'), null, `${who} ${name}`)
    }
    if (!manages) {
      // A key says why it does nothing, and nothing is asked of the server.
      let asked = 0
      page.on('request', (request) => { if (request.url().includes('runs/change')) asked += 1 })
      await page.getByRole('grid').press('Delete')
      const why = page.locator('.toasts').getByText(`That needs ${edits ? 'MANAGE' : 'EDIT'} on the experiment.`)
      await why.waitFor()
      if (edits) {
        await button('Delete').click({ force: true })
        await why.nth(1).waitFor()
      }
      assert.equal(asked, 0)
    }
    assert.deepEqual(complaints, [])
    await context.close()
  })

  test(`whoever has ${levels[who]} is offered of experiments what the server lets them do`, async () => {
    const { page, context, complaints } = await signedIn(who)
    const buttons = async (inside: Locator, names: readonly string[]): Promise<void> => {
      for (const name of names) await onlyFor(edits, inside.getByRole('button', { name, exact: true }), `${who} ${name}`)
      if (edits) assert.equal(await inside.getByRole('button', { name: 'Archive', exact: true }).getAttribute('aria-disabled'), manages ? null : 'true')
    }
    await page.goto(`${site.url}/experiments/${experiment}`)
    await knowing(page, () => page.getByRole('button', { name: 'Notes and tags' }).click())
    await page.locator('.list-details').getByText('churn').waitFor()
    await buttons(page.locator('.list-details'), ['Rename or move', 'Archive', 'Remove team', 'Add', 'Add notes'])
    assert.deepEqual(await violations(page), [])
    await page.goto(`${site.url}/experiments`)
    await knowing(page, () => page.getByRole('row', { name: 'shared' }).getByRole('checkbox').click())
    const bar = page.getByRole('region', { name: '1 experiment selected' })
    await buttons(bar, ['Rename or move', 'Tag', 'Archive'])
    await onlyFor(!edits, bar.getByText('You may look at this experiment, not change it: that needs EDIT.'), `${who} is told why`)
    for (const key of ['r', 't', ...(manages ? [] : ['Delete'])]) {
      await page.keyboard.press(key)
      if (edits && key !== 'Delete') {
        await page.getByRole('dialog').waitFor()
        await page.keyboard.press('Escape')
        await page.getByRole('dialog').waitFor({ state: 'detached' })
      } else await page.locator('.toasts').getByText(edits ? 'That needs MANAGE' : 'You may look at this experiment').first().waitFor()
    }
    assert.equal(await page.getByRole('dialog').count(), 0)
    assert.deepEqual(complaints, [])
    await context.close()
  })

  test(`whoever has ${levels[who]} is offered of views and of a model what the server lets them do`, async () => {
    const { page, context, complaints } = await signedIn(who)
    const [view] = await admin.views.list({ experiment_ids: [experiment] })
    await page.goto(`${site.url}/experiments/${experiment}/table?saved=${view!.view_id}&sort=metrics.loss`)
    await page.locator('.views-name').getByText('for all').waitFor()
    await knowing(page, () => page.locator('.views > button').first().click())
    const item = (name: string): Locator => page.getByRole('menuitem', { name, exact: true })
    for (const name of ['Rename…', 'Delete', 'Keep to myself', 'Open the experiment with it']) await onlyFor(edits, item(name), `${who} ${name}`)
    for (const name of ['Duplicate', 'Copy the link to this view']) await item(name).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('grid').press('v')
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Name', { exact: true }).fill(`of ${who}`)
    await onlyFor(edits, dialog.getByRole('checkbox'), `${who} shares`)
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.locator('.views-name').getByText(`of ${who}`).waitFor()
    await knowing(page, () => page.goto(`${site.url}/models/churn`))
    await page.getByRole('region', { name: 'Versions' }).waitFor()
    for (const name of ['Promote version 1', 'Add description']) await onlyFor(edits, page.getByRole('button', { name }), `${who} ${name}`)
    await onlyFor(edits, page.getByRole('region', { name: 'History' }).getByRole('button', { name: /^Roll back/ }), `${who} rolls back`)
    await knowing(page, () => page.goto(`${site.url}/models/churn/1`))
    await page.getByRole('heading', { name: 'Version 1' }).waitFor()
    for (const name of [/^Promote/, 'Add description']) await onlyFor(edits, page.getByRole('button', { name }), `${who} ${name}`)
    // The version's files are where this server does not look.
    assert.deepEqual(complaints.filter((complaint) => !/400/.test(complaint)), [])
    await context.close()
  })
}
