/** Comparisons, a run's page, its files and the registry: rows 13 to 15 of what the pages promise. */
import { CairnClient } from '@cairn/sdk'
import type { Page } from 'playwright-core'
import { pause, untilPainted, withElements, withText, type Look, type Site, type Visit } from './visit.ts'

export interface Detail {
  readonly compared: readonly string[]
  readonly run: string
}

const csvRows = 1_250_000

/** Fifty runs with twenty metrics and params each, and one with curves, through MLflow's API, which both have. */
export async function seedDetail(url: string): Promise<Detail> {
  const client = new CairnClient({ url })
  const started = 1_700_000_000_000
  const compared: string[] = []
  for (let at = 0; at < 50; at += 1) {
    const { info: { run_id } } = await client.runs.create({ experiment_id: '0', run_name: `compared-${at}`, start_time: started + at * 1000 })
    await client.runs.logBatch({
      run_id, params: Array.from({ length: 20 }, (_, key) => ({ key: `param-${key}`, value: key % 2 === 0 ? 'equal' : String(at * key) })),
      // Two of them as curves, as a training leaves them.
      metrics: Array.from({ length: 20 }, (_, key) => key).flatMap((key) => Array.from({ length: key < 2 ? 20 : 1 }, (_, step) => ({ key: `metric-${key}`, value: at + key / 100 + step / 10, timestamp: started, step }))),
    })
    compared.push(run_id)
  }
  const { info: { run_id: run } } = await client.runs.create({ experiment_id: '0', run_name: 'with-curves', start_time: started })
  for (let from = 0; from < 2000; from += 100) {
    await client.runs.logBatch({ run_id: run, metrics: Array.from({ length: 800 }, (_, index) => ({ key: `curve-${index % 8}`, value: Math.sin((from + index / 8) / 90), timestamp: started + from, step: from + Math.floor(index / 8) })) })
  }
  await client.runs.logBatch({ run_id: run, params: [{ key: 'depth', value: '7' }] })
  await client.models.create({ name: 'compared' })
  for (const run_id of compared.slice(0, 3)) await client.models.createVersion({ name: 'compared', source: `runs:/${run_id}/model`, run_id })
  return { compared, run }
}

/** What each of the runs compared was made with, and a file of 100 MB. */
export async function seedFiles(url: string, { compared, run }: Detail): Promise<number> {
  const client = new CairnClient({ url })
  for (const [at, id] of compared.entries()) await client.artifacts.upload(id, 'requirements.txt', new Blob([`numpy==2.${at % 3}.0\nscipy==1.14.0\npandas==2.2.${at % 2}\n`]))
  await client.models.setAlias('compared', 'champion', '1')
  const lines = Array.from({ length: csvRows }, (_, at) => `${at},customer ${at},${(at * 7919 % 100_000) / 100},2026-01-${String(at % 28 + 1).padStart(2, '0')}T10:00:00Z,"text, with comma ${at % 91}",${at % 1000 / 1000},Berlin`)
  const csv = new Blob([`id,customer,amount,when,note,score,city\n${lines.join('\n')}\n`])
  await client.artifacts.upload(run, 'predictions.csv', csv)
  return csv.size
}

export const looks = (detail: Detail) => ({
  ours: {
    // The last of the rows in sight: those below are drawn when one comes to them.
    compare: { path: `/compare?runs=${detail.compared.join(',')}`, ready: withText('metric-8') },
    run: { path: `/runs/${detail.run}`, ready: withElements('[data-metric="curve-0"] .plot') },
    model: { path: '/models/compared', ready: withText('Version 3', true) },
  },
  theirs: {
    compare: { path: `/#/compare-runs?runs=${JSON.stringify(detail.compared)}&experiments=${JSON.stringify(['0'])}`, ready: withText('metric-19', true) },
    run: { path: `/#/experiments/0/runs/${detail.run}`, ready: withText('curve-7', true) },
    model: { path: '/#/models/compared', ready: withText('Version 3', true) },
  },
} satisfies Record<string, Record<string, Look>>)

/** Requests of a comparison of some runs, all the way down to its charts and files. */
async function requestsOfComparison(page: Page, site: Site, runs: readonly string[]): Promise<number> {
  let asked = 0
  const count = (): void => { asked += 1 }
  page.on('request', count)
  await page.goto(`${site.url}/compare?runs=${runs.join(',')}`)
  for (const part of ['Charts', 'Files']) {
    await page.getByRole('navigation', { name: 'Further down' }).getByRole('button', { name: part }).click()
    await page.getByRole('heading', { name: part, exact: true }).waitFor()
    for (let before = -1; before !== asked;) {
      before = asked
      await pause(1000)
    }
  }
  page.off('request', count)
  return asked
}

/** On a page that has compared before, so that all code is there: what fifty runs ask for beyond what two do. */
async function comparing(page: Page, site: Site, compared: readonly string[], { check, said }: Promises): Promise<void> {
  await requestsOfComparison(page, site, compared.slice(0, 2))
  const few = await requestsOfComparison(page, site, compared.slice(0, 2))
  check('50 runs compared, with their charts and files: requests beyond those for two runs', await requestsOfComparison(page, site, compared) - few, 0, '')
  const equal = await page.getByRole('rowheader', { name: 'param-2', exact: true }).count()
  const other = await page.getByRole('rowheader', { name: 'metric-8', exact: true }).count()
  said('of the rows of a comparison those that are equal are left out until one asks for them', equal === 0 && other === 1 ? 'they are' : 'they are not', equal === 0 && other === 1)
}

export interface Promises {
  check(text: string, value: number, limit: number, unit: string): void
  said(text: string, measured: string, ok: boolean): void
}

/** What is promised of these pages beyond their weight; the page given is the one of the run. */
export async function detailPromises(page: Page, site: Site, { compared }: Detail, csvBytes: number, visits: Readonly<Record<'compare' | 'run' | 'model', Visit>>, promises: Promises): Promise<void> {
  const { check, said } = promises
  check('50 runs compared, ready', visits.compare.readyMs, 500, 'ms')
  check('50 runs compared, requests of all kinds, the page’s own files among them', visits.compare.requests, 40, '')
  check('a run with 8 curves, ready', visits.run.readyMs, 400, 'ms')
  check('a registered model, ready', visits.model.readyMs, 400, 'ms')
  await page.getByRole('link', { name: 'Artifacts' }).click()
  const file = page.getByRole('link', { name: /predictions\.csv/ }).first()
  await file.waitFor()
  let read = 0
  page.on('response', (response) => { if (response.url().includes('get-artifact')) read += Number(response.headers()['content-length'] ?? 0) })
  check(`a CSV of ${Math.round(csvBytes / 1e6)} MB, from the click to its first rows`, await untilPainted(page, 'click', () => file.click(), withText('customer 0')), 300, 'ms')
  check('of which are read for them', read / 1000, 1000, 'kB')
  await page.goto(`${site.url}/models/compared/versions/3`)
  await page.getByRole('heading', { name: 'Version 3' }).waitFor()
  await page.keyboard.press('p')
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('textbox', { name: 'Reason' }).pressSequentially('better')
  await dialog.getByRole('button', { name: 'Promote' }).click()
  await page.locator('.alias').getByText('champion').waitFor()
  said('a version promoted: `p`, a reason, one click', 'the alias has moved', true)
  await page.goto(`${site.url}/models/compared`)
  await page.getByRole('listitem').filter({ hasText: 'moved champion from version 1 to version 3' }).getByText('better', { exact: true }).waitFor()
  said('that and its reason stand in the history of the model', 'they do', true)
  await comparing(page, site, compared, promises)
}
