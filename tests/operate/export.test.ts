import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { pythonForTests } from '../../tools/setup-python.ts'
import { cairn, tempFolder } from './command-line.ts'
import { ask, serve, writeStores } from './stores.ts'

const stores = tempFolder()
before(async () => {
  await writeStores(stores.path)
  const { code, err } = await cairn(['import', 'mlflow', '--from', join(stores.path, 'sql', 'mlflow.db')], { cwd: stores.path })
  assert.equal(code, 0, err)
})
after(() => stores[Symbol.dispose]())

test('everything is in Parquet files that pandas reads, written while the server runs', async () => {
  await using server = await serve(stores.path, { 'enable-workspaces': 'true' })
  for (const [path, body] of [['3.0/mlflow/workspaces', { name: 'crm' }], ['2.0/mlflow/registered-models/create', { name: 'greeting' }]] as const) {
    const answer = await fetch(`${server.url}/api/${path}`, { method: 'POST', headers: { 'content-type': 'application/json', 'x-mlflow-workspace': path.startsWith('3') ? 'default' : 'crm' }, body: JSON.stringify(body) })
    assert.ok(answer.ok, await answer.text())
  }
  const { code, out, err } = await cairn(['export', 'parquet', '--out', 'out', '--json'], { cwd: stores.path })
  assert.equal(code, 0, err)
  const rows = Object.fromEntries((JSON.parse(out) as { files: { file: string; rows: number }[] }).files.map((one) => [one.file, one.rows]))
  const { stdout, stderr } = spawnSync(await pythonForTests(), [fileURLToPath(new URL('read-parquet.py', import.meta.url)), join(stores.path, 'out')], { encoding: 'utf8', maxBuffer: 2 ** 26 })
  assert.notEqual(stdout, '', stderr)
  const tables = JSON.parse(stdout) as Record<string, Record<string, unknown>[]> & { metrics: string[][] }
  assert.deepEqual(Object.fromEntries(Object.entries(tables).map(([name, table]) => [`${name}.parquet`, table.length])), rows)

  const first = tables['runs']!.find((run) => run['run_name'] === 'first')!
  assert.deepEqual([first['status'], first['start_time'], first['end_time'], first['lifecycle_stage']], ['FAILED', 1600000000000, 1600000005000, 'active'])
  const points = (key: string) => tables.metrics.filter(([run, name]) => run === first['run_id'] && name === key).map(([, , ...rest]) => rest)
  assert.equal(points('loss').length, 1500)
  assert.deepEqual(points('huge'), [['1.5', '9007199254753337', '9007199254753337']])
  assert.deepEqual(points('val/auc').map(([value]) => value).toSorted(), ['-1.7976931348623157e+308', '0.0', '0.5', '1.7976931348623157e+308', 'nan'])
  const { run } = await ask(server.url, 'runs/get', { run_id: first['run_id'] })
  const told = (table: string) => tables[table]!.filter((row) => row['run_id'] === first['run_id']).map(({ key, value }) => ({ key, value }))
  const sorted = (list: { key?: unknown }[]) => list.toSorted((a, b) => (String(a.key) < String(b.key) ? -1 : 1))
  assert.deepEqual(sorted(told('params')), sorted(run.data.params))
  assert.deepEqual(sorted(told('tags')), sorted(run.data.tags))
  assert.deepEqual([...tables['experiments']!, ...tables['registered_models']!].map(({ workspace, name }) => [workspace, name]),
    [['default', 'Default'], ['default', 'churn'], ['default', 'gone'], ['default', 'churn model'], ['default', 'greeting'], ['crm', 'greeting']])
  assert.deepEqual(tables['model_versions']!.map(({ name, version, current_stage }) => [name, version, current_stage]),
    [['churn model', 1, 'Production'], ['churn model', 2, 'None'], ['churn model', 3, 'None'], ['greeting', 1, 'None']])
})

test('an export goes into no folder that holds something, and of no database that is not there', async () => {
  using folder = tempFolder()
  mkdirSync(join(folder.path, 'full'))
  writeFileSync(join(folder.path, 'full', 'mine'), '')
  const full = await cairn(['export', 'parquet', '--out', join(folder.path, 'full')], { cwd: stores.path })
  assert.deepEqual([full.code, /full is not empty/.test(full.err)], [1, true], full.err)
  const none = await cairn(['export', 'parquet', '--out', 'out'], { cwd: folder.path })
  assert.deepEqual([none.code, /There is no such file: \S+cairn\.db/.test(none.err)], [1, true], none.err)
})
