import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { CairnClient, logOnnxModel } from '@cairn/sdk'
import { startServer } from '@cairn/server'
import { readConfig } from '@cairn/server/config'
import { startCommandLine } from '../../packages/cli/src/testing.ts'
import { fetchModel } from '../../packages/serving/src/models/fetch-model.ts'
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

/** Right, odd and wrong. */
const tensorBodies: readonly (readonly [name: string, bodies: readonly unknown[]])[] = [
  ['tensor', [
    { inputs: [[1, 2, 3, 4, 5, 6, 7, 8, 9]] }, { instances: [[1, 2, 3, 4, 5, 6, 7, 8, '9'], [0, null, 0, 0, 0, 0, 0, 0, 0]] }, { inputs: [[1, 2, 3]] }, { instances: [[1, 2]] }, { inputs: [] }, { inputs: [[]] }, { inputs: { x: [1] } }, { inputs: 3 }, { inputs: 'text' }, { inputs: null }, { inputs: [[1, 2], [3]] }, { inputs: [{ a: 1 }] }, { instances: [{ a: 1 }] },
    { dataframe_split: { columns: ['a', 'b'], data: [[1, 2]] } }, { dataframe_records: [{ a: [1, 2, 3] }] }, { dataframe_split: { columns: ['a'], data: [] } }, 'a,b\n1,2\n', { other: 1 }, [1],
  ]],
  ['several', [
    { inputs: { x: [[1, 2]], n: [[3]], flag: [true] } }, { inputs: { x: [[1.5, 2], [3, 4]], n: [[3], [4]], flag: [true, false] } }, { inputs: { x: [[1, '2.5']], n: [['3']], flag: [1] } }, { inputs: { x: [[1, null]], n: [[3]], flag: [0] } },
    { inputs: { x: [[1, 'many']], n: [[3]], flag: [true] } }, { inputs: { x: [[1, 2]], n: [[null]], flag: [true] } }, { inputs: { x: [[1, 2]], n: [[2.7]], flag: [true] } }, { inputs: { x: [[1, 2]], n: [[1e30]], flag: [true] } }, { inputs: { x: [1, 2], n: [[1]], flag: [true] } },
    { inputs: { x: [[1, 2, 3]], n: [[1]], flag: [true] } }, { inputs: { x: [[1, 2], [3]], n: [[1]], flag: [true] } }, { inputs: { x: [[1, 2]], n: [[1]] } }, { inputs: { x: [[1, 2]], n: [[1]], flag: [true], more: [1] } }, { inputs: [[1, 2]] }, { inputs: 1 },
    { inputs: { x: [[1, 2], [3, 4]], n: [[1], [2], [3]], flag: [true] } }, { instances: [{ x: [1, 2], n: [3], flag: true }, { x: [4, 5], n: [6], flag: false }] }, { instances: [{ x: [1, 2], n: [3], flag: true }, { x: [4, 5] }] }, { instances: { x: [[1, 2]], n: [[3], [4]], flag: [true] } },
    { dataframe_records: [{ x: [1, 2], n: 3, flag: true }, { x: [3, 4], n: 4, flag: false }] }, { dataframe_records: [{ x: [1, 2, 3], n: 3, flag: true }] }, { dataframe_records: [{ x: [1, 2], n: 3 }] }, { dataframe_records: [{ x: 1, n: 3, flag: true }] },
  ]],
  ['picture', [
    { inputs: [[[1, 2, 3], [4, 5, 6]]] }, { inputs: [[[1], [2]], [[3], [4]]] }, { inputs: [[[1, 2], [3]]] }, { inputs: [[1, 2]] }, { inputs: [[[1, 2, 3]]] }, { instances: [[[-1, 0.1], [1e300, 2]]] }, { dataframe_records: [{ a: [1, 2] }] }, { dataframe_split: { columns: ['a', 'b'], data: [[1, 2]] } },
  ]],
  ['words', [{ inputs: ['a', 'ü "q"'] }, { inputs: { text: ['x'] } }, { inputs: [['a']] }, { inputs: ['a', 1, 2.5, true] }, { dataframe_records: [{ text: 'a' }, { text: 'b' }] }, { inputs: 'a' }]],
]

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

  for (const [name, sent] of tensorBodies) {
    test(`of tensors gives without Python the answers and errors of \`mlflow models serve\` (${name})`, async () => {
      await using theirs = await startMlflow(models, name)
      const model = await serve(models, name)
      await using ours = await startScoringServer([model], { host: '127.0.0.1', port: 0 })
      assert.equal(model.engine, 'onnx')
      const wrong: string[] = []
      for (const body of sent) {
        const type = typeof body === 'string' && body.includes('\n') ? 'text/csv' : undefined
        const [expected, got] = await Promise.all([post(`${theirs.url}/invocations`, body, type), post(`${ours.url}/invocations`, body, type)])
        try {
          assert.deepEqual(close(comparable(got)), close(comparable(expected)))
        } catch {
          wrong.push(`${JSON.stringify(body)}\n  theirs ${JSON.stringify(comparable(expected)).slice(0, 600)}\n  ours   ${JSON.stringify(comparable(got)).slice(0, 600)}`)
        }
      }
      assert.equal(wrong.join('\n'), '')
    })
  }

  test('of tensors answers many at once, and by the Open Inference Protocol in its own types', async () => {
    const model = await serve(models, 'several')
    await using server = await startScoringServer([model], { host: '127.0.0.1', port: 0 })
    const before = model.workers!.counts.calls
    const replies = await Promise.all(Array.from({ length: 60 }, (_, at) => model.invoke(Buffer.from(JSON.stringify({ inputs: { x: [[at, 1]], n: at === 30 ? [[1], [2]] : [[2]], flag: [at % 2 === 0] } })), 'application/json')))
    assert.ok(model.workers!.counts.calls - before < 20, `${model.workers!.counts.calls - before} calls`)
    for (const [at, { status, body }] of replies.entries()) {
      if (at === 30) assert.equal(status, 200)
      else assert.deepEqual([status, JSON.parse(Buffer.from(body).toString())], [200, { predictions: { product: [[at * 2, 2]], turned: [at % 2 !== 0] } }])
    }
    const { outputs } = JSON.parse((await post(`${server.url}/v2/models/several/infer`, { inputs: [{ name: 'x', shape: [1, 2], datatype: 'FP32', data: [3, 4] }, { name: 'n', shape: [1, 1], datatype: 'INT64', data: [2] }, { name: 'flag', shape: [1], datatype: 'BOOL', data: [true] }] })).text) as { outputs: unknown }
    assert.deepEqual(outputs, [{ name: 'product', shape: [1, 2], datatype: 'FP32', data: [6, 8] }, { name: 'turned', shape: [1], datatype: 'BOOL', data: [false] }])
  })

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

  test('is shown by who answers for it, and compared with what Python answers', async () => {
    await using line = await startCommandLine()
    const run = async (words: readonly string[]) => line.cairn(['models', ...words], { env: { ...models.env, MLFLOW_TRACKING_URI: line.url } })
    assert.match((await run(['inspect', join(models.folder, 'several')])).out, /Answered by +ONNX Runtime \(.*onnxruntime-node/)
    const { code, out, err } = await run(['verify', join(models.folder, 'label'), '--env-manager', 'local'])
    assert.deepEqual([code, /answers its example, as Python does/.test(out)], [0, true], out + err)
  })

  test('is logged from TypeScript, loaded by MLflow in Python, and served', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cairn-log-onnx-'))
    const tracking = await startServer(readConfig({ flags: { port: '0' }, env: { MLFLOW_LOGGING_LEVEL: 'ERROR' }, cwd: folder }))
    try {
      const client = new CairnClient({ url: tracking.url })
      const { info: { run_id } } = await client.runs.create({ experiment_id: '0' })
      const { signature } = await readMlModel(join(models.folder, 'line'))
      const example = JSON.parse(readFileSync(join(models.folder, 'line', 'serving_input_example.json'), 'utf8')) as unknown
      const { uri, modelId, version } = await logOnnxModel(client, run_id, { graph: new Uint8Array(readFileSync(join(models.folder, 'line', 'model.onnx'))), signature: signature!, servingExample: example, metadata: { owner: 'web' }, registeredModelName: 'line' })
      assert.deepEqual([uri, version], [`models:/${modelId}`, '1'])
      assert.deepEqual((await client.runs.get(run_id)).outputs?.model_outputs?.map(({ model_id }) => model_id), [modelId])

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
      ['zipmap', models.env, /no tensor|zipmap/i], ['line', { ...models.env, CAIRN_ONNXRUNTIME: '' }, /onnxruntime-node is not installed/],
    ] as const) {
      const said: string[] = []
      await using model = await serve(models, name, { env, say: (line) => { said.push(line) } })
      assert.equal(model.engine, 'python', name)
      assert.match(said.join('\n'), words)
    }
  })
})
