import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { deflateSync, crc32 } from 'node:zlib'
import type { Browser } from 'playwright-core'
import { look, openBrowser, startSite, violations, type Site } from './browser.ts'

/** A picture of 8 × 8 pixels of one grey. */
function png(grey: number): Buffer {
  const chunk = (type: string, data: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(type), data])
    const out = Buffer.alloc(12 + data.length)
    out.writeUInt32BE(data.length)
    body.copy(out, 4)
    out.writeUInt32BE(crc32(body), 8 + data.length)
    return out
  }
  const head = Buffer.from([0, 0, 0, 8, 0, 0, 0, 8, 8, 0, 0, 0, 0])
  const rows = Buffer.concat(Array.from({ length: 8 }, () => Buffer.from([0, ...Array<number>(8).fill(grey)])))
  return Buffer.concat([Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]), chunk('IHDR', head), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))])
}

describe('many runs compared', () => {
  let site: Site
  let browser: Browser
  const runs: string[] = []
  before(async () => {
    site = await startSite()
    const experiments = await Promise.all(['one', 'two'].map((name) => site.client.experiments.create({ name })))
    for (let index = 0; index < 50; index += 1) {
      const { info: { run_id } } = await site.client.runs.create({ experiment_id: experiments[index % 2]!, run_name: `trial-${index}`, start_time: 1_000_000 + index })
      await site.client.runs.logBatch({ run_id, params: [{ key: 'depth', value: String(index) }, { key: 'seed', value: '7' }], metrics: [...[0, 1].map((step) => ({ key: 'auc', value: index / 50 - 0.01 + step / 100, timestamp: 1, step })), { key: 'once', value: 1, timestamp: 1, step: 0 }] })
      runs.push(run_id)
    }
    for (const [at, run_id] of runs.slice(0, 3).entries()) {
      await site.client.artifacts.upload(run_id, 'requirements.txt', Buffer.from(`numpy==1.${at}\nscipy==1.14\n`))
      await site.client.artifacts.upload(run_id, 'eval/scores.csv', Buffer.from(`id,score\n1,0.5\n2,0.${6 + at}\n${at === 0 ? '3,0.9\n' : ''}`))
      await site.client.artifacts.upload(run_id, 'plot.png', new Uint8Array(png(60 * (at + 1))))
    }
    browser = await openBrowser()
  })
  after(async () => {
    await browser?.close()
    await site[Symbol.asyncDispose]()
  })

  it('fifty of two experiments come with one request, equal rows left out', async () => {
    const { page, context, complaints } = await look(browser, { height: 600 })
    const asked: string[] = []
    page.on('request', (request) => { if (request.url().includes('/api/')) asked.push(new URL(request.url()).pathname) })
    await page.goto(`${site.url}/compare?runs=${runs.join(',')}`)
    const table = page.getByRole('region', { name: 'Runs compared', exact: true })
    await table.getByRole('row', { name: /^depth 0 1 2 / }).waitFor()
    assert.equal(await table.getByRole('row', { name: /^seed/ }).count(), 0)
    // Curves and files come when one comes to them.
    assert.deepEqual(asked.filter((path) => /series$|artifacts\/list$/.test(path)), [])
    await page.getByRole('button', { name: 'Files', exact: true }).click()
    await page.getByText('numpy==1.0').waitFor()
    await page.getByRole('button', { name: 'Charts', exact: true }).click()
    // What the runs were made with, package by package.
    await table.getByRole('row', { name: /^numpy 1\.0 1\.1 1\.2 – / }).waitFor()
    await page.locator('[data-metric="auc"] .plot[data-lines="50"]').waitFor({ state: 'attached' })
    assert.equal(await page.locator('[data-metric="once"]').count(), 0)
    assert.equal(asked.filter((path) => path.endsWith('/artifacts/read')).length, 1)
    assert.equal(asked.filter((path) => path.endsWith('/series')).length, 1)
    assert.equal(asked.filter((path) => path.endsWith('/runs/read')).length, 1)
    assert.ok(asked.length < 15, asked.join(' '))
    assert.deepEqual(complaints, [])
    await context.close()
  })

  it('are drawn only where one looks, and all are there', async () => {
    const { page, context, complaints } = await look(browser)
    await page.goto(`${site.url}/compare?runs=${runs.join(',')}`)
    const table = page.getByRole('region', { name: 'Runs compared', exact: true })
    await table.getByRole('row', { name: /^depth 0 1 2 / }).waitFor()
    assert.equal(await table.getByRole('table').getAttribute('aria-colcount'), '51')
    assert.ok(await table.getByRole('columnheader').count() < 20)
    await table.evaluate((element) => element.scrollTo(element.scrollWidth, 0))
    await table.getByRole('columnheader', { name: 'trial-49' }).waitFor()
    await table.getByRole('row', { name: /^depth .* 48 49$/ }).waitFor()
    assert.equal(await table.getByRole('columnheader', { name: 'trial-0 ' }).count(), 0)
    await table.getByRole('button', { name: 'trial-49 as baseline' }).click()
    await page.getByText('Compare 50 runs').waitFor()
    await page.waitForURL((url) => url.searchParams.get('runs')!.startsWith(runs[49]!))
    await page.getByRole('searchbox', { name: 'Find rows' }).fill('scipy')
    await table.getByRole('row', { name: /^scipy/ }).waitFor()
    assert.deepEqual(await violations(page), [])
    assert.deepEqual(complaints, [])
    await context.close()
  })

  it('are measured against the first, which may be another one', async () => {
    const { page, context } = await look(browser)
    await page.goto(`${site.url}/compare?runs=${runs.slice(10, 13).join(',')}`)
    const table = page.getByRole('region', { name: 'Runs compared', exact: true })
    await table.getByRole('row', { name: /^auc 0\.2 0\.22 \+0\.02 \(10 %\) better 0\.24 .*better.* best/ }).waitFor()
    await table.getByRole('button', { name: 'trial-12 as baseline' }).click()
    await table.getByRole('row', { name: /^auc 0\.24 best 0\.2 −0\.04 \(17 %\) worse/ }).waitFor()
    assert.equal(new URL(page.url()).searchParams.get('runs')?.split(',')[0], runs[12])
    await context.close()
  })

  it('are led to their files on a phone too, and charts that come meanwhile push nothing away', async () => {
    const two = await Promise.all(['left', 'right'].map(async (run_name) => {
      const { info: { run_id } } = await site.client.runs.create({ experiment_id: '0', run_name, start_time: 1 })
      await site.client.runs.logBatch({ run_id, params: Array.from({ length: 40 }, (_, index) => ({ key: `p${index}`, value: run_name })), metrics: Array.from({ length: 12 }, (_, index) => ({ key: `m${index % 6}`, value: index, timestamp: 1, step: index })) })
      await site.client.artifacts.upload(run_id, 'requirements.txt', `numpy==${run_name.length}\n`)
      return run_id
    }))
    const { page, context, complaints } = await look(browser, { width: 390, height: 844 })
    await page.goto(`${site.url}/compare?runs=${two.join(',')}`)
    await page.getByRole('button', { name: 'Files', exact: true }).click()
    await page.getByText('numpy==4').waitFor()
    // The charts are in the same window until they are there, and are higher than their room.
    await page.locator('[data-metric="m0"] .plot').waitFor({ state: 'attached' })
    const top = async (): Promise<number> => (await page.getByRole('heading', { name: 'Files' }).boundingBox())!.y
    for (let left = 100; await top() < 40 || await top() > 600; left -= 1) {
      assert.ok(left > 0, `the files are at ${await top()}`)
      await page.waitForTimeout(50)
    }
    assert.deepEqual(complaints, [])
    await context.close()
  })

  it('tables of two are matched row by row, side by side', async () => {
    const { page, context, complaints } = await look(browser)
    await page.goto(`${site.url}/compare?runs=${runs.slice(0, 3).join(',')}&file=eval/scores.csv`)
    await page.getByRole('button', { name: 'Files', exact: true }).click()
    const pair = page.getByRole('region', { name: 'eval/scores.csv of trial-0 and trial-1' })
    await pair.getByText('1 row differs, 1 only in trial-0, 1 equal').waitFor()
    const side = (run: string) => pair.getByRole('table', { name: `eval/scores.csv of ${run}` })
    assert.deepEqual([await side('trial-0').locator('[data-mark="removed"]').allTextContents(), await side('trial-1').locator('[data-mark="added"]').allTextContents()], [['0.6', '3', '0.9'], ['0.7']])
    await pair.getByLabel('Only rows that differ').uncheck()
    await side('trial-1').getByRole('cell', { name: '0.5', exact: true }).waitFor()
    // Whoever gets the link sees the same.
    await pair.getByRole('combobox', { name: 'Rows matched by' }).selectOption('')
    await pair.getByText(/^1 row differs, 1 only in trial-0|2 rows differ/).waitFor()
    await page.reload()
    await page.getByRole('button', { name: 'Files', exact: true }).click()
    await side('trial-1').getByRole('cell', { name: '0.5', exact: true }).waitFor()
    assert.deepEqual([await pair.getByLabel('Only rows that differ').isChecked(), await pair.getByRole('combobox', { name: 'Rows matched by' }).inputValue()], [false, ''])
    assert.deepEqual(await violations(page), [])
    assert.deepEqual(complaints, [])
    await context.close()
  })

  it('files in more folders than are looked through at once are found when one asks, and at once by their address', async () => {
    const deep = ['many-0', 'many-1'].map(async (run_name, at) => {
      const { info: { run_id } } = await site.client.runs.create({ experiment_id: '0', run_name, start_time: 1 })
      for (let folder = 0; folder < 70; folder += 1) await site.client.artifacts.upload(run_id, `step-${String(folder).padStart(2, '0')}/note.txt`, Buffer.from(`of ${at}\n`))
      if (at === 0) await site.client.artifacts.upload(run_id, 'step-69/only.txt', Buffer.from('alone\n'))
      return run_id
    })
    const [one, other] = await Promise.all(deep)
    const { page, context, complaints } = await look(browser)
    const open = async (file = ''): Promise<void> => {
      await page.goto(`${site.url}/compare?runs=${one},${other}${file === '' ? '' : `&file=${file}`}`)
      await page.getByRole('button', { name: 'Files', exact: true }).click()
    }
    await open()
    const files = page.getByRole('combobox', { name: 'File' })
    await page.getByText('Looked through 120 folders of these runs; at least 22 more folders may hold further files.').waitFor()
    if (process.env['CAIRN_TEST_SHOTS'] !== undefined) await page.screenshot({ path: `${process.env['CAIRN_TEST_SHOTS']}/compare-files.png` })
    assert.deepEqual(await violations(page), [])
    await page.getByRole('button', { name: 'Look through more' }).click()
    await page.getByText('Looked through').waitFor({ state: 'detached' })
    await files.focus()
    await files.selectOption('step-69/only.txt')
    await page.getByText('Only many-0 has this file.').waitFor()
    await open('step-69/note.txt')
    await page.getByRole('region', { name: 'step-69/note.txt of many-0 and many-1' }).waitFor()
    assert.deepEqual(complaints, [])
    await context.close()
  })

  it('environments and images of any two are shown, and the address keeps which', async () => {
    const { page, context } = await look(browser)
    await page.goto(`${site.url}/compare?runs=${runs.slice(0, 4).join(',')}`)
    await page.getByRole('button', { name: 'Files', exact: true }).click()
    const difference = page.getByRole('region', { name: 'Difference of requirements.txt' })
    await difference.getByText('numpy==1.1').waitFor()
    await page.getByRole('combobox', { name: 'Second run' }).selectOption({ label: 'trial-2' })
    await difference.getByText('numpy==1.2').waitFor()
    await page.getByRole('combobox', { name: 'File' }).selectOption('plot.png')
    await page.getByRole('slider').waitFor()
    await page.reload()
    await page.getByRole('button', { name: 'Files', exact: true }).click()
    await page.getByRole('region', { name: 'plot.png of trial-0 and trial-2' }).waitFor()
    await page.getByRole('combobox', { name: 'Images' }).selectOption('beside')
    await page.getByRole('img', { name: 'trial-2', exact: true }).waitFor()
    assert.equal(new URL(page.url()).searchParams.get('images'), 'beside')
    await page.getByRole('combobox', { name: 'Images' }).selectOption('difference')
    await page.getByRole('img', { name: /^What differs/ }).waitFor()
    assert.deepEqual(await violations(page), [])
    await page.getByRole('combobox', { name: 'Second run' }).selectOption({ label: 'trial-3' })
    await page.getByText('Only trial-0 has this file.').waitFor()
    await context.close()
  })
})
