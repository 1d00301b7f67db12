import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { DatabaseSync } from 'node:sqlite'
import { allEndpoints, errorCodes, prefixes, type Endpoint } from '@cairn/protocol'
import { startServerProcess, type ServerProcess } from '../crash/server-process.ts'
import { brokenBodies, mutated, randomFrom, type Known } from './fuzz-inputs.ts'

/*
 * Every endpoint is sent requests that are nearly right. Whatever comes, the answer is there soon, is
 * JSON with a code of the table, is no 500, and what was refused has changed nothing in the database.
 *
 *     CAIRN_FUZZ_SEED=7 CAIRN_FUZZ_REQUESTS=1000 node --conditions=source --test tests/security/fuzz.test.ts
 */
const seed = Number(process.env['CAIRN_FUZZ_SEED'] ?? 1)
const requests = Number(process.env['CAIRN_FUZZ_REQUESTS'] ?? 120)

let folder: string
let server: ServerProcess
let watch: DatabaseSync
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cairn-fuzz-'))
  server = await startServerProcess(folder, { MLFLOW_ENABLE_WORKSPACES: 'true' })
  watch = new DatabaseSync(join(folder, 'cairn.db'), { readOnly: true })
})
after(async () => {
  watch.close()
  await server[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

/** Changes with every commit of the server that wrote something, also where it is what was there before. */
const version = (): unknown => watch.prepare('PRAGMA data_version').get()!['data_version']

/**
 * All rows of all tables but those that the server changes by itself: packed points (a point that was
 * stored shows in `latest_metrics` too), what is counted of them and of files, and deliveries of webhooks.
 */
function contents(): string {
  const hash = createHash('sha256')
  const tables = watch.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT IN ('metric_segments', 'metric_chunks', 'metric_counts', 'artifact_usage', 'artifact_changes', 'webhook_events', 'webhook_deliveries') ORDER BY name").all()
  for (const { name } of tables) {
    hash.update(String(name))
    const rows = watch.prepare(`SELECT * FROM "${String(name)}"`)
    rows.setReadBigInts(true)
    for (const row of rows.iterate()) for (const value of Object.values(row)) hash.update(value instanceof Uint8Array ? value : `${String(value)}\n`)
  }
  return hash.digest('hex')
}

interface Outcome {
  readonly status: number
  readonly code: string | undefined
  readonly text: string
}

async function send(url: string, init: RequestInit): Promise<Outcome> {
  const response = await fetch(url, { redirect: 'manual', ...init, signal: AbortSignal.timeout(10_000) })
  if (response.status < 400) {
    // A stream of live events would never end.
    await response.body?.cancel()
    return { status: response.status, code: undefined, text: '' }
  }
  const text = await response.text()
  let code: string | undefined
  try {
    code = (JSON.parse(text) as { error_code?: string }).error_code
  } catch {}
  return { status: response.status, code, text }
}

function request(endpoint: Endpoint, input: Record<string, unknown>): [string, RequestInit] {
  const rest = { ...input }
  const asText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value) ?? '').toWellFormed()
  const path = endpoint.path.replace(/\{(\w+)\*?\}/g, (_, name: string) => {
    const value = asText(rest[name] ?? 'x').slice(0, 2000)
    delete rest[name]
    return encodeURIComponent(value === '.' || value === '..' ? 'x' : value)
  })
  const url = `${server.url}${prefixes[endpoint.api][0]}${path}`
  if (endpoint.method === 'GET' || endpoint.body === 'raw') {
    const query = new URLSearchParams()
    for (const [name, value] of Object.entries(rest)) for (const one of Array.isArray(value) ? value.slice(0, 50) : [value]) query.append(name, asText(one).slice(0, 4000))
    const text = String(query).slice(0, 12_000)
    return [`${url}${text === '' ? '' : `?${text}`}`, endpoint.method === 'GET' ? {} : { method: endpoint.method, ...(endpoint.method !== 'DELETE' && { body: 'bytes' }) }]
  }
  return [url, { method: endpoint.method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(input) }]
}

/** New things for each endpoint, since the one before may have deleted its own. */
async function things(number: number): Promise<Known> {
  const post = async (path: string, body: object): Promise<Record<string, Record<string, string>>> => {
    const response = await fetch(`${server.url}/api/2.0/mlflow/${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
    const text = await response.text()
    assert.equal(response.status, 200, `${path}: ${text}`)
    return JSON.parse(text)
  }
  const experiment_id = (await post('experiments/create', { name: `fuzz-${number}` }))['experiment_id'] as unknown as string
  const run = (await post('runs/create', { experiment_id }))['run']!['info'] as unknown as { run_id: string }
  const model = await post('logged-models', { experiment_id, name: 'm' })
  const name = `model-${number}`
  await post('registered-models/create', { name })
  await post('model-versions/create', { name, source: 'models:/m-1' }).catch(() => {})
  return {
    experiment_id, experiment_ids: [experiment_id], run_id: run.run_id, run_ids: [run.run_id], name, version: '1', model_id: (model['model']!['info'] as unknown as { model_id: string }).model_id,
    metric_key: 'm', timestamp: 1000, max_results: 10, stage: 'Staging', filter: '', order_by: [], status: 'FINISHED', path: 'a/b.txt', page_token: '', query: '{__typename}',
  }
}

for (const [number, endpoint] of allEndpoints.entries()) {
  test(`${endpoint.name} answers whatever it is sent, and what it refuses changes nothing`, async () => {
    const random = randomFrom(seed * 1000 + number)
    const known = await things(number)
    const problems: string[] = []
    let rows = contents()
    const attempt = async (url: string, init: RequestInit): Promise<void> => {
      const before = version()
      const { status, code, text } = await send(url, init).catch((error: Error) => ({ status: 0, code: undefined, text: `${error.message} ${String(error.cause)}` }))
      const shown = `${url.slice(server.url.length, 300)} ${String(init.body ?? '').slice(0, 400)} → ${status} ${text.slice(0, 300)}`
      if (status === 0 || status === 500 || (status >= 400 && !(code !== undefined && Object.hasOwn(errorCodes, code)))) problems.push(shown)
      if (version() === before) return
      const now = contents()
      if (status >= 400 && now !== rows) problems.push(`changed although refused: ${shown}`)
      rows = now
    }
    for (let count = 0; count < requests; count += 1) await attempt(...request(endpoint, mutated(endpoint.request, known, random)))
    if (endpoint.method !== 'GET' && endpoint.body === 'json') {
      const [url] = request(endpoint, known as Record<string, unknown>)
      for (const body of brokenBodies) await attempt(url, { method: endpoint.method, headers: { 'content-type': 'application/json' }, body })
    }
    assert.deepEqual(problems.slice(0, 5), [], `${problems.length} of ${requests} requests`)
    assert.equal((await fetch(`${server.url}/health`)).status, 200)
  })
}
