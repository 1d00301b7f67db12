/** The list of experiments: row 1 of what the pages promise. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { CairnClient } from '@cairn/sdk'
import { settle } from '../measure/meter.ts'
import { Server, type Peer } from '../servers/server.ts'
import type { Bench } from './tables.ts'
import { siteOf, withText } from './visit.ts'

const experiments = 40

/** Experiments with a few runs each, through MLflow's API, which both have. */
export async function seedLists(url: string): Promise<void> {
  const client = new CairnClient({ url })
  for (let at = 0; at < experiments; at += 1) {
    const id = await client.experiments.create({ name: `experiment-${at}` })
    for (let run = 0; run < 5; run += 1) {
      const { info } = await client.runs.create({ experiment_id: id, run_name: `run-${run}`, start_time: 1_700_000_000_000 + at * 1000 + run })
      await client.runs.logBatch({ run_id: info.run_id, metrics: [{ key: 'auc', value: 0.5 + run / 20 + at / 1000, timestamp: 1_700_000_000_000, step: 1 }] })
      await client.runs.update({ run_id: info.run_id, status: 'FINISHED' })
    }
  }
}

export async function lists({ folder, watcher, say, check, line }: Bench, ours: Peer, theirs: Peer): Promise<void> {
  say(`the list of ${experiments} experiments`)
  const ready = withText(`experiment-${experiments - 1}`)
  await mkdir(join(folder, 'lists-cairn'))
  await using ourServer = await Server.start(ours, join(folder, 'lists-cairn'))
  await seedLists(siteOf(ourServer).url)
  await settle(ourServer.pid)
  const mine = await watcher.visits(siteOf(ourServer), { path: '/experiments', ready })
  await mkdir(join(folder, 'lists-mlflow'))
  await using theirServer = await Server.start(theirs, join(folder, 'lists-mlflow'))
  await seedLists(siteOf(theirServer).url)
  const their = await watcher.visits(siteOf(theirServer), { path: '/#/experiments', ready })
  line({ title: `the list of ${experiments} experiments`, target: '', ours: mine, theirs: their })
  check('the list of experiments, ready', mine.readyMs, 400, 'ms')
  check('the list of experiments, requests', mine.requests, 12, '')
  check('the list of experiments, over the wire', mine.bytes / 1000, 250, 'kB')
  check('the list of experiments, bytes over MLflow’s', mine.bytes / their.bytes, 1 / 20, '')
}
