import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { CairnClient } from '@cairn/sdk'
import type { ServedModel } from '@cairn/serving'
import { refusing, registerTiny, serveTiny, type TinyProcess } from './tiny.ts'

/** Tracking servers over one database, which processes may choose from. */
export interface Tracking extends AsyncDisposable {
  readonly urls: readonly string[]
}

/** What two serving processes of one endpoint do with a version that is tried, on the servers that `start` gives. */
export function canaryTests(where: string, start: () => Promise<Tracking>): void {
  const folder = mkdtempSync(join(tmpdir(), 'cairn-canary-'))
  let tracking: Tracking
  let client: CairnClient
  before(async () => {
    tracking = await start()
    client = new CairnClient({ url: tracking.urls[0]! })
    await registerTiny(client, 'churn', [1, 2])
  })
  after(async () => {
    await tracking[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true })
  })

  const serve = (name: string, at: number, make?: Parameters<typeof serveTiny>[3]): Promise<TinyProcess> => serveTiny(tracking.urls[at % tracking.urls.length]!, name, folder, make)

  async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
    for (let time = 0; !await condition(); time++) {
      if (time > 1200) throw new Error(`${what} did not come`)
      await sleep(50)
    }
  }
  const get = (name: string) => client.endpoints.get(name)
  const tried = ({ endpoint }: TinyProcess) => endpoint.traffic.versions.find((one) => one.tried === true)
  /** Asks until the process has answered so many by the version that is tried. */
  async function askFor(process: TinyProcess, requests: number): Promise<void> {
    while ((tried(process)?.requests ?? Infinity) < requests) await process.ask()
  }
  async function endpointWith(name: string, processes: Parameters<typeof serve>[2][], min_requests: number): Promise<TinyProcess[]> {
    await client.endpoints.create({ name, model_name: 'churn', traffic: [{ version: '1', weight: 100 }] })
    const serving: TinyProcess[] = []
    for (const [at, make] of processes.entries()) {
      serving.push(await serve(name, at, make))
      await until('the report', async () => (await get(name)).servers!.length === at + 1)
    }
    await client.endpoints.setTraffic({ name, rollout: { version: '2', steps: [20, 50], min_requests, min_seconds: 0, max_p99_ratio: 1e6 } })
    return serving
  }
  const changes = async (name: string) => (await Array.fromAsync(client.models.audit({ entity: 'endpoint', entity_name: name } as never)) as { action: string; after: { reason?: string } }[])

  describe(`a version that is tried at two processes at once, ${where}`, { concurrency: true }, () => {
    test('goes on when what both saw together is enough', async () => {
      const [a, b] = await endpointWith('together', [undefined, undefined], 60)
      try {
        await until('both', () => tried(a!) !== undefined && tried(b!) !== undefined)
        await askFor(a!, 40)
        await sleep(2500)
        assert.equal((await get('together')).rollout!.step, 0)
        await askFor(b!, 20)
        await until('the next step', async () => (await get('together')).rollout?.step === 1)
        const [last] = await changes('together')
        assert.equal(last!.action, 'advance_rollout')
        assert.match(last!.after.reason!, /^6\d requests at 20 % passed the checks, at 2 processes together$/)
        await until('both', () => tried(a!)?.percent === 50 && tried(b!)?.percent === 50)
        // What was seen before does not count for the step that follows.
        await askFor(a!, 30)
        await askFor(b!, 30)
        await until('the promotion', async () => (await get('together')).rollout === undefined)
        assert.deepEqual((await get('together')).traffic.map(({ version, weight }) => [version, weight]), [['2', 100]])
      } finally {
        await Promise.all([a, b].map((one) => one?.[Symbol.asyncDispose]()))
      }
    })

    test('is taken back at both when one of them finds it bad', async () => {
      const refuses = (model: ServedModel): ServedModel => (model.version === '1' ? model : refusing(model))
      const [good, bad] = await endpointWith('half-bad', [undefined, refuses], 1000)
      try {
        await until('both', () => tried(good!) !== undefined && tried(bad!) !== undefined)
        const seen: { version: string | null; status: number }[] = []
        await until('the end', async () => {
          for (let count = 0; count < 20; count++) seen.push(await good!.ask(), await bad!.ask())
          return (await get('half-bad')).rollout === undefined
        })
        assert.deepEqual([...new Set(seen.filter(({ status }) => status !== 200).map(({ version }) => version))], ['2'])
        const [last] = await changes('half-bad')
        assert.equal(last!.action, 'stop_rollout')
        assert.match(last!.after.reason!, /^error rate \d+\.\d % of \d+ requests, against 0\.0 % of \d+/)
        await until('both', () => tried(good!) === undefined && tried(bad!) === undefined)
        for (let count = 0; count < 20; count++) assert.equal((await good!.ask()).version, '1')
      } finally {
        await Promise.all([good, bad].map((one) => one?.[Symbol.asyncDispose]()))
      }
    })

    test('waits for a process that makes it ready, but not for one that is gone, also where that one decided', async () => {
      const hangs = (model: ServedModel): ServedModel | Promise<ServedModel> => (model.version === '1' ? model : new Promise(() => {}))
      const [stuck, well] = await endpointWith('half-gone', [hangs, undefined], 20)
      try {
        await until('the decision', async () => (await get('half-gone')).decider !== undefined && tried(well!) !== undefined)
        await askFor(well!, 25)
        await sleep(2500)
        const { rollout, servers } = await get('half-gone')
        assert.deepEqual([rollout!.step, servers!.length], [0, 2])
        stuck!.cut()
        await until('the next step', async () => (await get('half-gone')).rollout?.step !== 0)
        assert.match((await changes('half-gone'))[0]!.after.reason!, /^2\d requests at 20 % passed the checks$/)
      } finally {
        await Promise.all([stuck, well].map((one) => one?.[Symbol.asyncDispose]()))
      }
    })
  })
}
