import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { startPostgres } from '../../tools/postgres.ts'
import { startMlflowOn } from '../differential/servers.ts'
import { cairn, tempFolder } from './command-line.ts'
import { ask, everything, fillPostgres, serve, writeStores } from './stores.ts'

interface Report {
  counts: { thing: string; source: number; here: number }[]
  runs: Record<'new' | 'again' | 'whole' | 'other', number>
  renumbered: { name: string; was: string; is: string }[]
  unreadable: string[]
  complete: boolean
}

const stores = tempFolder()
before(() => writeStores(stores.path))
after(() => stores[Symbol.dispose]())

/** Imports into ./cairn-data of a folder; fails where the command did. */
async function imported(folder: string, ...words: string[]): Promise<Report> {
  const { code, out, err } = await cairn(['import', 'mlflow', '--json', ...words], { cwd: folder })
  assert.equal(code, 0, `${err}${out}`)
  const report = JSON.parse(out) as Report
  assert.deepEqual(report.counts.filter(({ source, here }) => source !== here), [])
  return report
}
const count = (report: Report, thing: string): number => report.counts.find((one) => one.thing === thing)!.source

const from = `sqlite:///${stores.path}/sql/mlflow.db`

test('an MLflow 3.17 database in SQLite is brought whole: MLflow on its database and Cairn on its own answer the same, and a second import over HTTP finds the same again', async () => {
  using folder = tempFolder()
  const report = await imported(folder.path, '--from', from)
  assert.deepEqual(report.runs, { new: 4, again: 0, whole: 0, other: 0 })
  assert.deepEqual(report.renumbered, [])
  assert.equal(count(report, 'metric points'), 1511)
  assert.equal(count(report, 'model versions'), 4)
  assert.equal(count(report, 'artifact files'), 4)
  await using mlflow = await startMlflowOn(from)
  await using here = await serve(folder.path)
  const told = await everything(mlflow.url)
  assert.deepEqual(await everything(here.url), told)

  using second = tempFolder()
  const overHttp = await imported(second.path, '--from', mlflow.url)
  assert.deepEqual(overHttp.runs, { new: 4, again: 0, whole: 0, other: 0 })
  await using there = await serve(second.path)
  assert.deepEqual(await everything(there.url), told)
  for (const server of [here, there]) {
    const run = (await ask(server.url, 'runs/search', { experiment_ids: ['1'], filter: "run_name = 'first'" }, 'POST'))['runs'][0]
    const file = await fetch(`${server.url}/get-artifact?run_uuid=${run.info.run_id}&path=model/data/weights.bin`)
    assert.deepEqual(Buffer.from(await file.arrayBuffer()), Buffer.from(Array.from({ length: 256 * 40 }, (_, at) => at % 256)))
  }
})

test('everything comes into a workspace where one is named; a run that is in another one stays there', async () => {
  using folder = tempFolder()
  const flags = { 'enable-workspaces': 'true' }
  {
    await using server = await serve(folder.path, flags)
    const made = await fetch(`${server.url}/api/3.0/mlflow/workspaces`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name: 'crm' }) })
    assert.equal(made.status, 201, await made.text())
  }
  const refused = await cairn(['import', 'mlflow', '--from', from, '--workspace', 'nowhere'], { cwd: folder.path })
  assert.match(refused.err, /There is no workspace "nowhere" here/)
  const report = await imported(folder.path, '--from', from, '--workspace', 'crm')
  assert.deepEqual(report.runs, { new: 4, again: 0, whole: 0, other: 0 })
  assert.deepEqual((await imported(folder.path, '--from', from, '--workspace', 'crm')).runs, { new: 0, again: 0, whole: 4, other: 0 })
  const elsewhere = await cairn(['import', 'mlflow', '--json', '--from', from], { cwd: folder.path })
  assert.equal((JSON.parse(elsewhere.out) as Report).runs.other, 4)
  await using server = await serve(folder.path, flags)
  const search = async (workspace: string) => {
    const answer = await fetch(`${server.url}/api/2.0/mlflow/registered-models/search`, { headers: { 'x-mlflow-workspace': workspace } })
    const experiments = await fetch(`${server.url}/api/2.0/mlflow/experiments/get-by-name?experiment_name=churn`, { headers: { 'x-mlflow-workspace': workspace } })
    const { experiment } = await experiments.json() as any
    const runs = await fetch(`${server.url}/api/2.0/mlflow/runs/search`, {
      method: 'POST', headers: { 'content-type': 'application/json', 'x-mlflow-workspace': workspace }, body: JSON.stringify({ experiment_ids: [experiment.experiment_id] }),
    })
    return { models: (await answer.json() as any).registered_models?.length, place: experiment.artifact_location as string, runs: (await runs.json() as any).runs ?? [] }
  }
  const there = await search('crm')
  assert.match(there.place, /^mlflow-artifacts:\/workspaces\/crm\//)
  assert.equal(there.models, 1)
  const first = there.runs.find(({ info }: any) => info.run_name === 'first')
  const file = await fetch(`${server.url}/crm.mlflow/get-artifact?run_uuid=${first.info.run_id}&path=model/data/weights.bin`)
  assert.equal((await file.arrayBuffer()).byteLength, 10_240)
  assert.deepEqual((await search('default')).runs, [])
})

test('what was brought before is passed over, and a run that has changed is brought anew, without its points twice; the audit trail tells all of it', async () => {
  using folder = tempFolder()
  await imported(folder.path, '--from', from)
  assert.deepEqual((await imported(folder.path, '--from', from)).runs, { new: 0, again: 0, whole: 4, other: 0 })
  using changed = tempFolder()
  cpSync(join(stores.path, 'sql'), changed.path, { recursive: true })
  const db = new DatabaseSync(join(changed.path, 'mlflow.db'))
  db.exec("INSERT INTO metrics (key, value, timestamp, step, is_nan, run_uuid) SELECT 'loss', 9, 1700000000000, 5000, 0, run_uuid FROM runs WHERE name = 'first'")
  db.close()
  const report = await imported(folder.path, '--from', `sqlite:///${changed.path}/mlflow.db`)
  assert.deepEqual(report.runs, { new: 0, again: 1, whole: 3, other: 0 })
  assert.equal(count(report, 'metric points'), 1512)

  await using server = await serve(folder.path)
  const { entries } = await (await fetch(`${server.url}/api/cairn/v1/audit`)).json() as { entries: { principal: string; entity: string; entity_name: string; action: string; after?: any }[] }
  assert.deepEqual(entries.map(({ principal }) => principal), entries.map(() => 'cairn import'))
  const told = entries.toReversed().map(({ entity, action }) => `${entity} ${action}`)
  const models = told.filter((one) => one === 'registered_model import').length
  assert.deepEqual(told, [
    // The first brings all, the second nothing, the third one run.
    'database import', ...Array.from({ length: count(report, 'experiments') }, () => 'experiment import'), ...Array.from({ length: models }, () => 'registered_model import'), 'database import_end',
    'database import', 'database import_end',
    'database import', ...told.slice(told.lastIndexOf('database import') + 1, -1), 'database import_end',
  ])
  assert.equal(models, count(report, 'registered models'))
  assert.ok(told.slice(told.lastIndexOf('database import')).includes('run import'))
  assert.deepEqual(entries[0]!.after.runs, report.runs)
  assert.match(entries[0]!.entity_name, /^MLflow in SQLite/)
})

test('a file store is brought whole, also when it was moved; experiments whose ids are too long get others, and that is said', async () => {
  using folder = tempFolder()
  const moved = join(folder.path, 'elsewhere')
  cpSync(join(stores.path, 'files', 'mlruns'), moved, { recursive: true })
  renameSync(join(stores.path, 'files', 'mlruns'), join(stores.path, 'files', 'was-mlruns'))
  const report = await imported(folder.path, '--from', './elsewhere')
  assert.equal(count(report, 'metric points'), 1511)
  assert.equal(count(report, 'artifact files'), 4)
  assert.deepEqual(report.renumbered.map(({ name, is }) => [name, is]), [['churn', '1'], ['gone', '2']])
  await using server = await serve(folder.path)
  const run = (await ask(server.url, 'runs/search', { experiment_ids: ['1'], filter: "run_name = 'first'" }, 'POST'))['runs'][0]
  assert.equal(run.data.params.find(({ key }: { key: string }) => key === 'text').value.length, 5000)
  const { metrics } = await ask(server.url, 'metrics/get-history', { run_id: run.info.run_id, metric_key: 'huge' })
  assert.deepEqual([metrics[0].step, metrics[0].timestamp], ['9007199254753337', '9007199254753337'])
  const text = await (await cairn(['import', 'mlflow', '--from', './elsewhere', '--to', 'second'], { cwd: folder.path })).out
  assert.match(text, /\d{18} is now 1: churn/)
})

test('an MLflow database in PostgreSQL is brought whole into PostgreSQL', async () => {
  using folder = tempFolder()
  await using postgres = await startPostgres()
  const from = await fillPostgres(postgres.uri, join(stores.path, 'postgres.json'))
  const to = new URL(postgres.uri)
  to.searchParams.set('options', '-c search_path=cairn')
  const words = ['--from', from, '--to', to.href, '--artifacts-from', join(stores.path, 'sql', 'mlruns')]
  const report = await imported(folder.path, ...words)
  assert.equal(count(report, 'metric points'), 1511)
  assert.equal(count(report, 'artifact files'), 4)
  assert.deepEqual((await imported(folder.path, ...words)).runs, { new: 0, again: 0, whole: 4, other: 0 })
})

for (const version of ['mlflow-1.4', 'mlflow-1.29']) {
  test(`a database with the schema of ${version} is brought whole`, async () => {
    using folder = tempFolder()
    const report = await imported(folder.path, '--from', join(stores.path, version, 'mlflow.db'))
    assert.deepEqual([count(report, 'runs'), count(report, 'metric points'), count(report, 'model versions'), count(report, 'artifact files')], [2, 6, 1, 1])
    await using server = await serve(folder.path)
    const { run } = await ask(server.url, 'runs/get', { run_id: 'a'.repeat(32) })
    assert.deepEqual([run.info.run_name, run.info.start_time, run.info.end_time, run.info.user_id], ['run a', 1500000000000, 1500000001000, 'ann'])
    const { metrics } = await ask(server.url, 'metrics/get-history', { run_id: 'a'.repeat(32), metric_key: 'loss' })
    assert.deepEqual(metrics.map(({ value, step }: { value: unknown; step: number }) => [value, step]), [[1.5, 0], [0.5, 1], ['NaN', 2]])
    assert.equal((await ask(server.url, 'model-versions/get', { name: 'old', version: '1' }))['model_version'].current_stage, 'Staging')
    assert.equal(await (await fetch(`${server.url}/get-artifact?run_uuid=${'a'.repeat(32)}&path=old.txt`)).text(), 'old')
  })
}

// One in nine; `npm run soak` brings all of them.
test('a database is brought whole at the schemas that MLflow had from 1.0 to 3.17', async () => {
  const schemas = readdirSync(join(stores.path, 'schemas')).filter((name) => name.endsWith('.db')).toSorted()
  assert.ok(schemas.length >= (process.env['CAIRN_SOAK'] === undefined ? 8 : 60), String(schemas.length))
  for (const [at, schema] of schemas.entries()) {
    using folder = tempFolder()
    const report = await imported(folder.path, '--from', join(stores.path, 'schemas', schema))
    const versions = schemas.slice(0, at + 1).some((name) => name.endsWith('2b4d017a5e9b.db')) ? 1 : 0
    assert.deepEqual([count(report, 'experiments'), count(report, 'runs'), count(report, 'metric points'), count(report, 'params'), count(report, 'model versions'), count(report, 'artifact files')], [1, 2, 6, 2, versions, 1], schema)
  }
})

test('what a hand has broken in a database does not keep the rest away: times that are none, keys that are missing or twice, and it is said', async () => {
  using folder = tempFolder()
  const db = new DatabaseSync(join(folder.path, 'mlflow.db'))
  const [a, b] = ['a', 'b'].map((letter) => letter.repeat(32)) as [string, string]
  db.exec(`CREATE TABLE experiments (experiment_id INTEGER, name TEXT, artifact_location TEXT, lifecycle_stage TEXT);
    CREATE TABLE runs (run_uuid TEXT, name TEXT, user_id TEXT, status TEXT, start_time BIGINT, end_time BIGINT, lifecycle_stage TEXT, artifact_uri TEXT, experiment_id INTEGER);
    CREATE TABLE metrics (key TEXT, value FLOAT, timestamp BIGINT, step BIGINT, is_nan BOOLEAN, run_uuid TEXT);
    CREATE TABLE params (key TEXT, value TEXT, run_uuid TEXT);
    CREATE TABLE tags (key TEXT, value TEXT, run_uuid TEXT);
    INSERT INTO experiments VALUES (0, 'Default', './mlruns/0', 'active'), (7, NULL, './mlruns/7', 'active');
    INSERT INTO runs VALUES ('${a}', 'one', 'u', 'FINISHED', 'yesterday', 2.5, 'active', './a', 0), ('${b}', 'two', 'u', 'FINISHED', 1, 2, 'active', './b', 7);
    INSERT INTO metrics VALUES ('loss', 0.5, 1.5, 1, 0, '${a}'), ('loss', 0.25, NULL, 'one', 0, '${a}'), ('loss', 'low', 3, 3, 0, '${a}'), (NULL, 1, 1, 1, 0, '${a}'), ('loss', 0.5, 1, 1, 0, '${b}');
    INSERT INTO params VALUES ('lr', '1', '${a}'), ('lr', '2', '${a}'), (NULL, '3', '${a}');
    INSERT INTO tags VALUES ('t', '1', '${a}'), ('t', '2', '${a}')`)
  db.close()
  const { code, out, err } = await cairn(['import', 'mlflow', '--json', '--artifacts', 'reference', '--from', 'mlflow.db'], { cwd: folder.path })
  const report = JSON.parse(out) as Report & { left: { what: string; count: number }[] }
  assert.deepEqual([code, /Not everything/.test(err), report.runs.new], [1, true, 2])
  assert.deepEqual(report.left, [{ what: 'rows without a key, or with one that is there already', count: 4 }])
  assert.deepEqual(report.counts.filter(({ source, here }) => source !== here), [
    { thing: 'params', source: 3, here: 1 }, { thing: 'tags', source: 2, here: 1 }, { thing: 'metrics', source: 3, here: 2 }, { thing: 'metric points', source: 5, here: 4 },
  ])
  assert.equal((await cairn(['db', 'check'], { cwd: folder.path })).code, 0)
  await using server = await serve(folder.path)
  const { info } = (await ask(server.url, 'runs/get', { run_id: a }))['run']
  assert.deepEqual([info.start_time, info.end_time], [0, 2])
  assert.equal((await ask(server.url, 'experiments/get', { experiment_id: '7' }))['experiment'].name, 'experiment 7')
  const { metrics } = await ask(server.url, 'metrics/get-history', { run_id: a, metric_key: 'loss' })
  assert.deepEqual((metrics as any[]).map(({ value, timestamp, step }) => [value, timestamp, step]).toSorted(), [[0.25, 0, 0], [0.5, 1, 1], ['NaN', 3, 3]])
})

test('a store whose artifacts stay where they are is served from there', async () => {
  using folder = tempFolder()
  await imported(folder.path, '--from', join(stores.path, 'mlflow-1.29', 'mlflow.db'), '--artifacts', 'reference')
  await using server = await serve(folder.path, { 'default-artifact-root': join(stores.path, 'mlflow-1.29', 'mlruns') })
  assert.equal(await (await fetch(`${server.url}/get-artifact?run_uuid=${'a'.repeat(32)}&path=old.txt`)).text(), 'old')
})

test('a location that a user of MLflow pointed at another folder of this machine is not copied, and the import says so', async () => {
  using folder = tempFolder()
  cpSync(join(stores.path, 'mlflow-1.29'), folder.path, { recursive: true })
  mkdirSync(join(folder.path, 'private'))
  writeFileSync(join(folder.path, 'private', 'key'), 'secret')
  const db = new DatabaseSync(join(folder.path, 'mlflow.db'))
  db.prepare('UPDATE runs SET artifact_uri = ? WHERE run_uuid = ?').run(`file://${folder.path}/mlruns/../private`, 'a'.repeat(32))
  db.prepare('UPDATE runs SET artifact_uri = ? WHERE run_uuid = ?').run(join(folder.path, 'private'), 'b'.repeat(32))
  db.close()
  const { code, out } = await cairn(['import', 'mlflow', '--json', '--from', 'mlflow.db'], { cwd: folder.path })
  assert.equal(code, 1)
  const report = JSON.parse(out) as Report
  assert.equal(report.unreadable.length, 2)
  assert.equal(report.counts.find(({ thing }) => thing === 'artifact files')!.here, 0)
})

test('an import that is killed goes on when it is started again, and nothing is there twice', async () => {
  using folder = tempFolder()
  cpSync(join(stores.path, 'mlflow-1.29'), folder.path, { recursive: true })
  const db = new DatabaseSync(join(folder.path, 'mlflow.db'))
  db.exec('BEGIN')
  const run = db.prepare("INSERT INTO runs (run_uuid, name, user_id, status, start_time, lifecycle_stage, artifact_uri, experiment_id) VALUES (?, 'many', 'ann', 'FINISHED', 1, 'active', ?, 0)")
  const metric = db.prepare("INSERT INTO metrics (key, value, timestamp, step, is_nan, run_uuid) VALUES ('loss', ?, ?, ?, 0, ?)")
  for (let number = 0; number < 1200; number += 1) {
    const id = `c${String(number).padStart(31, '0')}`
    run.run(id, `./mlruns/0/${id}/artifacts`)
    for (let step = 0; step < 100; step += 1) metric.run(step / 3, step, step, id)
  }
  db.exec('COMMIT')
  db.close()
  const words = ['import', 'mlflow', '--from', 'mlflow.db']
  const child = startProcess(words, folder.path)
  const ended = once(child, 'exit')
  // As soon as some of it is there; where the machine was quicker there is nothing left to bring.
  while (child.exitCode === null && wholeRuns(folder.path) < 300) await new Promise((resolve) => setTimeout(resolve, 5))
  child.kill('SIGKILL')
  await ended
  const report = await imported(folder.path, '--from', 'mlflow.db')
  assert.equal(count(report, 'metric points'), 120_006)
  assert.equal(report.runs.new + report.runs.again + report.runs.whole, 1202)
})

function startProcess(words: readonly string[], cwd: string): ChildProcess {
  const main = fileURLToPath(new URL('../../packages/cli/src/main.ts', import.meta.url))
  return spawn(process.execPath, ['--conditions=source', main, ...words], { cwd, stdio: 'ignore' })
}

function wholeRuns(folder: string): number {
  try {
    using db = new DatabaseSync(join(folder, 'cairn-data', 'cairn.db'), { readOnly: true })
    return (db.prepare('SELECT COUNT(*) AS n FROM imported_runs').get() as { n: number }).n
  } catch {
    // Not there yet.
    return 0
  }
}

test('what cannot be imported is said in a sentence, and the source stays as it was', async () => {
  using folder = tempFolder()
  writeFileSync(join(folder.path, 'text'), 'no database at all, but long enough to look like one\n'.repeat(100))
  for (const [from, words] of [
    ['sqlite:///nothing.db', /There is no file .*nothing\.db/], ['./nowhere', /There is nothing at .*nowhere to import/], ['text', /is no SQLite database/],
    [folder.path, /is no file store of MLflow/], ['http://127.0.0.1:9', /No server answers at http:\/\/127\.0\.0\.1:9/],
  ] as const) {
    const { code, err } = await cairn(['import', 'mlflow', '--from', from], { cwd: folder.path })
    assert.equal(code, 1, from)
    assert.match(err, words)
  }
  const source = join(stores.path, 'mlflow-1.4', 'mlflow.db')
  const bytes = readFileSync(source)
  await imported(folder.path, '--from', source)
  assert.deepEqual(readFileSync(source), bytes)
})
