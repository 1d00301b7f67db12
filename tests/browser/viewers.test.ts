import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { violations } from './browser.ts'
import { png } from './files.ts'
import { share } from './share.ts'

/** An array as NumPy writes it. */
function npy(descr: string, shape: string, data: Uint8Array): Uint8Array<ArrayBuffer> {
  const header = `${`{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}, }`.padEnd(117)}\n`
  return new Uint8Array([0x93, ...new TextEncoder().encode('NUMPY'), 1, 0, 118, 0, ...new TextEncoder().encode(header), ...data])
}

describe('files as people have them', () => {
  let run: string
  const own = share(async ({ client }) => { run = (await client.runs.create({ experiment_id: '0', run_name: 'files', start_time: Date.now() })).info.run_id })
  const at = (path: string): string => `${own.url}/runs/${run}/artifacts/${path}`
  before(async () => {
    const store = (path: string, body: string | Uint8Array<ArrayBuffer>): Promise<void> => own.client.artifacts.upload(run, path, body)
    await store('leaves.html', `<h1>Here</h1><script>location.href = ${JSON.stringify(`${own.url}/api/2.0/mlflow/experiments/search?max_results=1`)}</script>`)
    await store('latin.html', Uint8Array.from('<meta charset="iso-8859-1"><h1>Größe</h1>', (char) => char.charCodeAt(0)))
    await store('report/links.html', '<a href="https://example.com/a?b=1">the web</a> <a href="javascript:parent.x = 1">a script</a> <a href="/api/2.0/mlflow/experiments/search?max_results=1">the server</a> <a href="#part">a part</a> <a href="../names.csv">a file</a> <h2 id="part">Part</h2>')
    await store('answers.csv', `question,answer,facts\nwhy?,"${'Because it is so. '.repeat(60)}the end","{""a"": {""deep"": [1, 2]}}"\n`)
    await store('names.csv', new Uint8Array([0xe8, 0xec, 0xff, 0x0a, 0xc0, 0xed, 0xed, 0xe0, 0x0a]))
    await store('rows.npy', npy('<f4', '(20000, 3)', new Uint8Array(Float32Array.from({ length: 60_000 }, (_, index) => index).buffer)))
    await store('colours.npy', npy('|u1', '(2, 4, 3)', Uint8Array.from({ length: 24 }, (_, index) => index * 10)))
    await store('plots/loss.png', new Uint8Array(png(40, 30, 90)))
    await store('book.ipynb', JSON.stringify({ nbformat: 4, metadata: {}, cells: [
      { cell_type: 'markdown', source: '![loss](plots/loss.png) and [the names](names.csv)' },
      { cell_type: 'code', execution_count: 1, source: 'fig', outputs: [{ output_type: 'display_data', data: { 'text/html': '<div id="f" style="height:200px"></div><script src="https://cdn.plot.ly/plotly-3.1.0.min.js"></script><script>Plotly.newPlot("f", [{ y: [1, 3, 2] }])</script>' } }] },
    ] }))
    await store('kept/MLmodel', "flavors: {}\nsignature:\n  inputs: '[{\"type\": \"map\", \"values\": {\"type\": \"string\"}}]'\n")
    for (let index = 0; index < 60; index += 1) await store(`many/file-${String(index).padStart(2, '0')}.txt`, 'x')
  })

  it('lead their frame nowhere: the page leaves it one address', async () => {
    const { page, context } = await own.look()
    const asked: string[] = []
    page.on('response', (response) => { if (response.url().endsWith('max_results=1')) asked.push(response.url()) })
    const refused = page.waitForEvent('console', (message) => /frame-src/.test(message.text()))
    await page.goto(at('leaves.html'))
    await refused
    assert.deepEqual(asked, [])
    await page.goto(at('latin.html'))
    await page.frameLocator('iframe').getByRole('heading', { name: 'Größe' }).waitFor()
    await context.close()
  })

  it('tell where a link of theirs leads, and leave it to whoever looks to follow it', async () => {
    const { page, context, complaints } = await own.look()
    await page.goto(at('report/links.html'))
    const inside = page.frameLocator('iframe')
    const told = page.getByRole('status').filter({ hasText: 'The link leads to' })
    await inside.getByRole('link', { name: 'the web' }).click()
    const away = told.getByRole('link', { name: 'https://example.com/a?b=1' })
    assert.deepEqual(await away.evaluate((link) => [link.getAttribute('href'), link.getAttribute('target'), link.getAttribute('rel')]), ['https://example.com/a?b=1', '_blank', 'noopener noreferrer'])
    assert.deepEqual(await violations(page), [])
    await told.getByRole('button', { name: 'Close what the link leads to' }).click()
    await told.waitFor({ state: 'detached' })
    for (const name of ['a script', 'the server']) await inside.getByRole('link', { name }).click()
    await inside.getByRole('link', { name: 'a part' }).click()
    assert.equal(await told.count(), 0)
    await inside.getByRole('link', { name: 'a file' }).click()
    await told.getByRole('link', { name: '../names.csv' }).click()
    await page.getByRole('heading', { name: 'names.csv' }).or(page.getByRole('table')).first().waitFor()
    assert.match(page.url(), /artifacts\/names\.csv$/)
    assert.deepEqual(complaints, [])
    await context.close()
  })

  it('show all that stands in a cell, by mouse and by keys', async () => {
    const { page, context, complaints } = await own.look()
    await page.goto(at('answers.csv'))
    const cell = page.getByRole('button', { name: /^Because it is so/ })
    await cell.focus()
    await page.keyboard.press('Enter')
    const whole = page.getByRole('region', { name: 'answer of row 1' })
    assert.match(await whole.locator('pre').innerText(), /the end$/)
    assert.deepEqual(await violations(page), [])
    await page.keyboard.press('Escape')
    await whole.waitFor({ state: 'detached' })
    assert.ok(await page.getByRole('row').nth(1).evaluate((row) => row.clientWidth >= row.closest('[role="table"]')!.clientWidth), 'a row is as wide as its table')
    assert.deepEqual(complaints, [])
    await context.close()
  })

  it('are read as somebody says who knows their encoding, and the address keeps it', async () => {
    const { page, context, complaints } = await own.look()
    await page.goto(at('names.csv'))
    await page.getByText('This file does not say how its text is encoded.').waitFor()
    await page.getByLabel('Read as').selectOption('windows-1251')
    await page.getByRole('cell', { name: 'Анна' }).waitFor()
    await page.reload()
    await page.getByRole('columnheader', { name: 'имя' }).waitFor()
    assert.deepEqual(await violations(page), [])
    assert.deepEqual(complaints, [])
    await context.close()
  })

  it('of NumPy are drawn where one looks, and bytes by threes are colours', async () => {
    const { page, context, complaints } = await own.look()
    await page.goto(at('rows.npy'))
    await page.getByRole('cell', { name: '59', exact: true }).waitFor()
    assert.ok(await page.getByRole('row').count() < 80, 'not every row is in the document')
    await page.goto(at('colours.npy'))
    const picture = page.getByRole('img', { name: 'Picture of 4 × 2 pixels' })
    await picture.waitFor()
    await page.getByRole('cell', { name: '30 40 50' }).waitFor()
    interface Canvas { getContext(kind: '2d'): { getImageData(x: number, y: number, width: number, height: number): { data: ArrayLike<number> } } }
    assert.deepEqual(await picture.evaluate((canvas) => Array.from((canvas as unknown as Canvas).getContext('2d').getImageData(1, 0, 1, 1).data)), [30, 40, 50, 255])
    assert.deepEqual(complaints, [])
    await context.close()
  })

  it('beside a notebook are shown in it, and figures that want Plotly from the network get it from here', async () => {
    const { page, context } = await own.look()
    await page.goto(at('book.ipynb'))
    const image = page.locator('.markdown img[alt="loss"]')
    await image.waitFor()
    assert.equal(await image.evaluate((element: { naturalWidth: number }) => element.naturalWidth), 40)
    await page.frameLocator('iframe').locator('.main-svg').first().waitFor()
    await page.getByRole('link', { name: 'the names' }).click()
    await page.getByRole('table', { name: 'Rows of names.csv' }).waitFor()
    await context.close()
  })

  it('are in sight in the tree, and a model among them is loaded from its run', async () => {
    const { page, context, complaints } = await own.look({ height: 700 })
    await page.goto(at('many/file-59.txt'))
    await page.getByText(/in all$/).waitFor()
    const here = page.locator('.artifact-tree [aria-current="page"]')
    const inSight = async (): Promise<boolean> => here.evaluate((row) => { const [own, tree] = [row.getBoundingClientRect(), row.closest('.artifact-tree')!.getBoundingClientRect()]; return own.top >= tree.top && own.bottom <= tree.bottom })
    for (let left = 100; !await inSight(); left -= 1) {
      assert.ok(left > 0, 'the file is not in sight')
      await page.waitForTimeout(50)
    }
    await page.goto(at('kept/MLmodel'))
    await page.getByRole('cell', { name: 'map(string)' }).waitFor()
    assert.match(await page.getByLabel('Python snippet', { exact: true }).innerText(), new RegExp(`load_model\\("runs:/${run}/kept"\\)[^]*\\[\\[\\{"key": "a"\\}\\]\\]`))
    assert.deepEqual(complaints, [])
    await context.close()
  })
})
