import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { startServer, type RunningServer } from '@cairn/server'
import { readConfig } from '@cairn/server/config'
import { startPostgres } from '../../tools/postgres.ts'
import { freePort } from '../../tools/processes.ts'
import { pythonForTests } from '../../tools/setup-python.ts'
import { cairn, tempFolder } from './command-line.ts'
import { ask, serve } from './stores.ts'

const local = { CAIRN_MIRROR_ALLOW_PRIVATE_IPS: 'true' }

const mirrored = (folder: string, to: string, { flags = {}, env = local }: { flags?: Record<string, string>; env?: Record<string, string> } = {}): Promise<RunningServer> =>
  startServer(readConfig({ flags: { port: '0', 'data-dir': join(folder, 'cairn-data'), 'mirror-to': to, ...flags }, env: { MLFLOW_LOGGING_LEVEL: 'CRITICAL', ...env }, cwd: folder }))

/** MLflow's own server, always at the same address and on the same data. */
async function startMlflowAt(port: number, folder: string): Promise<AsyncDisposable> {
  const child = spawn(await pythonForTests(), [
    '-m', 'mlflow', 'server', '--host', '127.0.0.1', '--port', String(port), '--workers', '1', '--backend-store-uri', `sqlite:///${folder}/mlflow.db`, '--artifacts-destination', `${folder}/artifacts`,
  ], { stdio: 'ignore', detached: true, env: { ...process.env, MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false', MLFLOW_DISABLE_TELEMETRY: 'true' } })
  const ended = once(child, 'exit')
  await soon(async () => (await fetch(`http://127.0.0.1:${port}/health`)).ok)
  return {
    async [Symbol.asyncDispose]() {
      process.kill(-child.pid!, 'SIGKILL')
      await ended
    },
  }
}

/** What becomes true by itself; what is thrown means not yet. */
async function soon(what: () => Promise<boolean>): Promise<void> {
  for (const until = Date.now() + 120_000; ;) {
    let why: unknown
    try {
      if (await what()) return
    } catch (error) {
      why = error
    }
    if (Date.now() > until) throw new Error('it does not become true', { cause: why })
    await delay(250)
  }
}

async function send(url: string, method: string, path: string, body?: object | string): Promise<any> {
  const answer = await fetch(url + path, { method, ...(typeof body === 'object' && { headers: { 'content-type': 'application/json' } }), ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }) })
  const text = await answer.text()
  assert.ok(answer.ok, `${path}: ${answer.status} ${text}`)
  return text.startsWith('{') ? JSON.parse(text) : text
}
const post = (url: string, path: string, body: object) => send(url, 'POST', `/api/2.0/mlflow/${path}`, body)
const status = (url: string) => send(url, 'GET', '/api/cairn/v1/mirror')

/** The run there that stands for one of ours. */
async function runThere(url: string, run_id: string): Promise<any> {
  const { experiments } = await ask(url, 'experiments/search', { max_results: 100, view_type: 'ALL' }, 'POST')
  const { runs } = await ask(url, 'runs/search', { experiment_ids: (experiments as any[]).map(({ experiment_id }) => experiment_id), filter: `tags.\`cairn.exported.from\` = '${run_id}'`, run_view_type: 'ALL' }, 'POST')
  assert.equal(runs.length, 1)
  return runs[0]
}
const history = async (url: string, run_id: string, metric_key: string): Promise<any[]> => (await ask(url, 'metrics/get-history', { run_id, metric_key, max_results: 25_000 }))['metrics'] ?? []
const shown = (points: readonly any[]): string[] => points.map(({ step, timestamp, value }) => `${step} ${timestamp} ${value}`).toSorted()
const sameHistory = async (here: string, there: string, run_id: string, key: string): Promise<boolean> =>
  JSON.stringify(shown(await history(here, run_id, key))) === JSON.stringify(shown(await history(there, (await runThere(there, run_id)).info.run_id, key)))
const valueOf = (list: readonly any[] | undefined, key: string): unknown => list?.find((one) => one.key === key)?.value
const batch = (run_id: string, from: number, count: number) => ({ run_id, metrics: Array.from({ length: count }, (_, at) => ({ key: 'loss', value: 1 / (from + at + 1), timestamp: 1000 + from + at, step: from + at })) })

async function fill(url: string) {
  const { experiment_id } = await post(url, 'experiments/create', { name: 'churn', tags: [{ key: 'team', value: 'crm' }] })
  const { run } = await post(url, 'runs/create', { experiment_id, run_name: 'first', user_id: 'ada', start_time: 5 })
  const run_id = run.info.run_id as string
  await post(url, 'runs/log-batch', { ...batch(run_id, 0, 700), params: [{ key: 'depth', value: '3' }], tags: [{ key: 'keep', value: 'a' }, { key: 'drop', value: 'b' }] })
  await post(url, 'runs/log-metric', { run_id, key: 'odd', value: 'NaN', timestamp: 1, step: 1 })
  await post(url, 'runs/log-inputs', { run_id, datasets: [{ dataset: { name: 'telco', digest: 'd1', source_type: 'local', source: '{}' }, tags: [{ key: 'mlflow.data.context', value: 'training' }] }] })
  const place = (run.info.artifact_uri as string).replace('mlflow-artifacts:/', '')
  await send(url, 'PUT', `/api/2.0/mlflow-artifacts/artifacts/${place}/model/weights`, 'w'.repeat(1000))
  const { model } = await post(url, 'logged-models', { experiment_id, name: 'forest', source_run_id: run_id })
  await post(url, 'runs/outputs', { run_id, models: [{ model_id: model.info.model_id, step: 1 }] })
  await post(url, 'registered-models/create', { name: 'churn model' })
  await post(url, 'model-versions/create', { name: 'churn model', source: `${run.info.artifact_uri}/model`, run_id })
  await post(url, 'registered-models/alias', { name: 'churn model', alias: 'best', version: '1' })
  return { experiment_id: experiment_id as string, run_id, place }
}

/** All that `fill` has made is there. */
async function filled(here: string, there: string, run_id: string): Promise<void> {
  await soon(async () => await sameHistory(here, there, run_id, 'loss') && await sameHistory(here, there, run_id, 'odd'))
  await soon(async () => (await ask(there, 'registered-models/alias', { name: 'churn model', alias: 'best' }))['model_version'].version === '1')
  const run = await runThere(there, run_id)
  const { info, data, inputs } = (await ask(there, 'runs/get', { run_id: run.info.run_id }))['run']
  assert.deepEqual([info.run_name, info.user_id, info.status, info.start_time], ['first', 'ada', 'RUNNING', 5])
  assert.deepEqual([valueOf(data.params, 'depth'), valueOf(data.tags, 'keep'), valueOf(data.tags, 'drop')], ['3', 'a', 'b'])
  assert.equal(inputs.dataset_inputs[0].dataset.name, 'telco')
  const { experiment } = await ask(there, 'experiments/get', { experiment_id: info.experiment_id })
  assert.deepEqual([experiment.name, valueOf(experiment.tags, 'team')], ['churn', 'crm'])
  await soon(async () => (await ask(there, 'runs/get', { run_id: info.run_id }))['run'].outputs.model_outputs.length === 1)
  const { model_version } = await ask(there, 'model-versions/get', { name: 'churn model', version: '1' })
  assert.deepEqual([model_version.source, model_version.run_id], [`${info.artifact_uri}/model`, info.run_id])
  await soon(async () => (await (await fetch(`${there}/get-artifact?run_uuid=${info.run_id}&path=model/weights`)).text()) === 'w'.repeat(1000))
}

test('everything goes to an MLflow server too, and what was written while it was killed, or while this server was, goes when both are back', async () => {
  using folder = tempFolder()
  const port = await freePort()
  const there = `http://127.0.0.1:${port}`
  let here = await mirrored(folder.path, there)
  let mlflow: AsyncDisposable | undefined
  try {
    const { experiment_id, run_id, place } = await fill(here.url)
    // Nobody is there yet: writers do not notice, and the state says so.
    await soon(async () => /ECONNREFUSED/.test((await status(here.url)).away_because))
    mlflow = await startMlflowAt(port, folder.path)
    await filled(here.url, there, run_id)
    await soon(async () => (await status(here.url)).away_because === undefined)

    // Live: each part within seconds.
    await post(here.url, 'runs/log-batch', batch(run_id, 700, 50))
    await soon(() => sameHistory(here.url, there, run_id, 'loss'))

    await mlflow[Symbol.asyncDispose]()
    mlflow = undefined
    for (const from of [750, 1750]) await post(here.url, 'runs/log-batch', batch(run_id, from, 1000))
    // Late, and twice.
    await post(here.url, 'runs/log-batch', { run_id, metrics: [{ key: 'loss', value: 9, timestamp: 3, step: 3 }, { key: 'loss', value: 9, timestamp: 3, step: 3 }] })
    await send(here.url, 'POST', '/api/2.0/mlflow/runs/delete-tag', { run_id, key: 'drop' })
    await post(here.url, 'runs/set-tag', { run_id, key: 'keep', value: 'c' })
    await send(here.url, 'PUT', `/api/2.0/mlflow-artifacts/artifacts/${place}/late.txt`, 'late')
    await post(here.url, 'runs/update', { run_id, status: 'FINISHED', end_time: 99 })
    await post(here.url, 'experiments/update', { experiment_id, new_name: 'churn 2' })
    await send(here.url, 'DELETE', '/api/2.0/mlflow/registered-models/alias', { name: 'churn model', alias: 'best' })
    const second = (await post(here.url, 'runs/create', { experiment_id, run_name: 'second', start_time: 6 })).run.info.run_id as string
    await post(here.url, 'runs/delete', { run_id: second })
    await soon(async () => (await status(here.url)).away_since !== undefined)
    await here[Symbol.asyncDispose]()
    here = await mirrored(folder.path, there)
    mlflow = await startMlflowAt(port, folder.path)

    await soon(() => sameHistory(here.url, there, run_id, 'loss'))
    await soon(async () => (await runThere(there, run_id)).info.status === 'FINISHED' && (await runThere(there, second)).info.lifecycle_stage === 'deleted')
    const { info, data } = await runThere(there, run_id)
    assert.deepEqual([info.end_time, valueOf(data.tags, 'keep'), valueOf(data.tags, 'drop')], [99, 'c', undefined])
    await soon(async () => (await ask(there, 'experiments/get', { experiment_id: info.experiment_id }))['experiment'].name === 'churn 2')
    await soon(async () => (await fetch(`${there}/api/2.0/mlflow/registered-models/alias?name=churn%20model&alias=best`)).status === 400)
    await soon(async () => (await (await fetch(`${there}/get-artifact?run_uuid=${info.run_id}&path=late.txt`)).text()) === 'late')
    // Written down at the end of a look.
    await soon(async () => {
      const { files_waiting, refused, away_since, in_step_time } = await status(here.url)
      return files_waiting === 0 && refused === 0 && away_since === undefined && in_step_time > 0
    })
    const { out } = await cairn(['mirror', 'status', '--tracking-uri', here.url], { cwd: folder.path })
    assert.match(out, new RegExp(`Mirrored to +http://127\\.0\\.0\\.1:${port}\\n`))
    assert.match(await send(here.url, 'GET', '/metrics'), /cairn_mirror_points_sent_total [1-9]/)
  } finally {
    await here[Symbol.asyncDispose]()
    await mlflow?.[Symbol.asyncDispose]()
  }
})

test('a server on PostgreSQL mirrors to another Cairn; a run that moves is made anew there, and what is refused holds up nothing else', async () => {
  using folder = tempFolder()
  using other = tempFolder()
  await using postgres = await startPostgres()
  await using there = await serve(other.path)
  await using here = await mirrored(folder.path, there.url, { flags: { 'backend-store-uri': postgres.uri } })
  const { run_id } = await fill(here.url)
  await filled(here.url, there.url, run_id)
  const target = (await post(here.url, 'experiments/create', { name: 'elsewhere' })).experiment_id
  await send(here.url, 'POST', '/api/cairn/v1/runs/change', { run_ids: [run_id], change: 'move', experiment_id: target })
  await soon(async () => {
    const { experiments } = await ask(there.url, 'experiments/search', { max_results: 10 }, 'POST')
    const { runs } = await ask(there.url, 'runs/search', { experiment_ids: (experiments as any[]).filter(({ name }) => name === 'elsewhere').map(({ experiment_id }) => experiment_id) }, 'POST')
    const moved = runs[0].info.run_id as string
    return runs.length === 1 && JSON.stringify(shown(await history(there.url, moved, 'loss'))) === JSON.stringify(shown(await history(here.url, run_id, 'loss')))
  })
  // Somebody has another version of that name there.
  await post(there.url, 'registered-models/create', { name: 'taken' })
  for (const _ of [1, 2]) await post(there.url, 'model-versions/create', { name: 'taken', source: 's3://there/x' })
  await send(there.url, 'DELETE', '/api/2.0/mlflow/model-versions/delete', { name: 'taken', version: '1' })
  await post(here.url, 'registered-models/create', { name: 'taken' })
  await post(here.url, 'model-versions/create', { name: 'taken', source: 's3://here/x' })
  await soon(async () => (await status(here.url)).problems.some(({ kind, id }: any) => kind === 'registered' && id === 'taken'))
  await post(here.url, 'registered-models/create', { name: 'zebra' })
  await soon(async () => (await ask(there.url, 'registered-models/get', { name: 'zebra' }))['registered_model'].name === 'zebra')
})

test('a mirror at a private address is not called unless that is allowed, and a password in its address is refused', async () => {
  using folder = tempFolder()
  await using here = await mirrored(folder.path, 'http://127.0.0.1:9', { env: {} })
  await soon(async () => /not a public address/.test((await status(here.url)).away_because))
  await assert.rejects(async () => mirrored(folder.path, 'https://me:secret@dagshub.com/me/churn.mlflow'), /CAIRN_MIRROR_USERNAME/)
})
