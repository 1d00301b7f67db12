import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const launcher = fileURLToPath(new URL('../bin/cairn', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'cairn launcher '))
after(() => rmSync(folder, { recursive: true }))

/** As npm lays it out: the launcher behind a link in .bin, Node beside the package; in a checkout the package is itself a link. */
function install(name: string, script: string, { node = true, bundle = true } = {}): string {
  const home = join(folder, name, bundle ? 'node_modules/cairn' : 'packages/cli')
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
  mkdirSync(join(home, 'bin'), { recursive: true })
  copyFileSync(launcher, join(home, 'bin', 'cairn'))
  write(join(home, 'package.json'), '{"type":"module"}')
  write(join(home, bundle ? 'dist/cairn.js' : 'src/main.ts'), script)
  mkdirSync(join(folder, name, 'node_modules', '.bin'), { recursive: true })
  if (!bundle) symlinkSync('../packages/cli', join(folder, name, 'node_modules', 'cairn'))
  symlinkSync('../cairn/bin/cairn', join(folder, name, 'node_modules', '.bin', 'cairn'))
  if (node) {
    mkdirSync(join(folder, name, 'node_modules', 'node', 'bin'), { recursive: true })
    symlinkSync(process.execPath, join(folder, name, 'node_modules', 'node', 'bin', 'node'))
  }
  return join(folder, name, 'node_modules', '.bin', 'cairn')
}

/** A PATH whose `node` would give itself away. */
const otherNode = join(folder, 'path')
mkdirSync(otherNode)
writeFileSync(join(otherNode, 'node'), '#!/bin/sh\necho wrong node\n', { mode: 0o755 })
const env = { PATH: `${otherNode}:/usr/bin:/bin` }

test('starts the Node of the installation from any folder, with the arguments as they came', () => {
  const bin = install('any', 'console.log(JSON.stringify([process.versions.node, process.argv.slice(2)]))')
  symlinkSync(bin, join(folder, 'global'))
  for (const [command, cwd] of [[bin, '/'], [join(folder, 'global'), tmpdir()], ['./cairn', dirname(bin)]] as const) {
    const { stdout, stderr, status } = spawnSync(command, ['a b', '', '--x=*', '$HOME'], { cwd, env, encoding: 'utf8' })
    assert.equal(stderr, '')
    assert.deepEqual(JSON.parse(stdout), [process.versions.node, ['a b', '', '--x=*', '$HOME']])
    assert.equal(status, 0)
  }
})

test('runs TypeScript source in a checkout, and says nothing about experiments', () => {
  const bin = install('checkout', "import { DatabaseSync } from 'node:sqlite'\nconst text: string = typeof DatabaseSync\nconsole.log(text)", { bundle: false })
  const { stdout, stderr } = spawnSync(bin, [], { env, encoding: 'utf8' })
  assert.deepEqual({ stdout, stderr }, { stdout: 'function\n', stderr: '' })
})

test('passes the exit status on', () => {
  assert.equal(spawnSync(install('status', 'process.exit(7)'), [], { env }).status, 7)
})

test('is the process that signals reach', async () => {
  const bin = install('signal', "process.on('SIGTERM', () => process.exit(5)); setInterval(() => {}, 1000); console.log(process.pid)")
  const child = spawn(bin, [], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const [pid] = await once(child.stdout, 'data') as [Buffer]
  assert.equal(Number(pid.toString()), child.pid)
  child.kill('SIGTERM')
  assert.deepEqual(await once(child, 'exit'), [5, null])
})

test('says what to do when Node did not come with it', () => {
  const { stderr, status } = spawnSync(install('bare', '', { node: false }), [], { env, encoding: 'utf8' })
  assert.equal(status, 1)
  assert.match(stderr, /^cairn: the Node\.js that Cairn runs on is not installed.*\n {2}Install again/)
})
