/** `cairn rerun`: the same run again, from its record alone. */
import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import type { RerunOutcome, RunOutcome, RunRecord } from '@cairn/runner'
import { CairnClient } from '@cairn/sdk'
import { startCommandLine, type CommandLine } from '../../packages/cli/src/testing.ts'
import { pythonForTests } from '../../tools/setup-python.ts'

const folder = mkdtempSync(join(tmpdir(), 'cairn-rerun-'))
let line: CommandLine
let client: CairnClient
let env: NodeJS.ProcessEnv

const write = (path: string, text: string): void => {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), text)
}
const git = (...args: string[]): void => {
  const { status, stderr } = spawnSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', '-c', 'init.defaultBranch=main', ...args], { cwd: join(folder, 'repo'), encoding: 'utf8' })
  assert.equal(status, 0, stderr)
}
const cairn = async <T>(...words: string[]): Promise<T> => {
  const { code, out, err } = await line.cairn([...words, '--json'], { env, cwd: folder })
  assert.equal(code, 0, err)
  return JSON.parse(out) as T
}
const record = async (id: string): Promise<RunRecord> => await (await client.artifacts.download(id, 'reproduce/record.json')).json() as RunRecord

// Logs one number that depends on the seed, the patch and the untracked file, by the API alone.
const program = `
import json, os, random, sys, urllib.request
from helper import BONUS
data = open(sys.argv[2]).read()
random.seed(int(sys.argv[1]))
score = random.random() + BONUS + len(data)
def log(path, **body):
    body = json.dumps({"run_id": os.environ["MLFLOW_RUN_ID"], **body}).encode()
    urllib.request.urlopen(urllib.request.Request(os.environ["MLFLOW_TRACKING_URI"] + "/api/2.0/mlflow/runs/" + path, body, {"Content-Type": "application/json"}))
log("log-metric", key="score", value=score, timestamp=1, step=0)
log("log-parameter", key="letters", value=str(len(data)))
log("log-inputs", datasets=[{"dataset": {"name": "table", "digest": str(sum(data.encode())), "source_type": "local", "source": sys.argv[2]}}])
`

before(async () => {
  const python = await pythonForTests()
  line = await startCommandLine()
  client = new CairnClient({ url: line.url, retries: 1 })
  env = { ...process.env, PATH: `${dirname(python)}:${process.env['PATH']}`, MLFLOW_TRACKING_URI: line.url, CAIRN_QUEUE_DIR: join(folder, 'queue'), CAIRN_ENV_DIR: join(folder, 'envs') }
  write('data.csv', 'a,b\n1,2\n')
  write('repo/p/MLproject', 'entry_points: {main: {parameters: {seed: {type: float, default: 7}, data: path}, command: "python train.py {seed} {data}"}}')
  write('repo/p/train.py', 'print("not yet")\n')
  git('init', '-q')
  git('add', '.')
  git('commit', '-qm', 'one')
})
after(async () => {
  await line?.[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
})

test('a run with uncommitted changes is repeated from its record, and nothing differs', async () => {
  write('repo/p/train.py', program)
  write('repo/p/helper.py', 'BONUS = 100\n')
  const first = await cairn<RunOutcome>('run', 'repo/p', '--env-manager', 'local', '--experiment-name', 'again', '-P', 'data=data.csv')
  const { source, seed, data, machine, environment, result } = await record(first.run_id)
  assert.deepEqual([source.dirty, source.subfolder, source.patch_kept, source.untracked.map(({ path }) => path)], [true, 'p', true, ['p/helper.py']])
  assert.deepEqual([seed, data.map(({ parameter, bytes }) => [parameter, bytes]), environment.manager, environment.locked], ['7', [['data', 8]], 'local', true])
  assert(machine.cpus > 0 && machine.os !== '' && result?.exit_status === 0)

  // The working tree goes on; the record holds what was.
  write('repo/p/train.py', 'raise SystemExit(1)\n')
  rmSync(join(folder, 'repo/p/helper.py'))
  const second = await cairn<RerunOutcome>('rerun', first.run_id)
  assert.deepEqual(second.differences, [])
  assert.equal(second.experiment_id, first.experiment_id)
  const [one, other] = [await client.runs.get(first.run_id), await client.runs.get(second.run_id)]
  assert.deepEqual(other.data.metrics?.find(({ key }) => key === 'score')?.value, one.data.metrics?.find(({ key }) => key === 'score')?.value)
  assert(other.data.tags?.some(({ key, value }) => key === 'cairn.rerun_of' && value === first.run_id))

  const third = await cairn<RerunOutcome>('rerun', second.run_id, '-P', 'seed=8')
  assert.deepEqual(third.differences?.map(({ what, before, after }) => [what, what === 'metric score' || `${before} ${after}`]), [['parameter seed', '7 8'], ['seed', '7 8'], ['metric score', true]])
  write('data.csv', 'other\n')
  const told = await line.cairn(['rerun', first.run_id], { env, cwd: folder })
  assert.match(told.out, /Differs from run \w{32} in:\nWHAT +BEFORE +NOW\ndata of data +\w+ \(8 bytes\) +\w+ \(6 bytes\)\ndata set table +\d+ +\d+ *\nlogged param letters +8 +6 *\nmetric score/)
})

test('a run of a folder without git is repeated from what was kept of it', async () => {
  write('plain/main.sh', 'cat note.txt\n')
  write('plain/note.txt', 'kept\n')
  const first = await cairn<RunOutcome>('run', 'plain', '-e', 'main.sh', '--env-manager', 'local')
  rmSync(join(folder, 'plain'), { recursive: true })
  const second = await cairn<RerunOutcome>('rerun', first.run_id)
  assert.deepEqual(second.differences, [])
  assert.match(await (await client.artifacts.download(second.run_id, 'console.log')).text(), /^kept$/m)
})

test('an environment is built again from its lock, whatever the requirements mean today', async () => {
  write('env/python_env.yaml', 'dependencies: [six]\n')
  write('env/main.sh', 'python -c "import six; print(six.__version__)"\n')
  const first = await cairn<RunOutcome>('run', 'env', '-e', 'main.sh')
  const lock = await (await client.artifacts.download(first.run_id, 'reproduce/environment.lock')).text()
  assert.match(lock, /^six==\S+ --hash=sha256:\w{64}$/m)
  const second = await cairn<RerunOutcome>('rerun', first.run_id)
  assert.deepEqual(second.differences, [])
  const [one, other] = [await record(first.run_id), await record(second.run_id)]
  assert.notEqual(one.environment.id, other.environment.id)
  assert.equal(await (await client.artifacts.download(second.run_id, 'reproduce/environment.lock')).text(), lock)
})

test('what cannot be repeated says why', async () => {
  const bare = await client.runs.create({ experiment_id: '0', start_time: 1 })
  const { code, err } = await line.cairn(['rerun', bare.info.run_id], { env, cwd: folder })
  assert.equal(code, 1)
  assert.match(err, /has no record of how it came about/)
  const elsewhere = await client.runs.create({ experiment_id: '0', start_time: 1, tags: Object.entries({ 'mlflow.source.type': 'PROJECT', 'mlflow.source.name': '/nowhere/p', 'mlflow.project.entryPoint': 'main' }).map(([key, value]) => ({ key, value })) })
  assert.match((await line.cairn(['rerun', elsewhere.info.run_id], { env, cwd: folder })).err, /MLflow noted no commit of this run, and its project \/nowhere\/p is not here/)

  git('checkout', '-q', '.')
  cpSync(join(folder, 'repo'), join(folder, 'moved'), { recursive: true })
  const first = await line.cairn(['run', 'moved/p', '-e', 'train.py', '--env-manager', 'local', '--json'], { env, cwd: folder })
  assert.equal(first.code, 0, first.err)
  rmSync(join(folder, 'moved'), { recursive: true })
  const lost = await line.cairn(['rerun', (JSON.parse(first.out) as RunOutcome).run_id], { env, cwd: folder })
  assert.equal(lost.code, 1)
  assert.match(lost.err, /Commit \w{40} is nowhere to be found/)
})

// By the API alone: importing MLflow takes seconds.
const logging = `
import json, os, sys, urllib.request
def send(path, **body):
    urllib.request.urlopen(urllib.request.Request(os.environ["MLFLOW_TRACKING_URI"] + "/api/2.0/mlflow/runs/" + path, json.dumps({"run_id": os.environ["MLFLOW_RUN_ID"], **body}).encode(), {"Content-Type": "application/json"}))
send("log-metric", key="score", value=float(sys.argv[1]) * 2, timestamp=1, step=0)
send("log-parameter", key="logged", value=sys.argv[2])
`

test('a run that MLflow itself started is repeated from its tags: commit, entry point, declared params', async () => {
  write('theirs/p/MLproject', 'entry_points: {fit: {parameters: {seed: {type: float, default: 7}, note: string}, command: "python fit.py {seed} {note}"}, bare.py: {command: "python bare.py"}}')
  write('theirs/p/fit.py', logging)
  const their = (...args: string[]): void => {
    const { status, stderr } = spawnSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', '-c', 'init.defaultBranch=main', ...args], { cwd: join(folder, 'theirs'), encoding: 'utf8' })
    assert.equal(status, 0, stderr)
  }
  their('init', '-q')
  their('add', '.')
  their('commit', '-qm', 'one')
  const python = await pythonForTests()
  // The server that it logs to is in this process.
  await promisify(execFile)(python, ['-m', 'mlflow', 'run', 'theirs/p', '-e', 'fit', '--env-manager', 'local', '--experiment-name', 'theirs', '-P', 'seed=3', '-P', "note=it's so"], { cwd: folder, env })
  const { experiment_id } = (await client.experiments.getByName('theirs'))!
  const [theirs] = (await client.runs.searchPage({ experiment_ids: [experiment_id] })).items
  // The branch goes on; the commit is what counts.
  write('theirs/p/fit.py', 'raise SystemExit(1)\n')
  their('commit', '-qam', 'two')
  const again = await line.cairn(['rerun', theirs!.info.run_id, '--env-manager', 'local'], { env, cwd: folder })
  assert.equal(again.code, 0, again.err)
  assert.match(again.err, /MLflow started this run, so less is known of it[\s\S]*Not given again, for the entry point does not declare them: logged\./)
  assert.match(again.out, new RegExp(`Nothing differs from run ${theirs!.info.run_id}`))
  const [ours] = (await client.runs.searchPage({ experiment_ids: [experiment_id], order_by: ['attributes.start_time DESC'] })).items
  assert.deepEqual(new Map((ours!.data.params ?? []).map(({ key, value }) => [key, value])), new Map((theirs!.data.params ?? []).map(({ key, value }) => [key, value])))
  assert.equal(ours!.data.metrics?.find(({ key }) => key === 'score')?.value, 6)
  assert.ok(ours!.data.tags?.some(({ key, value }) => key === 'cairn.rerun_of' && value === theirs!.info.run_id))
  const other = await cairn<RerunOutcome>('rerun', theirs!.info.run_id, '-P', 'seed=4')
  assert.deepEqual(other.differences?.map(({ what, before, after }) => [what, before, after]), [['parameter seed', '3', '4'], ['metric score', '6', '8']])
})
