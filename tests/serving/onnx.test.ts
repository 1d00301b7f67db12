import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { CairnClient } from '@cairn/sdk'
import { startServer } from '@cairn/server'
import { readConfig } from '@cairn/server/config'
import { fetchModel } from '../../packages/serving/src/models/fetch-model.ts'
import { logOnnxModel } from '../../packages/serving/src/models/log-onnx-model.ts'
import { readMlModel } from '../../packages/serving/src/models/mlmodel.ts'
import { startScoringServer } from '../../packages/serving/src/server/scoring-server.ts'
import { bodies, close, comparable, table } from './bodies.ts'
import { makeModels, post, serve, startMlflow, type TestModels } from './models.ts'
import { onnxRuntimeForTests, pythonExtras } from './python-extras.ts'

let models: TestModels
before(async () => {
  const made = await makeModels('make-onnx-models.py', await pythonExtras('onnx==1.23.2', 'skl2onnx==1.20.0', 'onnxruntime==1.32.0', 'ml_dtypes==0.6.0', 'flatbuffers==25.12.19'))
  models = { ...made, env: { ...made.env, CAIRN_ONNXRUNTIME: onnxRuntimeForTests() } }
})
after(() => models[Symbol.dispose]())

describe('an ONNX model', { concurrency: false }, () => {
  for (const name of ['label', 'line', 'both'] as const) {
    test(`gives without Python the answers and errors of \`mlflow models serve\` (${name})`, async () => {
      await using theirs = await startMlflow(models, name)
      const model = await serve(models, name)
      await using ours = await startScoringServer([model], { host: '127.0.0.1', port: 0 })
      assert.equal(model.engine, 'onnx')
      const wrong: string[] = []
      for (const [title, body, type] of bodies(table(models, 'numbers.csv'))) {
        const [expected, got] = await Promise.all([post(`${theirs.url}/invocations`, body, type), post(`${ours.url}/invocations`, body, type)])
        try {
          assert.deepEqual(close(comparable(got)), close(comparable(expected)))
        } catch {
          wrong.push(`${title}\n  theirs ${JSON.stringify(comparable(expected)).slice(0, 600)}\n  ours   ${JSON.stringify(comparable(got)).slice(0, 600)}`)
        }
      }
      assert.equal(wrong.join('\n'), '')
    })
  }

  test('answers many at once in few calls, and survives the end of its process', async () => {
    const model = await serve(models, 'label')
    await using server = await startScoringServer([model], { host: '127.0.0.1', port: 0 })
    const rows = table(models, 'numbers.csv').slice(0, 200)
    // Asked past HTTP: on a slow machine one request may be answered before the next has come.
    const before = model.workers!.counts.calls
    const alone = await Promise.all(rows.slice(0, 100).map((row) => model.invoke(Buffer.from(JSON.stringify({ dataframe_records: [row] })), 'application/json')))
    const calls = model.workers!.counts.calls - before
    const together = JSON.parse((await post(`${server.url}/invocations`, { dataframe_records: rows.slice(0, 100) })).text) as { predictions: unknown[] }
    assert.deepEqual(alone.flatMap(({ body }) => (JSON.parse(Buffer.from(body).toString()) as { predictions: unknown[] }).predictions), together.predictions)
    assert.ok(calls < 10, `${calls} calls`)
    const pending = rows.map((row) => post(`${server.url}/invocations`, { dataframe_records: [row] }))
    await sleep(20)
    process.kill(model.workers!.pids[0]!, 'SIGKILL')
    assert.deepEqual([...new Set((await Promise.all(pending)).map(({ status }) => status))], [200])
  })

  test('is logged from TypeScript, loaded by MLflow in Python, and served', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cairn-log-onnx-'))
    const tracking = await startServer(readConfig({ flags: { port: '0' }, env: { MLFLOW_LOGGING_LEVEL: 'ERROR' }, cwd: folder }))
    try {
      const client = new CairnClient({ url: tracking.url })
      const { info: { run_id } } = await client.runs.create({ experiment_id: '0' })
      const { signature } = await readMlModel(join(models.folder, 'line'))
      const example = JSON.parse(readFileSync(join(models.folder, 'line', 'serving_input_example.json'), 'utf8')) as unknown
      const uri = await logOnnxModel(client, run_id, { graph: new Uint8Array(readFileSync(join(models.folder, 'line', 'model.onnx'))), signature: signature!, servingExample: example, metadata: { owner: 'web' } })

      const fetched = await fetchModel(uri, { client, cwd: folder, cache: join(folder, 'cache') })
      await using model = await serve(models, relative(models.folder, fetched.folder))
      assert.equal(model.engine, 'onnx')
      const ours = JSON.parse(Buffer.from((await model.invoke(Buffer.from(JSON.stringify(example)), 'application/json')).body).toString()) as { predictions: { variable: number }[] }
      const { stdout } = await promisify(execFile)(models.python, ['-c', `import json, mlflow, pandas as pd
model = mlflow.pyfunc.load_model("${uri}")
split = json.loads('''${JSON.stringify(example)}''')["dataframe_split"]
print(json.dumps([float(v) for v in model.predict(pd.DataFrame(**split).astype(float))["variable"]]), model.metadata.metadata["owner"])`], { env: { ...models.env, MLFLOW_TRACKING_URI: tracking.url } as NodeJS.ProcessEnv })
      const [answers = '', owner] = stdout.trim().split(/ (?=web$)/)
      assert.equal(owner, 'web')
      assert.deepEqual(close(ours.predictions.map(({ variable }) => variable)), close(JSON.parse(answers)))
    } finally {
      await tracking[Symbol.asyncDispose]()
      rmSync(folder, { recursive: true })
    }
  })

  test('goes to Python, with the reason, where the runtime or the evaluator does not know it', async () => {
    for (const [name, env, words] of [
      ['zipmap', models.env, /no tensor|zipmap/i], ['tensor', models.env, /no signature of columns/], ['line', { ...models.env, CAIRN_ONNXRUNTIME: '' }, /onnxruntime-node is not installed/],
    ] as const) {
      const said: string[] = []
      await using model = await serve(models, name, { env, say: (line) => { said.push(line) } })
      assert.equal(model.engine, 'python', name)
      assert.match(said.join('\n'), words)
    }
  })
})
