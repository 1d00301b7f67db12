import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { artifactServer, runId, type ArtifactServer } from './testing.ts'

const other = 'b'.repeat(32)
const elsewhere = 'c'.repeat(32)
const model = 'm-1'
let server: ArtifactServer
before(async () => {
  server = await artifactServer()
  server.uris.set(other, `mlflow-artifacts:/1/${other}/artifacts`).set(elsewhere, 's3://bucket/of/others').set(model, `mlflow-artifacts:/1/models/${model}/artifacts`)
  const put = async (path: string, body: string | Uint8Array<ArrayBuffer>): Promise<void> => assert.equal((await fetch(`${server.proxied}/1/${path}`, { method: 'PUT', body })).status, 200)
  for (const id of [runId, other]) await put(`${id}/artifacts/requirements.txt`, 'numpy==1.0\n')
  await put(`${runId}/artifacts/conda.yaml`, 'name: é')
  await put(`${runId}/artifacts/large.txt`, 'x'.repeat(600_000))
  await put(`${runId}/artifacts/binary.txt`, new Uint8Array([65, 0, 66]))
  await put(`models/${model}/artifacts/requirements.txt`, 'scipy==1.1\n')
})
after(() => server[Symbol.asyncDispose]())

const read = async (body: object): Promise<Record<string, unknown>> => {
  const response = await server.fetch('/api/cairn/v1/artifacts/read', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
  return { status: response.status, ...await response.json() as object }
}

test('answers what is there of many runs and models, equal texts once, and leaves out what it cannot reach', async () => {
  assert.deepEqual(await read({ run_ids: [elsewhere, runId, 'unknown', other], models: [{ model_id: model }, { model_id: 'm-gone' }], paths: ['conda.yaml', 'requirements.txt', 'nothing/here.txt'] }), {
    status: 200,
    files: [
      { path: 'conda.yaml', run_id: runId, text: 0 }, { path: 'requirements.txt', run_id: runId, text: 1 }, { path: 'requirements.txt', run_id: other, text: 1 },
      { path: 'requirements.txt', model_id: model, text: 2 },
    ],
    texts: ['name: é', 'numpy==1.0\n', 'scipy==1.1\n'],
  })
})

test('says that a file is there without its text where it is large or none', async () => {
  assert.deepEqual(await read({ run_ids: [runId], paths: ['large.txt', 'binary.txt'] }), { status: 200, files: [{ path: 'large.txt', run_id: runId }, { path: 'binary.txt', run_id: runId }], texts: [] })
})

test('refuses names that lead out of the root, and too many at once', async () => {
  for (const path of ['../x', '/etc/passwd', 'a/%2e%2e/b']) assert.equal((await read({ run_ids: [runId], paths: [path] }))['status'], 400)
  assert.match(String((await read({ run_ids: [runId], paths: Array.from({ length: 21 }, (_, at) => `${at}`) }))['message']), /At most 20 paths/)
  assert.match(String((await read({ run_ids: Array.from({ length: 1001 }, (_, at) => `${at}`), paths: ['x'] }))['message']), /At most 1000 runs and models/)
})
