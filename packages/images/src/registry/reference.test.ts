import assert from 'node:assert/strict'
import { test } from 'node:test'
import { challenges } from './authentication.ts'
import { isLoopback, parseReference } from './reference.ts'

test('an image is named as Docker names it', () => {
  const digest = `sha256:${'a'.repeat(64)}`
  for (const [text, registry, repository, version] of [
    ['python', 'registry-1.docker.io', 'library/python', 'latest'],
    ['docker://python:3.12-slim', 'registry-1.docker.io', 'library/python', '3.12-slim'],
    ['docker.io/team/churn:3', 'registry-1.docker.io', 'team/churn', '3'],
    ['team/churn', 'registry-1.docker.io', 'team/churn', 'latest'],
    ['localhost/churn', 'localhost', 'churn', 'latest'],
    ['localhost:5000/a/b_c__d:v1', 'localhost:5000', 'a/b_c__d', 'v1'],
    ['ghcr.io/team/churn:3@' + digest, 'ghcr.io', 'team/churn', digest],
    ['[::1]:5000/churn', '[::1]:5000', 'churn', 'latest'],
  ] as const) assert.deepEqual({ ...parseReference(text), name: '' }, { registry, repository, version, name: '' }, text)
  assert.equal(parseReference('python:3.12').name, 'docker.io/library/python:3.12')
  for (const text of ['', 'Upper/case', 'a//b', 'a:b:c', 'host.example/a@sha256:12', 'evil host.example/a', 'user:pass@host.example/a', 'a/../b', 'host.example/', 'a:-tag']) assert.throws(() => parseReference(text), /names no image/, text)
})

test('only this machine itself is spoken to without TLS by itself', () => {
  assert.deepEqual(['localhost:5000', '127.0.0.1', '127.8.9.1:80', '[::1]:5000', 'localhost.evil.example', '127.0.0.1.evil.example', '10.0.0.1', 'registry.example'].map(isLoopback), [true, true, true, true, false, false, false, false])
})

test('what a registry asks for is read, also where it asks for several', () => {
  assert.deepEqual(challenges('Bearer realm="https://auth.example/token",service="registry.example",scope="repository:a/b:pull,push"'), [
    { scheme: 'bearer', parameters: { realm: 'https://auth.example/token', service: 'registry.example', scope: 'repository:a/b:pull,push' } },
  ])
  assert.deepEqual(challenges('Negotiate, Basic realm="a \\"b\\", c", bearer realm=x').map(({ scheme, parameters }) => [scheme, parameters['realm']]), [['negotiate', undefined], ['basic', 'a "b", c'], ['bearer', 'x']])
  assert.deepEqual(challenges(''), [])
})
