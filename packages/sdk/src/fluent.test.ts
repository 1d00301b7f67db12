import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { ApiError, asyncRuns, CairnClient, clientOptions, diskQueue, downloadArtifacts, fluent, logArtifacts, resendQueued, standardTags } from './node.ts'
import { startTestServer, type TestServer } from './testing.ts'

describe('the fluent level', () => {
  let server: TestServer
  let client: CairnClient
  before(async () => {
    server = await startTestServer()
    client = new CairnClient({ url: server.url, retries: 0 })
  })
  after(() => server[Symbol.asyncDispose]())

  it('logs in the background, in order, and ends the run', async () => {
    const { setExperiment, startRun, logMetric, logMetrics, logParams, setTag, logText, endRun, activeRun } = fluent(client)
    const experiment = await setExperiment('fluent')
    assert.equal(await setExperiment('fluent'), experiment)
    const run = await startRun({ runName: 'first', params: { model: 'rf' }, tags: { team: 'growth' } })
    assert.equal(activeRun(), run)
    await assert.rejects(startRun(), /is active/)
    for (let step = 0; step < 2500; step += 1) logMetric('loss', 1 / (step + 1), { step, timestamp: step })
    logMetrics({ auc: 0.8, nan: NaN })
    logParams({ depth: 3, bias: true })
    setTag('note', 'old')
    setTag('note', 'new')
    await logText('notes.txt', 'hello')
    await endRun()
    assert.equal(activeRun(), undefined)
    const { info, data } = await client.runs.get(run.id)
    assert.deepEqual([info.experiment_id, info.run_name, info.status], [experiment, 'first', 'FINISHED'])
    const param = Object.fromEntries(data.params!.map(({ key, value }) => [key, value]))
    assert.deepEqual(param, { model: 'rf', depth: '3', bias: 'true' })
    assert.equal(data.tags!.find(({ key }) => key === 'note')!.value, 'new')
    let count = 0
    for await (const point of client.metrics.history(run.id, 'loss')) assert.equal(point.step, count++)
    assert.equal(count, 2500)
  })

  it('goes on with the run of MLFLOW_RUN_ID once, in the process that another one started', async () => {
    const { info } = await client.runs.create({ experiment_id: '0', start_time: 1 })
    const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=source', '--input-type=module-typescript', '--eval', `
      import { endRun, logMetric, startRun, withRun } from ${JSON.stringify(new URL('./node.ts', import.meta.url).href)}
      const first = await withRun({ tags: { by: 'child' } }, (run) => { logMetric('m', 1); return run.id })
      const second = (await startRun()).id
      await endRun('KILLED')
      console.log(JSON.stringify([first, second]))`], { env: { ...process.env, MLFLOW_TRACKING_URI: server.url, MLFLOW_RUN_ID: info.run_id, MLFLOW_EXPERIMENT_NAME: 'of the child', CAIRN_QUEUE_DIR: join(tmpdir(), 'cairn-unused') } })
    const [first, second] = JSON.parse(stdout) as [string, string]
    assert.equal(first, info.run_id)
    const { info: resumed, data } = await client.runs.get(first)
    assert.deepEqual([resumed.status, data.metrics![0]!.key, data.tags!.find(({ key }) => key === 'by')!.value], ['FINISHED', 'm', 'child'])
    const other = await client.runs.get(second)
    assert.deepEqual([other.info.status, other.info.experiment_id], ['KILLED', (await client.experiments.getByName('of the child')).experiment_id])
    assert.ok(other.data.tags!.some(({ key }) => key === 'mlflow.source.name'))
  })

  it('nests runs, and ends one as failed when its work throws', async () => {
    const { withRun } = fluent(client, { activeRuns: asyncRuns() })
    const ids: string[] = []
    await withRun({ runName: 'parent' }, async (parent) => {
      ids.push(parent.id)
      await Promise.all([1, 2].map((index) => withRun({ runName: `child ${index}` }, async (child) => {
        ids.push(child.id)
        child.logMetric('index', index)
        if (index === 2) throw new Error('broken')
      }).catch((error: Error) => assert.equal(error.message, 'broken'))))
    })
    const [parent, ...children] = ids
    for (const id of children) {
      const { info, data } = await client.runs.get(id)
      assert.equal(data.tags!.find(({ key }) => key === 'mlflow.parentRunId')!.value, parent)
      assert.equal(info.status, info.run_name === 'child 2' ? 'FAILED' : 'FINISHED')
    }
  })

  it('tells what the server refused, and keeps the rest', async () => {
    const refused: unknown[] = []
    const { startRun } = fluent(client, { onError: (error) => refused.push(error) })
    const run = await startRun()
    run.logParam('lr', 0.1)
    await run.flush()
    run.logParam('lr', 0.2)
    await assert.rejects(run.flush(), (error) => error instanceof ApiError && /Changing param values/.test(error.message))
    assert.equal(refused.length, 1)
    run.logMetric('after', 1)
    await run.end()
    assert.equal((await client.runs.get(run.id)).data.metrics![0]!.key, 'after')
  })

  it('keeps what is logged on disk while the server is away, and sends it in order when it is back', async () => {
    const queue = await mkdtemp(join(tmpdir(), 'cairn-queue-'))
    const first = await startTestServer()
    const away = new CairnClient({ url: first.url, retries: 1, backoffMs: 1 })
    const { startRun } = fluent(away, { store: diskQueue(queue) })
    const run = await startRun()
    run.logMetric('m', 0, { step: 0 })
    await run.flush()
    await first[Symbol.asyncDispose]()
    for (let step = 1; step <= 1500; step += 1) run.logMetric('m', step, { step })
    await run.flush()
    assert.ok((await readdir(queue)).length >= 2, 'batches are on disk')
    await using second = await startTestServer({ port: first.port })
    // The first server's folder is gone with it: the run is made again under the same client.
    const again = await away.runs.create({ experiment_id: '0', start_time: 1 })
    for (const name of await readdir(queue)) {
      const path = join(queue, name)
      await writeFile(path, (await readFile(path, 'utf8')).replaceAll(run.id, again.info.run_id))
    }
    assert.equal(await resendQueued(away, queue), 0)
    const steps: number[] = []
    for await (const point of away.metrics.history(again.info.run_id, 'm')) steps.push(Number(point.step))
    assert.deepEqual(steps.toSorted((a, b) => a - b), Array.from({ length: 1500 }, (_, index) => index + 1))
    assert.equal(second.port, first.port)
    await rm(queue, { recursive: true })
  })

  it('reads MLflow\'s environment variables, tags runs as MLflow does, and moves folders both ways', async () => {
    assert.deepEqual(clientOptions({ MLFLOW_TRACKING_URI: 'http://x:1', MLFLOW_TRACKING_TOKEN: 't' }), { url: 'http://x:1', token: 't', username: undefined, password: undefined })
    assert.equal((await standardTags())['mlflow.source.type'], 'LOCAL')
    const folder = await mkdtemp(join(tmpdir(), 'cairn-files-'))
    await writeFile(join(folder, 'a.txt'), 'A')
    const { startRun } = fluent(client)
    await using run = await startRun()
    await logArtifacts(folder, 'data', run)
    await run.logText('empty.txt', '')
    const written = await downloadArtifacts(client, run.id, '', join(folder, 'out'))
    assert.deepEqual(written, [join(folder, 'out', 'data', 'a.txt'), join(folder, 'out', 'empty.txt')])
    assert.equal(await readFile(written[0]!, 'utf8'), 'A')
    await rm(folder, { recursive: true })
  })
})
