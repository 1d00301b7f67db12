import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { startServer, type RunningServer } from '@cairn/server'
import { ConfigError, readConfig } from '@cairn/server/config'
import { startPostgres } from '../../tools/postgres.ts'
import { tempFolder } from './command-line.ts'
import { ask } from './stores.ts'

const day = 86_400_000

/** A server with a clock that a test moves, which looks every second. */
function start(folder: string, clock: { ahead: number }, flags: Record<string, string>): Promise<RunningServer> {
  const config = readConfig({
    flags: { port: '0', 'data-dir': join(folder, 'data'), retention: 'deleted=30d', ...flags }, env: { MLFLOW_LOGGING_LEVEL: 'ERROR', CAIRN_RETENTION_INTERVAL: '1' }, cwd: folder,
  })
  return startServer(config, { now: () => Date.now() + clock.ahead })
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (let left = 600; !await holds(); left -= 1) {
    if (left === 0) throw new Error(`It never came: ${what}`)
    await delay(100)
  }
}

async function scenario(folder: string, flags: Record<string, string>, servers: number): Promise<void> {
  const clock = { ahead: 0 }
  await using stack = new AsyncDisposableStack()
  const all: RunningServer[] = []
  for (let at = 0; at < servers; at += 1) all.push(stack.use(await start(folder, clock, flags)))
  const { url } = all[0]!
  const post = (path: string, body: object) => ask(url, path, body, 'POST')
  const experiment = async (name: string, tag?: string): Promise<string> =>
    (await post('experiments/create', { name, ...(tag !== undefined && { tags: [{ key: 'cairn.retention', value: tag }] }) }))['experiment_id'] as string
  const files: string[] = []
  const deleted = async (experiment_id: string): Promise<string> => {
    const { run } = await post('runs/create', { experiment_id, start_time: 5 })
    const path = `${experiment_id}/${run.info.run_id}/artifacts/a`
    assert.equal((await fetch(`${url}/api/2.0/mlflow-artifacts/artifacts/${path}`, { method: 'PUT', body: 'twelve bytes' })).status, 200)
    files.push(join(folder, 'data', 'artifacts', path))
    await post('runs/delete', { run_id: run.info.run_id })
    return run.info.run_id as string
  }
  const there = async (run_id: string): Promise<boolean> => ask(url, 'runs/get', { run_id }).then(() => true, () => false)

  await assert.rejects(experiment('wrong', '30 days'), /400.*Invalid value for tag 'cairn\.retention'/)
  const [soon, plain, never] = [await experiment('soon', 'deleted=1d'), await experiment('plain'), await experiment('never', 'deleted=never')]
  const runs = [await deleted(soon), await deleted(plain), await deleted(never)]
  const { run: live } = await post('runs/create', { experiment_id: soon, start_time: 5 })
  clock.ahead = 2 * day
  await until('the run of a day', async () => !await there(runs[0]!))
  assert.deepEqual(await Promise.all(runs.map(there)), [false, true, true])
  clock.ahead = 31 * day
  await until('the run of thirty days', async () => !await there(runs[1]!))
  await until('their files', async () => !existsSync(files[0]!) && !existsSync(files[1]!))
  assert.deepEqual([await there(runs[2]!), existsSync(files[2]!), await there(live.info.run_id)], [true, true, true])

  // Once over all servers, each removal written down.
  const { entries } = await fetch(`${url}/api/cairn/v1/audit?entity=run&action=remove`).then((answer) => answer.json() as Promise<any>)
  assert.deepEqual(entries.map((entry: any) => [entry.entity_name, entry.principal]), [[runs[1], 'retention'], [runs[0], 'retention']])
  const counted = async (name: RegExp): Promise<number> => {
    const texts = await Promise.all(all.map(async (server) => (await fetch(`${server.url}/metrics`)).text()))
    return texts.reduce((sum, text) => sum + Number(name.exec(text)?.[1] ?? 0), 0)
  }
  await until('the count of bytes', async () => await counted(/^cairn_retention_removed_bytes_total (\d+)/m) === 24)
  assert.equal(await counted(/^cairn_retention_removed_total\{kind="runs"\} (\d+)/m), 2)
  assert.ok(await counted(/^cairn_retention_last_look_seconds ([\d.]+)/m) > 0)
}

test('the server removes for good what was deleted longer ago than its rule or the tag of the experiment says', async () => {
  using folder = tempFolder()
  await scenario(folder.path, {}, 1)
})

test('of two servers on one PostgreSQL database one removes it, once', async () => {
  using folder = tempFolder()
  await using postgres = await startPostgres()
  await scenario(folder.path, { 'backend-store-uri': postgres.uri }, 2)
})

test('a rule that is none is refused at the start', () => {
  for (const retention of ['30d', 'deleted=1s', 'deleted=soon']) {
    assert.throws(() => readConfig({ flags: { retention }, cwd: '/' }), (error) => error instanceof ConfigError && /--retention: ".*" is no rule/.test(error.message))
  }
})
