import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { look, openBrowser, startSite, violations, type Looker, type Site } from './browser.ts'
import { sampleFiles } from './files.ts'

let site: Site
let browser: Browser
let run: string
const stack = new AsyncDisposableStack()
before(async () => {
  site = stack.use(await startSite())
  browser = await openBrowser()
  stack.defer(() => browser.close())
  run = (await site.client.runs.create({ experiment_id: '0', run_name: 'with files', start_time: Date.now() })).info.run_id
  for (const [path, body] of Object.entries(await sampleFiles())) await site.client.artifacts.upload(run, path, typeof body === 'string' ? body : new Uint8Array(body))
})
after(() => stack.disposeAsync())

const at = (path: string): string => `${site.url}/runs/${run}/artifacts/${path}`
async function opened(path: string, options: Parameters<typeof look>[1] = {}): Promise<Looker> {
  const looker = await look(browser, options)
  await looker.page.goto(at(path))
  return looker
}
/** Nothing that was uploaded has run in the name of this site. */
async function unharmed(page: Page): Promise<void> {
  assert.equal(await page.evaluate('globalThis.attacked'), undefined)
  assert.match(await page.title(), /Cairn$/)
}

test('the tree shows folders with their sizes, opens to what the address names, and finds files in all folders', async () => {
  const { page, context, complaints } = await opened('model/MLmodel')
  const files = page.getByRole('navigation', { name: 'Files' })
  await files.locator('[aria-current="page"]').filter({ hasText: 'MLmodel' }).waitFor()
  await files.getByRole('button', { name: /^plots\s*[\d.]+ KiB/ }).waitFor()
  await page.getByRole('searchbox', { name: 'Find artifacts' }).fill('roc png')
  const found = page.getByRole('navigation', { name: 'Files found' })
  await found.getByRole('link', { name: /plots\/roc\.png/ }).click()
  await page.getByRole('img', { name: 'roc.png' }).waitFor()
  assert.equal(page.url(), at('plots/roc.png'))
  await page.goBack()
  await page.getByRole('heading', { name: 'MLmodel' }).waitFor()
  await page.goto(at('nowhere.txt'))
  await page.getByRole('alert').filter({ hasText: 'There is no file nowhere.txt' }).waitFor()
  assert.deepEqual(complaints, [])
  await context.close()
})

test('an image is fitted, enlarged, and compared with another under a slider', async () => {
  const { page, context, complaints } = await opened('plots/roc.png')
  await page.getByText('240 × 180 px').waitFor()
  await page.getByRole('button', { name: 'Zoom in' }).click()
  await page.getByRole('button', { name: 'Zoom in' }).click()
  assert.equal((await page.getByRole('img', { name: 'roc.png' }).boundingBox())!.width, 480)
  // By the wheel with Ctrl about the pointer, by a drag, by keys.
  const frame = page.getByRole('region', { name: 'Image roc.png' })
  const at = (await frame.boundingBox())!
  await page.mouse.move(at.x + 200, at.y + 100)
  await page.keyboard.down('Control')
  for (let step = 0; step < 3; step += 1) await page.mouse.wheel(0, -100)
  await page.keyboard.up('Control')
  await page.getByRole('button', { name: '600 %' }).waitFor()
  const before = await frame.evaluate((element) => element.scrollLeft)
  await page.mouse.down()
  await page.mouse.move(at.x + 80, at.y + 60, { steps: 4 })
  await page.mouse.up()
  assert.equal(await frame.evaluate((element) => element.scrollLeft) - before, 120)
  await page.keyboard.press('-')
  await page.getByRole('button', { name: '400 %' }).waitFor()
  await page.getByRole('combobox', { name: 'Compare with' }).selectOption('roc-2.png')
  const slider = page.getByRole('slider')
  await slider.focus()
  await page.keyboard.press('Home')
  assert.match(await page.locator('.compare-over').getAttribute('style') ?? '', /inset\(0(?:px)? 100% 0(?:px)? 0(?:px)?\)/)
  assert.deepEqual(complaints, [])
  await context.close()
})

test('a table of 50,000 rows is read by ranges, scrolled to its end and sorted', async () => {
  const { page, context, complaints } = await look(browser)
  const ranges: string[] = []
  page.on('request', (request) => { if (request.url().includes('get-artifact')) ranges.push(request.headers()['range'] ?? 'whole') })
  await page.goto(at('predictions.csv'))
  await page.getByRole('cell', { name: 'customer, 3', exact: true }).waitFor()
  assert.ok(ranges.length > 0 && !ranges.includes('whole'), ranges.join(' '))
  assert.ok(await page.locator('[role="cell"]').count() < 400, 'only what is in sight is in the document')
  await page.getByRole('button', { name: 'Read to the last row' }).click()
  await page.getByText('50,000 rows, 3 columns').waitFor()
  await page.getByRole('cell', { name: 'customer, 49999' }).waitFor()
  await page.getByRole('button', { name: 'score' }).click()
  await page.locator('[role="columnheader"][aria-sort="ascending"]').waitFor()
  await page.getByRole('table').evaluate((element) => { element.scrollTop = 0 })
  await page.getByRole('cell', { name: '0.00002', exact: true }).or(page.getByRole('cell', { name: '0', exact: true })).first().waitFor()
  assert.deepEqual(complaints, [])
  await context.close()
})

test('Parquet, Arrow and TSV are tables too, with the types that they state', async () => {
  const { page, context, complaints } = await opened('data.parquet')
  await page.getByRole('cell', { name: 'customer 1' }).first().waitFor()
  await page.getByText('40 rows, 3 columns').waitFor()
  assert.match(await page.getByRole('columnheader', { name: 'id' }).getAttribute('title') ?? '', /id: int64/)
  await page.goto(at('data.arrow'))
  await page.getByRole('cell', { name: '["a","b"]' }).first().waitFor()
  await page.goto(at('features.tsv'))
  await page.getByText('2 rows, 2 columns').waitFor()
  assert.deepEqual(complaints, [])
  await context.close()
})

test('code is coloured, and a line has an address', async () => {
  const { page, context, complaints } = await opened('train.py?line=301')
  await page.locator('.code-line[data-on="true"]').filter({ hasText: 'step_149' }).waitFor()
  await page.locator('.tok-keyword').first().waitFor()
  assert.ok(await page.locator('.code-line').count() < 120)
  await page.getByRole('link', { name: 'Link to line 303' }).click()
  assert.equal(page.url(), at('train.py?line=303'))
  await page.locator('.code-line[data-on="true"]').filter({ hasText: 'step_150' }).waitFor()
  assert.deepEqual(complaints, [])
  await context.close()
})

test('JSON is a tree, or a table or a figure where it is one', async () => {
  const { page, context, complaints } = await opened('metrics.json')
  // A number is none of the texts that read like it.
  const leaf = (text: string) => page.locator('.json-leaf').getByText(text, { exact: true })
  for (const text of ['NaN', '-Infinity']) assert.equal(await leaf(text).getAttribute('class'), 'tok-number')
  assert.equal(await leaf('"NaN"').getAttribute('class'), 'tok-string')
  if (process.env['CAIRN_TEST_SHOTS'] !== undefined) await page.screenshot({ path: `${process.env['CAIRN_TEST_SHOTS']}/json-tree.png` })
  await page.getByRole('button', { name: /deep: / }).click()
  await page.getByText('deeper: ').waitFor()
  await page.goto(at('table.json'))
  await page.getByRole('cell', { name: 'because' }).waitFor()
  await page.goto(at('figure.json'))
  await page.frameLocator('iframe').locator('.main-svg').first().waitFor()
  assert.deepEqual(complaints, [])
  await context.close()
})

test('an MLmodel shows its signature and what to type in three languages', async () => {
  const { page, context, complaints } = await opened('model/MLmodel')
  await page.getByRole('region', { name: 'Inputs' }).getByRole('row', { name: /contract string optional/ }).waitFor()
  assert.match(await page.getByLabel('Python snippet', { exact: true }).innerText(), /mlflow\.pyfunc\.load_model\([^]*"tenure": 0\.5/)
  await page.getByRole('button', { name: 'curl' }).click()
  assert.match(await page.getByLabel('curl snippet', { exact: true }).innerText(), /dataframe_split/)
  assert.deepEqual(complaints, [])
  await context.close()
})

test('an ONNX model is a graph whose nodes tell what they do, by keyboard too', async () => {
  const { page, context, complaints } = await opened('net.onnx')
  await page.getByRole('group', { name: 'Graph of 5 nodes' }).waitFor()
  await page.getByText('32', { exact: true }).waitFor()
  const node = page.getByRole('button', { name: /Sigmoid/ })
  await node.focus()
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: /Sigmoid/ }).waitFor()
  assert.deepEqual(complaints, [])
  await context.close()
})

test('an array shows its summary, a picture of a slice and its numbers', async () => {
  const { page, context, complaints } = await opened('weights.npy')
  await page.getByText('3 × 20 × 30').waitFor()
  await page.getByRole('img', { name: /Heat map of 20 rows and 30 columns/ }).waitFor()
  await page.getByRole('slider').fill('2')
  await page.getByText('Slice [2] of 3 slices').waitFor()
  assert.deepEqual(complaints, [])
  await context.close()
})

test('a PDF is drawn with its text told, and sound and video are played by the browser', async () => {
  const { page, context, complaints } = await opened('report.pdf')
  await page.locator('canvas[data-drawn="true"]').waitFor()
  assert.match(await page.locator('figcaption').first().textContent() ?? '', /Report of churn/)
  await page.goto(at('tone.wav'))
  await page.getByLabel('tone.wav', { exact: true }).waitFor()
  while (!await page.evaluate('document.querySelector("audio").duration > 0.9')) await page.waitForTimeout(50)
  await page.goto(at('clip.webm'))
  await page.getByLabel('clip.webm', { exact: true }).waitFor()
  for (let left = 400; !await page.evaluate('document.querySelector("video").videoWidth === 32'); left -= 1) {
    assert.ok(left > 0, 'the video is not read')
    await page.waitForTimeout(50)
  }
  assert.deepEqual(complaints, [])
  await context.close()
})

test('scripts in pages and notebooks run in a frame that reaches nothing, and in images and Markdown not at all', async () => {
  const { page, context } = await opened('page.html')
  await page.frameLocator('iframe').getByRole('heading', { name: 'Scripts run here' }).waitFor()
  const frame = page.frames().find((one) => one !== page.mainFrame())!
  assert.equal(await frame.evaluate('self.origin'), 'null')
  assert.equal(await frame.evaluate(`fetch(${JSON.stringify(`${site.url}/health`)}).then(() => 'reached', () => 'refused')`), 'refused')
  assert.notEqual(await frame.title(), 'reached')
  await unharmed(page)
  for (const [path, shown] of [['plots/evil.svg', 'img[alt="evil.svg"]'], ['report.md', '.markdown h1'], ['notebook.ipynb', '.cell-source'], ['plots/evil.svg?line=1', 'img']] as const) {
    await page.goto(at(path))
    await page.locator(shown).first().waitFor()
    await page.waitForTimeout(200)
    await unharmed(page)
  }
  await page.goto(at('report.md'))
  assert.equal(await page.locator('.markdown script, .markdown img[onerror], .markdown a[href^="javascript"]').count(), 0)
  assert.equal(await page.locator('.markdown img[alt="roc"]').evaluate((image: { naturalWidth: number }) => image.naturalWidth), 240)
  await page.getByRole('button', { name: 'Text' }).click()
  await page.locator('.code').waitFor()
  await unharmed(page)
  await context.close()
})

test('a link in Markdown leads to the file beside it, and one to a heading there', async () => {
  await site.client.artifacts.upload(run, 'docs/guide.md', `[the rows](../predictions.csv) [the script](./deep%20er/train.py) [further](#the-end) [out](https://example.com)\n\n${'line\n\n'.repeat(80)}## The end!\n`)
  await site.client.artifacts.upload(run, 'docs/deep er/train.py', 'print(1)\n')
  const { page, context, complaints } = await opened('docs/guide.md')
  await page.getByRole('link', { name: 'further' }).click()
  assert.equal(page.url(), at('docs/guide.md'), 'not away from the page')
  const box = await page.getByRole('heading', { name: 'The end!' }).boundingBox()
  assert.ok(box!.y > 0 && box!.y < 900, `the heading is in sight: ${box!.y}`)
  await page.getByRole('link', { name: 'the script' }).click()
  await page.locator('.code-line').filter({ hasText: 'print(1)' }).waitFor()
  assert.equal(page.url(), at('docs/deep%20er/train.py'))
  await page.goBack()
  await page.getByRole('link', { name: 'the rows' }).click()
  await page.getByRole('cell', { name: 'customer, 3', exact: true }).waitFor()
  assert.deepEqual(complaints, [])
  await context.close()
})

test('whole numbers stand in their columns uncut', async () => {
  await site.client.artifacts.upload(run, 'wide.csv', 'id,town\n-9007199254740993123,MÜNCHEN\n')
  const { page, context } = await opened('wide.csv')
  const cell = page.getByRole('cell', { name: '-9007199254740993123' })
  await cell.waitFor()
  for (const one of [cell, page.getByRole('cell', { name: 'MÜNCHEN' })]) assert.ok(await one.evaluate((element) => element.scrollWidth <= element.clientWidth))
  await context.close()
})

test('the frame for foreign content and every artifact are inert for whoever opens them by their addresses', async () => {
  const sandbox = await fetch(`${site.url}/sandbox.html`)
  assert.match(sandbox.headers.get('content-security-policy') ?? '', /^sandbox allow-scripts; default-src 'none';(?!.*connect-src)/)
  for (const path of ['plots/evil.svg', 'page.html', 'report.pdf']) {
    const { headers } = await fetch(`${site.url}/get-artifact?run_id=${run}&path=${encodeURIComponent(path)}`)
    assert.match(headers.get('content-disposition')!, /^attachment/)
    assert.equal(headers.get('x-content-type-options'), 'nosniff')
    assert.match(headers.get('content-security-policy')!, /sandbox/)
  }
})

test('damaged, empty and unknown files say what they are, and can be downloaded', async () => {
  const { page, context } = await look(browser)
  for (const [path, words] of [['broken.parquet', /no Parquet file/], ['broken.png', /cannot show this image/], ['empty.txt', /is empty/], ['model/model.pkl', /no view for files of this kind/], ['odd.log', /binary data/]] as const) {
    await page.goto(at(path))
    await page.getByRole('alert').filter({ hasText: words }).waitFor()
    await page.getByRole('link', { name: 'Download the file' }).waitFor()
  }
  await context.close()
})

test('files are stored by drop and by choice, downloaded with their folder, and deleted', async () => {
  const id = (await site.client.runs.create({ experiment_id: '0', run_name: 'to be filled', start_time: Date.now() })).info.run_id
  const { page, context, complaints } = await look(browser)
  await page.goto(`${site.url}/runs/${id}/artifacts`)
  await page.getByText('This run has no artifacts yet').waitFor()
  await page.locator('input[type="file"]').setInputFiles([{ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('by choice') }])
  await page.getByRole('navigation', { name: 'Files' }).getByText('notes.txt').waitFor()
  const dropped = await page.evaluateHandle("(() => { const transfer = new DataTransfer(); transfer.items.add(new File(['by drop'], 'dropped.txt')); return transfer })()")
  await page.locator('.artifacts').dispatchEvent('drop', { dataTransfer: dropped })
  await page.getByRole('navigation', { name: 'Files' }).getByText('dropped.txt').click()
  await page.getByText('by drop').waitFor()
  assert.equal(await (await site.client.artifacts.download(id, 'dropped.txt')).text(), 'by drop')
  // What somebody else stores appears by itself.
  await site.client.artifacts.upload(id, 'later/more.txt', 'later')
  await page.getByRole('button', { name: 'later' }).waitFor()
  const [zip] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Download all as zip' }).click()])
  assert.equal((await readFile(await zip.path())).subarray(0, 2).toString(), 'PK')
  await page.getByRole('button', { name: 'Delete', exact: true }).click()
  const dialog = page.getByRole('dialog', { name: 'Delete dropped.txt' })
  await dialog.getByText('This cannot be taken back.').waitFor()
  await dialog.getByRole('button', { name: 'Delete', exact: true }).click()
  await page.getByRole('heading', { name: 'All files' }).waitFor()
  await page.getByRole('navigation', { name: 'Files' }).getByText('dropped.txt').waitFor({ state: 'detached' })
  assert.deepEqual(complaints, [])
  await context.close()
})

test('every viewer is free of accessibility violations and no wider than the window, light and dark', async () => {
  const wide = ['', 'model/MLmodel', 'plots/roc.png', 'predictions.csv', 'train.py', 'report.md', 'weights.npy', 'net.onnx', 'report.pdf']
  const narrow = ['', 'model/MLmodel', 'predictions.csv', 'metrics.json', 'notebook.ipynb', 'tone.wav', 'page.html', 'broken.parquet']
  for (const [width, dark, paths] of [[390, true, narrow], [1440, false, wide]] as const) {
    const { page, context } = await look(browser, { width, dark })
    for (const path of paths) {
      await page.goto(at(path))
      await page.locator('.artifact-main .viewer-bar, .artifact-main [role="region"], .artifact-main [role="table"], .artifact-main iframe, .artifact-main audio, .viewer-problem, .folder-list').first().waitFor()
      assert.deepEqual(await violations(page), [], `${path} at ${width}`)
      assert.ok(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), `${path} at ${width} is too wide`)
    }
    await context.close()
  }
})
