import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { startPostgres } from '../../tools/postgres.ts'
import { pythonForTests } from '../../tools/setup-python.ts'
import { cairn, tempFolder } from './command-line.ts'
import { serve } from './stores.ts'

interface Answer {
  readonly status: number
  readonly body: any
}

class Site {
  readonly url: string
  readonly workspace: string
  constructor(url: string, workspace: string) {
    this.url = url
    this.workspace = workspace
  }
  async send(method: string, path: string, body?: object | string): Promise<Answer> {
    const answer = await fetch(`${this.url}${path}`, {
      method, headers: { 'x-mlflow-workspace': this.workspace, ...(typeof body === 'object' && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await answer.text()
    return { status: answer.status, body: text.startsWith('{') ? JSON.parse(text) : text }
  }
  mlflow = (path: string, body: object) => this.send('POST', `/api/2.0/mlflow/${path}`, body)
  async ok(path: string, body: object): Promise<any> {
    const answer = await this.mlflow(path, body)
    assert.equal(answer.status, 200, JSON.stringify(answer.body))
    return answer.body
  }
  put = (path: string, text: string) => this.send('PUT', `/api/2.0/mlflow-artifacts/artifacts/${path}`, text)
  async usage(): Promise<any> {
    const { body } = await this.send('GET', '/api/cairn/v1/quotas')
    return body.quotas.find(({ workspace }: any) => workspace === this.workspace).usage
  }
}

function refused(answer: Answer, words: RegExp): void {
  assert.deepEqual([answer.status, answer.body.error_code], [403, 'RESOURCE_EXHAUSTED'], JSON.stringify(answer.body))
  assert.match(answer.body.message, words)
}

/** What becomes true by itself within seconds: counts are read anew when somebody would be refused. */
async function soon(what: () => Promise<boolean>): Promise<void> {
  for (const until = Date.now() + 180_000; !await what();) {
    assert.ok(Date.now() < until, 'it does not become true')
    await delay(200)
  }
}

async function limitsHold(flags: Record<string, string>, words: readonly string[]): Promise<void> {
  using folder = tempFolder()
  const all = { 'enable-workspaces': 'true', ...flags }
  const quota = async (...more: string[]) => {
    const { code, out, err } = await cairn(['workspaces', 'quota', ...more, '--tracking-uri', server.url], { cwd: folder.path })
    assert.equal(code, 0, err + out)
    return out
  }
  let server = await serve(folder.path, all)
  try {
    let team = new Site(server.url, 'crm')
    let others = new Site(server.url, 'default')
    assert.equal((await others.send('POST', '/api/3.0/mlflow/workspaces', { name: 'crm' })).status, 201)
    await quota('crm', '--runs', '3', '--experiments', '1', '--points', '1.5k', '--registered-models', '1', '--artifact-bytes', '1k')
    const { experiment_id } = await team.ok('experiments/create', { name: 'only' })
    refused(await team.mlflow('experiments/create', { name: 'more' }), /the workspace 'crm' has 1 of at most 1 experiments\. Nothing of it was stored/)
    await others.ok('experiments/create', { name: 'more' })
    await team.ok('registered-models/create', { name: 'one' })
    refused(await team.mlflow('registered-models/create', { name: 'two' }), /1 of at most 1 registered models/)

    // Of many at once no more get in than there is room for.
    const created = await Promise.all(Array.from({ length: 8 }, () => team.mlflow('runs/create', { experiment_id, start_time: 5 })))
    const runs = created.filter(({ status }) => status === 200).map(({ body }) => body.run.info)
    assert.equal(runs.length, 3)
    for (const answer of created) if (answer.status !== 200) refused(answer, /of at most 3 runs/)
    const [run, doomed] = runs

    // Points: a batch goes in whole or not at all.
    const batch = (from: number, count: number) => ({ run_id: run.run_id, metrics: Array.from({ length: count }, (_, at) => ({ key: 'loss', value: at, timestamp: from + at, step: from + at })) })
    await team.ok('runs/log-batch', batch(0, 1000))
    refused(await team.mlflow('runs/log-batch', { ...batch(1000, 501), tags: [{ key: 'tried', value: 'yes' }] }), /1000 of at most 1500 metric points, and this request brings 501/)
    await team.ok('runs/log-batch', batch(1000, 499))
    await team.ok('runs/log-metric', { run_id: run.run_id, key: 'last', value: 1, timestamp: 1 })
    refused(await team.mlflow('runs/log-metric', { run_id: run.run_id, key: 'last', value: 2, timestamp: 2 }), /1500 of at most 1500 metric points/)
    await team.ok('runs/log-batch', { run_id: run.run_id, params: [{ key: 'depth', value: '3' }] })

    // Files.
    const place = (info: any) => (info.artifact_uri as string).replace('mlflow-artifacts:/', '')
    await soon(async () => (await team.usage()).artifact_bytes === 0)
    assert.equal((await team.put(`${place(doomed)}/a`, 'a'.repeat(700))).status, 200)
    refused(await team.put(`${place(run)}/b`, 'b'.repeat(400)), /700 of at most 1024 bytes of artifacts, and this request brings 400/)
    assert.equal((await team.put(`${place(run)}/b`, 'b'.repeat(324))).status, 200)
    refused(await team.send('POST', `/api/2.0/mlflow-artifacts/mpu/create/${place(run)}`, { path: 'big', num_parts: 1 }), /1024 of at most 1024 bytes/)
    assert.equal((await others.put('notes/free', 'c'.repeat(2000))).status, 200)

    assert.deepEqual(await team.usage(), { runs: 3, experiments: 1, points: 1500, registered_models: 1, artifact_bytes: 1024 })
    assert.match(await quota('crm'), /crm +runs +3 +3 +100%/)
    const metrics = (await others.send('GET', '/metrics')).body as string
    assert.match(metrics, /cairn_quota_limit\{workspace="crm",quota="runs"\} 3/)
    assert.match(metrics, /cairn_quota_used\{workspace="crm",quota="artifact_bytes"\} 1024/)
    assert.match(metrics, /cairn_quota_refused_total\{workspace="crm",quota="experiments"\} 1/)

    // After a restart all is as it was.
    await server[Symbol.asyncDispose]()
    server = await serve(folder.path, all)
    team = new Site(server.url, 'crm')
    others = new Site(server.url, 'default')
    refused(await team.mlflow('runs/create', { experiment_id }), /3 of at most 3 runs/)
    refused(await team.mlflow('runs/log-metric', { run_id: run.run_id, key: 'x', value: 2, timestamp: 2 }), /1500 of at most 1500/)
    refused(await team.put(`${place(run)}/c`, 'c'), /1024 of at most 1024/)

    // What was deleted makes room once it is gone for good.
    await team.ok('runs/delete', { run_id: doomed.run_id })
    refused(await team.mlflow('runs/create', { experiment_id }), /3 of at most 3 runs/)
    const { code, err } = await cairn(['gc', '--workspace', 'crm', ...words], { cwd: folder.path })
    assert.equal(code, 0, err)
    await soon(async () => (await team.mlflow('runs/create', { experiment_id })).status === 200)
    await soon(async () => (await team.put(`${place(run)}/c`, 'c'.repeat(700))).status === 200)

    // More, and without a limit.
    await quota('crm', '--runs', 'none', '--points', '2k')
    await team.ok('runs/create', { experiment_id })
    await team.ok('runs/log-batch', batch(2000, 500))
    refused(await team.mlflow('runs/log-metric', { run_id: run.run_id, key: 'x', value: 2, timestamp: 2 }), /2000 of at most 2000/)
    const { body: { entries } } = await team.send('GET', '/api/cairn/v1/audit?entity=workspace&action=set_quotas')
    assert.equal(entries.length + (await others.send('GET', '/api/cairn/v1/audit?entity=workspace&action=set_quotas')).body.entries.length >= 2, true)
  } finally {
    await server[Symbol.asyncDispose]()
  }
}

/** A team's limit is over all its workspaces, whichever of them a request is in, and beside theirs. */
async function teamLimitsHold(flags: Record<string, string>): Promise<void> {
  using folder = tempFolder()
  await using server = await serve(folder.path, { 'enable-workspaces': 'true', 'team-quota': 'registered_models=1,runs=1', ...flags })
  const cli = async (...words: string[]) => {
    const { code, out, err } = await cairn([...words, '--tracking-uri', server.url], { cwd: folder.path })
    return code === 0 ? out : err
  }
  const quota = (...words: string[]) => cli('teams', 'quota', ...words)
  assert.match(await quota('vision', '--runs', '3'), /There is no team 'vision' and no workspace of one \(vision--…\)/)
  const [cats, dogs, other] = ['vision--cats', 'vision--dogs', 'crm'].map((name) => new Site(server.url, name)) as [Site, Site, Site]
  for (const { workspace } of [cats, dogs, other]) assert.equal((await new Site(server.url, 'default').send('POST', '/api/3.0/mlflow/workspaces', { name: workspace })).status, 201)
  assert.match(await quota('vision', '--runs', '4', '--points', '100', '--artifact-bytes', '1k', '--experiments', '2'), /vision +runs +0 +4 +0%/)
  for (const { workspace } of [cats, dogs]) await cli('workspaces', 'quota', workspace, '--runs', '3')

  const experiments: string[] = []
  for (const site of [cats, dogs, other]) experiments.push((await site.ok('experiments/create', { name: 'only' })).experiment_id)
  refused(await dogs.mlflow('experiments/create', { name: 'more' }), /the team 'vision' has 2 of at most 2 experiments in all its workspaces\. .*\(cairn teams quota vision --experiments N\)/)
  await other.ok('experiments/create', { name: 'more' })
  // What the server says for all teams holds where none is set.
  await cats.ok('registered-models/create', { name: 'one' })
  refused(await dogs.mlflow('registered-models/create', { name: 'two' }), /the team 'vision' has 1 of at most 1 registered models/)
  for (const name of ['one', 'two']) await other.ok('registered-models/create', { name })

  // Of many at once, in two workspaces, no more get in than there is room for in either limit.
  const created = await Promise.all(Array.from({ length: 12 }, (_, at) => [cats, dogs][at % 2]!.mlflow('runs/create', { experiment_id: experiments[at % 2]!, start_time: 5 })))
  const runs = created.map(({ status, body }, at) => ({ status, site: [cats, dogs][at % 2]!, info: body.run?.info }))
  assert.equal(runs.filter(({ status }) => status === 200).length, 4)
  for (const one of [cats, dogs]) assert.ok(runs.filter(({ status, site }) => status === 200 && site === one).length <= 3)
  const mine = (site: Site) => runs.find((run) => run.site === site && run.status === 200)!.info
  await other.ok('runs/create', { experiment_id: experiments[2]! })

  const batch = (site: Site, count: number) => ({ run_id: mine(site).run_id, metrics: Array.from({ length: count }, (_, at) => ({ key: 'loss', value: at, timestamp: at, step: at })) })
  await cats.ok('runs/log-batch', batch(cats, 60))
  refused(await dogs.mlflow('runs/log-batch', batch(dogs, 41)), /the team 'vision' has 60 of at most 100 metric points in all its workspaces, and this request brings 41/)
  await dogs.ok('runs/log-batch', batch(dogs, 40))

  const file = (site: Site) => `${(mine(site).artifact_uri as string).replace('mlflow-artifacts:/', '')}/a`
  await soon(async () => (await cats.usage()).artifact_bytes === 0 && (await dogs.usage()).artifact_bytes === 0)
  assert.equal((await cats.put(file(cats), 'a'.repeat(700))).status, 200)
  refused(await dogs.put(file(dogs), 'a'.repeat(400)), /the team 'vision' has 700 of at most 1024 bytes of artifacts in all its workspaces, and this request brings 400/)
  assert.equal((await dogs.put(file(dogs), 'a'.repeat(324))).status, 200)
  assert.equal((await other.put('notes/free', 'c'.repeat(2000))).status, 200)

  assert.match(await quota('vision'), /vision +metric points +100 +100 +100%\n.*vision +bytes of artifacts +1.0 KB +1.0 KB/)
  assert.match(await quota('nobody'), /There is no team "nobody"/)
  const { body } = await cats.send('GET', '/api/cairn/v1/quotas')
  assert.deepEqual(body.teams, [{
    team: 'vision', workspaces: ['vision--cats', 'vision--dogs'], limits: { runs: 4, experiments: 2, points: 100, artifact_bytes: 1024, registered_models: 1 },
    usage: { runs: 4, experiments: 2, points: 100, artifact_bytes: 1024, registered_models: 1 },
  }])
  const metrics = (await cats.send('GET', '/metrics')).body as string
  assert.match(metrics, /cairn_team_quota_limit\{team="vision",quota="runs"\} 4/)
  assert.match(metrics, /cairn_team_quota_used\{team="vision",quota="artifact_bytes"\} 1024/)
  assert.match(metrics, /cairn_team_quota_refused_total\{team="vision",quota="points"\} 1/)
  await quota('vision', '--points', 'none')
  await dogs.ok('runs/log-batch', batch(dogs, 500))
}

test('limits of a team hold over all its workspaces on SQLite', () => teamLimitsHold({}))

test('limits of a workspace hold on SQLite: what goes beyond one is refused whole, and gc makes room', () => limitsHold({}, []))

test('limits of a workspace hold on PostgreSQL', async () => {
  await using postgres = await startPostgres()
  await limitsHold({ 'backend-store-uri': postgres.uri }, ['--backend-store-uri', postgres.uri])
})

test('limits of a team hold over all its workspaces on PostgreSQL', async () => {
  await using postgres = await startPostgres()
  await teamLimitsHold({ 'backend-store-uri': postgres.uri })
})

test('a limit for the whole server comes with a flag; MLflow\'s client is told at once and does not try again', async () => {
  using folder = tempFolder()
  await using server = await serve(folder.path, { quota: 'runs=1,points=10' })
  const script = `
import sys, time, mlflow
from mlflow.exceptions import RestException
mlflow.set_tracking_uri(sys.argv[1])
client = mlflow.MlflowClient()
run = client.create_run("0")
before = time.time()
for call in (lambda: client.create_run("0"), lambda: [client.log_metric(run.info.run_id, "m", 1, step=i) for i in range(11)]):
    try:
        call()
        sys.exit("not refused")
    except RestException as error:
        assert error.error_code == "RESOURCE_EXHAUSTED", error.error_code
        assert "Quota exceeded" in str(error)
assert len(client.get_metric_history(run.info.run_id, "m")) == 10
assert time.time() - before < 60, "it was tried again"
`
  // Not in this thread, which is the server's.
  await promisify(execFile)(await pythonForTests(), ['-c', script, server.url], { timeout: 120_000 })
})
