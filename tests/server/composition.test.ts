import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { laterEndpoints, prefixes } from '@cairn/protocol'
import { CairnClient, type LiveMessage } from '@cairn/sdk'
import { readConfig } from '../../packages/server/src/main/config.ts'
import { startServer, type RunningServer } from '../../packages/server/src/main/server.ts'

describe('the server as it is put together', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cairn-main-'))
  const start = (flags: Record<string, string | boolean>): Promise<RunningServer> => startServer(readConfig({ flags: { port: '0', ...flags }, env: {}, cwd: folder }))
  let server: RunningServer
  before(async () => { server = await start({}) })
  after(async () => {
    await server[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  })

  it('answers 501 for every endpoint that comes later, under each of its prefixes, and names the group', async () => {
    const groups = new Set<string>()
    for (const { group, method, api, path } of laterEndpoints) {
      groups.add(group)
      for (const prefix of prefixes[api]) {
        const url = `${server.url}${prefix}${path.replace(/\{\w+\*?\}/g, 'x')}`
        const response = await fetch(url, { method, ...(method !== 'GET' && { headers: { 'content-type': 'application/json' }, body: '{}' }) })
        const body = await response.json() as { error_code: string; message: string }
        assert.deepEqual([response.status, body.error_code, body.message.includes(`'${group}'`)], [501, 'NOT_IMPLEMENTED', true], `${method} ${url}`)
      }
    }
    assert.ok(groups.has('traces') && groups.has('evaluation datasets') && groups.has('scorers') && groups.size > 10)
  })

  it('stops when what is under way is answered: a file to its end, live pages at once', async () => {
    const own = await startServer(readConfig({ flags: { port: '0' }, env: { MLFLOW_LOGGING_LEVEL: 'ERROR' }, cwd: join(folder, 'stops') }))
    const live = await fetch(`${own.url}/api/cairn/v1/live`)
    const reading = live.text()
    let release = (): void => {}
    const held = new Promise<void>((resolve) => { release = resolve })
    const body = ReadableStream.from((async function* () {
      yield new TextEncoder().encode('first ')
      await held
      yield new TextEncoder().encode('last')
    })())
    const put = fetch(`${own.url}/api/2.0/mlflow-artifacts/artifacts/0/slow.txt`, { method: 'PUT', body, duplex: 'half' } as RequestInit)
    await new Promise((resolve) => setTimeout(resolve, 200))
    const stopped = own[Symbol.asyncDispose]()
    assert.match(await reading, /retry: 1000/)
    release()
    assert.equal((await put).status, 200)
    await stopped
  })

  it('counts what it does, for Prometheus, and says when it is ready', async () => {
    assert.equal(await (await fetch(`${server.url}/ready`)).text(), 'READY')
    const json = { 'content-type': 'application/json' }
    for (let run = 0; run < 3; run += 1) await fetch(`${server.url}/api/2.0/mlflow/runs/create`, { method: 'POST', headers: json, body: '{"experiment_id":"0"}' })
    await fetch(`${server.url}/ajax-api/2.0/mlflow/runs/get?run_id=nowhere`)
    const response = await fetch(`${server.url}/metrics`)
    assert.equal(response.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8')
    const text = await response.text()
    const value = (series: string): number => Number(new RegExp(`^${series.replace(/[{}]/g, '\\$&')} (\\S+)$`, 'm').exec(text)?.[1])
    assert.equal(value('cairn_http_requests_total{endpoint="createRun",method="POST",status="200"}'), 3)
    assert.equal(value('cairn_http_requests_total{endpoint="getRun",method="GET",status="404"}'), 1)
    assert.equal(value('cairn_http_request_duration_seconds_count{endpoint="createRun"}'), 3)
    assert.equal(value('cairn_http_requests_in_flight'), 1)
    assert.ok(value('cairn_db_commit_writes_sum') >= 3)
    assert.ok(value('cairn_db_commit_duration_seconds_count') >= 1)
    for (const series of ['cairn_db_writes_waiting', 'cairn_live_clients', 'cairn_compaction_segments_waiting']) assert.equal(value(series), 0, series)
    assert.ok(value('process_resident_memory_bytes') > 1e7)
    // Every line is a comment or a series with a number.
    for (const line of text.trimEnd().split('\n')) assert.match(line, /^(?:# (?:HELP|TYPE) \w+ .+|\w+(?:\{(?:\w+="(?:[^"\\]|\\.)*",?)+\})? [-+\d.eInfNa]+)$/)
  })

  it('says what it is: health, version, abilities', async () => {
    assert.equal(await (await fetch(`${server.url}/health`)).text(), 'OK')
    assert.match(await (await fetch(`${server.url}/version`)).text(), /^3\.\d+\.\d+$/)
    const info = await (await fetch(`${server.url}/api/3.0/mlflow/server-info`)).json() as { store_type: string; multipart_uploads_enabled: boolean }
    assert.deepEqual([info.store_type, info.multipart_uploads_enabled], ['SqlStore', true])
  })

  it('tells a wrong method and a wrong path apart, and refuses a foreign workspace', async () => {
    const wrong = await fetch(`${server.url}/api/2.0/mlflow/runs/create`)
    assert.deepEqual([wrong.status, wrong.headers.get('allow')], [405, 'POST'])
    assert.equal((await fetch(`${server.url}/api/2.0/mlflow/runs/nothing`)).status, 404)
    const workspace = await fetch(`${server.url}/api/2.0/mlflow/experiments/get?experiment_id=0`, { headers: { 'x-mlflow-workspace': 'team-a' } })
    assert.deepEqual([workspace.status, (await workspace.json() as { error_code: string }).error_code], [400, 'FEATURE_DISABLED'])
  })

  it('tells whoever follows an experiment of the files of its runs and logged models, and not of others', async () => {
    const client = new CairnClient({ url: server.url })
    const [mine, other] = [await client.experiments.create({ name: 'followed' }), await client.experiments.create({ name: 'not followed' })]
    const run = async (experiment_id: string) => (await client.runs.create({ experiment_id })).info
    const [first, second] = [await run(mine), await run(other)]
    const { info: model } = await client.loggedModels.create({ experiment_id: mine, name: 'm' })
    const stop = new AbortController()
    const heard: Extract<LiveMessage, { type: 'artifact' }>['data'][] = []
    for await (const message of client.live({ experimentIds: [mine], types: ['artifact'], signal: stop.signal })) {
      if (message.type === 'connected') {
        await client.artifacts.upload(second.run_id, 'a/not.txt', 'x')
        await client.artifacts.upload(first.run_id, 'a/b.txt', 'x')
        await client.artifacts.uploadUri(model.artifact_uri, 'c/d.txt', 'x')
        await client.artifacts.delete(first.run_id, 'a/b.txt')
      }
      if (message.type === 'artifact') heard.push(message.data)
      if (heard.length === 3) break
    }
    stop.abort()
    assert.deepEqual(heard, [
      { experiment_id: mine, path: 'a/b.txt', run_id: first.run_id }, { experiment_id: mine, path: 'c/d.txt', model_id: model.model_id },
      { experiment_id: mine, path: 'a/b.txt', run_id: first.run_id, removed: true },
    ])
  })

  it('with --artifacts-only is a file proxy and nothing else; without artifacts it serves none', async () => {
    const other = mkdtempSync(join(tmpdir(), 'cairn-main-'))
    {
      await using only = await start({ 'artifacts-only': true, 'data-dir': other })
      assert.equal((await fetch(`${only.url}/api/2.0/mlflow/experiments/get?experiment_id=0`)).status, 503)
      assert.equal((await fetch(`${only.url}/api/2.0/mlflow-artifacts/artifacts/a.txt`, { method: 'PUT', body: 'A' })).status, 200)
    }
    {
      await using none = await start({ 'serve-artifacts': false, 'data-dir': other })
      assert.equal((await fetch(`${none.url}/api/2.0/mlflow-artifacts/artifacts`)).status, 503)
      assert.equal((await fetch(`${none.url}/api/2.0/mlflow/experiments/get?experiment_id=0`)).status, 200)
    }
    rmSync(other, { recursive: true, force: true })
  })

  it('answers below a static prefix, with health and artifacts also without it', async () => {
    const other = mkdtempSync(join(tmpdir(), 'cairn-main-'))
    {
      await using prefixed = await start({ 'static-prefix': '/team', 'data-dir': other })
      const { origin } = new URL(prefixed.url)
      assert.equal((await fetch(`${origin}/team/api/2.0/mlflow/experiments/get?experiment_id=0`)).status, 200)
      assert.equal((await fetch(`${origin}/api/2.0/mlflow/experiments/get?experiment_id=0`)).status, 404)
      assert.equal((await fetch(`${origin}/health`)).status, 200)
      assert.equal((await fetch(`${origin}/api/2.0/mlflow-artifacts/artifacts`)).status, 200)
    }
    rmSync(other, { recursive: true, force: true })
  })
})
