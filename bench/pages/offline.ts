/** Without a network while fifty runs log: row 8 of what the pages promise. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { CairnClient } from '@cairn/sdk'
import { Server, type Peer } from '../servers/server.ts'
import { Cable } from './cable.ts'
import type { Bench } from './tables.ts'
import { newContext, paintedAfter, pause, siteOf } from './visit.ts'

const runs = 50

/** Two pages lose their network while each of fifty runs logs ten points a second: one draws every point of a run, the other tells how many the lines of all stand for. */
export async function offline({ quick, folder, watcher, say, said }: Bench, ours: Peer): Promise<void> {
  const seconds = quick ? 5 : 60
  say(`${seconds} s without a network while fifty runs log`)
  await mkdir(join(folder, 'offline'))
  await using server = await Server.start(ours, join(folder, 'offline'))
  await using cable = await Cable.to(server.port)
  const client = new CairnClient({ url: siteOf(server).url })
  const ids = await Promise.all(Array.from({ length: runs }, async (_, at) => (await client.runs.create({ experiment_id: '0', run_name: `live-${at}` })).info.run_id))
  let step = 0
  const log = async (ms: number): Promise<void> => {
    const end = performance.now() + ms
    do {
      await Promise.all([pause(100), ...ids.map((run_id) => client.runs.logBatch({ run_id, metrics: [{ key: 'loss', value: Math.exp(-step / 100), step, timestamp: Date.now() }] }))])
      step += 1
    } while (performance.now() < end)
  }
  await log(1000)
  const context = await newContext(watcher.browser)
  const [one, all] = [await context.newPage(), await context.newPage()]
  await one.goto(`${cable.url}/runs/${ids[0]}`)
  await all.goto(`${cable.url}/experiments/0?view=charts&first=${runs}`)
  await one.locator('[data-metric="loss"] .plot[data-lines="1"]').waitFor()
  await all.locator(`[data-metric="loss"] .plot[data-lines="${runs}"]`).waitFor()
  await log(1000)
  const before = step
  cable.pull()
  await log(seconds * 1000)
  cable.plug()
  const there = Math.max(...await Promise.all([
    paintedAfter(one, `document.querySelector('[data-metric="loss"] .plot').dataset.points === '${step}'`),
    paintedAfter(all, `document.querySelector('[data-metric="loss"]').textContent.includes('${(step * runs).toLocaleString('en-US')} points')`),
  ]))
  const missed = ((step - before) * runs).toLocaleString('en-US')
  said(`${seconds} s without a network while fifty runs log: every point that was missed is on the page`,
    there === Infinity ? `not all of ${missed} after 20 s` : `all of ${missed}, ${(there / 1000).toFixed(1)} s after it was back`, there !== Infinity)
  await context.close()
}
