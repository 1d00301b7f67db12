import assert from 'node:assert/strict'
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const launcher = fileURLToPath(new URL('../../packages/cli/bin/cairn', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'cairn-server-'))
const { MLFLOW_TRACKING_URI: _, ...env } = process.env
const running = new Set<ChildProcess>()
after(async () => {
  for (const child of running) child.kill('SIGKILL')
  await Promise.all([...running].map((child) => once(child, 'exit')))
  rmSync(folder, { recursive: true })
})

interface Started {
  readonly child: ChildProcess
  readonly first: string
  readonly url: string
}

/** Starts the server as a person would, and waits for what it prints first. */
async function start(args: readonly string[], cwd = folder): Promise<Started> {
  const child = spawn(launcher, ['server', '--port', '0', ...args], { cwd, env, stdio: ['ignore', 'pipe', 'inherit'] })
  running.add(child)
  child.once('exit', () => running.delete(child))
  const [chunk] = await once(child.stdout!, 'data') as [Buffer]
  const first = chunk.toString()
  return { child, first, url: /http:\/\/[\d.]+:\d+/.exec(first)![0] }
}
const refused = (...args: string[]) => spawnSync(launcher, ['server', '--port', '0', ...args], { cwd: folder, env, encoding: 'utf8' })

async function stop(child: ChildProcess): Promise<number | null> {
  const exit = once(child, 'exit') as Promise<[number | null]>
  child.kill('SIGTERM')
  return (await exit)[0]
}

test('prints where it listens, where the data are and what to type next, and stops when asked', async () => {
  const cwd = mkdtempSync(join(folder, 'fresh-'))
  const { child, first, url } = await start([], cwd)
  assert.match(first, /Cairn listens on http:\/\/127\.0\.0\.1:\d+\n/)
  assert.match(first, new RegExp(`Database +${cwd}/cairn-data/cairn\\.db\n +Artifacts +${cwd}/cairn-data/artifacts\n`))
  assert.match(first, new RegExp(`mlflow\\.set_tracking_uri\\("${url}"\\)`))
  assert.equal(await (await fetch(`${url}/health`)).text(), 'OK')
  assert.equal(await stop(child), 0)
  assert.deepEqual(readdirSync(cwd), ['cairn-data'])
})

test('keeps what it acknowledged when it is started again', async () => {
  const flags = ['--json', '--backend-store-uri', 'sqlite:///own.db']
  const before = await start(flags)
  const { event, port, database } = JSON.parse(before.first)
  assert.deepEqual({ event, port, database }, { event: 'listening', port: Number(new URL(before.url).port), database: join(folder, 'own.db') })
  const headers = { 'content-type': 'application/json' }
  await fetch(`${before.url}/api/2.0/mlflow/experiments/create`, { method: 'POST', headers, body: '{"name":"kept"}' })
  assert.equal(await stop(before.child), 0)
  const again = await start(flags)
  const answer = await fetch(`${again.url}/api/2.0/mlflow/experiments/get-by-name?experiment_name=kept`)
  assert.equal(answer.status, 200)
  assert.equal(await stop(again.child), 0)
})

test('stops although a page follows the live stream', async () => {
  const { child, url } = await start(['--data-dir', 'live'])
  const page = await fetch(`${url}/api/cairn/v1/live`)
  const read = page.text().catch(() => '')
  assert.equal(await stop(child), 0)
  await read
})

test('with --dev it starts anew when its source changes, and stops when asked', async () => {
  const { child } = await start(['--data-dir', 'dev', '--dev'])
  let said = ''
  child.stdout!.on('data', (chunk: Buffer) => { said += chunk.toString() })
  const source = fileURLToPath(new URL('../../packages/cli/src/banner.ts', import.meta.url))
  try {
    // The same text, saved again; once more where nobody was watching yet.
    let url: string | undefined
    for (let tick = 0; url === undefined && tick < 300; tick += 1) {
      if (tick % 100 === 0) utimesSync(source, new Date(), new Date())
      await new Promise((resolve) => setTimeout(resolve, 200))
      const found = [...said.matchAll(/Cairn listens on (http:\S+)/g)].at(-1)?.[1]
      url = found !== undefined && await fetch(`${found}/health`).then(({ ok }) => ok, () => false) ? found : undefined
    }
    assert.ok(url !== undefined, said)
  } finally {
    await stop(child)
  }
})

test('a port that is taken is said to be taken', async () => {
  const { child, url } = await start(['--data-dir', 'first'])
  const { status, stdout, stderr } = refused('--data-dir', 'second', '--port', new URL(url).port)
  assert.equal(status, 1)
  assert.equal(stdout, '')
  assert.match(stderr, /^cairn: Port \d+ on 127\.0\.0\.1 is taken .*\n {2}Stop it, or take another port/)
  assert.equal(await stop(child), 0)
})

test('mistakes in flags and variables are told together, before anything is made', () => {
  const { status, stderr } = refused('--data-dir', 'never', '--static-prefix', 'x', '--backend-store-uri', 'mysql://db')
  assert.equal(status, 2)
  assert.match(stderr, /--backend-store-uri: "mysql" is no database.*\n.*\n--static-prefix: /)
  assert(!readdirSync(folder).includes('never'))
})

test('a database of MLflow, or of anybody else, is refused and left as it was, byte for byte', () => {
  for (const [name, table, words] of [['mlflow.db', 'alembic_version', /database of MLflow/], ['other.db', 'things', /another program/]] as const) {
    const path = join(folder, name)
    const db = new DatabaseSync(path)
    db.exec(`CREATE TABLE ${table} (version_num TEXT)`)
    db.close()
    const bytes = readFileSync(path)
    const { status, stderr } = refused('--backend-store-uri', `sqlite:///${name}`)
    assert.equal(status, 1)
    assert.match(stderr, words)
    assert.doesNotMatch(stderr, /bug in Cairn/)
    assert(bytes.equals(readFileSync(path)), name)
  }
  writeFileSync(join(folder, 'text.db'), 'not a database, '.repeat(100))
  const { status, stderr } = refused('--backend-store-uri', 'sqlite:///text.db')
  assert.equal(status, 1)
  assert.match(stderr, /no SQLite database/)
})

test('a folder that cannot be made is told without a stack trace', () => {
  writeFileSync(join(folder, 'file'), '')
  const { status, stderr } = refused('--data-dir', 'file/inside')
  assert.equal(status, 1)
  assert.doesNotMatch(stderr, /bug in Cairn/)
  assert.match(stderr, /file/)
})
