import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { CairnClient } from '@cairn/sdk'
import { startServer } from '@cairn/server'
import { readConfig } from '@cairn/server/config'
import { Endpoint } from '../../packages/serving/src/endpoint/endpoint.ts'
import { follow } from '../../packages/serving/src/endpoint/follow.ts'
import { fetchModel } from '../../packages/serving/src/models/fetch-model.ts'
import { startScoringServer } from '../../packages/serving/src/server/scoring-server.ts'
import { loadModel, type ServedModel } from '../../packages/serving/src/server/served-model.ts'
import { makeModels, post, type TestModels } from './models.ts'

const folder = mkdtempSync(join(tmpdir(), 'cairn-endpoint-'))
let models: TestModels
let tracking: Awaited<ReturnType<typeof startServer>>
let client: CairnClient
before(async () => {
  models = await makeModels()
  tracking = await startServer(readConfig({ flags: { port: '0' }, env: { MLFLOW_LOGGING_LEVEL: 'ERROR' }, cwd: folder }))
  client = new CairnClient({ url: tracking.url })
  await client.models.create({ name: 'churn' })
  // 1 and 2 are good and differ in how they answer (class and probability); 3 fails for half of the customers.
  for (const name of ['xgboost', 'booster', 'worse']) {
    const { info: { run_id } } = await client.runs.create({ experiment_id: '0' })
    for (const file of readdirSync(join(models.folder, name))) await client.artifacts.upload(run_id, `model/${file}`, new Uint8Array(readFileSync(join(models.folder, name, file))))
    await client.models.createVersion({ name: 'churn', source: `runs:/${run_id}/model`, run_id })
  }
})
after(async () => {
  await tracking[Symbol.asyncDispose]()
  models[Symbol.dispose]()
  rmSync(folder, { recursive: true })
})

const columns = ['female', 'senior_citizen', 'partner', 'dependents', 'tenure', 'phone_service', 'paperless_billing', 'monthly_charges', 'total_charges']
const customer = (tenure: number): unknown => ({ dataframe_split: { columns, data: [[1, 0, 1, 0, tenure, 0, 1, 29.85, 29.85]] } })

const load = async (version: string): Promise<ServedModel> => loadModel('churn', await fetchModel(`models:/churn/${version}`, { client, cwd: folder, cache: join(folder, 'cache') }), {
  envManager: 'local', env: models.env, workers: 1, maxQueue: 1000, maxBatchRows: 64, deadlineMs: 20_000, say: () => {},
})

interface Following extends AsyncDisposable {
  readonly url: string
  readonly endpoint: Endpoint
  readonly events: Readonly<Record<string, unknown>>[]
  until(condition: () => boolean): Promise<void>
}

/** A server at `champion` that follows it and tries what `challenger` points at. */
async function startFollowing(): Promise<Following> {
  const stop = new AbortController()
  const events: Readonly<Record<string, unknown>>[] = []
  const log = (entry: Readonly<Record<string, unknown>>): void => { if (entry['event'] !== 'request') events.push(entry) }
  const names = { model: 'churn', alias: 'champion', canaryAlias: 'challenger' }
  const endpoint = new Endpoint('churn', await load((await client.models.getVersionByAlias('churn', 'champion')).version), {
    keepWarmMs: 60_000,
  })
  const policy = { steps: [20, 50], minRequests: 40, minSeconds: 0.3, maxErrorIncrease: 0.01, maxP99Ratio: 50, slackMs: 100 }
  const server = await startScoringServer([endpoint], { host: '127.0.0.1', port: 0 })
  const following = follow({ client, endpoint, ...names, policy, load, log, signal: stop.signal })
  return {
    url: server.url, endpoint, events,
    async until(condition) {
      for (let time = 0; !condition(); time++) {
        if (time > 600) throw new Error(`it did not come to it: ${JSON.stringify([endpoint.traffic, events])}`)
        await sleep(50)
      }
    },
    async [Symbol.asyncDispose]() {
      stop.abort()
      await following
      await server[Symbol.asyncDispose]()
    },
  }
}

/** The version that is tried. */
const tried = ({ endpoint }: Following) => endpoint.traffic.versions.find((one) => 'tried' in one)

describe('an endpoint', { concurrency: false }, () => {
  test('goes where its alias goes, under load, without one request failing, and back at once', async () => {
    await client.models.setAlias('churn', 'champion', '1')
    await using one = await startFollowing()
    let going = true
    const seen = new Map<string, number>()
    const clients = Array.from({ length: 16 }, async () => {
      while (going) {
        const { status, headers, text } = await post(`${one.url}/invocations`, customer(3))
        assert.equal(status, 200, text)
        const version = headers.get('x-model-version')!
        seen.set(version, (seen.get(version) ?? 0) + 1)
      }
    })
    for (const version of ['2', '3', '2']) {
      await client.models.setAlias('churn', 'champion', version)
      await one.until(() => one.endpoint.version === version)
      await sleep(200)
    }
    // Version 1 is still warm: going back loads nothing.
    const before = one.events.filter(({ event }) => event === 'preparing').length
    const began = performance.now()
    await client.models.rollbackAlias('churn', 'champion')
    await one.until(() => one.endpoint.version === '3')
    assert.ok(performance.now() - began < 1000)
    assert.equal(one.events.filter(({ event }) => event === 'preparing').length, before)
    going = false
    await Promise.all(clients)
    assert.deepEqual([...seen.keys()].toSorted(), ['1', '2', '3'])
    assert.ok([...seen.values()].every((count) => count > 5), JSON.stringify([...seen]))
  })

  test('stays with the old version when the new one cannot be loaded', async () => {
    await client.models.setAlias('churn', 'champion', '1')
    await using one = await startFollowing()
    await client.models.createVersion({ name: 'churn', source: 'runs:/0123/none', run_id: '' }).catch(() => {})
    const { info: { run_id } } = await client.runs.create({ experiment_id: '0' })
    await client.artifacts.upload(run_id, 'model/MLmodel', 'flavors: {python_function: {loader_module: nowhere}}')
    const { version } = await client.models.createVersion({ name: 'churn', source: `runs:/${run_id}/model`, run_id })
    await client.models.setAlias('churn', 'champion', version)
    await one.until(() => one.events.some(({ event }) => event === 'not-swapped'))
    assert.equal((await post(`${one.url}/invocations`, customer(3))).headers.get('x-model-version'), '1')
  })

  test('takes a worse version back by itself, and writes why into the audit of the registry', async () => {
    await client.models.setAlias('churn', 'champion', '1')
    await using one = await startFollowing()
    await client.models.setAlias('churn', 'challenger', '3')
    await one.until(() => tried(one) !== undefined)
    let failures = 0
    for (let count = 0; count < 3000 && !one.events.some(({ event }) => event === 'rolled-back'); count++) {
      if ((await post(`${one.url}/invocations`, customer(count % 60))).status !== 200) failures += 1
    }
    await one.until(() => tried(one) === undefined)
    assert.ok(failures > 0 && failures < 60, `${failures} requests failed before it was taken back`)
    assert.equal((await post(`${one.url}/invocations`, customer(50))).status, 200)
    await assert.rejects(client.models.getVersionByAlias('churn', 'challenger'))
    assert.equal((await client.models.getVersionByAlias('churn', 'champion')).version, '1')
    const audit = JSON.stringify(await Array.fromAsync(client.models.audit({ name: 'churn' } as never)))
    assert.match(audit, /rolled back: error rate \d+\.\d % of \d+ requests, against 0\.0 %/)
  })

  test('promotes a version that passes every step; a client with a key stays with one version', async () => {
    await client.models.setAlias('churn', 'champion', '1')
    await using one = await startFollowing()
    await client.models.setAlias('churn', 'challenger', '2')
    await one.until(() => tried(one) !== undefined)
    const ask = async (key: string): Promise<string> => {
      const response = await fetch(`${one.url}/invocations`, { method: 'POST', body: JSON.stringify(customer(3)), headers: { 'content-type': 'application/json', 'x-sticky-key': key } })
      assert.equal(response.status, 200)
      await response.arrayBuffer()
      return response.headers.get('x-model-version')!
    }
    const first = await Promise.all(Array.from({ length: 30 }, (_, at) => ask(`customer ${at}`)))
    const again = await Promise.all(Array.from({ length: 30 }, (_, at) => ask(`customer ${at}`)))
    const percent = tried(one)?.percent
    if (percent === 20) assert.deepEqual(again, first)
    for (let count = 0; count < 5000 && !one.events.some(({ event }) => event === 'promoted'); count++) await ask(`customer ${count}`)
    await one.until(() => one.endpoint.version === '2')
    await one.until(() => tried(one) === undefined)
    assert.equal((await client.models.getVersionByAlias('churn', 'champion')).version, '2')
    assert.deepEqual(one.events.filter(({ event }) => event === 'rollout').map(({ percent: share }) => share), [20, 50])
  })

  test('asks a shadow too, whose answers are compared and reach nobody', async () => {
    const endpoint = new Endpoint('churn', await load('1'), { keepWarmMs: 0 })
    await using server = await startScoringServer([endpoint], { host: '127.0.0.1', port: 0 })
    endpoint.setShadow(await load('1'), 1)
    for (let count = 0; count < 10; count++) await post(`${server.url}/invocations`, customer(count))
    await sleep(50)
    assert.deepEqual(endpoint.traffic.shadow, { version: '1', ready: true, sent: 10, skipped: 0, errors: 0, disagreed: 0 })
    endpoint.setShadow(await load('2'), 1)
    for (let count = 0; count < 10; count++) assert.match((await post(`${server.url}/invocations`, customer(count))).text, /^\{"predictions": \[[01]\]\}$/)
    await sleep(50)
    assert.equal(endpoint.traffic.shadow!.disagreed, 10)
    assert.match(await (await fetch(`${server.url}/models/churn`)).text(), /"shadow":\{"version":"2","ready":true,"sent":10/)
  })
})
