/** `cairn run` as a process, on this machine. */
import assert from 'node:assert/strict'
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { CairnClient, type LiveMessage } from '@cairn/sdk'
import { startGate, startTestServer, type Gate, type TestServer } from '../../packages/sdk/src/testing.ts'
import { scratch } from './scratch.ts'

const main = fileURLToPath(new URL('../../packages/cli/src/main.ts', import.meta.url))
const { folder, write } = scratch('cairn-local-')
let server: TestServer
let client: CairnClient
before(async () => {
  server = await startTestServer()
  client = new CairnClient({ url: server.url, retries: 2 })
})
after(async () => {
  await server?.[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
})

interface Started {
  readonly child: ChildProcess
  readonly id: Promise<string>
  out: string
  err: string
  readonly code: Promise<number>
}

/** `cairn run` with the given words; `id` comes once the command is running. */
function cairn(words: readonly string[], env: NodeJS.ProcessEnv = {}): Started {
  const child = spawn(process.execPath, ['--conditions=source', '--disable-warning=ExperimentalWarning', main, ...words], {
    cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, MLFLOW_TRACKING_URI: server.url, CAIRN_QUEUE_DIR: join(folder, 'queue'), ...env },
  })
  let found: (id: string) => void
  const started: Started = { child, out: '', err: '', id: new Promise((done) => { found = done }), code: once(child, 'close').then(([code]) => code as number) }
  child.stdout.setEncoding('utf8').on('data', (text: string) => { started.out += text })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    started.err += text
    const id = /as run (\w{32})\./.exec(started.err)?.[1]
    if (id !== undefined) found(id)
  })
  return started
}

async function until(what: string, check: () => Promise<boolean> | boolean): Promise<void> {
  for (const deadline = Date.now() + 15_000; !await check();) {
    assert(Date.now() < deadline, `${what} did not come`)
    await sleep(50)
  }
}

/** A process that nobody has waited for yet has ended all the same. */
function isGone(pid: number): boolean {
  try {
    return / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return true
  }
}

const text = async (id: string, path: string): Promise<string> => (await client.artifacts.download(id, path)).text()
const tags = async (id: string): Promise<Record<string, string>> => Object.fromEntries(((await client.runs.get(id)).data.tags ?? []).map(({ key, value }) => [key, value]))

test('output goes to the terminal and to the run while it is written, and stays with the run', async () => {
  write('live/train.sh', 'echo first; echo problem >&2; sleep 3; echo last\n')
  const heard: LiveMessage[] = []
  const stop = new AbortController()
  const run = cairn(['run', 'live', '-e', 'train.sh', '--env-manager', 'local'])
  const id = await run.id
  const listening = (async () => {
    for await (const message of client.live({ runIds: [id], signal: stop.signal })) heard.push(message)
  })().catch(() => {})
  await until('the first segment', async () => (await text(id, 'console/000000.log').catch(() => '')).includes('first\nproblem\n'))
  assert.equal((await client.runs.get(id)).info.status, 'RUNNING')
  assert.match(run.out, /^first\n/)
  assert.match(run.err, /^problem$/m)
  assert.equal(await run.code, 0)
  assert.match(await text(id, 'console.log'), /^\$ .*\nfirst\nproblem\nlast\n$/)
  assert.deepEqual((await client.artifacts.list(id)).map(({ path }) => path).toSorted(), ['console.log', 'reproduce'])
  stop.abort()
  await listening
  assert(heard.some((message) => message.type === 'artifact' && JSON.stringify(message.data).includes('console.log')))
  const said = await tags(id)
  assert.equal(said['cairn.exit_status'], '0')
  assert(Number(said['cairn.max_memory_megabytes']) > 0.5 && Number(said['cairn.cpu_seconds']) >= 0)
  const metrics = (await client.runs.get(id)).data.metrics ?? []
  assert(metrics.some(({ key }) => key === 'system/cpu_utilization_percentage') && metrics.some(({ key }) => key === 'system/disk_usage_percentage'))
})

test('what a person’s ~/.bashrc sets does not reach the command, also where a socket is its standard input', async () => {
  write('home/.bashrc', 'echo read by bash; export PATH=/nowhere\n')
  write('plain/MLproject', 'name: plain\nentry_points: {main: {command: "echo as it was"}}\n')
  const child = spawn(process.execPath, ['--conditions=source', '--disable-warning=ExperimentalWarning', main, 'run', 'plain', '--env-manager', 'local'], {
    cwd: folder, stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, MLFLOW_TRACKING_URI: server.url, CAIRN_QUEUE_DIR: join(folder, 'queue'), HOME: join(folder, 'home'), SHLVL: '0' },
  })
  let out = ''
  child.stdout.setEncoding('utf8').on('data', (piece: string) => { out += piece })
  const [code] = await once(child, 'close') as [number]
  assert.deepEqual([code, out.includes('as it was'), out.includes('read by bash')], [0, true, false])
})

test('a command that fails leaves a failed run with its log and its exit status', async () => {
  write('fails/MLproject', 'entry_points: {main: {command: "echo before; exit 7"}}')
  const run = cairn(['run', 'fails', '--env-manager', 'local'])
  assert.equal(await run.code, 1)
  assert.match(run.err, /Run \w{32} failed: its command ended with exit status 7/)
  const id = await run.id
  assert.equal((await client.runs.get(id)).info.status, 'FAILED')
  assert.equal((await tags(id))['cairn.exit_status'], '7')
  assert.match(await text(id, 'console.log'), /^before$/m)
})

test('a parameter that is not declared is handed on as MLflow does, and said with those that are', async () => {
  write('asks/MLproject', 'entry_points: {main: {parameters: {alpha: {type: float, default: 1}}, command: "echo got {alpha}"}}')
  const run = cairn(['run', 'asks', '--env-manager', 'local', '-P', 'alhpa=2'])
  assert.equal(await run.code, 0)
  assert.match(run.out, /got 1 --alhpa 2/)
  const said = /The entry point main declares no parameter "alhpa" \(it has alpha\): its command gets it as --alhpa\./
  assert.match(run.err, said)
  assert.match(await text(await run.id, 'console.log'), said)
})

test('an environment that cannot be built leaves a failed run with the installer’s output', async () => {
  write('broken/python_env.yaml', 'dependencies: ["six==999"]')
  write('broken/MLproject', 'entry_points: {main: {command: "true"}}')
  const run = cairn(['run', 'broken', '--experiment-name', 'broken', '--offline'], { CAIRN_ENV_DIR: join(folder, 'envs') })
  assert.equal(await run.code, 1)
  assert.match(run.err, /failed: pip could not install the packages[^]*No matching distribution found for six==999[^]*without --offline/)
  const { experiment_id } = await client.experiments.getByName('broken')
  const { info } = (await client.runs.searchPage({ experiment_ids: [experiment_id] })).items[0]!
  assert.equal(info.status, 'FAILED')
  assert.match(await text(info.run_id, 'console.log'), /No matching distribution found for six==999/)
  assert.match((await tags(info.run_id))['cairn.failure']!, /pip could not install/)
})

test('a signal is passed on, and the run is killed', async () => {
  write('signals/main.sh', 'trap "echo caught; exit 9" INT TERM\necho ready\nwhile true; do sleep 0.05; done\n')
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    const run = cairn(['run', 'signals', '-e', 'main.sh', '--env-manager', 'local'], { SHELL: '/bin/bash' })
    await until('its output', () => run.out.includes('ready'))
    run.child.kill(signal)
    assert.equal(await run.code, 130)
    assert.match(run.out, /caught/)
    assert.equal((await client.runs.get(await run.id)).info.status, 'KILLED')
  }
})

test('a second interrupt kills all that the command started', async () => {
  write('stubborn/main.sh', 'trap "" INT\nsleep 1000 &\necho "child $!"\nwait\nwait\nsleep 1000\n')
  const run = cairn(['run', 'stubborn', '-e', 'main.sh', '--env-manager', 'local'], { SHELL: '/bin/bash' })
  await until('its output', () => /child \d+/.test(run.out))
  const grandchild = Number(/child (\d+)/.exec(run.out)![1])
  run.child.kill('SIGINT')
  await sleep(1200)
  assert.equal(run.child.exitCode, null)
  run.child.kill('SIGINT')
  assert.equal(await run.code, 130)
  assert.equal((await client.runs.get(await run.id)).info.status, 'KILLED')
  await until('the end of what it started', () => isGone(grandchild))
})

test('while the server is away a run goes on, and nothing of it is lost', async () => {
  await using gate: Gate = await startGate(server.url)
  write('away/main.sh', 'echo one; sleep 2; echo two\n')
  const run = cairn(['run', 'away', '-e', 'main.sh', '--env-manager', 'local', '--run-name', 'away'], { MLFLOW_TRACKING_URI: gate.url, MLFLOW_SYSTEM_METRICS_SAMPLING_INTERVAL: '0.5' })
  const id = await run.id
  gate.mode = 'gone'
  assert.equal(await run.code, 0, run.err)
  assert.match(run.err, /console\.log waits in /)
  assert.equal((await client.runs.get(id)).info.status, 'RUNNING')
  gate.mode = 'open'
  // The next run on this machine sends what waits.
  assert.equal(await cairn(['run', 'away', '-e', 'main.sh', '--env-manager', 'local'], { MLFLOW_TRACKING_URI: gate.url }).code, 0)
  const { info, data } = await client.runs.get(id)
  assert.equal(info.status, 'FINISHED')
  assert.match(await text(id, 'console.log'), /one\ntwo\n$/)
  assert.equal((JSON.parse(await text(id, 'reproduce/record.json')) as { result: { status: string } }).result.status, 'FINISHED')
  assert((data.metrics ?? []).some(({ key }) => key === 'system/cpu_utilization_percentage'))
  assert.deepEqual(readdirSync(join(folder, 'run-files'), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()), [])
})

test('a run whose Cairn was killed is failed by the next one, with its log', async () => {
  write('orphan/main.sh', 'while true; do echo alive; sleep 0.1; done\n')
  write('short/main.sh', 'echo short\n')
  const run = cairn(['run', 'orphan', '-e', 'main.sh', '--env-manager', 'local'])
  const id = await run.id
  await until('its output', () => run.out.includes('alive'))
  run.child.kill('SIGKILL')
  await run.code
  // Its command ends with the pipe that it writes to.
  await sleep(500)
  const next = cairn(['run', 'short', '-e', 'main.sh', '--env-manager', 'local'])
  assert.equal(await next.code, 0)
  assert.match(next.err, new RegExp(`Run ${id} had lost its Cairn`))
  assert.equal((await client.runs.get(id)).info.status, 'FAILED')
  assert.match(await text(id, 'console.log'), /^alive$/m)
  assert.match((await tags(id))['cairn.failure']!, /was killed/)
})

test('a server that is not there is named before anything starts', async () => {
  const run = cairn(['run', 'away', '-e', 'main.sh', '--env-manager', 'local'], { MLFLOW_TRACKING_URI: 'http://127.0.0.1:9' })
  assert.equal(await run.code, 1)
  assert.match(run.err, /did not answer[^]*cairn server/)
  assert.equal(run.out, '')
})

test('a dirty tree is refused when a clean one is asked for', async () => {
  write('clean/main.sh', 'echo clean\n')
  const git = (...args: string[]) => assert.equal(spawnSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], { cwd: join(folder, 'clean') }).status, 0)
  git('init', '-q')
  git('add', '.')
  git('commit', '-qm', 'one')
  const words = ['run', 'clean', '-e', 'main.sh', '--env-manager', 'local', '--require-clean']
  assert.equal(await cairn(words).code, 0)
  write('clean/main.sh', 'echo dirty\n')
  const dirty = cairn(words)
  assert.equal(await dirty.code, 1)
  assert.match(dirty.err, /has changed files, and --require-clean refuses that/)
  const allowed = cairn(words.slice(0, -1))
  assert.equal(await allowed.code, 0)
  const id = await allowed.id
  assert.equal((await tags(id))['cairn.git.dirty'], 'true')
  assert.match(await text(id, 'reproduce/changes.patch'), /^\+echo dirty$/m)
})

test('a zip whose names lead out of the folder is refused whole', async () => {
  const archive = join(folder, 'evil.zip')
  const program = 'import sys, zipfile\nz = zipfile.ZipFile(sys.argv[1], "w")\nz.writestr("MLproject", "")\nz.writestr("../evil.txt", "x")'
  assert.equal(spawnSync('python3', ['-c', program, archive]).status, 0)
  const run = cairn(['run', archive])
  assert.equal(await run.code, 1)
  assert.match(run.err, /Zip file member \.\.\/evil\.txt attempts path traversal/)
  write('bad.zip', 'no zip')
  const broken = cairn(['run', 'bad.zip'])
  assert.equal(await broken.code, 1)
  assert.match(broken.err, /is no zip archive that can be read/)
})
