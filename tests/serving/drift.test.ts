import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { deleteRegisteredModelTag, driftTag, setRegisteredModelTag, type VersionDrift } from '@cairn/protocol'
import { CairnClient } from '@cairn/sdk'
import { startServer } from '@cairn/server'
import { readConfig } from '@cairn/server/config'
import { FirstRows } from '../../packages/serving/src/drift/first-rows.ts'
import { readSeen, type SeenRows } from '../../packages/serving/src/drift/seen-rows.ts'
import { makeModels, serve } from './models.ts'
import { startServing } from './serving-process.ts'
import { registerTiny } from './tiny.ts'

const folder = mkdtempSync(join(tmpdir(), 'cairn-drift-'))
let tracking: Awaited<ReturnType<typeof startServer>>
let client: CairnClient
let env: NodeJS.ProcessEnv
before(async () => {
  tracking = await startServer(readConfig({ flags: { port: '0' }, env: { MLFLOW_LOGGING_LEVEL: 'ERROR' }, cwd: folder }))
  client = new CairnClient({ url: tracking.url })
  await registerTiny(client, 'churn', [1, 2])
  env = { ...process.env, MLFLOW_TRACKING_URI: tracking.url, CAIRN_MODEL_DIR: join(folder, 'cache'), NO_COLOR: '1' }
})
after(async () => {
  await tracking[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

const program = fileURLToPath(new URL('../../packages/cli/src/main.ts', import.meta.url))
const cairn = async (...words: string[]) => promisify(execFile)(process.execPath, ['--conditions=source', '--disable-warning=ExperimentalWarning', program, ...words], { env, cwd: folder })

let place = 0
/** So many rows of numbers that lie evenly from 0 to 1, moved. */
const rows = (count: number, by = 0): number[][] => Array.from({ length: count }, () => [by + ((place += 0.618_033_988_75) % 1)])
async function ask(url: string, data: readonly number[][], type = 'application/json'): Promise<void> {
  const body = type === 'text/csv' ? `x\n${data.join('\n')}\n` : JSON.stringify({ dataframe_split: { columns: ['x'], data } })
  const response = await fetch(`${url}/invocations`, { method: 'POST', body, headers: { 'content-type': type } })
  assert.equal(response.status, 200, await response.text())
}
async function until(name: string, condition: (drift: VersionDrift) => boolean, meanwhile?: () => Promise<void>): Promise<VersionDrift> {
  for (let time = 0; ; time++) {
    const [drift] = await client.endpoints.drift({ name })
    if (drift !== undefined && condition(drift)) return drift
    if (time > 300) throw new Error(`it did not come to it: ${JSON.stringify(drift)}`)
    await meanwhile?.()
    await sleep(100)
  }
}

describe('drift', { concurrency: false }, () => {
  test('of what processes serve turns from steady to drifted against the training data, and the command line says where', async () => {
    writeFileSync(join(folder, 'train.csv'), `x,target\n${rows(4000).map(([x]) => `${x},1`).join('\n')}\n`)
    const made = await cairn('models', 'profile', 'churn/1', '--data', 'train.csv')
    assert.match(made.stdout, /^Model\s+churn version 1\nProfile\s+of train\.csv\nRows\s+4,000\n/)
    assert.match(made.stdout, /\nx\s+number\s+0 %\s+23\s+/)
    assert.match(made.stderr, /the model does not take target\./)
    await client.endpoints.create({ name: 'live', model_name: 'churn', traffic: [{ version: '1', weight: 100 }] })
    assert.match((await cairn('endpoints', 'drift', 'live')).stdout, /^Version\s+1\nDrift\s+nothing to say yet\nRows\s+0\nCompared with\s+4,000 rows, of train\.csv/)
    await client.call(setRegisteredModelTag, { name: 'churn', key: driftTag, value: 'possible=0.3' })
    assert.match((await cairn('endpoints', 'drift', 'live')).stdout, /^The model’s tag cairn\.drift cannot be read, so it counts for nothing\. With what is usual for the rest it says possible=0\.3, drifted=0\.2, .*\nSet it like this, or delete it: possible=0\.15,drifted=0\.3,min_rows=2000 \(each part optional\)\.\n\nVersion\s+1\n/)
    await client.call(deleteRegisteredModelTag, { name: 'churn', key: driftTag })
    await using one = await startServing(['--endpoint', 'live'], env)
    await using two = await startServing(['--endpoint', 'live'], env)
    for (const { url } of [one, two]) for (const type of ['application/json', 'text/csv']) await ask(url, rows(300), type)
    const steady = await until('live', (drift) => Number(drift.rows) >= 1200)
    assert.deepEqual([steady.state, steady.rows, steady.columns[0]!.name], ['steady', 1200, 'x'])
    for (const { url } of [one, two]) for (let request = 0; request < 4; request++) await ask(url, rows(500, 0.4))
    const drifted = await until('live', (drift) => Number(drift.rows) >= 5200)
    assert.deepEqual([drifted.state, drifted.moved, drifted.reference!.of], ['drifted', 1, 'train.csv'])
    assert.ok(Number(drifted.columns[0]!.served.at(-1)) > 1000, 'beyond what was there in training')
    const { stdout } = await cairn('endpoints', 'drift', 'live')
    assert.match(stdout, /Drift\s+drifted: 1 column\nRows\s+5,200 since /)
    assert.match(stdout, /\nx\s+drifted\s+0\.\d\d\s+[▁-█]+ +[▁-█]+\s+0\.\d+ to 0\.99/)
    assert.equal((JSON.parse((await cairn('endpoints', 'drift', 'live', '--json')).stdout) as { versions: VersionDrift[] }).versions[0]!.state, 'drifted')
    await cairn('models', 'profile', 'churn/1', '--remove')
    assert.match((await cairn('endpoints', 'drift', 'live')).stdout, /Compared with\s+nothing yet/)
  })

  test('is measured against the first thousand rows where nobody said what a version was trained with, and not at all where it is switched off', async () => {
    await client.endpoints.create({ name: 'first', model_name: 'churn', traffic: [{ version: '2', weight: 100 }] })
    {
      await using off = await startServing(['--endpoint', 'first', '--no-watch-inputs'], env)
      await ask(off.url, rows(1000))
    }
    await using one = await startServing(['--endpoint', 'first'], env)
    for (let request = 0; request < 2; request++) await ask(one.url, rows(500))
    const learned = await until('first', ({ reference }) => reference !== undefined)
    assert.deepEqual([learned.reference!.source, learned.reference!.of, learned.reference!.rows, learned.rows], ['served', 'first', 1000, 0])
    // What is asked before the process knows of the profile is not counted.
    const moved = await until('first', (drift) => Number(drift.rows) >= 500, () => ask(one.url, rows(100, 3)))
    assert.equal(moved.state, 'drifted')
    assert.match((await cairn('endpoints', 'drift', 'first')).stdout, /Compared with\s+1,000 rows, the first that first served/)
  })

  test('is counted to the last row when a process ends', async () => {
    writeFileSync(join(folder, 'train2.csv'), `x\n${rows(1000).join('\n')}\n`)
    await cairn('models', 'profile', 'churn/2', '--data', 'train2.csv')
    await client.endpoints.create({ name: 'last', model_name: 'churn', traffic: [{ version: '2', weight: 100 }] })
    {
      await using one = await startServing(['--endpoint', 'last'], env)
      await ask(one.url, rows(600))
    }
    assert.equal((await until('last', (drift) => Number(drift.rows) > 0)).rows, 600)
  })

  test('is counted of whoever answers, in each form that is asked: the same rows give the same profile', async () => {
    using models = await makeModels()
    const names = ['female', 'senior_citizen', 'partner', 'dependents', 'tenure', 'phone_service', 'paperless_billing', 'monthly_charges', 'total_charges']
    const data = Array.from({ length: 200 }, (_, at) => [at % 2, 0, 1, 0, at % 30, 0, 1, 20 + at / 7, at * 3.5])
    const json = (body: object) => [Buffer.from(JSON.stringify(body)), 'application/json'] as const
    const profiles: unknown[] = []
    for (const pythonOnly of [false, true]) {
      await using model = await serve(models, 'xgboost', { pythonOnly })
      const inputs = model.model.signature!.inputs!
      const specs = inputs.kind === 'columns' ? inputs.columns : undefined
      const seen: SeenRows[] = []
      model.watch!((one) => seen.push(one))
      const bodies = [json({ dataframe_split: { columns: names, data } }), json({ dataframe_records: data.map((row) => Object.fromEntries(names.map((name, at) => [name, row[at]]))) }), [Buffer.from(`${names.join()}\n${data.join('\n')}\n`), 'text/csv'] as const]
      for (const [body, type] of bodies) assert.equal((await model.invoke(body, type)).status, 200)
      await model.invokeFrame({ names, named: true, rows: 200, columns: names.map((name, at) => ({ dtype: specs!.find((spec) => spec.name === name)!.type === 'long' ? 'int64' : 'float64', values: data.map((row) => row[at]) })) })
      assert.equal(seen.length, 4)
      for (const one of seen) {
        const first = new FirstRows(specs)
        first.add(one.kind === 'body' ? readSeen(one, specs)! : one)
        profiles.push(first.profile().toSorted((a, b) => (a.name < b.name ? -1 : 1)))
      }
    }
    assert.equal((profiles[0] as unknown[]).length, names.length)
    for (const profile of profiles) assert.deepEqual(profile, profiles[0])
  })
})
