/** Traces as a collector gets them: the started program sends them to a receiver made of OpenTelemetry's own messages. */
import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { registerHooks } from 'node:module'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../tools/processes.ts'
import { pythonForTests } from '../../tools/setup-python.ts'
import { startServerProcess, type ServerProcess } from '../crash/server-process.ts'
import { tempFolder } from './command-line.ts'

interface Span {
  readonly name: string
  readonly kind: number
  readonly trace: string
  readonly id: string
  readonly parent: string
  readonly ms: number
  readonly attributes: Readonly<Record<string, string | number | boolean>>
  readonly status: number
  readonly links: readonly { readonly trace: string; readonly id: string }[]
  readonly resource: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, string>>
}
const kinds = { internal: 1, server: 2, client: 3 }
const failed = 2

const folder = tempFolder()
let receiver: ChildProcess
let collector: string
let server: ServerProcess
before(async () => {
  receiver = spawn(await pythonForTests(), [fileURLToPath(new URL('otlp-receiver.py', import.meta.url))], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [port] = await once(receiver.stdout!, 'data') as [Buffer]
  collector = `http://127.0.0.1:${port.toString().trim()}`
  server = await startServerProcess(folder.path, {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector, OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20key', OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
    OTEL_SERVICE_NAME: 'cairn-of-tests', OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=ci', OTEL_BSP_SCHEDULE_DELAY: '50',
    MLFLOW_WEBHOOK_ALLOWED_SCHEMES: 'http', MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS: 'true',
  })
})
after(async () => {
  await server?.[Symbol.asyncDispose]()
  if (receiver !== undefined && receiver.exitCode === null) {
    const exit = once(receiver, 'exit')
    receiver.kill('SIGKILL')
    await exit
  }
  folder[Symbol.dispose]()
})

const received = async (): Promise<Span[]> => await (await fetch(collector)).json() as Span[]
/** The spans of a trace once there are so many that `enough` says so. */
async function traceOf(id: string, enough: (spans: readonly Span[]) => boolean): Promise<Span[]> {
  for (const deadline = Date.now() + 30_000; ; await sleep(50)) {
    const spans = (await received()).filter(({ trace }) => trace === id)
    if (enough(spans)) return spans
    assert(Date.now() < deadline, JSON.stringify(spans.map(({ name }) => name)))
  }
}
const newTrace = (): string => crypto.randomUUID().replaceAll('-', '')
const parentSpan = '00f067aa0ba902b7'
const json = { 'content-type': 'application/json' }
const post = (path: string, body: object, trace: string, sampled = true): Promise<Response> =>
  fetch(`${server.url}${path}`, { method: 'POST', headers: { ...json, traceparent: `00-${trace}-${parentSpan}-0${sampled ? 1 : 0}` }, body: JSON.stringify(body) })
const only = (spans: readonly Span[], name: string): Span => {
  const found = spans.filter((span) => span.name === name)
  assert.equal(found.length, 1, `${name} among ${spans.map((span) => span.name).join(', ')}`)
  return found[0]!
}

test('a request goes on with its caller’s trace; what it writes is below it, and the commit that held it is linked', async () => {
  const trace = newTrace()
  const created = await (await post('/api/2.0/mlflow/runs/create', { experiment_id: '0' }, newTrace())).json() as { run: { info: { run_id: string } } }
  const response = await post('/api/2.0/mlflow/runs/log-metric', { run_id: created.run.info.run_id, key: 'hush-hush', value: 1, timestamp: 1, step: 0 }, trace)
  assert.equal(response.status, 200)
  const spans = await traceOf(trace, (all) => all.some(({ kind }) => kind === kinds.server))
  const request = only(spans, 'POST /api/2.0/mlflow/runs/log-metric')
  assert.deepEqual([request.parent, request.kind, request.status], [parentSpan, kinds.server, 0])
  assert.deepEqual([request.attributes['http.response.status_code'], request.attributes['http.request.method'], request.attributes['http.route'], request.attributes['cairn.endpoint'], request.attributes['server.address']], [200, 'POST', '/api/2.0/mlflow/runs/log-metric', 'logMetric', '127.0.0.1'])
  assert.deepEqual([request.resource['service.name'], request.resource['deployment.environment.name']], ['cairn-of-tests', 'ci'])
  assert.deepEqual([request.headers['authorization'], request.headers['content-encoding']], ['Bearer key', 'gzip'])
  const written = spans.find(({ name }) => name.startsWith('db.write '))!
  assert.deepEqual([written.parent, written.attributes['db.system.name']], [request.id, 'sqlite'])
  assert(written.ms > 0 && written.ms <= request.ms, `${written.ms} of ${request.ms} ms`)
  const commit = (await received()).find(({ name, links }) => name === 'db.commit' && links.some(({ id }) => id === written.id))
  assert.deepEqual([commit?.attributes['cairn.commit.writes'], commit?.trace === trace], [1, false])
})

test('files that come and go are spans with their bytes', async () => {
  const up = newTrace()
  const path = '/api/2.0/mlflow-artifacts/artifacts/0/traced/file.bin'
  const put = await fetch(`${server.url}${path}`, { method: 'PUT', headers: { traceparent: `00-${up}-${parentSpan}-01` }, body: new Uint8Array(100_000) })
  assert.equal(put.status, 200)
  const stored = only(await traceOf(up, (all) => all.some(({ kind }) => kind === kinds.server)), 'storage.put')
  assert.deepEqual([stored.attributes['cairn.storage.bytes'], stored.attributes['cairn.storage.system'], stored.attributes['cairn.storage.path']], [100_000, 'local', '0/traced/file.bin'])
  const down = newTrace()
  const got = await fetch(`${server.url}${path}`, { headers: { traceparent: `00-${down}-${parentSpan}-01` } })
  assert.equal((await got.arrayBuffer()).byteLength, 100_000)
  const spans = await traceOf(down, (all) => all.some(({ kind }) => kind === kinds.server))
  assert.equal(only(spans, 'storage.read').attributes['cairn.storage.bytes'], 100_000)
  only(spans, 'storage.open')
})

test('a call to another server carries the trace on, and tells the collector its host alone', async () => {
  const seen: IncomingHttpHeaders[] = []
  const other = createServer((request, response) => { seen.push(request.headers); request.resume(); response.end('ok') }).listen(0, '127.0.0.1')
  await once(other, 'listening')
  try {
    const made = await post('/api/2.0/mlflow/webhooks', { name: 'hook', url: `http://127.0.0.1:${(other.address() as AddressInfo).port}/hush-hush`, events: [{ entity: 'REGISTERED_MODEL', action: 'CREATED' }] }, newTrace())
    assert.equal(made.status, 200)
    const { webhook: { webhook_id } } = await made.json() as { webhook: { webhook_id: string } }
    assert.equal((await post(`/api/2.0/mlflow/webhooks/${webhook_id}/test`, {}, newTrace())).status, 200)
    const [, trace, id, flags] = /^00-(\w{32})-(\w{16})-(\d\d)$/.exec(String(seen[0]!['traceparent']))!
    assert.equal(flags, '01')
    const call = only(await traceOf(trace!, (all) => all.length > 0), 'POST 127.0.0.1')
    assert.deepEqual([call.id, call.kind, call.attributes['http.response.status_code'], call.attributes['server.address']], [id, kinds.client, 200, '127.0.0.1'])
  } finally {
    other.close()
  }
})

test('what is not to be traced is not: probes, and what the caller did not sample; a client’s mistake is no failure', async () => {
  const unsampled = newTrace()
  await post('/api/2.0/mlflow/experiments/create', { name: 'unsampled' }, unsampled, false)
  for (const path of ['/health', '/ready', '/metrics', '/version']) await fetch(`${server.url}${path}`)
  const trace = newTrace()
  assert.equal((await post('/api/2.0/mlflow/experiments/create', { name: 'unsampled', hush: 'hush-hush' }, trace)).status, 400)
  await fetch(`${server.url}/api/2.0/mlflow/runs/get?run_id=hush-hush`)
  const spans = await traceOf(trace, (all) => all.some(({ kind }) => kind === kinds.server))
  const request = only(spans, 'POST /api/2.0/mlflow/experiments/create')
  assert.deepEqual([request.attributes['http.response.status_code'], request.status === failed], [400, false])
  let all = await received()
  for (const deadline = Date.now() + 30_000; !all.some(({ attributes }) => attributes['cairn.endpoint'] === 'getRun'); all = await received()) {
    assert(Date.now() < deadline, 'the last request')
    await sleep(50)
  }
  assert.deepEqual(all.filter(({ trace: id }) => id === unsampled), [])
  assert.deepEqual(all.filter(({ attributes }) => /^\/(?:health|ready|metrics|version)$/.test(String(attributes['url.path']))), [])
  // Neither bodies, queries nor the path of a webhook leave the server this way.
  assert.doesNotMatch(JSON.stringify(all), /hush-hush/)
})

test('a collector that is away changes nothing but the log, also when the server stops', async () => {
  using own = tempFolder()
  const away = await startServerProcess(own.path, { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${await freePort()}`, OTEL_BSP_SCHEDULE_DELAY: '20' })
  const made = await fetch(`${away.url}/api/2.0/mlflow/experiments/create`, { method: 'POST', headers: json, body: '{"name":"kept"}' })
  assert.equal(made.status, 200)
  await away[Symbol.asyncDispose]()
})

test('a server without a collector loads nothing of OpenTelemetry', async () => {
  const loaded: string[] = []
  const hooks = registerHooks({ resolve(specifier, context, next) {
    if (specifier.startsWith('@opentelemetry/')) loaded.push(specifier)
    return next(specifier, context)
  } })
  try {
    const { startServer } = await import('@cairn/server')
    const { readConfig } = await import('@cairn/server/config')
    using own = tempFolder()
    const start = async (env: Record<string, string>): Promise<void> => {
      const running = await startServer(readConfig({ flags: { port: '0' }, env: { MLFLOW_LOGGING_LEVEL: 'CRITICAL', ...env }, cwd: own.path }))
      await fetch(`${running.url}/api/2.0/mlflow/experiments/get?experiment_id=0`)
      await running[Symbol.asyncDispose]()
    }
    await start({})
    await start({ OTEL_EXPORTER_OTLP_ENDPOINT: collector, OTEL_SDK_DISABLED: 'true' })
    assert.deepEqual(loaded, [])
    await start({ OTEL_EXPORTER_OTLP_ENDPOINT: collector, OTEL_TRACES_SAMPLER: 'always_off' })
    assert.notEqual(loaded.length, 0)
  } finally {
    hooks.deregister()
  }
})
