import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { CairnClient, mlModelText } from '@cairn/sdk'
import { startServer } from '@cairn/server'
import { readConfig } from '@cairn/server/config'
import { ModelError } from '../errors.ts'
import { fetchModel, placeOf } from './fetch-model.ts'
import { parseMlModel, readMlModel, rewriteMlModel } from './mlmodel.ts'
import { parseModelUri } from './model-uri.ts'
import { schemaText, type Signature } from './signature.ts'

const folder = mkdtempSync(join(tmpdir(), 'cairn-models-'))
after(() => rmSync(folder, { recursive: true }))

const signature: Signature = {
  inputs: { kind: 'columns', columns: [{ type: 'double', name: 'a', required: true }, { type: 'array', items: { type: 'string' }, name: 'b', required: false }] },
  outputs: { kind: 'tensors', tensors: [{ type: 'tensor', 'tensor-spec': { dtype: 'int64', shape: [-1] } }] },
  params: [{ name: 'p', default: 2, shape: null, type: 'long' }],
}
const text = mlModelText({
  flavors: { python_function: { loader_module: 'mlflow.sklearn', python_version: '3.10' }, sklearn: { code: null } },
  signature, modelUuid: 'aa', created: new Date('2026-11-25T08:30:00.250Z'), mlflowVersion: '3.17.2', metadata: { owner: 'yes', since: '2026-01-01' },
})

test('an MLmodel file that was written is read back, texts that look like something else included', () => {
  const model = parseMlModel(text)
  assert.deepEqual(model.signature, signature)
  assert.equal(model.flavors['python_function']!['python_version'], '3.10')
  assert.deepEqual(model.metadata, { owner: 'yes', since: '2026-01-01' })
  assert.equal(model.created, '2026-11-25 08:30:00.250000')
  assert.match(text, /inputs: '\[\{"type": "double", "name": "a", "required": true\}/)
  assert.equal(schemaText(signature.inputs!), `['a': double (required), 'b': Array(string) (optional)]`)
  assert.equal(schemaText(signature.outputs!), `[Tensor('int64', (-1,))]`)
})

test('fields that are not known stay when a file is rewritten', async () => {
  const at = join(folder, 'rewritten')
  mkdirSync(at)
  writeFileSync(join(at, 'MLmodel'), `${text}future_field:\n  deep: [1, 2]\n`)
  await rewriteMlModel(at, await readMlModel(at), { metadata: { owner: 'me' } })
  const model = await readMlModel(at)
  assert.deepEqual(model.fields['future_field'], { deep: [1n, 2n] })
  assert.deepEqual(model.metadata, { owner: 'me' })
})

test('a damaged file is told with what to do', () => {
  for (const [broken, words] of [
    ['flavors: [', /is no YAML/], ['just text', /is no mapping/], ['a: 1', /has no flavors/],
    [`${text}`.replace('"type": "double"', '"type": "quaternion"'), /a type "quaternion"/], [text.replace(/inputs: .*/, "inputs: '{'"), /are no JSON/],
  ] as const) assert.throws(() => parseMlModel(broken), (error) => error instanceof ModelError && words.test(error.message), broken.slice(0, 20))
})

test('model URIs name versions, aliases, stages, logged models, runs and folders', () => {
  const id = `m-${'0'.repeat(32)}`
  assert.deepEqual([
    'models:/churn/3', 'models:/churn@champion', 'models:/churn/latest', 'models:/churn/Production', `models:/${id}`, `models:/${id}/sub`,
    'runs:/abc/a/model', 'mlflow-artifacts:/1/models/x', 'here/model', 'file:///srv/a%20model', 'models:///churn/03',
  ].map((uri) => parseModelUri(uri, '/home')), [
    { kind: 'version', name: 'churn', version: '3' }, { kind: 'alias', name: 'churn', alias: 'champion' }, { kind: 'latest', name: 'churn' },
    { kind: 'stage', name: 'churn', stage: 'Production' }, { kind: 'logged-model', modelId: id, path: '' }, { kind: 'logged-model', modelId: id, path: 'sub' },
    { kind: 'run', runId: 'abc', path: 'a/model' }, { kind: 'proxied', path: '1/models/x' }, { kind: 'folder', path: '/home/here/model' },
    { kind: 'folder', path: '/srv/a model' }, { kind: 'version', name: 'churn', version: '3' },
  ])
  for (const uri of ['models:/churn', 'runs:/abc', 's3://bucket/model', 'models:/', 'file://host/model']) assert.throws(() => parseModelUri(uri, '/'), ModelError, uri)
})

test('a model comes from the server once, by whatever name, and anew when it was saved anew', async () => {
  await using server = await startServer(readConfig({ flags: { port: '0' }, env: { MLFLOW_LOGGING_LEVEL: 'ERROR' }, cwd: folder }))
  const client = new CairnClient({ url: server.url })
  const run = await client.runs.create({ experiment_id: '0' })
  const { run_id } = run.info
  const put = async (uuid: string): Promise<void> => {
    await client.artifacts.upload(run_id, 'model/MLmodel', text.replace('model_uuid: aa', `model_uuid: ${uuid}`))
    await client.artifacts.upload(run_id, 'model/deep/data.bin', 'bytes')
  }
  await put('aa')
  await client.models.create({ name: 'churn' })
  await client.models.createVersion({ name: 'churn', source: `runs:/${run_id}/model`, run_id })
  await client.models.setAlias('churn', 'champion', '1')
  const cache = join(folder, 'cache')
  const fetch = (uri: string) => fetchModel(uri, { client, cwd: folder, cache })

  const first = await fetch('models:/churn@champion')
  assert.deepEqual(first.version, { name: 'churn', version: '1' })
  assert.equal(readFileSync(join(first.folder, 'deep/data.bin'), 'utf8'), 'bytes')
  assert.deepEqual((await readMlModel(first.folder)).signature, signature)
  for (const uri of [`runs:/${run_id}/model`, 'models:/churn/1', 'models:/churn/latest']) assert.equal((await fetch(uri)).folder, first.folder, uri)
  assert.equal((await fetch(first.folder)).digest, first.digest)
  assert.equal(readdirSync(join(cache, 'sha256')).length, 1)

  await put('bb')
  const second = await fetch('models:/churn/1')
  assert.notEqual(second.digest, first.digest)
  assert.equal(readdirSync(join(cache, 'sha256')).length, 2)
  assert.deepEqual(readdirSync(cache).toSorted(), ['places', 'sha256'])

  await assert.rejects(fetch(`runs:/${run_id}/none`), /There is no model at runs:/)
  await assert.rejects(fetch('models:/churn@nobody'), /alias/i)
  await assert.rejects(fetch('nowhere'), /There is no folder/)
  assert.throws(() => placeOf('/srv', '../etc/passwd'), ModelError)
})
