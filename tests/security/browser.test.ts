import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { startServerProcess, type ServerProcess } from '../crash/server-process.ts'
import { ask, exchange, outcome } from './wire.ts'

/* What a page from elsewhere, opened in the browser of somebody who runs a server, can try. */

let folder: string
let server: ServerProcess
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cairn-security-'))
  server = await startServerProcess(folder)
})
after(async () => {
  await server[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

const list = '/api/2.0/mlflow/experiments/search?max_results=1'
const json = { 'Content-Type': 'application/json' }

describe('the name by which the server is called', () => {
  const port = (): string => new URL(server.url).port
  for (const host of [
    'evil.example', '10.evil.example', '127.0.0.1.evil.example', '192.168.1.1.evil.example', 'localhost.evil.example', 'localhost.',
    'localhost@evil.example', 'evil.example@localhost', 'localhost:80@evil.example', 'localhost:http', '127.1', '2130706433', '0x7f.0.0.1',
    '127.0.0.1/evil.example', '127.0.0.1#', '[::1].evil.example', '[::1', '::1', '[2001:db8::1]', '[fd::1]', '[fc0::1]', '[::ffff:8.8.8.8]', '[fc00.evil.example]', '172.32.0.1', '8.8.8.8', '',
  ]) {
    test(`Host "${host}" is refused`, async () => {
      const answer = await ask(server.url, list, { host })
      assert.equal(answer.status, 403)
      assert.match(answer.body, /^Invalid Host header/)
    })
  }

  for (const host of ['localhost', 'LOCALHOST:5000', '127.0.0.1:1', '[::1]', '[::1]:5000', '10.1.2.3', '192.168.0.7:5000', '172.16.0.1', '[fd00::1]:5000', '0.0.0.0']) {
    test(`Host "${host}" is taken`, async () => {
      assert.equal((await ask(server.url, list, { host })).status, 200)
    })
  }

  test('a request without a Host is refused, in HTTP/1.1 and in HTTP/1.0', async () => {
    assert.ok((await ask(server.url, list, { host: undefined })).status >= 400)
    assert.equal((await exchange(server.url, `GET ${list} HTTP/1.0\r\n\r\n`)).status, 403)
  })

  test('a second Host or an absolute address does not stand in for the first', async () => {
    const two = await exchange(server.url, `GET ${list} HTTP/1.1\r\nHost: evil.example\r\nHost: localhost\r\nConnection: close\r\n\r\n`)
    assert.ok(two.status === 400 || two.status === 403, String(two.status))
    const absolute = await exchange(server.url, `GET http://localhost:${port()}${list} HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n`)
    assert.equal(absolute.status, 403)
  })

  test('probes of health and version need no known Host, and nothing that only looks like them passes', async () => {
    for (const path of ['/health', '/version', '/health?x=1']) assert.equal((await ask(server.url, path, { host: 'probe.example' })).status, 200)
    for (const path of ['//health', '/health/', '/health/../server-info', '/health%2f..', '/server-info', '/', '/graphql']) {
      assert.equal((await ask(server.url, path, { host: 'probe.example' })).status, 403, path)
    }
  })

  test('below a static prefix the same checks hold', async () => {
    const data = await mkdtemp(join(tmpdir(), 'cairn-security-'))
    await using prefixed = await startServerProcess(data, { MLFLOW_STATIC_PREFIX: '/team' })
    assert.ok(prefixed.url.endsWith('/team'), prefixed.url)
    assert.equal((await ask(prefixed.url, `/team${list}`)).status, 200)
    assert.equal((await ask(prefixed.url, `/team${list}`, { host: 'evil.example' })).status, 403)
    assert.equal((await ask(prefixed.url, '/team/graphql', { method: 'POST', headers: { ...json, Origin: 'https://evil.example' }, body: '{}' })).status, 403)
    assert.equal((await ask(prefixed.url, '/team/health', { host: 'probe.example' })).status, 200)
    assert.equal((await ask(prefixed.url, list)).status, 404)
    await prefixed.kill()
    await rm(data, { recursive: true })
  })

  test('--allowed-hosts replaces the default, with wildcards, with and without a port', async () => {
    const data = await mkdtemp(join(tmpdir(), 'cairn-security-'))
    await using named = await startServerProcess(data, { MLFLOW_SERVER_ALLOWED_HOSTS: 'ml.example,*.team.example,ported.example:8443', MLFLOW_SERVER_CORS_ALLOWED_ORIGINS: 'https://ui.example' })
    const statusOf = async (host: string): Promise<number> => (await ask(named.url, list, { host })).status
    for (const host of ['ml.example', 'ML.example:9000', 'a.team.example', 'ported.example:8443']) assert.equal(await statusOf(host), 200, host)
    for (const host of ['localhost', 'team.example', 'mlxexample', 'ml.example.evil.example', 'ported.example', 'ported.example:80', 'a.team.example.evil.example']) {
      assert.equal(await statusOf(host), 403, host)
    }
    const from = (origin: string) => ask(named.url, '/graphql', { method: 'POST', host: 'ml.example', headers: { ...json, Origin: origin }, body: '{"query":"{__typename}"}' })
    const allowed = await from('https://ui.example')
    assert.deepEqual([allowed.status, allowed.headers['access-control-allow-origin']], [200, 'https://ui.example'])
    for (const origin of ['http://ui.example', 'https://ui.example:444', 'https://ui.example.evil.example', 'https://xui.example']) assert.equal((await from(origin)).status, 403, origin)
    await named.kill()
    await rm(data, { recursive: true })
  })
})

describe('the page from which a request comes', () => {
  const writes: readonly [string, string][] = [
    ['POST', '/api/2.0/mlflow/experiments/create'], ['POST', '/api/3.0/mlflow/experiments/create'],
    ['POST', '/ajax-api/2.0/mlflow/runs/create'], ['POST', '/ajax-api/3.0/mlflow/runs/log-batch'], ['POST', '/graphql'],
    ['PATCH', '/api/2.0/mlflow/registered-models/update'], ['DELETE', '/api/2.0/mlflow/registered-models/delete'],
    ['PUT', '/api/2.0/mlflow-artifacts/artifacts/a/b'], ['DELETE', '/ajax-api/2.0/mlflow-artifacts/artifacts/a'],
    ['POST', '/ajax-api/2.0/mlflow/upload-artifact?run_uuid=x&path=y'], ['POST', '/api/cairn/v1/live'], ['POST', '/no/such/path'], ['POST', '/'],
  ]
  for (const [method, path] of writes) {
    test(`${method} ${path} of a foreign page is refused`, async () => {
      for (const origin of ['https://evil.example', 'null', 'http://localhost.evil.example', 'http://localhost@evil.example', 'file://', 'http://127.0.0.1.evil.example', 'HTTP://EVIL.example', 'chrome-extension://abc', 'localhost', '']) {
        const answer = await ask(server.url, path, { method, headers: { ...json, Origin: origin }, body: '{}' })
        assert.deepEqual([answer.status, answer.body], [403, 'Cross-origin request blocked'], origin)
        assert.equal(answer.headers['access-control-allow-origin'], undefined)
      }
    })
  }

  test('a page of this machine and a script without an origin may write', async () => {
    for (const headers of [{}, { Origin: 'http://localhost:3000' }, { Origin: 'http://127.0.0.1:8080' }, { Origin: 'http://[::1]:1' }, { Origin: server.url }]) {
      const answer = await ask(server.url, '/graphql', { method: 'POST', headers: { ...json, ...headers as Record<string, string> }, body: '{"query":"{test(inputString:\\"a\\"){output}}"}' })
      assert.equal(answer.status, 200, JSON.stringify(headers))
    }
  })

  test('the answer to a foreign page that only reads carries no leave to read it', async () => {
    const answer = await ask(server.url, list, { headers: { Origin: 'https://evil.example' } })
    assert.equal(answer.headers['access-control-allow-origin'], undefined)
    assert.equal(answer.headers['access-control-allow-credentials'], undefined)
  })

  test('a preflight is granted to pages of this machine alone', async () => {
    const ask4 = (origin: string) => ask(server.url, '/api/2.0/mlflow/runs/create', { method: 'OPTIONS', headers: { Origin: origin, 'Access-Control-Request-Method': 'POST' } })
    const foreign = await ask4('https://evil.example')
    assert.deepEqual([foreign.status, foreign.headers['access-control-allow-origin']], [400, undefined])
    const local = await ask4('http://localhost:3000')
    assert.deepEqual([local.status, local.headers['access-control-allow-origin']], [200, 'http://localhost:3000'])
  })

  test('a body that a form could send is refused: only application/json needs a preflight', async () => {
    const path = '/api/2.0/mlflow/experiments/create'
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'text/plain; application/json', 'application/jsonp', 'application/json,text/plain', 'nonsense', '']) {
      for (const at of [path, '/graphql']) {
        const answer = await ask(server.url, at, { method: 'POST', headers: { 'Content-Type': type }, body: '{"name":"smuggled","query":"{__typename}"}' })
        assert.equal(outcome(answer), '400 INVALID_PARAMETER_VALUE', `${at} ${type}`)
      }
    }
    assert.equal(outcome(await ask(server.url, path, { method: 'POST', body: '{"name":"smuggled"}' })), '400 INVALID_PARAMETER_VALUE')
    assert.equal((await ask(server.url, '/api/2.0/mlflow/experiments/get-by-name?experiment_name=smuggled')).status, 404)
  })
})

test('every answer, good or bad, forbids sniffing and foreign frames', async () => {
  for (const [path, host] of [['/', 'localhost'], [list, 'localhost'], ['/nowhere', 'localhost'], ['/api/2.0/mlflow/runs/get', 'localhost'], [list, 'evil.example'], ['/%zz', 'localhost'], ['/health', 'localhost']] as const) {
    const { headers } = await ask(server.url, path, { host })
    assert.deepEqual([headers['x-content-type-options'], headers['x-frame-options']], ['nosniff', 'SAMEORIGIN'], path)
  }
})
