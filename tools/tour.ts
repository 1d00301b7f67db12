/**
 * Takes the pictures of docs/tour.md and docs/charts.md anew, or those that are named: a server, the runs of a team that trains image classifiers,
 * and a browser. Needs Chromium and the built page.
 *
 *   node --conditions=source tools/tour.ts [NAME …]
 */
import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { look, openBrowser, startSite } from '../tests/browser/browser.ts'
import { makeEndpoint } from './tour-endpoint.ts'

const folder = fileURLToPath(new URL('../docs/tour', import.meta.url))
mkdirSync(folder, { recursive: true })

await using site = await startSite()
const { client } = site
const experiment = await client.experiments.create({ name: 'vision/defects' })
/** The same pictures each time. */
let state = 7
const random = (): number => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647

const families = ['resnet-18', 'resnet-50', 'vit-small'] as const
const now = Date.now()
const made: { id: string; accuracy: number }[] = []
for (let index = 0; index < 48; index += 1) {
  const model = families[index % 3]!
  const lr = 10 ** (-2 - Math.floor(random() * 3) / 2)
  const quality = 0.8 + 0.1 * random() + (index % 3) * 0.02
  const start = now - (48 - index) * 1_700_000
  const { info } = await client.runs.create({ experiment_id: experiment, run_name: `${model}-${String(index).padStart(2, '0')}`, start_time: start })
  const steps = 160
  const metrics = Array.from({ length: steps }, (_, step) => {
    const part = step / steps
    const noise = (random() - 0.5) * 0.05
    return [
      { key: 'train/loss', value: 2.3 * Math.exp(-4 * part * quality) + 0.12 + noise, step, timestamp: start + step * 9000 },
      { key: 'valid/loss', value: 2.3 * Math.exp(-3.4 * part * quality) + 0.22 + Math.max(0, part - 0.7) * (lr > 0.005 ? 0.5 : 0) + noise, step, timestamp: start + step * 9000 },
      { key: 'valid/accuracy', value: quality * (1 - Math.exp(-5 * part)) + noise / 4, step, timestamp: start + step * 9000 },
    ]
  }).flat()
  await client.runs.logBatch({ run_id: info.run_id, metrics: metrics.slice(0, 240), params: [{ key: 'model', value: model }, { key: 'lr', value: lr.toPrecision(2) }, { key: 'batch_size', value: String(32 * 2 ** (index % 3)) }, { key: 'seed', value: String(index % 4) }] })
  await client.runs.logBatch({ run_id: info.run_id, metrics: metrics.slice(240), tags: [{ key: 'dataset', value: index % 2 === 0 ? 'line-4' : 'line-7' }] })
  if (index !== 47) await client.runs.update({ run_id: info.run_id, status: index % 13 === 5 ? 'FAILED' : 'FINISHED', end_time: start + 1_440_000 + Math.floor(random() * 300_000) })
  made.push({ id: info.run_id, accuracy: metrics.at(-1)!.value })
}
// What else the team has, some of it running.
for (const [at, [name, metric, note]] of ([
  ['vision/faces/door', 'valid/accuracy', 'Who may pass the door of the hall, from two cameras.'], ['vision/faces/night shift', 'valid/accuracy', ''],
  ['forecast/spare parts', 'valid/rmse', 'Demand of the next **eight weeks**, by part and plant.'], ['forecast/returns', 'valid/rmse', ''], ['text/complaints', 'valid/f1', 'Routes a complaint to the team that can answer it.'],
] as const).entries()) {
  const id = await client.experiments.create({ name, tags: [{ key: 'team', value: name.split('/')[0]! }, ...(at % 2 === 0 ? [{ key: 'stage', value: 'production' }] : [])] })
  if (note !== '') await client.experiments.setTag(id, 'mlflow.note.content', note)
  for (let index = 0; index < 8 + at * 3; index += 1) {
    const alive = at % 2 === 0 && index === 7 + at * 3
    const start = alive ? now - 500_000 : now - (30 - index) * 4_000_000 - at * 9_000_000
    const { info } = await client.runs.create({ experiment_id: id, run_name: `${name.split('/').at(-1)!.split(' ')[0]}-${index}`, start_time: start })
    const falls = metric.endsWith('rmse')
    await client.runs.logBatch({
      run_id: info.run_id,
      metrics: Array.from({ length: 60 }, (_, step) => ({ key: metric, step, timestamp: start + step * 8000, value: falls ? 40 * Math.exp(-step / (14 + index)) + 9 - index / 6 + random() : (0.7 + index / 90) * (1 - Math.exp(-step / 12)) + random() / 60 })),
    })
    if (!alive) await client.runs.update({ run_id: info.run_id, status: index % 7 === 4 ? 'FAILED' : 'FINISHED', end_time: start + 900_000 })
  }
}
const best = made.toSorted((a, b) => b.accuracy - a.accuracy)

await using stack = new AsyncDisposableStack()
const browser = await openBrowser()
stack.defer(() => browser.close())

const asked = new Set(process.argv.slice(2))

async function picture(name: string, path: string, ready: (page: Page) => Promise<unknown>, options: { dark?: boolean; width?: number; height?: number } = {}): Promise<void> {
  if (asked.size > 0 && !asked.has(name)) return
  const { page, context } = await look(browser, { height: 820, ...options })
  await page.goto(site.url + path)
  await ready(page)
  await page.waitForTimeout(900)
  await page.screenshot({ path: `${folder}/${name}.png` })
  await context.close()
}

const runs = `/experiments/${experiment}`
await picture('table', `${runs}?sort=metrics.%60valid%2Faccuracy%60+DESC`, (page) => page.getByRole('row').nth(5).waitFor())
await picture('charts', `${runs}?view=charts`, (page) => page.locator('.plot').nth(2).waitFor())
await picture('panels', `${runs}?view=charts&size=2x1*%231&brush=metrics.valid%2Faccuracy*0.85*0.95${[
  '1*parallel*axis*params.lr*axis*params.batch_size*axis*params.model*axis*metrics.valid/accuracy*color*metrics.valid/accuracy*log*params.lr', '2*scatter*x*metrics.valid/loss*y*metrics.valid/accuracy*color*params.model',
  '3*histogram*x*metrics.valid/accuracy*by*params.model', '4*violin*y*metrics.valid/accuracy*by*params.model', '5*importance*y*metrics.valid/accuracy*field*params.model*field*params.lr*field*params.batch_size',
].map((panel) => `&panel=${encodeURIComponent(panel)}`).join('')}`, (page) => page.locator('.importance[data-ready]').waitFor(), { height: 980 })
if (asked.size === 0 || asked.has('files')) {
  for (const [at, { id }] of best.slice(0, 5).entries()) {
    const data = Array.from({ length: 300 }, () => {
      const score = random()
      return [score + (random() - 0.5) * (0.5 + at * 0.3) > 0.5 ? 'scratch' : 'good', score > 0.5 ? 'scratch' : 'good', score]
    })
    await client.artifacts.upload(id, 'eval/predictions.json', new Blob([JSON.stringify({ columns: ['target', 'prediction', 'score'], data })]))
  }
}
await picture('files', `${runs}?view=charts&only=1&see=${best.slice(0, 5).map(({ id }) => id).join(',')}${['1*confusion*file*eval/predictions.json', '2*roc*file*eval/predictions.json*positive*scratch', '3*pr*file*eval/predictions.json*positive*scratch']
  .map((panel) => `&panel=${encodeURIComponent(panel)}`).join('')}`, (page) => page.getByRole('img', { name: /^ROC/ }).waitFor(), { height: 640 })
await picture('filter', runs, async (page) => {
  const box = page.getByRole('combobox', { name: 'Filter runs' })
  await box.click()
  await box.pressSequentially("params.model = 'vit-small' and metrics.")
})
await picture('run', `/runs/${best[0]!.id}`, (page) => page.locator('.plot').first().waitFor(), { dark: true })
await picture('palette', runs, async (page) => {
  await page.getByRole('row').nth(5).waitFor()
  await page.keyboard.press('Control+k')
  await page.getByRole('dialog').getByRole('combobox').fill('vit-small-4')
})
const said = await client.comments.create({ run_id: best[1]!.id, text: 'The best on **line 4**, but it falls behind after step 120. Compare with `lr = 0.01`?', by: 'Ada Lovelace' })
await client.comments.create({ run_id: best[1]!.id, reply_to: said.comment_id, text: '@[Ada Lovelace] it does the same there; the seed makes no difference.', by: 'Grace Hopper' })
await picture('comments', `/runs/${best[1]!.id}?comments=${said.comment_id}`, (page) => page.locator('.comment code').waitFor())
for (const [at, { id }] of best.slice(0, 4).entries()) {
  await client.artifacts.upload(id, 'requirements.txt', new Blob([`torch==2.${4 + at % 2}.0\ntorchvision==0.${19 + at % 2}.0\nnumpy==2.1.3\npillow==11.${at}.0\n`]))
  const rows = Array.from({ length: 400 }, (_, row) => `part-${String(row).padStart(4, '0')},${row % 3 === 0 ? 'scratch' : 'good'},${row % 7 === at ? 'scratch' : 'good'},${(0.5 + (row * 37 % 100) / 210 + (row % 7 === at ? 0.01 : 0)).toFixed(3)}`)
  await client.artifacts.upload(id, 'eval/predictions.csv', new Blob([`part,target,prediction,score\n${rows.filter((_, row) => row !== 30 + at * 20).join('\n')}\n`]))
}
await picture('compare', `/compare?runs=${best.slice(0, 4).map(({ id }) => id).join(',')}`, (page) => page.getByRole('row', { name: /^torchvision/ }).waitFor(), { height: 1080 })
await picture('tables', `/compare?runs=${best.slice(0, 2).map(({ id }) => id).join(',')}&file=eval/predictions.csv`, async (page) => {
  await page.getByRole('button', { name: 'Files', exact: true }).click()
  await page.locator('[data-mark]').first().waitFor()
  await page.waitForTimeout(1500)
  await page.mouse.move(720, 300)
  await page.evaluate('document.querySelector(".compare-title:has(+ .compare-bar)")?.scrollIntoView({ block: "start" })')
}, { height: 620 })
for (const [name, state] of [['What we show on Mondays', 'view=charts&group=params.model'], ['Overfits', "q=metrics.`valid/loss`+>+0.5"], ['The best of each model', 'sort=metrics.`valid/accuracy`+DESC']] as const) await client.views.create({ experiment_ids: [experiment], name, shared: true, state })
if (asked.size === 0 || asked.has('views')) {
  const grace = await look(browser)
  await grace.context.addInitScript(() => { (globalThis as unknown as { localStorage: { setItem(key: string, value: string): void } }).localStorage.setItem('cairn:name', 'Grace Hopper') })
  await grace.page.goto(site.url + runs)
  await grace.page.getByRole('row').nth(5).waitFor()
  await picture('views', runs, async (page) => {
    await page.getByRole('row').nth(5).waitFor()
    await page.locator('.presence').waitFor()
    await page.locator('.views > button').first().click()
    await page.getByRole('menuitem', { name: 'Overfits' }).waitFor()
  }, { height: 560 })
  await grace.context.close()
}
await picture('run-charts', `/runs/${best[0]!.id}/charts?smooth=gaussian:5&x=relative`, (page) => page.locator('.plot canvas').nth(2).waitFor(), { height: 560 })
await picture('embed', `${runs}?embed&view=charts&find=valid&group=params.model`, (page) => page.locator('.plot canvas').nth(1).waitFor(), { width: 900, height: 470 })
await picture('phone', `${runs}?view=charts`, (page) => page.locator('.plot').first().waitFor(), { width: 390, height: 820 })
await makeEndpoint(client, best.slice(0, 2).map(({ id }) => id), random)
await picture('model', '/models/defects', (page) => page.getByRole('link', { name: 'Version 2', exact: true }).waitFor(), { height: 640 })
await picture('endpoint', '/endpoints/line-4', (page) => page.locator('.steps').waitFor(), { height: 1080 })
await picture('home', '/', (page) => page.locator('.home-curve path').first().waitFor(), { height: 1000 })
await picture('experiments', '/experiments?open=vision&open=vision/faces&sort=name', (page) => page.locator('.list-row .trend path').first().waitFor())
