import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Any, Empty, endpoint, type Api, type Endpoint } from '@cairn/protocol'
import fc from 'fast-check'
import { createRouter } from './router.ts'

const at = (method: Endpoint['method'], api: Api, path: string): [Endpoint, string] =>
  [endpoint({ name: `${method} ${path}`, method, api, path, group: 'test', summary: '', request: Empty, response: Any }), `${method} ${path}`]

const router = createRouter([
  at('POST', 'mlflow', '/runs/create'),
  at('GET', 'mlflow', '/runs/get'),
  at('PATCH', 'mlflow', '/logged-models/{model_id}'),
  at('GET', 'mlflow', '/logged-models/{model_id}'),
  at('POST', 'mlflow', '/logged-models/search'),
  at('GET', 'artifacts', '/artifacts/{path*}'),
  at('PUT', 'artifacts', '/artifacts/{path*}'),
  at('GET', 'cairn', '/views/{id}/versions/{version}'),
  at('GET', 'root', '/health'),
])
const found = (method: string, path: string) => {
  const hit = router.find(method, path)
  return hit === undefined ? undefined : [hit.value, hit.params]
}

test('an endpoint of MLflow answers under each of its prefixes, and nowhere else', () => {
  for (const prefix of ['/api/2.0', '/api/3.0', '/ajax-api/2.0', '/ajax-api/3.0']) {
    assert.deepEqual(found('POST', `${prefix}/mlflow/runs/create`), ['POST /runs/create', undefined])
    assert.deepEqual(found('GET', `${prefix}/mlflow-artifacts/artifacts/a/b.txt`), ['GET /artifacts/{path*}', { path: 'a/b.txt' }])
  }
  for (const path of ['/api/4.0/mlflow/runs/create', '/mlflow/runs/create', '/api/2.0/mlflow/runs/create/', '/api/2.0//mlflow/runs/create', '/API/2.0/mlflow/runs/create', '/ajax-api/cairn/v1/views/1/versions/2', '/health/']) {
    for (const method of ['GET', 'POST']) assert.equal(found(method, path), undefined, path)
  }
})

test('a parameter is one segment, the last may be the rest', () => {
  assert.deepEqual(found('PATCH', '/api/2.0/mlflow/logged-models/m-1'), ['PATCH /logged-models/{model_id}', { model_id: 'm-1' }])
  assert.deepEqual(found('POST', '/api/2.0/mlflow/logged-models/search'), ['POST /logged-models/search', undefined])
  assert.deepEqual(found('GET', '/api/2.0/mlflow/logged-models/search'), ['GET /logged-models/{model_id}', { model_id: 'search' }])
  assert.deepEqual(found('GET', '/api/cairn/v1/views/a/versions/b'), ['GET /views/{id}/versions/{version}', { id: 'a', version: 'b' }])
  assert.equal(found('GET', '/api/cairn/v1/views/a/b/versions/c'), undefined)
  assert.equal(found('PATCH', '/api/2.0/mlflow/logged-models/'), undefined)
  assert.deepEqual(found('PUT', '/api/2.0/mlflow-artifacts/artifacts/'), ['PUT /artifacts/{path*}', { path: '' }])
})

test('HEAD is answered by what answers GET; other methods are named', () => {
  assert.deepEqual(found('HEAD', '/health'), ['GET /health', undefined])
  assert.equal(found('HEAD', '/api/2.0/mlflow/runs/create'), undefined)
  assert.deepEqual(router.methods('/ajax-api/3.0/mlflow/runs/create'), ['POST'])
  assert.deepEqual(router.methods('/api/2.0/mlflow/logged-models/search'), ['GET', 'PATCH', 'POST'])
  assert.deepEqual(router.methods('/nowhere'), [])
})

test('escapes are decoded once, whatever they stand for', () => {
  assert.deepEqual(found('POST', '/api/2.0/mlflow/%72uns/%63reate'), ['POST /runs/create', undefined])
  assert.deepEqual(found('GET', '/api/2.0/mlflow/logged-models/a%2Fb'), ['GET /logged-models/{model_id}', { model_id: 'a/b' }])
  assert.deepEqual(found('GET', '/api/2.0/mlflow/logged-models/%252e%25%32%66'), ['GET /logged-models/{model_id}', { model_id: '%2e%2f' }])
  for (const path of ['%', '%zz', '%%32f', '%c3', '%e2%2f%82%ac']) {
    assert.throws(() => found('GET', `/api/2.0/mlflow/logged-models/${path}`), /not valid percent-encoding/, path)
  }
})

test('whatever a parameter is, its escaped form brings it back', () => {
  fc.assert(fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (id) => {
    assert.deepEqual(found('GET', `/api/2.0/mlflow/logged-models/${encodeURIComponent(id)}`), ['GET /logged-models/{model_id}', { model_id: id }])
    const every = [...new TextEncoder().encode(id)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')
    assert.deepEqual(found('GET', `/api/2.0/mlflow/logged-models/${every}`), ['GET /logged-models/{model_id}', { model_id: id }])
  }))
})

test('two endpoints for one path and method are a mistake of ours, found at the start', () => {
  assert.throws(() => createRouter([at('GET', 'root', '/a'), at('GET', 'root', '/a')]), /Two endpoints answer GET \/a/)
})
