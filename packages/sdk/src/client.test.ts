import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { connect, createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { openRun } from '@cairn/protocol'
import { ApiError, CairnClient, isAlreadyExists, isNotFound, NetworkError, type LiveMessage } from './index.ts'
import { startTestServer, type TestServer } from './testing.ts'

describe('the client', () => {
  let server: TestServer
  let client: CairnClient
  before(async () => {
    server = await startTestServer()
    client = new CairnClient({ url: server.url, retries: 0 })
  })
  after(() => server[Symbol.asyncDispose]())

  it('makes, finds, renames and deletes experiments, and tells errors apart', async () => {
    const id = await client.experiments.create({ name: 'first', tags: [{ key: 'team', value: 'growth' }] })
    assert.equal((await client.experiments.getByName('first')).experiment_id, id)
    await assert.rejects(client.experiments.create({ name: 'first' }), isAlreadyExists)
    await assert.rejects(client.experiments.get('999'), (error) => isNotFound(error) && error.status === 404 && error.endpoint === 'getExperiment')
    await client.experiments.rename(id, 'second')
    for (let index = 0; index < 5; index += 1) await client.experiments.create({ name: `many ${index}` })
    const names: string[] = []
    for await (const experiment of client.experiments.search({ max_results: 2, filter: "name LIKE 'many%'", order_by: ['name ASC'] })) names.push(experiment.name)
    assert.deepEqual(names, ['many 0', 'many 1', 'many 2', 'many 3', 'many 4'])
    await client.experiments.delete(id)
    assert.equal((await client.experiments.get(id)).lifecycle_stage, 'deleted')
  })

  it('logs what JSON has no word for, and reads it back', async () => {
    const { info } = await client.runs.create({ experiment_id: '0', start_time: 1 })
    await client.runs.logBatch({
      run_id: info.run_id, params: [{ key: 'lr', value: '0.1' }], tags: [{ key: 'kind', value: 'test' }],
      metrics: [{ key: 'm', value: NaN, timestamp: 1, step: 0 }, { key: 'm', value: 2, timestamp: 2, step: 9_007_199_254_740_993n }],
    })
    const points = []
    for await (const point of client.metrics.history(info.run_id, 'm')) points.push(point)
    assert.deepEqual(points.map(({ value, step }) => [value, step]), [[NaN, 0], [2, 9_007_199_254_740_993n]])
    const found = []
    for await (const run of client.runs.search({ experiment_ids: ['0'], filter: "params.lr = '0.1' and metrics.m > 1", max_results: 1 })) found.push(run.info.run_id)
    assert.deepEqual(found, [info.run_id])
    await assert.rejects(client.runs.logParam(info.run_id, 'lr', '0.2'), /Changing param values is not allowed/)
  })

  it('reads curves in the binary form, every extreme in them', async () => {
    const { info } = await client.runs.create({ experiment_id: '0', start_time: 1 })
    for (let from = 0; from < 6000; from += 1000) {
      await client.runs.logBatch({ run_id: info.run_id, metrics: Array.from({ length: 1000 }, (_, index) => ({ key: 'curve', value: from + index === 3333 ? 99 : 1, timestamp: from + index, step: from + index })) })
    }
    const [series] = await client.metrics.series({ run_ids: [info.run_id], keys: ['curve'], buckets: 100 })
    assert.equal(series!.count, 6000)
    assert.equal(Math.max(...Array.from(series!.buckets!.max)), 99)
  })

  it('opens a run: with its experiment and its curves where they are few, as they come one by one', async () => {
    const { info: { run_id } } = await client.runs.create({ experiment_id: '0', start_time: 1 })
    const metrics = Array.from({ length: 900 }, (_, step) => ({ key: ['loss', 'layer 2', 'system/cpu'][step % 3]!, value: step === 450 ? 99 : 1 / (step + 1), timestamp: step, step: step % 7 === 0 ? 2 ** 40 + step : step }))
    await client.runs.logBatch({ run_id, metrics: [...metrics, { key: 'odd', value: Number.NaN, timestamp: 1, step: 0 }], params: [{ key: 'depth', value: '3' }] })
    const series = (keys: string[]) => client.metrics.series({ run_ids: [run_id], keys, buckets: 800, precision: 'float32' })
    const opened = await client.runs.opening(run_id)
    assert.deepEqual([opened.run, opened.experiment], [await client.runs.get(run_id), await client.experiments.get('0')])
    const byKey = (list: readonly { key: string }[]) => list.toSorted((a, b) => (a.key < b.key ? -1 : 1))
    assert.deepEqual(byKey(opened.series!), byKey(await series(['loss', 'layer 2', 'odd'])))
    assert.match(opened.position!, /^.+-\d+$/)
    assert.deepEqual((await client.runs.opening(run_id, 'system')).series, await series(['system/cpu']))
    assert.equal((await client.runs.opening(run_id, 'none')).series, undefined)
    const asJson = await client.call(openRun, { run_id })
    assert.deepEqual([asJson.run, asJson.series!.length], [opened.run, 3])
    assert.deepEqual((await client.call(openRun, { run_id, curves: 'none' })).series, undefined)
    await client.runs.logBatch({ run_id, metrics: Array.from({ length: 118 }, (_, at) => ({ key: `more ${at}`, value: at, timestamp: 1 })) })
    assert.equal((await client.runs.opening(run_id)).series, undefined)
    await assert.rejects(client.runs.opening('0'.repeat(32)), isNotFound)
  })

  it('stores artifacts and reads them whole, in part, and as a zip', async () => {
    const { info } = await client.runs.create({ experiment_id: '0', start_time: 1 })
    await client.artifacts.upload(info.run_id, 'notes/ä b.txt', 'hello world')
    assert.deepEqual(await client.artifacts.list(info.run_id, 'notes'), [{ path: 'notes/ä b.txt', is_dir: false, file_size: 11 }])
    assert.equal(await (await client.artifacts.download(info.run_id, 'notes/ä b.txt')).text(), 'hello world')
    assert.equal(await (await client.artifacts.download(info.run_id, 'notes/ä b.txt', { headers: { range: 'bytes=6-' } })).text(), 'world')
    const zip = new Uint8Array(await (await client.artifacts.downloadZip(info.run_id)).arrayBuffer())
    assert.deepEqual([...zip.subarray(0, 2)], [0x50, 0x4b])
    await client.artifacts.delete(info.run_id, 'notes/ä b.txt')
    await assert.rejects(client.artifacts.download(info.run_id, 'notes/ä b.txt'), isNotFound)
  })

  it('moves an alias in the registry, sees who did it, and takes it back', async () => {
    await client.models.create({ name: 'churn' })
    const { info } = await client.runs.create({ experiment_id: '0', start_time: 1 })
    for (let version = 0; version < 2; version += 1) await client.models.createVersion({ name: 'churn', source: `runs:/${info.run_id}/model`, run_id: info.run_id })
    await client.models.setAlias('churn', 'champion', '1')
    await client.models.setAlias('churn', 'champion', '2')
    assert.equal((await client.models.getVersionByAlias('churn', 'champion')).version, '2')
    assert.equal((await client.models.rollbackAlias('churn', 'champion')).version, '1')
    assert.equal((await client.models.getVersionByAlias('churn', 'champion')).version, '1')
    const changes = []
    for await (const entry of client.models.audit({ entity_name: 'churn' })) changes.push(entry.action)
    assert.ok(changes.length >= 5)
    const versions = []
    for await (const version of client.models.searchVersions({ filter: "name = 'churn'", max_results: 1 })) versions.push(version.version)
    assert.deepEqual(versions.toSorted(), ['1', '2'])
  })

  it('keeps webhooks, and has the server call one', async () => {
    await using calling = await startTestServer({ env: { MLFLOW_WEBHOOK_ALLOWED_SCHEMES: 'http', MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS: 'true' } })
    const called: string[] = []
    const receiver = createServer((request, response) => {
      called.push(`${request.method} ${request.url}`)
      response.end('thanks')
    })
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
    const { webhooks } = new CairnClient({ url: calling.url, retries: 0 })
    const { webhook_id } = await webhooks.create({ name: 'hook', url: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/in`, events: [{ entity: 'REGISTERED_MODEL', action: 'CREATED' }] })
    assert.equal((await webhooks.test({ webhook_id })).success, true)
    assert.deepEqual(called, ['POST /in'])
    assert.equal((await webhooks.update({ webhook_id, name: 'other' })).name, 'other')
    // A test call is no delivery.
    assert.deepEqual(await Array.fromAsync(webhooks.deliveries(webhook_id)), [])
    assert.deepEqual((await webhooks.list()).items.map(({ name }) => name), ['other'])
    await webhooks.delete(webhook_id)
    await assert.rejects(webhooks.get(webhook_id), isNotFound)
    await new Promise((resolve) => { receiver.close(resolve); receiver.closeAllConnections() })
  })

  it('keeps logged models', async () => {
    const { info } = await client.models.create({ name: 'logged' }).then(() => client.loggedModels.create({ experiment_id: '0', name: 'rf', params: [{ key: 'depth', value: '3' }] }))
    assert.equal((await client.loggedModels.finalize(info.model_id, 'LOGGED_MODEL_READY')).info.status, 'LOGGED_MODEL_READY')
    await client.loggedModels.setTags(info.model_id, { team: 'growth', old: 'x' })
    await client.loggedModels.deleteTag(info.model_id, 'old')
    await client.loggedModels.logParams(info.model_id, { rate: '0.1' })
    assert.deepEqual((await client.loggedModels.get(info.model_id)).data!.params!.map(({ key, value }) => [key, value]), [['depth', '3'], ['rate', '0.1']])
    await client.artifacts.uploadUri(info.artifact_uri, 'sub/MLmodel', 'x')
    assert.deepEqual((await client.loggedModels.listArtifacts(info.model_id, 'sub')).map(({ path }) => path), ['sub/MLmodel'])
    await client.loggedModels.create({ experiment_id: '0', name: 'rf' })
    const found = []
    for await (const model of client.loggedModels.search({ experiment_ids: ['0'], filter: "name = 'rf'", max_results: 1 })) found.push(model.info.tags ?? [])
    assert.deepEqual(found.toSorted((a, b) => a.length - b.length), [[], [{ key: 'team', value: 'growth' }]])
    await client.loggedModels.delete(info.model_id)
    await assert.rejects(client.loggedModels.get(info.model_id), isNotFound)
  })

  it('misses nothing when only the connection breaks, and stops when it is told to', async () => {
    const sockets = new Set<Socket>()
    const relay = createTcpServer((socket) => {
      const onward = connect(server.port, '127.0.0.1')
      const cut = (): void => {
        socket.destroy()
        onward.destroy()
      }
      for (const end of [socket, onward]) end.on('error', () => {}).on('end', cut).on('close', cut)
      sockets.add(socket.pipe(onward).pipe(socket))
    })
    await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve))
    const { info } = await client.runs.create({ experiment_id: '0', start_time: 1 })
    const abort = new AbortController()
    const heard: string[] = []
    const log = (step: number): Promise<void> => client.runs.logMetric({ run_id: info.run_id, key: 'm', value: step, step })
    for await (const message of new CairnClient({ url: `http://127.0.0.1:${(relay.address() as AddressInfo).port}` }).live({ runIds: [info.run_id], signal: abort.signal })) {
      heard.push(message.type === 'points' ? `points ${message.data.points.map(({ step }) => step).join()}` : message.type)
      if (message.type === 'connected' && !message.data.resumed) await log(1)
      if (heard.at(-1) === 'points 1') for (const socket of sockets) socket.destroy()
      if (message.type === 'offline') await log(2)
      if (heard.at(-1) === 'points 2') abort.abort()
    }
    assert.deepEqual(heard, ['connected', 'points 1', 'offline', 'connected', 'points 2'])
    await assert.rejects(client.live({ types: ['nonsense' as 'run'] }).next(), (error) => error instanceof ApiError && error.status === 400 && !error.message.startsWith('{'))
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => relay.close(resolve))
  })

  it('hears what happens, and goes on where it was when the server comes back', async () => {
    const first = await startTestServer()
    const watcher = new CairnClient({ url: first.url, retries: 0 })
    const { info } = await watcher.runs.create({ experiment_id: '0', start_time: 1 })
    const abort = new AbortController()
    const heard: LiveMessage[] = []
    const until = (type: LiveMessage['type'], times = 1): Promise<void> => new Promise((resolve) => {
      const timer = setInterval(() => {
        if (heard.filter((message) => message.type === type).length >= times) { clearInterval(timer); resolve() }
      }, 5)
    })
    const listening = (async () => { for await (const message of watcher.live({ runIds: [info.run_id], signal: abort.signal })) heard.push(message) })()
    await until('connected')
    await watcher.runs.logMetric({ run_id: info.run_id, key: 'loss', value: 0.5, step: 3 })
    await until('points')
    const points = heard.find((message) => message.type === 'points')
    assert.deepEqual(points?.type === 'points' && points.data.points.map(({ key, value, step }) => [key, value, step]), [['loss', 0.5, 3]])
    await using second = await (async () => {
      const { folder, port } = first
      await first[Symbol.asyncDispose]()
      await until('offline')
      return startTestServer({ folder, port })
    })()
    // Another process: what was missed is not known to it, so it says to read again.
    await until('resync')
    abort.abort()
    await listening
    assert.ok(second.port > 0)
  })
})

it('a server that is busy is asked again, as it wishes; one that is away is reported with the attempts', async () => {
  let asked = 0
  const busy = createServer((_request, response) => {
    asked += 1
    response.writeHead(asked < 3 ? 503 : 200, { 'content-type': 'application/json', 'retry-after': '0' })
    response.end(asked < 3 ? '{"error_code":"TEMPORARILY_UNAVAILABLE","message":"busy"}' : '{"experiment":{"experiment_id":"1","name":"x"}}')
  })
  await new Promise<void>((resolve) => busy.listen(0, '127.0.0.1', resolve))
  const { port } = busy.address() as AddressInfo
  // Half a minute between attempts, had the server not asked for none.
  const client = new CairnClient({ url: `http://127.0.0.1:${port}`, backoffMs: 60_000 })
  assert.equal((await client.experiments.get('1')).name, 'x')
  assert.equal(asked, 3)
  await new Promise((resolve) => { busy.close(resolve); busy.closeAllConnections() })
  await assert.rejects(new CairnClient({ url: `http://127.0.0.1:${port}`, backoffMs: 1, retries: 2 }).experiments.get('1'),
    (error) => error instanceof NetworkError && error.attempts === 3 && /ECONNREFUSED/.test(error.message))
})
