import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { startServerProcess, type ServerProcess } from '../crash/server-process.ts'
import { ask, outcome, post, type Answer } from './wire.ts'

/* What a request learns that the server cannot answer, and what stands in the way of one for another tenant. */

let folder: string
let server: ServerProcess
const create = async (): Promise<string> =>
  (JSON.parse((await post(server.url, '/api/2.0/mlflow/runs/create', { experiment_id: '0' })).body) as { run: { info: { run_id: string } } }).run.info.run_id
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cairn-errors-'))
  server = await startServerProcess(folder)
})
after(async () => {
  await server[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

describe('a request that names a workspace', () => {
  const paths: readonly [string, string][] = [
    ['GET', '/api/2.0/mlflow/experiments/get?experiment_id=0'], ['GET', '/ajax-api/3.0/mlflow/experiments/search?max_results=1'],
    ['POST', '/api/2.0/mlflow/runs/create'], ['POST', '/graphql'], ['GET', '/api/2.0/mlflow-artifacts/artifacts?path=a'],
    ['PUT', '/api/2.0/mlflow-artifacts/artifacts/a'], ['GET', '/get-artifact?run_id=x&path=y'], ['GET', '/api/cairn/v1/live'], ['GET', '/no/such/path'],
  ]
  for (const [method, path] of paths) {
    test(`${method} ${path} is refused, and not answered from the place that all share`, async () => {
      for (const workspace of ['team-a', 'DEFAULT', 'default,team-a', '../default']) {
        const answer = await ask(server.url, path, { method, headers: { 'X-MLFLOW-WORKSPACE': workspace, 'Content-Type': 'application/json' }, body: '{"experiment_id":"0"}' })
        assert.equal(outcome(answer), '400 FEATURE_DISABLED', workspace)
      }
      const twice = await ask(server.url, path, { method, headers: { 'X-MLFLOW-WORKSPACE': 'default', 'x-mlflow-workspace': 'team-a' }, body: '{}' })
      assert.equal(outcome(twice), '400 FEATURE_DISABLED')
    })
  }
  test('names none when there is nothing in it, as for MLflow', async () => {
    const plain = await ask(server.url, '/api/2.0/mlflow/experiments/get?experiment_id=0', { headers: {} })
    for (const workspace of ['', '  ']) {
      assert.deepEqual((await ask(server.url, '/api/2.0/mlflow/experiments/get?experiment_id=0', { headers: { 'X-MLFLOW-WORKSPACE': workspace } })).body, plain.body)
    }
  })
})

test('files of two runs in one request come from the run that run_id names', async () => {
  const [one, two] = [await create(), await create()]
  for (const [run, text] of [[one, 'of one'], [two, 'of two']] as const) {
    assert.equal((await ask(server.url, `/ajax-api/2.0/mlflow/upload-artifact?run_uuid=${run}&path=a.txt`, { method: 'POST', body: text })).status, 200)
  }
  for (const query of [`run_id=${one}&run_uuid=${two}`, `run_uuid=${two}&run_id=${one}`]) {
    assert.match((await ask(server.url, `/get-artifact?${query}&path=a.txt`)).body, /of one/)
  }
})

// Last, for it breaks the server's own files under its feet.
test('an error inside the server shows an id, and no SQL, name of a table, path or stack', async () => {
  const run = await create()
  const database = new DatabaseSync(join(folder, 'cairn.db'))
  const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'").all().map(({ name }) => String(name))
  database.exec('PRAGMA busy_timeout = 5000; PRAGMA legacy_alter_table = ON')
  for (const name of tables) database.exec(`ALTER TABLE "${name}" RENAME TO "gone_${name}"`)
  database.close()
  const artifacts = join(folder, 'artifacts')
  await rm(artifacts, { recursive: true })
  await writeFile(artifacts, 'no folder')

  const answers: Answer[] = []
  for (const path of [`/api/2.0/mlflow/runs/get?run_id=${run}`, '/api/2.0/mlflow/experiments/get?experiment_id=0', '/api/2.0/mlflow/registered-models/search', `/get-artifact?run_id=${run}&path=a.txt`, '/api/2.0/mlflow-artifacts/artifacts?path=a']) {
    answers.push(await ask(server.url, path))
  }
  answers.push(
    await post(server.url, '/api/2.0/mlflow/runs/search', { experiment_ids: ['0'] }),
    await post(server.url, '/api/2.0/mlflow/runs/create', { experiment_id: '0' }),
    await post(server.url, '/api/2.0/mlflow/runs/set-tag', { run_id: run, key: 'k', value: 'v' }),
    await post(server.url, '/graphql', { query: `{ mlflowGetRun(input: {runId: "${run}"}) { run { info { runId } } } }` }),
    await ask(server.url, '/api/2.0/mlflow-artifacts/artifacts/a.txt', { method: 'PUT', body: 'x' }),
  )
  assert.ok(answers.filter((answer) => outcome(answer) === '500 INTERNAL_ERROR').length >= 7, answers.map(outcome).join(', '))
  for (const { status, body, headers } of answers) {
    assert.doesNotMatch(body, /no such table|SELECT|INSERT|sqlite|SQLITE|ENOTDIR|ENOENT|node:|\.ts\b|\bat \w+ \(/, body)
    assert.ok(!body.includes(folder) && !body.includes(tmpdir()), body)
    if (status === 500) assert.match(body, /request id [0-9a-f]{8}-\w+/)
    assert.equal(headers['x-content-type-options'], 'nosniff')
  }
  assert.equal((await ask(server.url, '/health')).status, 200)
})
