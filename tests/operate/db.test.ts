import assert from 'node:assert/strict'
import { cpSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { startPostgres } from '../../tools/postgres.ts'
import { cairn, tempFolder } from './command-line.ts'
import { ask, serve } from './stores.ts'

async function done(folder: string, ...words: string[]): Promise<string> {
  const { code, out, err } = await cairn(words, { cwd: folder })
  assert.equal(code, 0, `${words.join(' ')}: ${err}${out}`)
  return out
}

async function refused(folder: string, words: readonly string[], why: RegExp): Promise<void> {
  const { code, out, err } = await cairn(words, { cwd: folder })
  assert.equal(code, 1, out)
  assert.match(err + out, why)
}

/** A run with a history, and what a server tells of it. */
async function logRun(url: string): Promise<string> {
  const { run } = await ask(url, 'runs/create', { experiment_id: '0', run_name: 'kept', start_time: 5 }, 'POST')
  const metrics = Array.from({ length: 900 }, (_, step) => ({ key: 'loss', value: 1 / (step + 1), timestamp: step, step }))
  await ask(url, 'runs/log-batch', { run_id: run.info.run_id, metrics, params: [{ key: 'lr', value: 'ä' }] }, 'POST')
  await ask(url, 'registered-models/create', { name: 'model' }, 'POST')
  return run.info.run_id as string
}
const told = async (url: string, run_id: string) => [
  await ask(url, 'runs/get', { run_id }), await ask(url, 'metrics/get-history', { run_id, metric_key: 'loss' }), await ask(url, 'registered-models/get', { name: 'model' }),
]

/** What is written down of restoring it. */
async function restored(url: string): Promise<string[]> {
  const { entries } = await (await fetch(`${url}/api/cairn/v1/audit?entity=database`)).json() as { entries: { principal: string; action: string; entity_name: string }[] }
  return entries.map(({ principal, action, entity_name }) => `${principal}: ${action} ${entity_name}`)
}

test('a backup that is made while the server runs holds all that was acknowledged, and is restored where nothing is', async () => {
  using folder = tempFolder()
  let before: unknown
  let run = ''
  {
    await using server = await serve(folder.path)
    run = await logRun(server.url)
    await done(folder.path, 'db', 'backup', 'backup.db')
    before = await told(server.url, run)
    assert.match(await done(folder.path, 'db', 'check'), /All is well: metrics of 1 runs with 900 points/)
    await refused(folder.path, ['db', 'backup', 'backup.db'], /There is a file .*backup\.db already/)
  }
  await refused(folder.path, ['db', 'restore', 'backup.db'], /There is a database at/)
  await refused(folder.path, ['db', 'restore', 'nothing.db', '--data-dir', 'other'], /There is no file/)
  await done(folder.path, 'db', 'restore', 'backup.db', '--data-dir', 'other')
  assert.match(await done(folder.path, 'db', 'migrate', '--data-dir', 'other'), /those of this version/)
  await using server = await serve(folder.path, { 'data-dir': join(folder.path, 'other') })
  assert.deepEqual(await told(server.url, run), before)
  assert.deepEqual(await restored(server.url), ['cairn db restore: restore backup.db'])
})

test('a backup goes from SQLite into an empty PostgreSQL database and back, and what is made there goes on behind it', async () => {
  using folder = tempFolder()
  await using postgres = await startPostgres()
  let before: unknown
  let run = ''
  {
    await using server = await serve(folder.path)
    run = await logRun(server.url)
    before = await told(server.url, run)
  }
  const uri = postgres.uri
  await done(folder.path, 'db', 'backup', 'sqlite.db')
  await done(folder.path, 'db', 'restore', 'sqlite.db', '--backend-store-uri', uri)
  await refused(folder.path, ['db', 'restore', 'sqlite.db', '--backend-store-uri', uri], /There are tables in this database/)
  assert.match(await done(folder.path, 'db', 'check', '--backend-store-uri', uri), /All is well: metrics of 1 runs with 900 points/)
  let second = ''
  {
    await using server = await serve(folder.path, { 'backend-store-uri': uri })
    assert.deepEqual(await told(server.url, run), before)
    second = (await ask(server.url, 'runs/create', { experiment_id: '0', run_name: 'second', start_time: 6 }, 'POST'))['run'].info.run_id as string
    await done(folder.path, 'db', 'backup', 'postgres.db', '--backend-store-uri', uri)
  }
  await done(folder.path, 'db', 'restore', 'postgres.db', '--data-dir', 'again')
  await using server = await serve(folder.path, { 'data-dir': join(folder.path, 'again') })
  assert.deepEqual(await told(server.url, run), before)
  assert.equal((await ask(server.url, 'runs/get', { run_id: second }))['run'].info.run_name, 'second')
  assert.deepEqual(await restored(server.url), ['cairn db restore: restore postgres.db', 'cairn db restore: restore sqlite.db'])
})

test('a check finds damaged points, points that are not the latest, and rows that belong to nothing', async () => {
  using folder = tempFolder()
  {
    await using server = await serve(folder.path)
    await logRun(server.url)
  }
  const file = join(folder.path, 'cairn-data', 'cairn.db')
  const damage = async (sql: string, found: RegExp): Promise<void> => {
    using other = tempFolder()
    cpSync(file, join(other.path, 'cairn.db'))
    const db = new DatabaseSync(join(other.path, 'cairn.db'))
    db.exec(sql)
    db.close()
    await refused(folder.path, ['db', 'check', '--data-dir', other.path], found)
  }
  await damage("UPDATE metric_segments SET points = x'09'", /segment \d+: .*unknown version 9/)
  await damage('UPDATE latest_metrics SET step = 5', /the latest value is another/)
  await damage('DELETE FROM metric_segments; DELETE FROM metric_chunks', /there is a latest value but no point/)
  await damage('UPDATE params SET run_id = 77', /params of runs: 1 are not there/)
  await damage('DELETE FROM runs', /metrics of a run that is not there/)
})

test('a file that is no backup is refused', async () => {
  using folder = tempFolder()
  const db = new DatabaseSync(join(folder.path, 'other.db'))
  db.exec('CREATE TABLE mine (x)')
  db.close()
  const bytes = readFileSync(join(folder.path, 'other.db'))
  await refused(folder.path, ['db', 'restore', 'other.db'], /tables of another program/)
  await refused(folder.path, ['db', 'backup', 'b.db', '--backend-store-uri', 'sqlite:///other.db'], /tables of another program/)
  assert.deepEqual(readFileSync(join(folder.path, 'other.db')), bytes)
})
