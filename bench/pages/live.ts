import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { CairnClient } from '@cairn/sdk'
import type { Page } from 'playwright-core'
import { treeUse } from '../measure/process-tree.ts'
import { percentile } from '../measure/statistics.ts'
import { Server, type Peer } from '../servers/server.ts'
import type { Bench } from './tables.ts'
import { newContext, pause, siteOf } from './visit.ts'

/** Fifty runs log ten points a second; a page that shows one of them is watched. */
export async function live({ quick, folder, watcher, say, check, said }: Bench, ours: Peer): Promise<void> {
  say('live: fifty runs log, one is watched')
  await mkdir(join(folder, 'live'))
  await using server = await Server.start(ours, join(folder, 'live'))
  const site = siteOf(server)
  const client = new CairnClient({ url: site.url })
  const ids = await Promise.all(Array.from({ length: 50 }, async (_, at) => (await client.runs.create({ experiment_id: '0', run_name: `live-${at}` })).info.run_id))
  const log = (id: string, step: number): Promise<unknown> => client.runs.logBatch({ run_id: id, metrics: [{ key: 'step_value', value: 100_000 + step, step, timestamp: Date.now() }] })
  await Promise.all(ids.map((id) => log(id, 0)))
  const context = await newContext(watcher.browser)
  const page = await context.newPage()
  let polls = 0
  page.on('request', (request) => { if (!request.url().includes('/live')) polls += 1 })
  await page.goto(`${site.url}/runs/${ids[0]}`)
  await page.locator('[data-metric="step_value"] .plot').waitFor()
  await pause(1000)
  polls = 0
  const steps = quick ? 30 : 200
  let next = 1
  /** From the acknowledgement of a step, the first there is, until the chart shows it. */
  const lagOf = async (watched: Page, of: number): Promise<number> => {
    await watched.evaluate(`{
      const plot = document.querySelector('[data-metric="step_value"] .plot')
      window.__seen = []
      new MutationObserver(() => { window.__seen.push([Number(plot.getAttribute('data-last')), Date.now()]) }).observe(plot, { attributes: true })
    }`)
    const acknowledged = new Map<number, number>()
    for (const end = next + steps; next < end; next += 1) {
      const step = next
      await Promise.all([pause(100), ...ids.map(async (id, at) => {
        await log(id, step)
        if (at < of && !acknowledged.has(step)) acknowledged.set(step, Date.now())
      })])
    }
    await pause(1000)
    const seen = await watched.evaluate('window.__seen') as [number, number][]
    const lags = [...acknowledged].map(([step, at]) => (seen.find(([shown]) => shown >= step)?.[1] ?? Infinity) - at).map((lag) => Math.max(0, lag))
    return percentile(lags.toSorted((a, b) => a - b), 0.95)
  }
  check('a live point, from its acknowledgement to the screen, 50 runs logging, 95th percentile', await lagOf(page, 1), 100, 'ms')
  said('requests of that page meanwhile, beside its stream', String(polls), polls === 0)
  const workspace = await context.newPage()
  await workspace.goto(`${site.url}/experiments/0?view=both&first=${ids.length}`)
  await workspace.locator(`[data-metric="step_value"] .plot[data-lines="${ids.length}"]`).waitFor()
  await pause(1000)
  check('the same in a workspace that draws all fifty, of whichever is acknowledged first', await lagOf(workspace, ids.length), 100, 'ms')
  // Hidden, as the pages are told; a browser that hides them really slows them down besides.
  for (const one of [page, workspace]) await one.evaluate(`{ Object.defineProperty(document, 'visibilityState', { get: () => 'hidden' }); document.dispatchEvent(new Event('visibilitychange')) }`)
  await pause(35_000)
  const [began, before] = [performance.now(), treeUse(watcher.pid).cpuMs]
  for (const end = next + steps / 2; next < end; next += 1) await Promise.all([pause(100), ...ids.map((id) => log(id, next))])
  check('processor time of the browser while a run’s page and a workspace of fifty lines are hidden and fifty runs log', (treeUse(watcher.pid).cpuMs - before) / (performance.now() - began) * 100, 1, '%')
  await context.close()
}
