import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import { createExperiment, createRun, logBatch, updateRun, type Run } from '@cairn/protocol'
import { startCommandLine } from '../../testing.ts'

const line = await startCommandLine()
after(() => line[Symbol.asyncDispose]())

const { experiment_id } = await line.api(createExperiment, { name: 'churn' })

async function startRun(run_name: string, loss: readonly number[], params: Readonly<Record<string, string>> = {}): Promise<string> {
  const { run } = await line.api(createRun, { experiment_id, run_name, start_time: Date.now() - 90_000 })
  const { run_id } = run.info
  await line.api(logBatch, {
    run_id,
    metrics: loss.map((value, step) => ({ key: 'loss', value, timestamp: 1000 + step, step })),
    params: Object.entries(params).map(([key, value]) => ({ key, value })),
    tags: [{ key: 'team', value: 'ml' }],
  })
  return run_id
}
const finish = (run_id: string, status: 'FINISHED' | 'FAILED' = 'FINISHED') => line.api(updateRun, { run_id, status, end_time: Date.now() })

test('runs are listed with status, duration and their common metrics', async () => {
  const id = await startRun('listed', [0.5, 0.25], { depth: '3' })
  await finish(id)
  const { out } = await line.cairn('runs list --experiment churn')
  assert.match(out, /^RUN +NAME +STATUS +STARTED +TOOK +loss\n/)
  assert.match(out, new RegExp(`${id} +listed +finished +1m ago +1m 30s +0\\.25`))
  assert.match((await line.cairn(`runs list -e ${experiment_id} --columns params.depth,tags.team`)).out, /param depth +tag team\n(?:.*\n)*.* 3 +ml/)
})

test('runs are found by filter and order', async () => {
  const low = await startRun('low', [0.1], { kind: 'searched' })
  const high = await startRun('high', [0.9], { kind: 'searched' })
  const found = await line.json<Run[]>(['runs', 'search', "params.kind = 'searched'", '--order-by', 'metrics.loss DESC', '-e', 'churn'])
  assert.deepEqual(found.map(({ info }) => info.run_id), [high, low])
  assert.equal((await line.cairn(['runs', 'search', "params.kind = 'none'"])).out, 'No runs.\n')
  const wrong = await line.cairn(['runs', 'search', 'loss = '])
  assert.equal(wrong.code, 1)
  assert.match(wrong.err, /^cairn: Invalid/)
})

test('a run is shown with params, curves and tags', async () => {
  const id = await startRun('shown', [1, 0.5, 0.25, 0.125], { depth: '3' })
  const { out } = await line.cairn(`runs show ${id}`)
  assert.match(out, /^Run +shown\n/)
  assert.match(out, /Status +running\n/)
  assert.match(out, /Params\n {2}depth +3\n/)
  assert.match(out, / {2}loss +0\.125 +3 +█▄▂▁\n/)
  assert.match(out, /Tags\n {2}team +ml\n$/)
  const missing = await line.cairn('runs show 00000000000000000000000000000000')
  assert.equal(missing.code, 1)
  assert.match(missing.err, /not found/)
})

test('runs are deleted and restored, all or none', async () => {
  const id = await startRun('gone', [1])
  assert.equal((await line.cairn(`runs delete ${id} 00000000000000000000000000000000`)).code, 1)
  assert.match((await line.cairn('runs list')).out, /gone/)
  assert.equal((await line.cairn(`runs delete ${id}`)).out, `Deleted run ${id}, "gone".\n`)
  assert.doesNotMatch((await line.cairn('runs list')).out, /gone/)
  assert.match((await line.cairn('runs list --view deleted')).out, /gone/)
  await line.cairn(`runs restore ${id}`)
  assert.match((await line.cairn('runs list')).out, /gone/)
})

test('tail prints each point as it comes and ends with the run', async () => {
  const id = await startRun('followed', [])
  let out = ''
  const tail = line.cairn(`runs tail ${id}`, { write: (text) => { out += text } })
  while (!out.includes('is running')) await new Promise((resolve) => setTimeout(resolve, 5))
  await line.api(logBatch, { run_id: id, metrics: [{ key: 'loss', value: 0.5, timestamp: 5, step: 1 }, { key: 'loss', value: 'NaN' as never, timestamp: 6, step: 2 }] })
  while (!out.includes('step 2')) await new Promise((resolve) => setTimeout(resolve, 5))
  await finish(id)
  const { code } = await tail
  assert.equal(code, 0)
  const [first, one, two, last] = out.trimEnd().split('\n').map((text) => text.replace(/^\S+ \S+ {2}/, ''))
  assert.deepEqual([first, one, two, last], ['followed is running', 'step 1  loss  0.5', 'step 2  loss  NaN', 'followed is finished'])
})

test('tail of a run that failed ends with 1, and one that is over ends at once', async () => {
  const id = await startRun('broken', [1, 2])
  await finish(id, 'FAILED')
  const { code, out, err } = await line.cairn(`runs tail ${id} --json`)
  assert.equal(code, 1)
  assert.equal(JSON.parse(out).info.status, 'FAILED')
  assert.match(err, /ended as failed/)
})

test('on a terminal tail draws curves in place, no wider than the terminal', async () => {
  const id = await startRun('drawn', Array.from({ length: 300 }, (_, step) => Math.exp(-step / 50)))
  await finish(id)
  const { out } = await line.cairn(`runs tail ${id}`, { columns: 60, rows: 20 })
  const frame = out.split('\x1b[2K').slice(-2).map((text) => stripVTControlCharacters(text).trimEnd())
  assert.match(frame[0]!, /^drawn {2}finished {2}1m 30s$/)
  assert.match(frame[1]!, /^loss {2}0\.00252\d* {2}step 299 {2}█[▁-█]+▁$/)
  assert(frame[1]!.length <= 60)
})
