import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { buildBundle } from '../../tools/build.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'cairn-package-'))
const home = join(folder, 'node_modules', 'cairn')
const bin = join(folder, 'node_modules', '.bin', 'cairn')
const { MLFLOW_TRACKING_URI: _, ...env } = process.env

/** What `npm install cairn` lays down, without fetching Node once more: the tarball, the link, the binary. */
before(async () => {
  await buildBundle()
  const packed = spawnSync('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: join(root, 'packages', 'cli'), encoding: 'utf8' })
  assert.equal(packed.status, 0, packed.stderr)
  mkdirSync(home, { recursive: true })
  assert.equal(spawnSync('tar', ['-xzf', join(folder, packed.stdout.trim()), '--strip-components=1', '-C', home]).status, 0)
  mkdirSync(dirname(bin))
  symlinkSync('../cairn/bin/cairn', bin)
  mkdirSync(join(folder, 'node_modules', 'node', 'bin'), { recursive: true })
  symlinkSync(process.execPath, join(folder, 'node_modules', 'node', 'bin', 'node'))
})
after(() => rmSync(folder, { recursive: true }))

test('the package holds the launcher and the bundle, and no source', () => {
  const files = readdirSync(home, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(join(home, name)).isFile())
  for (const file of ['bin/cairn', 'dist/cairn.js', 'dist/empty.db', 'deploy/systemd/cairn.service', 'deploy/nginx/cairn.conf', 'deploy/helm/cairn/Chart.yaml', 'deploy/helm/cairn/templates/_helpers.tpl']) assert(files.includes(file), file)
  assert.deepEqual(files.filter((name) => name.endsWith('.ts')), [])
  const bytes = files.reduce((sum, name) => sum + statSync(join(home, name)).size, 0)
  // Of these some 4 MB are what single viewers of the page load (Plotly, PDF, Parquet), 6 MB the client of Kubernetes and 2 MB those of buckets, each loaded where it is used.
  assert(bytes < 18e6, `${bytes} bytes`)
})

test('the installed server starts in an empty folder, keeps data in its threads, and stops', async () => {
  const cwd = mkdtempSync(join(folder, 'work-'))
  const child = spawn(bin, ['server', '--port', '0', '--json'], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let err = ''
  child.stderr.on('data', (chunk: Buffer) => { err += chunk })
  const [first] = await once(child.stdout, 'data') as [Buffer]
  const { url, database } = JSON.parse(first.toString()) as { url: string; database: string }
  assert.equal(database, join(cwd, 'cairn-data', 'cairn.db'))
  assert.equal(await (await fetch(`${url}/health`)).text(), 'OK')
  const made = await fetch(`${url}/api/2.0/mlflow/experiments/create`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"name":"packed"}' })
  assert.equal(made.status, 200)
  const exit = once(child, 'exit')
  child.kill('SIGTERM')
  assert.deepEqual(await exit, [0, null])
  assert.equal(err, '')
})

test('the installed command line answers for itself', () => {
  const { stdout, stderr, status } = spawnSync(bin, ['--help'], { cwd: '/', env, encoding: 'utf8' })
  assert.equal(stderr, '')
  assert.match(stdout, /cairn server/)
  assert.equal(status, 0)
  assert.match(spawnSync(bin, ['--version'], { env, encoding: 'utf8' }).stdout, /^cairn \d+\.\d+\.\d+/)
})

test('the installed command line runs a project against the installed server', async () => {
  const cwd = mkdtempSync(join(folder, 'run-'))
  writeFileSync(join(cwd, 'MLproject'), 'entry_points: {main: {command: "echo run $MLFLOW_RUN_ID"}}')
  const server = spawn(bin, ['server', '--port', '0', '--json'], { cwd, env, stdio: ['ignore', 'pipe', 'ignore'] })
  try {
    const [first] = await once(server.stdout, 'data') as [Buffer]
    const { url } = JSON.parse(first.toString()) as { url: string }
    const run = (...words: string[]) => spawnSync(bin, ['run', '.', '--env-manager', 'local', ...words], { cwd, env: { ...env, MLFLOW_TRACKING_URI: url, CAIRN_QUEUE_DIR: join(cwd, 'queue') }, encoding: 'utf8' })
    const { stdout, stderr, status } = run()
    assert.equal(status, 0, stderr)
    assert.match(stdout, /^run \w{32}$/m)
    // Kubernetes' client is a chunk of its own; that it loads shows in what it misses here.
    writeFileSync(join(cwd, 'job.yaml'), 'spec: {template: {spec: {containers: [{name: a}]}}}')
    writeFileSync(join(cwd, 'MLproject'), 'name: p\ndocker_env: {image: "a:1"}\nentry_points: {main: {command: "true"}}')
    const kubernetes = run('--backend', 'kubernetes', '--backend-config', '{"repository-uri": "r", "kube-job-template-path": "job.yaml", "kube-context": "none"}')
    assert.match(kubernetes.stderr, /There is no kube context "none"/)
  } finally {
    const exit = once(server, 'exit')
    server.kill('SIGTERM')
    await exit
  }
})
