/** The churn example all the way, as a team goes it: one command from a git address, and from there to an endpoint, a bad canary and an image. */
import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { interpreterAt } from '@cairn/environments'
import type { RunOutcome, RunRecord } from '@cairn/runner'
import { CairnClient } from '@cairn/sdk'
import { startCommandLine, type CommandLine } from '../../packages/cli/src/testing.ts'
import { pythonForTests } from '../../tools/setup-python.ts'
import { makeRoot, writeBase } from '../images/base-image.ts'
import { imageTools, must, startImage } from '../images/container.ts'
import { builtProgram } from '../images/program.ts'
import { post } from '../serving/models.ts'
import { pythonExtras } from '../serving/python-extras.ts'
import { startServing, type ServingProcess } from '../serving/serving-process.ts'

const folder = mkdtempSync(join(tmpdir(), 'cairn-churn-'))
const at = (...parts: string[]): string => join(folder, ...parts)
const stack = new AsyncDisposableStack()
let line: CommandLine
let client: CairnClient
let env: NodeJS.ProcessEnv
let version: string
let endpoint: ServingProcess
/** The project's environment. */
let trainedIn: string
before(async () => {
  line = stack.use(await startCommandLine())
  client = new CairnClient({ url: line.url })
  version = (await interpreterAt(await pythonForTests(), process.env))!.version
  env = {
    ...process.env, MLFLOW_TRACKING_URI: line.url, MLFLOW_DISABLE_TELEMETRY: 'true', PYTHONDONTWRITEBYTECODE: '',
    // Environments from nothing, of packages that uv has kept where it has been used before.
    PATH: `${join(await pythonExtras('uv==0.13.9'), 'bin')}${delimiter}${process.env['PATH'] ?? ''}`, UV_PYTHON_DOWNLOADS: 'never',
    CAIRN_QUEUE_DIR: at('queue'), CAIRN_ENV_DIR: at('envs'), CAIRN_MODEL_DIR: at('models'), CAIRN_IMAGE_DIR: at('images'),
  }
})
after(async () => {
  await stack.disposeAsync()
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
})

const git = (...args: string[]): string => {
  const { status, stdout, stderr } = spawnSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', '-c', 'init.defaultBranch=main', ...args], { cwd: folder, encoding: 'utf8' })
  assert.equal(status, 0, stderr)
  return stdout.trim()
}
async function cairn(...words: string[]): Promise<string> {
  const { code, out, err } = await line.cairn(words, { env, cwd: folder })
  assert.equal(code, 0, `${words.join(' ')}: ${err.slice(-4000)}`)
  return out
}
async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 300_000; !await condition(); await sleep(50)) assert(Date.now() < deadline, `${what} did not come: ${endpoint.err()}`)
}
interface Asked { readonly dataframe_split: { readonly columns: string[]; readonly data: unknown[][] } }
interface Expected { readonly asked: Asked; readonly answers: number[] }
const expected = (): Expected => JSON.parse(readFileSync(at('answers.json'), 'utf8')) as Expected
/** Asks for all the customers at once; answers by which version they were answered. */
async function asksLikeMlflow(url: string): Promise<string | null> {
  const { asked, answers } = expected()
  const { status, text, headers } = await post(`${url}/invocations`, asked)
  assert.equal(status, 200, text)
  assert.deepEqual((JSON.parse(text) as { predictions: number[] }).predictions, answers)
  return headers.get('x-model-version')
}

describe('the churn example', { concurrency: false }, () => {
  test('is trained by one command from a git URL, in an environment built from nothing', async () => {
    mkdirSync(at('examples'))
    cpSync(fileURLToPath(new URL('../../examples/churn', import.meta.url)), at('examples/churn'), { recursive: true })
    // This machine's Python instead of the example's, so that the test needs no second one; the packages stay.
    const file = at('examples/churn/python_env.yaml')
    writeFileSync(file, readFileSync(file, 'utf8').replace(/^python: .*$/m, `python: "${version}"`))
    git('init', '-q')
    git('add', 'examples')
    git('commit', '-qm', 'The churn example')
    git('clone', '-q', '--bare', '.', 'team.git')
    const { run_id } = JSON.parse(await cairn('run', `file://${folder}/team.git#examples/churn`, '--experiment-name', 'churn', '-P', 'every=12', '-P', 'threads=1', '--json')) as RunOutcome

    const { info, data } = await client.runs.get(run_id)
    const tags = Object.fromEntries((data.tags ?? []).map(({ key, value }) => [key, value]))
    assert.equal(info.status, 'FINISHED')
    assert.deepEqual([tags['mlflow.project.env'], tags['mlflow.project.entryPoint'], tags['mlflow.source.git.commit']], ['virtualenv', 'main', git('rev-parse', 'HEAD')])
    assert.deepEqual((data.params ?? []).map(({ key, value }) => `${key}=${value}`).toSorted(), ['data=telco-churn.csv', 'every=12', 'model_name=churn', 'seed=7', 'threads=1'])
    const auc = data.metrics?.find(({ key }) => key === 'holdout_roc_auc')?.value
    assert(Number(auc) > 0.8 && Number(auc) < 0.9, `ROC-AUC ${auc}`)

    const record = await (await client.artifacts.download(run_id, 'reproduce/record.json')).json() as RunRecord
    assert.deepEqual([record.source.kind, record.source.dirty, record.seed, record.environment.python, record.data.map(({ parameter }) => parameter)], ['git', false, '7', version, ['data']])
    assert.match(await (await client.artifacts.download(run_id, 'reproduce/environment.lock')).text(), /^mlflow==3\.17\.2/m)
    assert.match(await (await client.artifacts.download(run_id, 'console.log')).text(), /is now churn version 1, alias champion/)

    // Three families below the project's run, their grid points below them, and the best one registered.
    const children = await Array.fromAsync(client.runs.search({ experiment_ids: [info.experiment_id], filter: `tags.mlflow.parentRunId = '${run_id}'` }))
    assert.deepEqual(children.map((child) => child.info.run_name).toSorted(), ['logistic-regression', 'random-forest', 'xgboost'])
    const validated = (child: typeof children[number]): number => Number(child.data.metrics?.find(({ key }) => key === 'validation_roc_auc')?.value)
    const best = children.toSorted((one, other) => validated(other) - validated(one))[0]!
    const champion = await client.models.getVersionByAlias('churn', 'champion')
    assert.deepEqual([champion.version, champion.run_id], ['1', best.info.run_id])

    // For what follows: the answers of MLflow itself, and a version 2 that is worse on purpose.
    trainedIn = readdirSync(at('envs'))[0]!
    // Not in this thread: the server that it asks is here.
    await promisify(execFile)(at('envs', trainedIn, 'current/bin/python'), [fileURLToPath(new URL('answers.py', import.meta.url)), at('examples/churn/telco-churn.csv'), at('answers.json'), 'churn'], { env, cwd: folder })
  })

  test('is served by its name and by its alias, and answers what mlflow.pyfunc answers', async () => {
    {
      await using byName = await startServing(['-m', 'models:/churn/1'], env)
      assert.equal(await asksLikeMlflow(byName.url), '1')
    }
    await cairn('endpoints', 'create', 'churn-live', 'churn@champion')
    endpoint = stack.use(await startServing(['--endpoint', 'churn-live'], env))
    assert.equal(await asksLikeMlflow(endpoint.url), '1')
  })

  test('takes a worse version back by itself, and the audit says why', async () => {
    const { asked } = expected()
    const get = () => client.endpoints.get('churn-live')
    await cairn('endpoints', 'set-traffic', 'churn-live', '--canary', '2', '--max-disagreement', '0.2', '--steps', '20,50', '--min-requests', '30', '--min-seconds', '0', '--max-p99-ratio', '100000')
    let refused = 0
    let going = true
    const clients = Array.from({ length: 4 }, async (_, client) => {
      for (let row = client; going; row = (row + 4) % asked.dataframe_split.data.length) {
        const { status } = await post(`${endpoint.url}/invocations`, { dataframe_split: { columns: asked.dataframe_split.columns, data: [asked.dataframe_split.data[row]] } })
        if (status !== 200) refused += 1
      }
    })
    try {
      await until('the end of the canary', async () => (await get()).rollout === undefined)
    } finally {
      going = false
      await Promise.all(clients)
    }
    assert.equal(refused, 0)
    const { traffic } = await get()
    assert.deepEqual(traffic.map((one) => [one.version, one.weight]), [['1', 100]])
    assert.equal((await client.models.getVersionByAlias('churn', 'champion')).version, '1')
    assert.match((await client.models.getVersion('churn', '2')).tags!.find(({ key }) => key === 'cairn.rollout')!.value!, /^rolled back at churn-live: \d+\.\d % of \d+ answers differ/)
    assert.match(await cairn('models', 'audit', 'churn-live'), /stop rollout[\s\S]*answers differ from the other version’s, 20\.0 % may/)
    await until('the version from before alone', async () => (await get()).servers!.every((server) => server.versions!.length === 1))
    assert.equal(await asksLikeMlflow(endpoint.url), '1')
  })

  test('is packed in an image, which is unpacked, run and asked', async () => {
    imageTools()
    await builtProgram()
    // On a base that has the model's packages, as a team keeps one: those of the environment that was built to serve it, with the
    // XGBoost that knows no graphics cards and is a gigabyte smaller. tests/images packs an environment as a layer of its own.
    const [environment] = readdirSync(at('envs')).filter((id) => id !== trainedIn)
    const own = realpathSync(at('envs', environment!, 'current'))
    const { minor } = makeRoot(at('root'), { python: join(own, 'bin/python') })
    must('cp', '-al', join(own, `lib/python${minor!}/site-packages`), at('root/usr/local/packages'))
    for (const name of ['nvidia', 'xgboost', 'xgboost.libs']) rmSync(at('root/usr/local/packages', name), { recursive: true, force: true })
    cpSync(await pythonExtras('xgboost-cpu==3.2.0'), at('root/usr/local/packages'), { recursive: true })
    writeBase(at('base'), at('root'), { env: ['PYTHONPATH=/usr/local/packages'], keepTimes: true })
    await cairn('models', 'build-oci', '-m', 'models:/churn@champion', '-o', 'image', '--base', 'oci:base:base', '--env-manager', 'local')
    await using container = await startImage(at('image'), 'latest', at('container'))
    await asksLikeMlflow(container.url)
  })
})
