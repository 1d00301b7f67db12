import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { buildSdk } from '../../tools/build-sdk.ts'
import { startServerProcess, type ServerProcess } from '../crash/server-process.ts'
import { once } from '../serving/python-extras.ts'

/* The SDK as it is published, in the other runtimes that it promises; the browser has its test in tests/browser. */

const root = fileURLToPath(new URL('../../', import.meta.url))
const run = promisify(execFile)
const platform = `linux-${process.arch === 'arm64' ? 'arm64' : 'x64'}`

/** The programs themselves, from npm, once for every clone on this machine. */
function runtime(packageName: string, version: string, program: string): string {
  const place = once(`${packageName.replace('/', '-').replace('@', '')}-${version}`, (partial) => {
    execFileSync('npm', ['install', '--prefix', partial, '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--silent', `${packageName}@${version}`], { stdio: ['ignore', 2, 'inherit'] })
  })
  return join(place, 'node_modules', packageName, program)
}

let folder: string
let server: ServerProcess
before(async () => {
  await buildSdk()
  folder = await mkdtemp(join(tmpdir(), 'cairn-sdk-runtimes-'))
  await mkdir(join(folder, 'node_modules/@cairn'), { recursive: true })
  await symlink(join(root, 'packages/sdk'), join(folder, 'node_modules/@cairn/sdk'))
  await writeFile(join(folder, 'package.json'), '{"type":"module","dependencies":{"@cairn/sdk":"*"}}')
  await copyFile(join(root, 'tests/sdk/exercise.mjs'), join(folder, 'exercise.mjs'))
  await writeFile(join(folder, 'main.mjs'), `
    import * as sdk from '@cairn/sdk'
    import { exercise, expected } from './exercise.mjs'
    const [url, name] = process.argv.slice(2)
    console.log(JSON.stringify([await exercise(sdk, url, name), expected(name)]))
  `)
  // The entry for Node, whose queue keeps on disk what a server that is away was to get.
  await writeFile(join(folder, 'offline.mjs'), `
    import process from 'node:process'
    import { CairnClient, diskQueue, fluent, resendQueued } from '@cairn/sdk/node'
    const [url, queue] = process.argv.slice(2)
    let away = false
    const client = new CairnClient({ url, retries: 0, fetch: (...given) => (away ? Promise.reject(new TypeError('away')) : fetch(...given)) })
    const { startRun, logMetric, flush } = fluent(client, { store: diskQueue(queue), onError() {} })
    const run = await startRun({ runName: 'away' })
    away = true
    for (let step = 0; step < 5; step += 1) logMetric('kept', step, { step })
    await flush().catch(() => {})
    away = false
    const waiting = await resendQueued(new CairnClient({ url }), queue)
    console.log(JSON.stringify([waiting, (await client.runs.get(run.id)).data.metrics[0].value]))
    process.exit(0)
  `)
  server = await startServerProcess(folder)
})
after(async () => {
  await server[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

const home = homedir()
for (const [name, program, args] of [
  ['Bun', () => runtime(`@oven/bun-${platform.replace('arm64', 'aarch64')}`, '1.4.5', 'bin/bun'), []],
  ['Deno', () => runtime(`@deno/${platform}-glibc`, '2.9.6', 'deno'), ['run', '--quiet', '--no-prompt', '--node-modules-dir=manual', '--allow-net=127.0.0.1', '--allow-env', '--allow-read', '--allow-write', '--allow-sys']],
] as const) {
  it(`in ${name} it logs, follows what happens, reads, searches, keeps files and models, and says what was refused`, { timeout: 120_000 }, async () => {
    const { stdout } = await run(program(), [...args, 'main.mjs', server.url, name], { cwd: folder, env: { PATH: process.env['PATH'], HOME: home, NO_COLOR: '1' } })
    const [seen, wanted] = JSON.parse(stdout) as [object, object]
    assert.deepEqual(seen, wanted)
  })

  it(`in ${name} what a server that is away was to get waits on the disk`, { timeout: 120_000 }, async () => {
    const { stdout } = await run(program(), [...args, 'offline.mjs', server.url, join(folder, `queue-${name}`)], { cwd: folder, env: { PATH: process.env['PATH'], HOME: home, NO_COLOR: '1' } })
    assert.deepEqual(JSON.parse(stdout), [0, 4])
  })
}
