import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { seenInStep, type ServingEndpoint } from '@cairn/protocol'
import { CairnClient } from '@cairn/sdk'
import { startCommandLine, type CommandLine } from '../../packages/cli/src/testing.ts'
import { makeModels, post, type TestModels } from './models.ts'
import { startServing, type ServingProcess } from './serving-process.ts'

let models: TestModels
let line: CommandLine
let client: CairnClient
let serving: ServingProcess
let second: ServingProcess | undefined
let gone = false
before(async () => {
  models = await makeModels()
  line = await startCommandLine()
  client = new CairnClient({ url: line.url })
  await client.models.create({ name: 'churn' })
  // 1 answers classes and 2 probabilities, both without Python; 3 is answered by Python and fails for half of the customers.
  for (const name of ['xgboost', 'booster', 'worse']) {
    const { info: { run_id } } = await client.runs.create({ experiment_id: '0' })
    for (const file of readdirSync(join(models.folder, name))) await client.artifacts.upload(run_id, `model/${file}`, new Uint8Array(readFileSync(join(models.folder, name, file))))
    await client.models.createVersion({ name: 'churn', source: `runs:/${run_id}/model`, run_id })
  }
  await client.models.setAlias('churn', 'champion', '1')
})
after(async () => {
  serving?.child.kill('SIGKILL')
  second?.child.kill('SIGKILL')
  if (!gone) await line[Symbol.asyncDispose]()
  models[Symbol.dispose]()
})

const env = () => ({ ...models.env, MLFLOW_TRACKING_URI: line.url, CAIRN_MODEL_DIR: join(line.folder, 'cache') })
const cairn = async (...words: string[]): Promise<string> => {
  const { code, out, err } = await line.cairn(words, { env: env() })
  assert.equal(code, 0, `${words.join(' ')}: ${err}`)
  return out
}
const serve = (): Promise<ServingProcess> => startServing(['--endpoint', 'churn-live', '--env-manager', 'local'], env() as NodeJS.ProcessEnv)
async function end({ child, err }: ServingProcess): Promise<void> {
  const exit = once(child, 'exit')
  child.kill('SIGTERM')
  const [code] = await exit
  assert.ok(code === 0 || code === 130, `exit status ${String(code)}: ${err()}`)
}
const show = (): Promise<ServingEndpoint> => line.json<ServingEndpoint>('endpoints show churn-live')

async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let time = 0; !await condition(); time++) {
    if (time > 1200) throw new Error(`${what} did not come: ${gone ? '' : JSON.stringify(await show())} ${serving.err()}`)
    await sleep(50)
  }
}
/** The process has what the record says. */
const applied = (processes = 1) => until('the revision', async () => {
  const { revision, servers = [] } = await show()
  return servers.length === processes && servers.every((server) => server.revision === revision && server.versions!.every(({ ready }) => ready))
})

const columns = ['female', 'senior_citizen', 'partner', 'dependents', 'tenure', 'phone_service', 'paperless_billing', 'monthly_charges', 'total_charges']
const customer = (tenure: number): unknown => ({ dataframe_split: { columns, data: [[1, 0, 1, 0, tenure, 0, 1, 29.85, 29.85]] } })
const ask = (tenure = 3) => post(`${serving.url}/invocations`, customer(tenure))

/** Asks customer after customer until what is waited for has come; answers how many requests were refused, by version. */
async function askUntil(what: string, condition: () => Promise<boolean>): Promise<Map<string, number>> {
  let done = false
  const failed = new Map<string, number>()
  const asking = Array.from({ length: 4 }, async () => {
    for (let count = 0; !done; count++) {
      const { status, headers } = await ask(count % 60)
      const version = headers.get('x-model-version')!
      if (status !== 200) failed.set(version, (failed.get(version) ?? 0) + 1)
    }
  })
  try {
    await until(what, condition)
  } finally {
    done = true
    await Promise.all(asking)
  }
  return failed
}

describe('cairn endpoints', { concurrency: false }, () => {
  test('names an endpoint, and a process serves it', async () => {
    assert.equal(await cairn('endpoints', 'list'), 'No endpoints.\n')
    assert.equal(await cairn('endpoints', 'create', 'churn-live', 'churn@champion', '--reason', 'for the shop'), 'Endpoint churn-live: champion (version 1) 100 %. Serve it: cairn models serve --endpoint churn-live\n')
    assert.match(await cairn('endpoints', 'show', 'churn-live'), /Nobody serves it\. Start: cairn models serve --endpoint churn-live/)
    serving = await serve()
    await applied()
    assert.equal((await ask()).headers.get('x-model-version'), '1')
    assert.match(await cairn('endpoints', 'list'), /^NAME +MODEL +TRAFFIC +ROLLOUT +CHANGED +BY\nchurn-live +churn +champion \(version 1\) 100 %/)
  })

  test('splits, promotes and goes back under load without one request failing', async () => {
    let going = true
    const seen = new Map<string, number>()
    const turns = Array.from({ length: 12 }, () => 0)
    const clients = turns.map(async (_, client) => {
      for (; going; turns[client]! += 1) {
        const { status, headers, text } = await ask()
        assert.equal(status, 200, text)
        const version = headers.get('x-model-version')!
        seen.set(version, (seen.get(version) ?? 0) + 1)
      }
    })
    const answers = async (...versions: string[]): Promise<void> => {
      // What was on its way before has come.
      const before = [...turns]
      await until('the next answers', () => turns.every((turn, client) => turn > before[client]! + 1))
      seen.clear()
      await until(`answers of ${versions.join(' and ')}`, () => versions.every((version) => (seen.get(version) ?? 0) > 20))
      assert.deepEqual([...seen.keys()].toSorted(), versions)
    }
    try {
      assert.equal(await cairn('endpoints', 'set-traffic', 'churn-live', 'champion=50', '2=50'), 'Endpoint churn-live: champion (version 1) 50 %, version 2 50 %. Back: cairn endpoints rollback churn-live\n')
      await applied()
      await answers('1', '2')
      await until('what was seen of each', async () => (await show()).servers![0]!.versions!.every(({ requests }) => Number(requests) > 20))
      assert.match(await cairn('endpoints', 'show', 'churn-live'), /SERVED AT +HOST +REVISION +VERSION +SHARE[\s\S]*http:\/\/127\.0\.0\.1:\d+ +\S+ +2 +1 +50 %[\s\S]* 2 +50 %[\s\S]*set traffic[\s\S]*create +for the shop/)
      await cairn('endpoints', 'promote', 'churn-live', '2', '--reason', 'better recall')
      await applied()
      await answers('2')
      assert.equal(await cairn('endpoints', 'rollback', 'churn-live', '--reason', 'complaints'), 'Endpoint churn-live is back: champion (version 1) 50 %, version 2 50 %.\n')
      await applied()
      await answers('1', '2')
      await cairn('endpoints', 'set-traffic', 'churn-live', 'champion')
      await cairn('endpoints', 'promote', 'churn-live', '2')
      await applied()
      await answers('2')
      assert.equal((await client.models.getVersionByAlias('churn', 'champion')).version, '2')
      await cairn('endpoints', 'rollback', 'churn-live')
      await applied()
      await answers('1')
      assert.equal((await client.models.getVersionByAlias('churn', 'champion')).version, '1')
      // The one from before was still warm: it was made ready once.
      assert.equal(serving.err().split('\n').filter((text) => text.includes('"preparing"')).length, 1)
    } finally {
      going = false
      await Promise.all(clients)
    }
    assert.match(await cairn('models', 'audit', 'churn-live'), /promote[\s\S]*complaints[\s\S]*better recall/)
  })

  test('asks a shadow, and shows how often it says something else', async () => {
    await cairn('endpoints', 'set-traffic', 'churn-live', '--shadow', '2=1', '--sticky-header', 'x-user')
    await applied()
    await until('the shadow', async () => (await show()).servers![0]!.shadow?.ready === true)
    for (let count = 0; count < 20; count++) assert.equal((await ask(count)).status, 200)
    await until('what was seen of the shadow', async () => Number((await show()).servers![0]!.shadow!.disagreed) >= 20)
    assert.match(await cairn('endpoints', 'show', 'churn-live'), /Shadow +version 2, 100 % of the requests[\s\S]*2 \(shadow\)/)
    await cairn('endpoints', 'set-traffic', 'churn-live', '--shadow', 'none')
    assert.equal((await show()).shadow, undefined)
  })

  const quick = ['--min-requests', '30', '--min-seconds', '0', '--max-p99-ratio', '100000']
  const ended = async (): Promise<boolean> => (await show()).rollout === undefined
  const changes = async (): Promise<{ action: string; after: { reason?: string } }[]> => (await line.json<{ changes: { action: string; after: { reason?: string } }[] }>('endpoints show churn-live')).changes

  test('takes a version back by itself that fails, and says why in the audit', async () => {
    await cairn('endpoints', 'set-traffic', 'churn-live', '--canary', '3', '--steps', '20,50', ...quick)
    const failed = await askUntil('the end of the rollout', ended)
    assert.deepEqual([...failed.keys()], ['3'])
    assert.ok(failed.get('3')! < 100, `${failed.get('3')} requests failed`)
    const [last] = await changes()
    assert.equal(last!.action, 'stop_rollout')
    assert.match(last!.after.reason!, /^error rate \d+\.\d % of \d+ requests, against 0\.0 % of \d+$/)
    assert.match((await client.models.getVersion('churn', '3')).tags!.find(({ key }) => key === 'cairn.rollout')!.value!, /^rolled back at churn-live: error rate/)
    await applied()
    for (let count = 0; count < 30; count++) assert.equal((await ask(50)).headers.get('x-model-version'), '1')
  })

  test('takes a version back whose answers differ too often, where that is checked, and promotes it where not', async () => {
    await cairn('endpoints', 'set-traffic', 'churn-live', '--canary', '2', '--max-disagreement', '0.2', '--steps', '30', ...quick)
    assert.equal((await askUntil('the end of the rollout', ended)).size, 0)
    assert.match((await changes())[0]!.after.reason!, /answers differ from the other version’s, 20\.0 % may/)
    assert.equal((await client.models.getVersionByAlias('churn', 'champion')).version, '1')
    await cairn('endpoints', 'set-traffic', 'churn-live', '--canary', '2', '--steps', '20,60', '--min-requests', '5', ...quick.slice(2))
    // Paused, it stays where it is.
    assert.match(await cairn('endpoints', 'set-traffic', 'churn-live', '--pause', '--reason', 'lunch'), /step 1 of 2 \(20, 60\), paused/)
    await applied()
    await askUntil('more than the step asks for', async () => seenInStep(await show()).tried.requests > 10)
    await sleep(2500)
    assert.match(await cairn('endpoints', 'show', 'churn-live'), /Step +\d+ of 5 requests in \d+ s \(at least 0\) at 1 process, 0 errors/)
    assert.equal((await show()).rollout!.step, 0)
    await cairn('endpoints', 'set-traffic', 'churn-live', '--resume')
    assert.equal((await askUntil('the end of the rollout', ended)).size, 0)
    assert.deepEqual((await changes()).slice(0, 5).map(({ action }) => action), ['promote', 'advance_rollout', 'resume_rollout', 'pause_rollout', 'start_rollout'])
    assert.equal((await client.models.getVersionByAlias('churn', 'champion')).version, '2')
    await applied()
    assert.equal((await ask()).headers.get('x-model-version'), '2')
  })

  test('ends the rollout of a version that cannot be made ready, and nobody notices', async () => {
    const { info: { run_id } } = await client.runs.create({ experiment_id: '0' })
    await client.artifacts.upload(run_id, 'model/MLmodel', 'flavors: {python_function: {loader_module: nowhere}}')
    const { version } = await client.models.createVersion({ name: 'churn', source: `runs:/${run_id}/model`, run_id })
    await cairn('endpoints', 'set-traffic', 'churn-live', '--canary', version)
    assert.equal((await askUntil('the end of the rollout', ended)).size, 0)
    assert.match((await changes())[0]!.after.reason!, /^version 4 could not be made ready: /)
  })

  test('says what was wrong in a command, and what to write', async () => {
    for (const [words, code, expected] of [
      ['endpoints create churn-live churn', 1, /already exists/], ['endpoints create other churn/9', 1, /Model 'churn' has no version 9/], ['endpoints show other', 1, /Endpoint with name=other not found/],
      ['endpoints set-traffic churn-live', 2, /Nothing to change was named/], ['endpoints set-traffic churn-live 1=50', 1, /The weights make 50, and must make 100/],
      ['endpoints set-traffic churn-live 1 2', 2, /does not say its percent/], ['endpoints set-traffic churn-live --steps 5,10', 2, /none was named/],
      ['endpoints set-traffic churn-live --canary 1 --steps x', 2, /--steps is x/], ['endpoints promote churn-live', 1, /tries no version at the moment/], ['endpoints promote churn-live x', 2, /"x" is no version/],
      ['endpoints delete churn-live', 2, /add --yes/], ['models serve --endpoint other', 1, /There is no endpoint "other" at .*\n.*cairn endpoints create other/], ['models serve --endpoint churn-live -m models:/churn/1', 2, /says itself what is served/],
    ] as const) {
      const refused = await line.cairn(words, { env: env() })
      assert.equal(refused.code, code, `${words}: ${refused.err}`)
      assert.match(refused.err, expected)
    }
  })

  test('is served by several processes alike: a client meets the same version at each', async () => {
    second = await serve()
    await cairn('endpoints', 'set-traffic', 'churn-live', '1=50', '2=50', '--sticky-header', 'x-user')
    await applied(2)
    const versionsAt = async ({ url }: ServingProcess): Promise<(string | null)[]> => Promise.all(Array.from({ length: 40 }, async (_, user) => {
      const response = await fetch(`${url}/invocations`, { method: 'POST', body: JSON.stringify(customer(3)), headers: { 'content-type': 'application/json', 'x-user': `user ${user}` } })
      await response.arrayBuffer()
      return response.headers.get('x-model-version')
    }))
    const met = await versionsAt(serving)
    // All forty alike once in 2^39.
    assert.deepEqual([...new Set(met)].toSorted(), ['1', '2'])
    assert.deepEqual(await versionsAt(second), met)
    await end(second)
    await until('the news', async () => (await show()).servers!.length === 1)
  })

  test('goes on when the endpoint is deleted, and when the tracking server is gone', async () => {
    await cairn('endpoints', 'delete', 'churn-live', '--yes')
    await until('the news', () => serving.err().includes('endpoint-deleted'))
    assert.equal((await ask()).status, 200)
    gone = true
    await line[Symbol.asyncDispose]()
    await sleep(100)
    assert.equal((await ask()).status, 200)
    await end(serving)
  })
})
