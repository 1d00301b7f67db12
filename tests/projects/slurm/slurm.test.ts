/** The slurm backend against a real Slurm of one node. */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { RunOutcome, RunRecord } from '@cairn/runner'
import { CairnClient } from '@cairn/sdk'
import { startTestServer, type TestServer } from '../../../packages/sdk/src/testing.ts'
import { startCluster, type Cluster } from './cluster.ts'

const main = fileURLToPath(new URL('../../../packages/cli/src/main.ts', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'cairn-slurm-'))
let cluster: Cluster
let server: TestServer
let client: CairnClient
before(async () => {
  cluster = await startCluster()
  server = await startTestServer()
  client = new CairnClient({ url: server.url, retries: 1 })
})
after(async () => {
  await cluster?.[Symbol.asyncDispose]()
  await server?.[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
})

const write = (path: string, text: string): void => {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), text)
}
function cairn(config: Record<string, unknown>, ...words: string[]) {
  const child = spawn(process.execPath, ['--conditions=source', '--disable-warning=ExperimentalWarning', main, 'run', ...words, '--env-manager', 'local', '--backend', 'slurm', '--backend-config', JSON.stringify({ poll_seconds: 0.2, ...config }), '--json'], {
    cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], env: { ...cluster.env, MLFLOW_TRACKING_URI: server.url, CAIRN_QUEUE_DIR: join(folder, 'queue') },
  })
  const run = { child, out: '', err: '', code: once(child, 'close').then(([code]) => code as number), outcome: (): RunOutcome => JSON.parse(run.out) as RunOutcome }
  child.stdout.setEncoding('utf8').on('data', (text: string) => { run.out += text })
  child.stderr.setEncoding('utf8').on('data', (text: string) => { run.err += text })
  return run
}
const runOf = async (id: string) => {
  const { info, data } = await client.runs.get(id)
  return { info, tags: Object.fromEntries((data.tags ?? []).map(({ key, value }) => [key, value])), params: Object.fromEntries((data.params ?? []).map(({ key, value }) => [key, value])) }
}
const log = async (id: string): Promise<string> => (await client.artifacts.download(id, 'console.log')).text()
const idIn = (text: string): string => /as run (\w{32})\./.exec(text)?.[1] ?? /Run (\w{32})/.exec(text)![1]!

test('a project is a job that is followed, with its output, its exit status and what it used', async () => {
  write('one/MLproject', 'name: one\nentry_points: {main: {parameters: {n: {default: 2}}, command: "echo job $SLURM_JOB_ID $SLURM_CPUS_PER_TASK run $MLFLOW_RUN_ID n {n}"}, fail: {command: "echo bad; exit 5"}}')
  const run = cairn({ cpus_per_task: 1, setup: 'echo set up' }, 'one', '-P', 'n=two words')
  assert.equal(await run.code, 0, run.err)
  const { info, tags, params } = await runOf(run.outcome().run_id)
  assert.deepEqual([info.status, params['n'], tags['mlflow.project.backend'], tags['cairn.exit_status']], ['FINISHED', "'two words'", 'slurm', '0'])
  assert(Number(tags['cairn.cpu_seconds']) >= 0)
  const load = new Map((await client.runs.get(info.run_id)).data.metrics?.map(({ key, value }) => [key, Number(value)]))
  assert(load.get('system/system_memory_usage_percentage')! > 0 && load.get('system/disk_usage_percentage')! > 0, JSON.stringify([...load]))
  assert.match(await log(info.run_id), new RegExp(`^set up\\njob ${tags['cairn.slurm.job_id']!} 1 run ${info.run_id} n two words$`, 'm'))
  assert.match(run.err, /^job \d+ 1 run/m)

  const bad = cairn({}, 'one', '-e', 'fail')
  assert.equal(await bad.code, 1)
  const failed = await runOf(idIn(bad.err))
  assert.deepEqual([failed.info.status, failed.tags['cairn.exit_status']], ['FAILED', '5'])
  assert.match(await log(failed.info.run_id), /^bad$/m)
})

test('an array is a run with a run below it for each task', async () => {
  write('array/MLproject', 'entry_points: {main: {parameters: {alpha: float, beta: {default: 1}}, command: "echo alpha {alpha}; test {alpha} != 3"}}')
  const run = cairn({ array: [{ alpha: 1 }, { alpha: 2 }, { alpha: 3 }], array_limit: 2 }, 'array')
  assert.equal(await run.code, 1)
  assert.match(run.err, /1 of 3 tasks did not finish: its command ended with exit status 1/)
  assert.match(run.err, /^\[1\] alpha 2$/m)
  const parent = await runOf(idIn(run.err))
  assert.deepEqual([parent.info.status, parent.params], ['FAILED', { beta: '1' }])
  const children = await Array.fromAsync(client.runs.search({ experiment_ids: ['0'], filter: `tags.mlflow.parentRunId = '${parent.info.run_id}'`, order_by: ['params.alpha ASC'] }))
  assert.deepEqual(children.map(({ info, data }) => [info.status, data.params?.find(({ key }) => key === 'alpha')?.value]), [['FINISHED', '1'], ['FINISHED', '2'], ['FAILED', '3']])
  const second = children[1]!.info.run_id
  assert.match(await log(second), /^alpha 2$/m)
  const record = await (await client.artifacts.download(second, 'reproduce/record.json')).json() as RunRecord
  assert.deepEqual([record.given, record.command, record.result?.exit_status, record.backend_config], [{ alpha: '2' }, 'echo alpha 2; test 2 != 3', 0, { poll_seconds: 0.2 }])
})

test('a job waits for the run that it depends on, and gives up when that failed', async () => {
  write('first/main.sh', 'sleep 1; date +%s%N > ../first.time; exit ${1:-0}\n')
  write('second/main.sh', 'date +%s%N > ../second.time\n')
  const first = cairn({}, 'first', '-e', 'main.sh')
  for (; !/as job \d+/.test(first.err); await sleep(50)) assert.equal(first.child.exitCode, null, first.err)
  await sleep(300)
  const second = cairn({ after_ok: [idIn(first.err)] }, 'second', '-e', 'main.sh')
  assert.deepEqual([await first.code, await second.code], [0, 0], second.err)
  const { stdout } = spawnSync('sh', ['-c', 'test $(cat first.time) -lt $(cat second.time) && echo after'], { cwd: folder, encoding: 'utf8' })
  assert.equal(stdout, 'after\n')

  write('broken/main.sh', 'sleep 1; exit 1\n')
  const broken = cairn({}, 'broken', '-e', 'main.sh')
  for (; !/as job \d+/.test(broken.err); await sleep(50)) assert.equal(broken.child.exitCode, null, broken.err)
  await sleep(300)
  const never = cairn({ after_ok: idIn(broken.err) }, 'second', '-e', 'main.sh')
  assert.deepEqual([await broken.code, await never.code], [1, 1])
  assert.match(never.err, /DependencyNeverSatisfied/)
})

test('an interrupt cancels the job, and its runs are killed', async () => {
  write('long/main.sh', 'echo started; sleep 600\n')
  const run = cairn({}, 'long', '-e', 'main.sh')
  for (; !/^started$/m.test(run.err); await sleep(50)) assert.equal(run.child.exitCode, null, run.err)
  assert.equal((await runOf(idIn(run.err))).info.status, 'RUNNING')
  run.child.kill('SIGINT')
  assert.equal(await run.code, 130, run.err)
  const { info, tags } = await runOf(idIn(run.err))
  assert.equal(info.status, 'KILLED')
  const { stdout } = spawnSync('squeue', ['-h', '-t', 'RUNNING', '-j', tags['cairn.slurm.job_id']!], { env: cluster.env, encoding: 'utf8' })
  assert.equal(stdout, '')
})

test('what Slurm refuses is told in its words', async () => {
  const partition = cairn({ partition: 'none' }, 'second', '-e', 'main.sh')
  assert.equal(await partition.code, 1)
  assert.match(partition.err, /sbatch refused the job: .*invalid partition/i)
  assert.equal((await runOf(idIn(partition.err))).info.status, 'FAILED')
  const typo = cairn({ partitoin: 'all' }, 'second', '-e', 'main.sh')
  assert.equal(await typo.code, 1)
  assert.match(typo.err, /The configuration of slurm has no ..?partitoin/)
})
