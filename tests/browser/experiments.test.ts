import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { look, openBrowser, startSite, violations, type Site } from './browser.ts'
import { logGrid } from './data.ts'

let site: Site
let browser: Browser
const ids: Record<string, string> = {}
const many = 360
const stack = new AsyncDisposableStack()
before(async () => {
  site = stack.use(await startSite())
  browser = await openBrowser()
  stack.defer(() => browser.close())
  for (let from = 0; from < many; from += 40) {
    await Promise.all(Array.from({ length: 40 }, (_, at) => site.client.experiments.create({ name: `archive of 2025/study ${String(from + at).padStart(4, '0')}` })))
  }
  for (const name of ['vision/defects/resnet', 'vision/defects/vit', 'vision/faces', 'fraud']) ids[name] = await site.client.experiments.create({ name, tags: [{ key: 'team', value: name.startsWith('vision') ? 'line 4' : 'risk' }] })
  ids['telco churn/grid'] = await logGrid(site.client, 'telco churn/grid', 12)
})
after(() => stack.disposeAsync())

const row = (page: Page, name: string) => page.getByRole('row').filter({ has: page.getByRole('link', { name, exact: true }) })
const folder = (page: Page, name: string) => page.getByRole('row').filter({ has: page.getByRole('button', { name, exact: true }) })
const isLive = (page: Page) => page.getByRole('status').filter({ hasText: /^live$/ }).waitFor()
const nameOf = async (id: string): Promise<string> => (await site.client.experiments.get(id)).name

test('experiments lie in folders that open, with counts of runs, what tells most of them, tags, and true numbers', async () => {
  const { page, context, complaints } = await look(browser)
  let requests = 0
  page.on('request', (request) => { if (request.url().includes('/api/cairn/v1/experiments/overview')) requests += 1 })
  await page.goto(`${site.url}/experiments`)
  await page.getByText('366 experiments', { exact: true }).waitFor()
  await folder(page, 'archive of 2025').getByText('360 experiments').waitFor()
  assert.ok(requests <= 2, `${requests} questions`)
  await folder(page, 'telco churn').getByRole('button', { name: 'telco churn' }).click()
  const grid = row(page, 'grid')
  await grid.getByRole('img', { name: '12 runs, 2 running, 1 failed' }).waitFor()
  await grid.getByRole('img', { name: /^valid\/loss: 0\.\d+ in the newest of 12 runs$/ }).waitFor()
  await grid.getByRole('button', { name: /team.*retention/ }).waitFor()
  // The address holds which folders are open.
  await page.reload()
  await row(page, 'grid').waitFor()
  await row(page, 'grid').getByRole('link').click()
  await page.getByRole('heading', { name: 'telco churn/grid' }).waitFor()
  assert.deepEqual(complaints, [])
  await context.close()
})

test('a search finds while one types, by words and by tags; a tag is a click; the address keeps it', async () => {
  const { page, context } = await look(browser)
  await page.goto(`${site.url}/experiments`)
  await page.getByText('366 experiments', { exact: true }).waitFor()
  await page.keyboard.press('/')
  await page.keyboard.type('DEFECTS')
  await row(page, 'vision/defects/vit').waitFor()
  await page.getByText('2 of 366 experiments').waitFor()
  await page.getByRole('searchbox').fill('')
  await page.keyboard.type('team=risk')
  await page.getByText('1 of 366 experiments').waitFor()
  await row(page, 'fraud').getByRole('button', { name: /team/ }).click()
  await page.getByText('366 experiments', { exact: true }).waitFor()
  await page.getByRole('searchbox').fill('nothing like it')
  await page.getByText('No experiment has “nothing like it”').waitFor()
  await page.getByRole('searchbox').fill('faces')
  await row(page, 'vision/faces').waitFor()
  await page.reload()
  await page.getByText('1 of 366 experiments').waitFor()
  await context.close()
})

test('hundreds of experiments are reached by keyboard, and only what is in sight is drawn and asked for', async () => {
  const { page, context } = await look(browser)
  await page.goto(`${site.url}/experiments?view=list&sort=name`)
  await row(page, 'archive of 2025/study 0000').waitFor()
  const list = page.getByRole('treegrid', { name: 'Experiments' })
  assert.equal(await list.getAttribute('aria-rowcount'), String(many + 7))
  await list.focus()
  await page.keyboard.press('End')
  await row(page, 'vision/faces').waitFor()
  assert.ok(await page.getByRole('row').count() < 80)
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'vision/faces' }).waitFor()
  await page.goBack()
  await page.getByRole('treegrid').waitFor()
  await context.close()
})

test('many are moved to a folder, renamed by find and replace, tagged, archived and restored, and each can be taken back', async () => {
  const { page, context } = await look(browser)
  await page.goto(`${site.url}/experiments?q=vision&sort=name`)
  await row(page, 'vision/faces').waitFor()
  await page.keyboard.press('j')
  await page.keyboard.press('x')
  await page.keyboard.press('Shift+ArrowDown')
  await page.getByRole('region', { name: '2 experiments selected' }).waitFor()
  await page.keyboard.press('r')
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Folder', { exact: true }).fill('cv')
  await dialog.getByText('2 names will change').first().waitFor()
  assert.deepEqual(await violations(page), [])
  await dialog.getByRole('button', { name: 'Move to a folder' }).click()
  await page.getByText('2 experiments renamed').waitFor()
  assert.deepEqual([await nameOf(ids['vision/defects/resnet']!), await nameOf(ids['vision/defects/vit']!)], ['cv/resnet', 'cv/vit'])
  await page.getByRole('button', { name: 'Undo' }).click()
  await page.getByText('Taken back').waitFor()
  await row(page, 'vision/defects/vit').waitFor()
  assert.equal(await nameOf(ids['vision/defects/resnet']!), 'vision/defects/resnet')

  await page.keyboard.press('a')
  await page.getByRole('region', { name: '3 experiments selected' }).waitFor()
  await page.getByRole('button', { name: 'Rename or move' }).click()
  await dialog.getByText('Find and replace').click()
  await dialog.getByLabel('Regular expression').check()
  await dialog.getByLabel('Find', { exact: true }).fill('^(\\w+)/')
  await dialog.getByLabel('Replace with').fill('vision-$1/')
  await dialog.getByText('vision-vision/faces').waitFor()
  await dialog.getByRole('button', { name: 'Cancel' }).click()

  await page.getByRole('button', { name: 'Tag', exact: true }).click()
  await dialog.getByLabel('Key').fill('stage')
  await dialog.getByLabel('Value', { exact: true }).fill('old')
  await dialog.getByRole('button', { name: 'Tag' }).click()
  await row(page, 'vision/faces').getByRole('button', { name: /stage.*old/ }).waitFor()

  await row(page, 'vision/faces').getByRole('checkbox').click()
  await page.getByRole('button', { name: 'Archive', exact: true }).last().click()
  await page.getByText('1 experiment archived').waitFor()
  await row(page, 'vision/faces').waitFor({ state: 'detached' })
  await page.getByRole('group', { name: 'Which experiments' }).getByRole('button', { name: 'Archive' }).click()
  await row(page, 'vision/faces').getByRole('checkbox').click()
  await page.getByRole('button', { name: 'Restore' }).click()
  await page.getByText('1 experiment restored').waitFor()
  assert.equal((await site.client.experiments.get(ids['vision/faces']!)).lifecycle_stage, 'active')
  await context.close()
})

test('notes are written beside the list with a preview, and an experiment is made by key', async () => {
  const { page, context, complaints } = await look(browser)
  await page.goto(`${site.url}/experiments?q=fraud`)
  await row(page, 'fraud').waitFor()
  await page.keyboard.press('e')
  const panel = page.getByRole('complementary', { name: 'About' })
  await panel.getByRole('button', { name: 'Add notes' }).click()
  await page.getByRole('textbox', { name: 'Notes in Markdown' }).fill('# Why\n\nCards that are **stolen**.')
  await panel.getByRole('button', { name: 'Preview' }).click()
  await panel.locator('strong').getByText('stolen').waitFor()
  await panel.getByRole('button', { name: 'Save notes' }).click()
  await panel.getByRole('button', { name: 'Edit notes' }).waitFor()
  assert.deepEqual(await violations(page), [])
  const { tags } = await site.client.experiments.get(ids['fraud']!)
  assert.equal(tags?.find(({ key }) => key === 'mlflow.note.content')?.value, '# Why\n\nCards that are **stolen**.')
  await row(page, 'fraud').getByText('Cards that are stolen.').waitFor()
  await page.getByRole('button', { name: 'Close' }).click()
  await page.keyboard.press('n')
  await page.getByRole('dialog').getByLabel('Name').fill('fraud')
  await page.keyboard.press('Enter')
  await page.getByRole('alert').getByText('already exists').waitFor()
  await page.getByRole('dialog').getByLabel('Name').fill('made/here')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'made/here' }).waitFor()
  assert.deepEqual(complaints.filter((text) => !text.includes('400')), [])
  await context.close()
})

test('counts move when runs come and end, without anybody asking', async () => {
  const { page, context } = await look(browser)
  await page.goto(`${site.url}/experiments?q=vit`)
  await row(page, 'vision/defects/vit').waitFor()
  await isLive(page)
  const { info } = await site.client.runs.create({ experiment_id: ids['vision/defects/vit']!, run_name: 'live', start_time: Date.now() })
  await row(page, 'vision/defects/vit').getByRole('img', { name: '1 run, 1 running' }).waitFor()
  await site.client.runs.update({ run_id: info.run_id, status: 'FAILED', end_time: Date.now() })
  await row(page, 'vision/defects/vit').getByRole('img', { name: '1 run, 1 failed' }).waitFor()
  await context.close()
})

test('the list is free of accessibility violations and no wider than the window, light and dark, from 390 to 2560 px', async () => {
  for (const [width, dark] of [[390, true], [1440, false], [2560, true]] as const) {
    const { page, context } = await look(browser, { width, dark })
    for (const query of ['?open=vision&open=vision/defects', `?view=list&show=${ids['fraud']}`]) {
      await page.goto(`${site.url}/experiments${query}`)
      await page.locator('.list[data-outdated=false]').waitFor()
      if (query.includes('show')) await page.getByRole('heading', { name: 'fraud' }).waitFor()
      assert.deepEqual(await violations(page), [], `${query} at ${width}`)
      assert.ok(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), `${query} at ${width} is too wide`)
    }
    await context.close()
  }
})
