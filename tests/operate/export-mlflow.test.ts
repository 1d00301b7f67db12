import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { CairnClient } from '@cairn/sdk'
import { startPostgres } from '../../tools/postgres.ts'
import { pythonForTests } from '../../tools/setup-python.ts'
import { startMlflow } from '../differential/servers.ts'
import { cairn, tempFolder } from './command-line.ts'
import { ask, everything, fillPostgres, serve, writeStores } from './stores.ts'

interface Report {
  counts: { thing: string; here: number; target: number }[]
  runs: Record<'new' | 'again', number>
  renumbered: { name: string }[]
  merged: string[]
  unreachable: string[]
  left: { what: string; count: number }[]
}

const stores = tempFolder()
/** What the client tells of the store that everything comes from. */
let told: unknown
before(async () => {
  await writeStores(stores.path, 'sql')
  told = await readBack(`sqlite:///${stores.path}/sql/mlflow.db`, join(stores.path, 'sql'))
  const { code, err, out } = await cairn(['import', 'mlflow', '--from', `sqlite:///${stores.path}/sql/mlflow.db`], { cwd: stores.path })
  assert.equal(code, 0, err + out)
})
after(() => stores[Symbol.dispose]())

async function python(cwd: string, ...words: string[]): Promise<string> {
  const { status, stdout, stderr } = spawnSync(await pythonForTests(), words, { cwd, encoding: 'utf8', env: { ...process.env, MLFLOW_DISABLE_TELEMETRY: 'true' } })
  assert.equal(status, 0, stderr.slice(-3000))
  return stdout
}

/** Through MLflow's own client. */
const readBack = async (uri: string, cwd: string): Promise<unknown> =>
  JSON.parse((await python(cwd, fileURLToPath(new URL('read-back.py', import.meta.url)), uri)).trim().split('\n').at(-1)!)

/** Out of the Cairn that everything was imported into; fails where the command did. */
async function exported(...words: string[]): Promise<Report> {
  const { code, out, err } = await cairn(['export', 'mlflow', '--json', ...words], { cwd: stores.path })
  assert.equal(code, 0, `${err}${out}`)
  const report = JSON.parse(out) as Report
  assert.deepEqual(report.counts.filter(({ here, target }) => here !== target), [])
  return report
}
const count = (report: Report, thing: string): number => report.counts.find((one) => one.thing === thing)!.target

test('what came from MLflow goes back into a database of MLflow, and its client tells the same of it; a second time nothing is there twice', async () => {
  using folder = tempFolder()
  const uri = `sqlite:///${folder.path}/mlflow.db`
  const root = join(folder.path, 'mlruns')
  await python(folder.path, '-c', `from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore; SqlAlchemyStore('${uri}', '${root}')`)
  copyFileSync(join(folder.path, 'mlflow.db'), join(folder.path, 'ended.db'))
  const words = ['--to', uri, '--artifacts-to', root, '--artifact-root', root]
  const report = await exported(...words)
  assert.deepEqual(report.runs, { new: 4, again: 0 })
  assert.deepEqual([report.renumbered, report.unreachable, report.merged], [[], [], ['Default']])
  assert.equal(count(report, 'metric points'), 1511)
  assert.equal(count(report, 'artifact files'), 4)
  assert.deepEqual(await readBack(uri, folder.path), told)
  // Ids too, in MLflow's own tables.
  const ids = (path: string) => {
    const db = new DatabaseSync(path, { readOnly: true })
    const read = (sql: string) => db.prepare(sql).all().map((row) => ({ ...row }))
    const found = [
      read('SELECT run_uuid, experiment_id, start_time, end_time, deleted_time, user_id FROM runs ORDER BY run_uuid'), read('SELECT experiment_id, name, creation_time FROM experiments WHERE experiment_id > 0 ORDER BY 1'),
      read('SELECT model_id, source_run_id, creation_timestamp_ms, status FROM logged_models ORDER BY 1'), read("SELECT name, version, CASE current_stage WHEN 'Deleted_Internal' THEN 0 ELSE creation_time END, current_stage FROM model_versions ORDER BY 1, 2"),
      read('SELECT key, run_uuid, step, is_nan FROM latest_metrics WHERE step < 9000000000000000 ORDER BY 1, 2'),
    ]
    db.close()
    return found
  }
  assert.deepEqual(ids(join(folder.path, 'mlflow.db')), ids(join(stores.path, 'sql', 'mlflow.db')))
  const dump = (file = 'mlflow.db') => {
    const db = new DatabaseSync(join(folder.path, file), { readOnly: true })
    const tables = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").all().map(({ name }) => String(name))
    const rows = tables.map((name) => [name, db.prepare(`SELECT * FROM "${name}"`, { readBigInts: true } as never).all().map((row) => JSON.stringify(row, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value))).toSorted()])
    db.close()
    return rows
  }
  const once = dump()
  assert.deepEqual((await exported(...words)).runs, { new: 0, again: 4 })
  assert.deepEqual(dump(), once)

  // Ended at some moment, it goes on: in the end there is as much of everything.
  const ended = ['--to', `sqlite:///${folder.path}/ended.db`, '--artifacts-to', root, '--artifact-root', root]
  for (const ms of [1, 20, 60]) await cairn(['export', 'mlflow', ...ended], { cwd: stores.path, signal: AbortSignal.timeout(ms) })
  await exported(...ended)
  const sizes = (rows: ReturnType<typeof dump>) => rows.map(([name, all]) => [name, all!.length])
  assert.deepEqual(sizes(dump('ended.db')), sizes(once))
})

test('it goes over the API of a running MLflow, which gives ids itself; a second time nothing is there twice', async () => {
  await using mlflow = await startMlflow()
  await using own = await serve(stores.path)
  // MLflow has no place for it, and all the rest goes there.
  await new CairnClient({ url: own.url }).models.setProfile({ name: 'churn model', version: '1', rows: 1, columns: [{ name: 'x', type: 'text', categories: [], counts: [0, 1] }] })
  const report = await exported('--to', mlflow.url)
  assert.deepEqual(report.runs, { new: 4, again: 0 })
  assert.equal(count(report, 'metric points'), 1511)
  assert.equal(count(report, 'artifact files'), 4)
  assert.deepEqual(await readBack(mlflow.url, stores.path), told)
  assert.deepEqual((await exported('--to', mlflow.url)).runs, { new: 0, again: 4 })
  const runs = await ask(mlflow.url, 'runs/search', { experiment_ids: ['0', '1', '2'], run_view_type: 'ALL' }, 'POST')
  assert.equal(runs['runs'].length, 4)
})

async function inWorkspace(url: string, path: string, body: object, workspace = 'default'): Promise<void> {
  const answer = await fetch(url + path, {
    method: 'POST', headers: { 'content-type': 'application/json', 'x-mlflow-workspace': workspace }, body: JSON.stringify(body),
  })
  assert.ok(answer.ok, await answer.text())
}

test('it goes into a PostgreSQL database of MLflow, with a server at work here', async () => {
  using folder = tempFolder()
  await using postgres = await startPostgres()
  // The tables as MLflow makes them, empty.
  const tables = JSON.parse(readFileSync(join(stores.path, 'postgres.json'), 'utf8')) as { name: string; rows: unknown[] }[]
  writeFileSync(join(folder.path, 'empty.json'), JSON.stringify(tables.map((table) => (table.name === 'alembic_version' ? table : { ...table, rows: [] }))))
  const uri = await fillPostgres(postgres.uri, join(folder.path, 'empty.json'))
  await using here = await serve(stores.path, { 'enable-workspaces': 'true' })
  // Names are unique in one workspace: what is in another stays, and is counted.
  await inWorkspace(here.url, '/api/3.0/mlflow/workspaces', { name: 'crm' })
  await inWorkspace(here.url, '/api/2.0/mlflow/experiments/create', { name: 'churn' }, 'crm')
  const report = await exported('--to', uri, '--artifacts-to', join(folder.path, 'mlartifacts'))
  assert.deepEqual([report.runs, report.left], [{ new: 4, again: 0 }, [{ what: 'experiments of other workspaces', count: 1 }]])
  const { code, out, err } = await cairn(['import', 'mlflow', '--from', uri, '--artifacts-from', join(folder.path, 'mlartifacts')], { cwd: folder.path })
  assert.equal(code, 0, err + out)
  await using there = await serve(folder.path)
  assert.deepEqual(await everything(there.url), await everything(here.url))
})

test('what is no database of MLflow is refused, and stays as it is', async () => {
  using folder = tempFolder()
  const refused = async (to: string, why: RegExp): Promise<void> => {
    const { code, out, err } = await cairn(['export', 'mlflow', '--to', to], { cwd: stores.path })
    assert.equal(code, 1, out)
    assert.match(err, why)
  }
  await refused(`sqlite:///${folder.path}/none.db`, /There is no file .*none\.db\. Let MLflow make it first/)
  await refused(`sqlite:///${stores.path}/cairn-data/cairn.db`, /a database of Cairn, not of MLflow/)
  const old = new DatabaseSync(join(folder.path, 'old.db'))
  old.exec('CREATE TABLE alembic_version (version_num); CREATE TABLE experiments (experiment_id)')
  old.close()
  await refused(`sqlite:///${folder.path}/old.db`, /made by another MLflow than 3\.17: it lacks experiments\.name/)
  await refused('./mlruns', /no place to export to/)
})
