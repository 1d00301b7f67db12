import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { CairnClient } from '@cairn/sdk'
import { startCommandLine, type CommandLine } from '../../packages/cli/src/testing.ts'
import { makeModels, post, type TestModels } from './models.ts'

let models: TestModels
let line: CommandLine
before(async () => {
  models = await makeModels()
  line = await startCommandLine()
})
after(async () => {
  await line[Symbol.asyncDispose]()
  models[Symbol.dispose]()
})

const io = () => ({ env: { ...models.env, MLFLOW_TRACKING_URI: line.url, CAIRN_MODEL_DIR: join(line.folder, 'cache') } })
const run = async (words: string): Promise<{ code: number; out: string; err: string }> => line.cairn(words, io())

test('a model of the registry is inspected, verified and asked from the command line', async () => {
  const client = new CairnClient({ url: line.url })
  const { info: { run_id } } = await client.runs.create({ experiment_id: '0' })
  for (const file of ['MLmodel', 'model.ubj', 'serving_input_example.json', 'input_example.json', 'requirements.txt']) await client.artifacts.upload(run_id, `model/${file}`, new Uint8Array(readFileSync(join(models.folder, 'xgboost', file))))
  await client.models.create({ name: 'churn' })
  await client.models.createVersion({ name: 'churn', source: `runs:/${run_id}/model`, run_id })
  await client.models.setAlias('churn', 'champion', '1')

  const shown = await run('models inspect models:/churn@champion')
  assert.equal(shown.code, 0, shown.err)
  assert.match(shown.out, /churn version 1[\s\S]*Cairn's evaluator of xgboost models[\s\S]*'tenure': double \(required\)/)

  const verified = await run('models verify models:/churn@champion --env-manager local')
  assert.equal(verified.code, 0, verified.err)
  assert.match(verified.out, /answers its example, as Python does/)
  const changed = await run(`models verify models:/churn@champion --digest ${'0'.repeat(64)}`)
  assert.match(changed.err, /not those that were meant/)

  const example = join(models.folder, 'xgboost', 'serving_input_example.json')
  const asked = await run(`models predict -m models:/churn@champion -i ${example}`)
  assert.deepEqual(Object.keys(JSON.parse(asked.out) as object), ['predictions'], asked.err)
  writeFileSync(join(line.folder, 'wrong.csv'), 'female\n1\n')
  const wrong = await run(`models predict models:/churn/1 -t csv -i ${join(line.folder, 'wrong.csv')}`)
  assert.equal(wrong.code, 1)
  assert.match(wrong.err, /Model is missing inputs \['senior_citizen'/)
})

test('what cannot be served is told with what to do', async () => {
  cpSync(join(models.folder, 'sklearn'), join(models.folder, 'cut'), { recursive: true })
  writeFileSync(join(models.folder, 'cut', 'model.pkl'), readFileSync(join(models.folder, 'sklearn', 'model.pkl')).subarray(0, 700))
  for (const [words, expected] of [
    [`models predict -m ${models.folder}/custom -r six==1.15.0 --env-manager local -i ${models.folder}/custom/serving_input_example.json`, /needs an environment of the model’s own/],
    [`models predict -m ${models.folder}/custom --env X -i ${models.folder}/custom/serving_input_example.json`, /--env X names no value/],
    [`models serve -m ${models.folder}/cut --env-manager local -p 0`, /could not be loaded: a file of it is damaged\.[^]*pickle data was truncated[^]*Download it again/],
    ['models serve', /No model was named/], ['models serve -m models:/none@champion', /none/], ['models inspect models:/churn', /does not say which version/],
    ['models serve -m ./nowhere', /There is no folder/], [`models serve -m ${models.folder}/custom,${models.folder}/custom`, /Two models would be called "custom"/],
    [`models serve -m ${models.folder}/custom --log-sample 2`, /must be from 0 to 1/], [`models serve -m ${models.folder}/custom --log-rotate-mb 0`, /must be at least 1/],
  ] as const) {
    const { code, err } = await run(words)
    assert.ok(code > 0, words)
    assert.match(err, expected)
  }
})

test('several models are served by one command, which answers what is under way when it is told to end', async () => {
  const child = spawn(process.execPath, ['--conditions=source', fileURLToPath(new URL('../../packages/cli/src/main.ts', import.meta.url)), 'models', 'serve', '--json', '-p', '0', '--env-manager', 'local', '--log-requests', join(line.folder, 'log'), '--log-format', 'parquet', '-m', `trees=${models.folder}/xgboost,${models.folder}/custom`], {
    env: { ...io().env } as NodeJS.ProcessEnv, stdio: ['ignore', 'pipe', 'pipe'],
  })
  let err = ''
  child.stderr.on('data', (chunk: Buffer) => { err += chunk })
  try {
    const [chunk] = await Promise.race([once(child.stdout, 'data'), once(child, 'exit').then(() => { throw new Error(err) })]) as [Buffer]
    const { url, models: served } = JSON.parse(chunk.toString()) as { url: string; models: { name: string; engine: string }[] }
    assert.deepEqual(served.map(({ name, engine }) => [name, engine]), [['trees', 'trees'], ['custom', 'python']])
    const body = readFileSync(join(models.folder, 'xgboost', 'serving_input_example.json'), 'utf8')
    assert.equal((await post(`${url}/invocations`, body)).status, 200)
    const pending = post(`${url}/models/custom/invocations`, { dataframe_records: [{ x: 2 }] })
    assert.deepEqual((await pending).text, '{"predictions": [4.0]}')
  } finally {
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    const [code] = await ended
    assert.ok(code === 0 || code === 130, `exit status ${String(code)}: ${err}`)
  }
  assert.match(readdirSync(join(line.folder, 'log')).join(' '), /^requests-[\w.-]+Z-\d+-1\.parquet$/)
})
