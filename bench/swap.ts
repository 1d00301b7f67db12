/** What it costs those who ask a model server when the version behind its alias changes. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { CairnClient } from '@cairn/sdk'
import type { Generator } from './load/driver.ts'
import type { Group } from './load/job.ts'
import { measure } from './measure/meter.ts'
import { freePort } from '../tools/processes.ts'

export interface Swaps {
  readonly swaps: number
  readonly requests: number
  readonly perSecond: number
  readonly p99Ms: number
  readonly calmPerSecond: number
  readonly calmP99Ms: number
}

export interface SwapOptions {
  /** Where `cairn` is. */
  readonly program: string
  readonly env: NodeJS.ProcessEnv
  /** An empty folder. */
  readonly folder: string
  /** A model's folder; each version is a copy of it. */
  readonly model: string
  readonly requests: readonly unknown[]
  readonly connections: number
  readonly seconds: number
}

/**
 * Rows a second at full load, without a swap and with one about every second.
 *
 * @throws where an answer was no 200, or a version did not take over
 */
export async function swapUnderLoad(generator: Generator, { program, env, folder, model, requests, connections, seconds }: SwapOptions): Promise<Swaps> {
  const [trackingPort, port] = [await freePort(), await freePort()]
  const url = `http://127.0.0.1:${trackingPort}`
  const tracking = spawn(program, ['server', '--port', String(trackingPort), '--data-dir', join(folder, 'tracking')], { env, stdio: 'ignore' })
  try {
    await answers(`${url}/health`)
    const client = new CairnClient({ url })
    await client.models.create({ name: 'churn' })
    const versions: string[] = []
    for (let count = 0; count < 3; count++) {
      const { info: { run_id } } = await client.runs.create({ experiment_id: '0' })
      for (const file of await readdir(model, { withFileTypes: true })) {
        if (file.isFile()) await client.artifacts.upload(run_id, `model/${file.name}`, new Uint8Array(await readFile(join(model, file.name))))
      }
      versions.push((await client.models.createVersion({ name: 'churn', source: `runs:/${run_id}/model`, run_id })).version)
    }
    await client.models.setAlias('churn', 'champion', versions[0]!)
    const serving = spawn(program, ['models', 'serve', '-m', 'models:/churn@champion', '--follow', '-p', String(port), '--env-manager', 'local'],
      { env: { ...env, MLFLOW_TRACKING_URI: url, CAIRN_MODEL_DIR: join(folder, 'cache') }, stdio: 'ignore' })
    try {
      await answers(`http://127.0.0.1:${port}/ping`)
      const group: Group = { name: 'rows', connections, maxOperations: Infinity, script: { kind: 'requests', requests: requests.map((body) => ({ method: 'POST', path: '/invocations', body })) } }
      const load = () => measure({ pid: serving.pid!, port }, generator, seconds, [group])
      await load()
      const calm = (await load()).outcome['rows']!
      let going = true
      let swaps = 0
      const swapping = (async () => {
        while (going) {
          const next = versions[(swaps + 1) % versions.length]!
          await client.models.setAlias('churn', 'champion', next)
          await serves(port, requests[0], next)
          swaps += 1
          await sleep(500)
        }
      })()
      const busy = (await load()).outcome['rows']!
      going = false
      await swapping
      return { swaps, requests: busy.requests, perSecond: busy.operations / busy.seconds, p99Ms: busy.p99Ms, calmPerSecond: calm.operations / calm.seconds, calmP99Ms: calm.p99Ms }
    } finally {
      await end(serving)
    }
  } finally {
    await end(tracking)
  }
}

async function end(child: ReturnType<typeof spawn>): Promise<void> {
  const exit = once(child, 'exit')
  if (child.exitCode === null && child.signalCode === null && child.kill('SIGTERM')) await exit
}

async function answers(url: string): Promise<void> {
  for (let tries = 0; !await fetch(url).then(({ ok }) => ok, () => false); tries++) {
    if (tries > 1200) throw new Error(`${url} does not answer`)
    await sleep(50)
  }
}

/** Resolves when the version answers. */
async function serves(port: number, body: unknown, version: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    const answer = await fetch(`http://127.0.0.1:${port}/invocations`, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } })
    await answer.arrayBuffer()
    if (!answer.ok) throw new Error(`A swap was answered with ${answer.status}`)
    if (answer.headers.get('x-model-version') === version) return
    if (tries > 600) throw new Error(`version ${version} did not take over`)
    await sleep(50)
  }
}
