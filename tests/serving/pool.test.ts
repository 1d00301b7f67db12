import assert from 'node:assert/strict'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startScoringServer } from '../../packages/serving/src/server/scoring-server.ts'
import { makeModels, post, serve, type TestModels } from './models.ts'

let models: TestModels
before(async () => { models = await makeModels() })
after(() => models[Symbol.dispose]())

const ask = (...x: (number | string | null)[]): unknown => ({ dataframe_split: { columns: ['x'], data: x.map((value) => [value]) } })
const local = { host: '127.0.0.1', port: 0 } as const
const predictions = (text: string): unknown => (JSON.parse(text) as { predictions: unknown }).predictions

describe('a pool of Python workers', { concurrency: false }, () => {
  test('answers requests that come together in one call, and one that fails fails alone', async () => {
    const model = await serve(models, 'custom')
    await using server = await startScoringServer([model], local)
    const replies = await Promise.all(Array.from({ length: 60 }, (_, at) => post(`${server.url}/invocations`, at === 30 ? ask(-1) : ask(at, at + 0.5))))
    for (const [at, { status, text }] of replies.entries()) {
      if (at === 30) {
        assert.equal(status, 400)
        assert.match(text, /minus one is not welcome/)
      } else assert.deepEqual([status, predictions(text)], [200, [at * 2, at * 2 + 1]])
    }
    const { counts } = model.workers!
    assert.ok(counts.batchedRequests > counts.calls / 2, JSON.stringify(counts))
    assert.equal(counts.crashes, 0)
  })

  test('shows each of its workers one graphics card, and the one that replaces another the same', async () => {
    const model = await serve(models, 'custom', { workers: 3, devices: ['0', 'GPU-b'] })
    await using server = await startScoringServer([model], local)
    const cards = (): string[] => model.workers!.pids.map((pid) => /(?:^|\0)CUDA_VISIBLE_DEVICES=([^\0]*)/.exec(readFileSync(`/proc/${pid}/environ`, 'utf8'))?.[1] ?? 'all')
    const ready = async (): Promise<void> => {
      for (let time = 0; model.workers!.ready < 3 || model.workers!.pids.length < 3; time++) {
        assert.ok(time < 1200, 'three workers did not come')
        await sleep(50)
      }
    }
    await ready()
    assert.deepEqual(cards(), ['0', 'GPU-b', '0'])
    const [, second] = model.workers!.pids
    process.kill(second!, 'SIGKILL')
    for (let time = 0; model.workers!.pids[1] === second; time++) {
      assert.ok(time < 1200, 'nobody took its place')
      await sleep(50)
    }
    await ready()
    assert.deepEqual(cards(), ['0', 'GPU-b', '0'])
    assert.equal((await post(`${server.url}/invocations`, ask(1))).status, 200)
  })

  test('keeps parameters apart that come with requests at the same time', async () => {
    const model = await serve(models, 'custom')
    await using server = await startScoringServer([model], local)
    const replies = await Promise.all(Array.from({ length: 40 }, (_, at) => post(`${server.url}/invocations`, { ...ask(1) as object, ...(at % 2 === 0 && { params: { factor: at + 0.5 } }) })))
    assert.deepEqual(replies.map(({ text }) => predictions(text)), replies.map((_, at) => [at % 2 === 0 ? at + 0.5 : 2]))
    const wrong = await post(`${server.url}/invocations`, { ...ask(1) as object, params: { factor: 'x' } })
    assert.equal(wrong.status, 400)
    assert.match(wrong.text, /Invalid parameters found/)
  })

  test('loses no request when its workers are killed under load', async () => {
    const model = await serve(models, 'custom', { workers: 2 })
    await using server = await startScoringServer([model], local)
    let [sent, killed] = [0, 0]
    const until = Date.now() + 4000
    const clients = Array.from({ length: 16 }, async () => {
      while (Date.now() < until) {
        const value = sent++
        const { status, text } = await post(`${server.url}/invocations`, ask(value))
        assert.deepEqual([status, status === 200 ? predictions(text) : text], [200, [value * 2]])
      }
    })
    const killer = (async () => {
      for (; Date.now() < until - 1500; killed++) {
        await sleep(700)
        process.kill(model.workers!.pids[0]!, 'SIGKILL')
      }
    })()
    await Promise.all([...clients, killer])
    assert.ok(killed >= 2 && sent > 200, `${killed} killed, ${sent} sent`)
    assert.ok(model.workers!.counts.crashes >= 2)
  })

  test('asks a request that kills its worker once more, and then says so; its neighbours are answered', async () => {
    const model = await serve(models, 'custom', { workers: 2 })
    await using server = await startScoringServer([model], local)
    const replies = await Promise.all([...[1, 2, 3].map((x) => post(`${server.url}/invocations`, ask(x))), post(`${server.url}/invocations`, ask(-2))])
    assert.deepEqual(replies.slice(0, 3).map(({ status, text }) => [status, predictions(text)]), [[200, [2]], [200, [4]], [200, [6]]])
    assert.equal(replies[3]!.status, 500)
    assert.match(replies[3]!.text, /died twice while it answered this request/)
    assert.deepEqual(predictions((await post(`${server.url}/invocations`, ask(5))).text), [10])
  })

  test('ends what takes too long, and goes on', async () => {
    const model = await serve(models, 'custom', { deadlineMs: 1500 })
    await using server = await startScoringServer([model], local)
    const slow = await post(`${server.url}/invocations`, ask(-3))
    assert.deepEqual([slow.status, slow.text], [504, 'Request processing time exceeded limit'])
    for (let time = 0; !model.healthy && time < 100; time++) await sleep(100)
    assert.deepEqual(predictions((await post(`${server.url}/invocations`, ask(1))).text), [2])
  })

  test('refuses what does not fit in its queue, and says when to come again', async () => {
    const model = await serve(models, 'custom', { maxQueue: 3, maxBatchRows: 1, deadlineMs: 1500 })
    await using server = await startScoringServer([model], local)
    const slow = post(`${server.url}/invocations`, ask(-3))
    await sleep(100)
    const replies = await Promise.all(Array.from({ length: 10 }, () => post(`${server.url}/invocations`, ask(1))))
    const full = replies.filter(({ status }) => status === 429)
    assert.equal(full.length, 7)
    assert.equal(full[0]!.headers.get('retry-after'), '1')
    assert.match(full[0]!.text, /RESOURCE_EXHAUSTED/)
    assert.equal((await slow).status, 504)
    assert.match(await (await fetch(`${server.url}/metrics`)).text(), /cairn_serving_rejected_total\{model="custom"\} 7/)
  })

  test('rests when the model crashes again and again, and says why', async () => {
    const model = await serve(models, 'custom', { deadlineMs: 8000, crashLimit: 2 })
    await using server = await startScoringServer([model], local)
    const statuses: number[] = []
    for (let time = 0; time < 6 && !statuses.includes(503); time++) statuses.push((await post(`${server.url}/invocations`, ask(-2))).status)
    assert.ok(statuses.includes(503), String(statuses))
    const reply = await post(`${server.url}/invocations`, ask(1))
    assert.equal(reply.status, 503)
    assert.ok(Number(reply.headers.get('retry-after')) > 0)
    assert.equal((await fetch(`${server.url}/ping`)).status, 404)
  })

  test('replaces a worker that uses too much memory, without a request failing', async () => {
    const model = await serve(models, 'custom', { memoryLimitBytes: 1024 * 1024, workers: 2, deadlineMs: 120_000 })
    await using server = await startScoringServer([model], local)
    const until = Date.now() + 1500
    while (Date.now() < until) assert.equal((await post(`${server.url}/invocations`, ask(1))).status, 200)
    assert.ok(model.workers!.counts.recycled > 0)
    assert.equal(model.workers!.counts.crashes, 0)
  })

  test('answers what is under way before it stops, and leaves no process and no socket', async () => {
    const model = await serve(models, 'custom')
    const { pids } = model.workers!
    const server = await startScoringServer([model], local)
    const pending = Promise.all(Array.from({ length: 20 }, (_, at) => post(`${server.url}/invocations`, ask(at))))
    await sleep(5)
    const [replies] = await Promise.all([pending.catch((error: Error) => error), server[Symbol.asyncDispose]()])
    if (replies instanceof Error) assert.match(String(replies.cause), /ECONNREFUSED|ECONNRESET/)
    else assert.ok(replies.every(({ status }) => status === 200 || status === 503))
    for (const pid of pids) assert.ok(!existsSync(`/proc/${pid}`) || readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z'))
  })

  test('does not start with a model that cannot be loaded, and shows the last words of Python', async () => {
    rmSync(join(models.folder, 'booster', 'model.ubj'))
    await assert.rejects(serve(models, 'booster', { pythonOnly: true }), (error: Error & { lines?: readonly string[] }) => error.name === 'WorkerFailed' && (error.lines ?? []).length > 1)
  })
})

describe('the Open Inference Protocol', { concurrency: false }, () => {
  const columns = ['female', 'senior_citizen', 'partner', 'dependents', 'tenure', 'phone_service', 'paperless_billing', 'monthly_charges', 'total_charges']
  const rows = [[1, 0, 1, 0, 1, 0, 1, 29.85, 29.85], [0, 0, 0, 0, 34, 1, 0, 56.95, 1889.5], [1, 1, 0, 0, 2, 1, 1, 99, 180]]

  for (const engine of ['trees', 'python'] as const) {
    test(`answers by columns, by matrix and in binary as by MLflow's protocol (${engine})`, async () => {
      const model = await serve(models, 'xgboost', { pythonOnly: engine === 'python' })
      await using server = await startScoringServer([model], local)
      const expected = predictions((await post(`${server.url}/invocations`, { dataframe_split: { columns, data: rows } })).text)
      const inferUrl = `${server.url}/v2/models/xgboost/infer`
      const output = async (body: unknown): Promise<unknown> => {
        const { status, text } = await post(inferUrl, body)
        assert.equal(status, 200, text)
        return (JSON.parse(text) as { outputs: { data: unknown; datatype: string; shape: number[] }[] }).outputs
      }
      const wanted = [{ name: 'predictions', shape: [3], datatype: 'INT64', data: expected }]
      assert.deepEqual(await output({ inputs: columns.map((name, at) => ({ name, shape: [3], datatype: 'FP64', data: rows.map((row) => row[at]) })) }), wanted)
      assert.deepEqual(await output({ inputs: [{ name: 'x', shape: [3, 9], datatype: 'FP64', data: rows }] }), wanted)

      const tensor = Buffer.from(Float64Array.from(rows.flat()).buffer)
      const head = Buffer.from(JSON.stringify({ id: 'one', inputs: [{ name: 'x', shape: [3, 9], datatype: 'FP64', parameters: { binary_data_size: tensor.length } }], parameters: { binary_data_output: true } }))
      const response = await fetch(inferUrl, { method: 'POST', body: Buffer.concat([head, tensor]), headers: { 'inference-header-content-length': String(head.length) } })
      const bytes = Buffer.from(await response.arrayBuffer())
      const size = Number(response.headers.get('inference-header-content-length'))
      const answer = JSON.parse(bytes.toString('utf8', 0, size)) as { id: string; outputs: unknown[] }
      assert.deepEqual([answer.id, answer.outputs], ['one', [{ name: 'predictions', shape: [3], datatype: 'INT64', parameters: { binary_data_size: 24 } }]])
      assert.deepEqual(Array.from({ length: 3 }, (_, at) => Number(bytes.readBigInt64LE(size + at * 8))), expected)

      for (const [body, words] of [
        [{ inputs: [{ name: 'female', shape: [1], datatype: 'FP64', data: [1] }] }, /Model is missing inputs \['senior_citizen'/],
        [{ inputs: [{ name: 'x', shape: [2, 9], datatype: 'FP64', data: rows }] }, /has 27 values, and its shape \[2, 9\] asks for 18/],
        [{ inputs: columns.map((name) => ({ name, shape: [1], datatype: 'BYTES', data: ['a'] })) }, /Can not safely convert str to float64/],
        [{ inputs: [] }, /no inputs/], ['{', /no JSON/], [{ inputs: [{ name: 'x', shape: [1], datatype: 'FP12', data: [1] }] }, /datatype "FP12"/],
      ] as const) {
        const { status, text } = await post(inferUrl, body)
        assert.equal(status, 400)
        assert.match((JSON.parse(text) as { error: string }).error, words)
      }
    })
  }

  test('gives a model of tensors an array', async () => {
    await using server = await startScoringServer([await serve(models, 'tensor')], local)
    const expected = predictions((await post(`${server.url}/invocations`, { inputs: rows })).text)
    const { status, text } = await post(`${server.url}/v2/models/tensor/infer`, { inputs: [{ name: 'x', shape: [3, 9], datatype: 'FP64', data: rows.flat() }] })
    assert.equal(status, 200, text)
    assert.deepEqual((JSON.parse(text) as { outputs: unknown }).outputs, [{ name: 'predictions', shape: [3], datatype: 'INT64', data: expected }])
    assert.equal((await fetch(`${server.url}/models/%zz`)).status, 404)
  })

  test('answers in the types of the signature, takes a bare tensor, and names the row of a value that is none', async () => {
    const served = [await serve(models, 'xgboost'), await serve(models, 'custom'), await serve(models, 'tensor')]
    await using server = await startScoringServer(served, local)
    const inferUrl = (name: string): string => `${server.url}/v2/models/${name}/infer`
    const infer = async (name: string, body: unknown): Promise<{ error?: string; outputs?: readonly { datatype: string; data: unknown }[] }> => JSON.parse((await post(inferUrl(name), body)).text) as never
    // Whole floats of a model whose signature says double.
    assert.deepEqual((await infer('custom', { inputs: [{ name: 'x', shape: [2], datatype: 'FP64', data: [1, 2] }] })).outputs, [{ name: 'predictions', shape: [2], datatype: 'FP64', data: [2, 4] }])
    // Python writes NaN, which JSON does not have.
    assert.deepEqual((await infer('custom', { inputs: [{ name: 'x', shape: [2], datatype: 'FP64', data: [null, 1] }] })).outputs?.[0]?.data, [null, 2])
    assert.match((await infer('custom', { inputs: [{ name: 'x', shape: [2], datatype: 'FP64', data: [1, 'many'] }] })).error!, /Input "x" has "many" in row 1, which is no FP64/)
    for (const [datatype, data, words] of [
      ['INT64', [1, 2.5], /has 2\.5 in row 1, which is no INT64/], ['UINT8', [1, 256], /has 256 in row 1, which is no UINT8/], ['BOOL', [true, 'yes'], /has "yes" in row 1, which is no BOOL/], ['BYTES', ['a', 1], /has 1 in row 1, which is no BYTES/],
      ['INT64', [1, 9223372036854775807n], /no JSON|has "9223372036854775807"|Can not safely/],
    ] as const) {
      const text = JSON.stringify({ inputs: [{ name: 'x', shape: [2], datatype, data }] }, (_key, value: unknown) => (typeof value === 'bigint' ? `<${value}>` : value)).replace(/"<(\d+)>"/, '$1')
      assert.match((JSON.parse((await post(inferUrl('custom'), text)).text) as { error: string }).error, words)
    }
    for (const inputs of [[null], ['x'], [{ shape: [1] }]]) assert.match((await infer('custom', { inputs })).error!, /Input 0 has no name/)
    assert.match((await infer('custom', { inputs: [{ name: 'x', shape: [1], datatype: 'FP64', data: [1] }], outputs: 'all' })).error!, /no list of \{"name"/)

    const bare = async (name: string, body: Buffer): Promise<{ status: number; text: string; bytes: Buffer }> => {
      const response = await fetch(inferUrl(name), { method: 'POST', body: new Uint8Array(body), headers: { 'inference-header-content-length': '0' } })
      const all = Buffer.from(await response.arrayBuffer())
      const size = Number(response.headers.get('inference-header-content-length') ?? all.length)
      return { status: response.status, text: all.toString('utf8', 0, size), bytes: all.subarray(size) }
    }
    const answer = await bare('custom', Buffer.from(Float64Array.of(1.5, 2).buffer))
    assert.deepEqual([answer.status, [...new Float64Array(new Uint8Array(answer.bytes).buffer)]], [200, [3, 4]])
    const [first] = rows
    assert.equal((await bare('tensor', Buffer.from(Float64Array.from(first!).buffer))).status, 200)
    assert.match((await bare('tensor', Buffer.alloc(17))).text, /the body has 17 bytes/)
    assert.match((await bare('xgboost', Buffer.alloc(8))).text, /for models of one input/)
  })

  test('describes the models, live and ready', async () => {
    const served = [await serve(models, 'xgboost'), await serve(models, 'custom')]
    await using server = await startScoringServer(served, { ...local, corsOrigins: ['https://shop.example'] })
    const get = async (path: string): Promise<unknown> => (await fetch(server.url + path)).json()
    assert.deepEqual(await get('/v2'), { name: 'cairn', version: '2', extensions: ['binary_tensor_data'] })
    assert.deepEqual(await get('/v2/health/ready'), { ready: true })
    assert.deepEqual(await get('/v2/models/custom/ready'), { name: 'custom', ready: true })
    assert.deepEqual(await get('/v2/models/custom'), { name: 'custom', platform: 'mlflow_pyfunc', inputs: [{ name: 'x', datatype: 'FP64', shape: [-1] }], outputs: [{ name: 'predictions', datatype: 'FP64', shape: [-1] }] })
    assert.match(((await get('/v2/models/none')) as { error: string }).error, /There is no model "none".*xgboost, custom/)
    assert.deepEqual(predictions((await post(`${server.url}/models/custom/invocations`, ask(4))).text), [8])
    const { paths } = await get('/openapi.json') as { paths: Record<string, unknown> }
    assert.ok('/models/custom/invocations' in paths && '/v2/models/xgboost/infer' in paths)
    assert.match(await (await fetch(`${server.url}/docs`)).text(), /monthly_charges/)

    const preflight = await fetch(`${server.url}/invocations`, { method: 'OPTIONS', headers: { origin: 'https://shop.example', 'access-control-request-method': 'POST' } })
    assert.equal(preflight.headers.get('access-control-allow-origin'), 'https://shop.example')
    assert.equal((await fetch(`${server.url}/ping`, { headers: { origin: 'https://evil.example' } })).headers.get('access-control-allow-origin'), null)
  })
})
