import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { startPostgres } from '../../tools/postgres.ts'
import { cairn, tempFolder } from './command-line.ts'
import { ask, serve } from './stores.ts'

interface Told {
  database_bytes?: number
  removed: { kind: string; count: number; bytes?: number }[]
  left: { kind: string; id: string; reason: string; why: string }[]
}

class Site {
  readonly url: string
  readonly folder: string
  readonly flags: readonly string[]
  constructor(url: string, folder: string, flags: readonly string[]) {
    this.url = url
    this.folder = folder
    this.flags = flags
  }
  post(path: string, body: object) {
    return ask(this.url, path, body, 'POST')
  }
  async experiment(name: string, more: object = {}): Promise<string> {
    return (await this.post('experiments/create', { name, ...more }))['experiment_id'] as string
  }
  /** A run with a param, points and a file, at the place that it was given. */
  async run(experiment_id: string, name: string): Promise<{ id: string; file: string; uri: string }> {
    const { run } = await this.post('runs/create', { experiment_id, run_name: name, start_time: 5 })
    const id = run.info.run_id as string
    await this.post('runs/log-batch', { run_id: id, params: [{ key: `only ${name}`, value: name }], metrics: [{ key: 'loss', value: 1, timestamp: 1, step: 1 }] })
    const uri = run.info.artifact_uri as string
    return { id, uri, file: await this.put(`${uri.replace('mlflow-artifacts:/', '')}/model/weights`, name) }
  }
  async put(path: string, text: string): Promise<string> {
    const answer = await fetch(`${this.url}/api/2.0/mlflow-artifacts/artifacts/${path}`, { method: 'PUT', body: text })
    assert.equal(answer.status, 200, await answer.text())
    return join(this.folder, 'cairn-data', 'artifacts', path)
  }
  /** A logged model with a file. */
  async model(experiment_id: string): Promise<{ id: string; file: string }> {
    const answer = await fetch(`${this.url}/api/2.0/mlflow/logged-models`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ experiment_id, name: 'forest' }) })
    const { model } = await answer.json() as { model: { info: { model_id: string; artifact_uri: string } } }
    return { id: model.info.model_id, file: await this.put(`${model.info.artifact_uri.replace('mlflow-artifacts:/', '')}/MLmodel`, 'model') }
  }
  async gc(...words: string[]): Promise<Told> {
    const { code, out, err } = await cairn(['gc', '--json', ...words, ...this.flags], { cwd: this.folder })
    assert.equal(code, 0, err + out)
    return JSON.parse(out) as Told
  }
  async refused(words: readonly string[], why: RegExp): Promise<void> {
    const { code, out, err } = await cairn(['gc', ...words, ...this.flags], { cwd: this.folder })
    assert.equal(code, 1, out)
    assert.match(err + out, why)
  }
}

const counted = ({ removed }: Told) => Object.fromEntries(removed.map(({ kind, count }) => [kind, count]))
const gone = async (site: Site, run_id: string) => assert.rejects(ask(site.url, 'runs/get', { run_id }), /404.*not found/)

async function everything(site: Site): Promise<void> {
  const kept = await site.experiment('kept')
  const left = await site.experiment('left behind')
  const live = await site.run(kept, 'live')
  const plain = await site.run(kept, 'plain')
  const source = await site.run(kept, 'source')
  const moved = await site.run(left, 'moved')
  const inside = await site.run(left, 'inside')
  // An experiment that keeps its files within those of a run.
  const nested = await site.run(await site.experiment('nested', { artifact_location: `${plain.uri}/nested` }), 'nested')
  const models = [await site.model(kept), await site.model(kept), await site.model(left)]
  await site.post('registered-models/create', { name: 'model' })
  await site.post('model-versions/create', { name: 'model', source: `${source.uri}/model`, run_id: source.id })
  const changed = await fetch(`${site.url}/api/cairn/v1/runs/change`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ run_ids: [moved.id], change: 'move', experiment_id: kept }) })
  assert.equal(changed.status, 200, await changed.text())

  for (const { id } of [plain, live]) {
    const answer = await fetch(`${site.url}/api/cairn/v1/comments`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ run_id: id, text: 'why?' }) })
    assert.equal(answer.status, 200, await answer.text())
  }
  assert.deepEqual((await site.gc()).removed, [], 'nothing is deleted')
  for (const { id } of [plain, source]) await site.post('runs/delete', { run_id: id })
  await site.post('experiments/delete', { experiment_id: left })
  await fetch(`${site.url}/api/2.0/mlflow/logged-models/${models[1]!.id}`, { method: 'DELETE' })

  await site.refused(['--run-ids', live.id], /Run .* is not deleted/)
  await site.refused(['--run-ids', plain.id, '--older-than', '1h'], /deleted later than the age says/)
  await site.refused(['--run-ids', `${plain.id},${'0'.repeat(32)}`], /There is no run 0000/)
  await site.refused(['--run-ids', source.id], /its files are those of the model version model 1/i)
  await site.refused(['--experiment-ids', '02,abc'], /There is no experiment 02\.\s+There is no experiment abc/)
  await site.refused(['--older-than', 'soon'], /"soon" is no age/)
  assert.deepEqual(counted(await site.gc('--older-than', '1d2h3m4s')), {})

  const expected = {
    'runs': 2, 'artifacts of runs': 2, 'logged models': 2, 'artifacts of logged models': 2, 'experiments': 1,
  }
  const planned = await site.gc('--dry-run')
  assert.deepEqual(counted(planned), expected)
  assert.ok(existsSync(plain.file), 'a dry run removes nothing')
  const done = await site.gc()
  assert.deepEqual(done.removed.map(({ kind, count, bytes }) => [kind, count, bytes]), planned.removed.map(({ kind, count, bytes }) => [kind, count, bytes]))
  assert.deepEqual(done.left.map(({ kind, id, reason }) => [kind, id, reason]), [['run', source.id, 'in-use']])

  await gone(site, plain.id)
  await gone(site, inside.id)
  await assert.rejects(ask(site.url, 'experiments/get', { experiment_id: left }), /404/)
  for (const { file } of [live, source, moved, nested]) assert.ok(existsSync(file), `${file} is needed`)
  for (const { file } of [plain, inside, models[1]!, models[2]!]) assert.ok(!existsSync(file), `${file} is of nobody`)
  assert.ok(existsSync(models[0]!.file))
  assert.equal((await ask(site.url, 'runs/get', { run_id: moved.id }))['run'].data.params[0].value, 'moved')
  assert.deepEqual((await site.gc()).removed, [])
  assert.equal((await fetch(`${site.url}/api/cairn/v1/audit?entity=run&entity_name=${plain.id}`).then((answer) => answer.json() as Promise<any>)).entries[0].action, 'remove')

  // Once nobody needs it, the run goes.
  await ask(site.url, 'model-versions/search', {})
  await fetch(`${site.url}/api/2.0/mlflow/model-versions/delete`, { method: 'DELETE', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name: 'model', version: '1' }) })
  assert.equal(counted(await site.gc())['runs'], 1)
  assert.ok(!existsSync(source.file))

  // Files in the form of runs that nobody knows, beside files that somebody put there.
  const unknown = await site.put(`${kept}/${'d'.repeat(32)}/artifacts/a`, 'lost')
  const own = await site.put('notes/a', 'mine')
  assert.deepEqual((await site.gc()).removed, [], 'unless it is asked for')
  assert.deepEqual((await site.gc('--orphan-files', '--older-than', '1h')).removed, [])
  assert.deepEqual((await site.gc('--orphan-files')).removed, [{ kind: 'files that belong to nothing', count: 1, bytes: 4 }])
  assert.ok(!existsSync(unknown) && existsSync(own) && existsSync(live.file) && existsSync(moved.file))
}

test('gc removes what was deleted while the server works on SQLite, and nothing that somebody needs', async () => {
  using folder = tempFolder()
  {
    await using server = await serve(folder.path)
    const site = new Site(server.url, folder.path, [])
    await everything(site)
    // The number of a removed run may come again: what servers keep of runs must not.
    const last = await site.run('0', 'last')
    const shown = async () => (await ask(server.url, 'runs/search', { experiment_ids: ['0'] }, 'POST'))['runs'].map(({ data }: any) => data.params[0].value)
    assert.deepEqual(await shown(), ['last'])
    await site.post('runs/delete', { run_id: last.id })
    await site.gc('--run-ids', last.id)
    await site.run('0', 'next')
    assert.deepEqual(await shown(), ['next'])
    // As a pass leaves it that is killed after the rows and before the files.
    const file = await site.put(`0/${'c'.repeat(32)}/artifacts/a`, 'left')
    const db = new DatabaseSync(join(folder.path, 'cairn-data', 'cairn.db'))
    assert.equal(db.prepare('SELECT COUNT(*) AS n FROM comments').get()!['n'], 1, 'comments on what is gone are gone')
    db.exec(`INSERT INTO removals (kind, thing, location, time) VALUES ('run', '${'c'.repeat(32)}', 'mlflow-artifacts:/0/${'c'.repeat(32)}/artifacts', 1)`)
    // What somebody else has broken.
    db.exec(`DELETE FROM runs WHERE name = 'next'; UPDATE experiment_tags SET experiment_id = 99`)
    db.close()
    const expected = { 'artifacts of runs': 1, 'metric points': 1, 'latest metrics': 1, 'params': 1, 'tags': 1 }
    assert.deepEqual(counted(await site.gc('--dry-run')), expected)
    assert.deepEqual(counted(await site.gc()), expected)
    assert.ok(!existsSync(file))
  }
  // Without a server, names that nothing has go too.
  const { out } = await cairn(['gc', '--json'], { cwd: folder.path })
  assert.deepEqual(counted(JSON.parse(out) as Told), { 'names that nothing has': 5 })
  assert.equal((await cairn(['db', 'check'], { cwd: folder.path })).code, 0)
})

test('gc takes views and comments along, works in one workspace alone, and gives up uploads that nobody ended for a day', async () => {
  using folder = tempFolder()
  await using server = await serve(folder.path, { 'enable-workspaces': 'true' })
  const call = async (path: string, body: object, workspace = 'default') => {
    const answer = await fetch(`${server.url}/api/${path}`, { method: 'POST', headers: { 'content-type': 'application/json', 'x-mlflow-workspace': workspace }, body: JSON.stringify(body) })
    const text = await answer.text()
    assert.ok(answer.ok, text)
    return JSON.parse(text) as any
  }
  await call('3.0/mlflow/workspaces', { name: 'crm' })
  const made: string[] = []
  for (const workspace of ['crm', 'default']) {
    const { experiment_id } = await call('2.0/mlflow/experiments/create', { name: 'gone' }, workspace)
    await call('cairn/v1/views', { experiment_ids: [experiment_id], name: 'best' }, workspace)
    await call('cairn/v1/comments', { experiment_id, panel: 'loss', text: 'why?' }, workspace)
    await call('2.0/mlflow/experiments/delete', { experiment_id }, workspace)
    made.push(experiment_id)
  }
  const both = (await call('2.0/mlflow/experiments/create', { name: 'kept' })).experiment_id as string
  await call('cairn/v1/views', { experiment_ids: [both, '0'], name: 'kept' })
  await call('2.0/mlflow/registered-models/create', { name: 'model' })
  await call('2.0/mlflow/model-versions/create', { name: 'model', source: 's3://elsewhere/model' })
  await call('cairn/v1/comments', { name: 'model', version: '1', text: 'good' })
  const upload = await call('2.0/mlflow-artifacts/mpu/create/0', { path: 'big', num_parts: 1 })
  const begun = join(folder.path, 'cairn-data', 'artifacts', '.cairn-store', 'multipart', upload.upload_id)
  const gc = async (...words: string[]) => {
    const { code, out, err } = await cairn(['gc', '--json', ...words], { cwd: folder.path })
    assert.equal(code, 0, err + out)
    return counted(JSON.parse(out) as Told)
  }
  assert.deepEqual(await gc('--workspace', 'crm'), { experiments: 1 })
  const db = new DatabaseSync(join(folder.path, 'cairn-data', 'cairn.db'))
  const rows = (table: string) => db.prepare(`SELECT COUNT(*) AS n FROM ${table}`).get()!['n']
  assert.deepEqual([rows('run_views'), rows('comments')], [2, 2])
  assert.deepEqual(await gc(), { experiments: 1 })
  assert.deepEqual([rows('run_views'), rows('comments')], [1, 1])
  // A model's versions go at once, and what was said of them with the next pass; the rest is what an older gc has left.
  const removed = await fetch(`${server.url}/api/2.0/mlflow/registered-models/delete`, { method: 'DELETE', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name: 'model' }) })
  assert.equal(removed.status, 200)
  db.exec(`INSERT INTO run_views (experiments, name, state, shared, is_default, created_by, updated_by, creation_time, last_updated_time) VALUES ('${made[0]}', 'old', '', 1, 0, '', '', 1, 1)`)
  utimesSync(begun, new Date(Date.now() - 25 * 3_600_000), new Date(Date.now() - 25 * 3_600_000))
  const expected = { 'uploads that were never ended': 1, 'views': 1, 'comments': 1 }
  assert.deepEqual(await gc('--dry-run'), expected)
  assert.deepEqual(await gc(), expected)
  assert.deepEqual([rows('run_views'), rows('comments'), existsSync(begun)], [1, 0, false])
  db.close()
})

test('gc removes what was deleted while a server works on PostgreSQL', async () => {
  using folder = tempFolder()
  await using postgres = await startPostgres()
  const flags = { 'backend-store-uri': postgres.uri }
  const words = ['--backend-store-uri', postgres.uri]
  {
    await using server = await serve(folder.path, flags)
    await everything(new Site(server.url, folder.path, words))
  }
  const { out } = await cairn(['gc', '--json', ...words], { cwd: folder.path })
  assert.deepEqual(counted(JSON.parse(out) as Told), { 'names that nothing has': 3 })
  assert.equal((await cairn(['db', 'check', ...words], { cwd: folder.path })).code, 0)
})

test('gc that is killed half-way is finished by the next one, and no run loses its files', async () => {
  using folder = tempFolder()
  await using server = await serve(folder.path)
  const site = new Site(server.url, folder.path, [])
  const experiment = await site.experiment('many')
  const runs = await Promise.all(Array.from({ length: 60 }, (_, at) => site.run(experiment, `run ${at}`)))
  const kept = runs.slice(0, 10)
  const doomed = runs.slice(10)
  for (const { id } of doomed) await site.post('runs/delete', { run_id: id })
  const program = fileURLToPath(new URL('../../packages/cli/bin/cairn', import.meta.url))
  const child = spawn(program, ['gc'], { cwd: folder.path, stdio: 'ignore' })
  const ended = new Promise((resolve) => child.once('close', resolve))
  while (child.exitCode === null && doomed.every(({ file }) => existsSync(file))) await delay(1)
  child.kill('SIGKILL')
  await ended
  const { runs: found } = await ask(server.url, 'runs/search', { experiment_ids: [experiment], run_view_type: 'ALL', max_results: 100 }, 'POST')
  const there = new Set((found as any[]).map(({ info }) => info.run_id as string))
  for (const { id, file } of runs) if (there.has(id)) assert.ok(existsSync(file), 'a run that is there has its files')
  // What a large history took goes back to the disk.
  const { run: large } = await site.post('runs/create', { experiment_id: experiment, start_time: 5 })
  const metrics = Array.from({ length: 1000 }, (_, at) => ({ key: 'noise', value: Math.sin(at * at), timestamp: at * 7919, step: at }))
  for (let at = 0; at < 40; at += 1) await site.post('runs/log-batch', { run_id: large.info.run_id, metrics: metrics.map((metric) => ({ ...metric, key: `noise ${at}` })) })
  await site.post('runs/delete', { run_id: large.info.run_id })
  const { database_bytes = 0 } = await site.gc()
  assert.ok(database_bytes > 200_000, `${database_bytes} bytes were given back`)
  assert.deepEqual(readdirSync(join(folder.path, 'cairn-data', 'artifacts', experiment)).toSorted(), kept.map(({ id }) => id).toSorted())
  for (const { file } of kept) assert.ok(existsSync(file))
})
