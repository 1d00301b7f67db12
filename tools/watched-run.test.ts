import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { readCounts } from './test-summary.ts'
import { watchedRun, type WatchedRun } from './watched-run.ts'

/** What a test leaves behind that fails in the middle: a timer, and a program that holds its output. */
const leaves = `
  import { spawn } from 'node:child_process'
  import { test } from 'node:test'
  test('fails too early', () => {
    setInterval(() => {}, 50)
    console.log('started', spawn('sleep', ['600'], { stdio: 'inherit' }).pid)
    throw new Error('no')
  })`
const fine = "import { test } from 'node:test'\ntest('is fine', () => {})"

describe('a run that is watched', () => {
  let folder: string
  before(async () => { folder = await mkdtemp(join(tmpdir(), 'cairn-watched-')) })
  after(() => rm(folder, { recursive: true }))

  async function watch(command: readonly string[], silenceMs: number): Promise<WatchedRun & { shown: string }> {
    let shown = ''
    const { NODE_TEST_CONTEXT: _, ...env } = process.env
    const run = await watchedRun(command, { cwd: folder, env, silenceMs, write: (chunk) => { shown += String(chunk) } })
    return { ...run, shown }
  }
  /** A process that nobody has asked for its end yet is a zombie: it is there, and does not run. */
  const runs = (pid: number): boolean => existsSync(`/proc/${pid}/stat`) && !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')
  const files = async (texts: Readonly<Record<string, string>>): Promise<string[]> => {
    for (const [name, text] of Object.entries(texts)) await writeFile(join(folder, name), text)
    return [process.execPath, '--test', '--test-concurrency=1', ...Object.keys(texts)]
  }

  test('ends a file that goes on after its tests, with all that it started, and the next file runs', async () => {
    const { code, text, hung, shown } = await watch(await files({ 'a.test.mjs': leaves, 'b.test.mjs': fine }), 2000)
    assert.notEqual(code, 0)
    assert.deepEqual(hung, ['a.test.mjs'])
    assert.match(shown, /nothing was printed for 2 s: a\.test\.mjs is ended/)
    assert.equal(readCounts(text)?.passed, 1)
    assert.ok(readCounts(text)!.failed > 0)
    assert.equal(runs(Number(/started (\d+)/.exec(text)![1])), false)
  })

  test('ends a command in which no test file hangs, whoever holds its output', async () => {
    const { code, hung } = await watch(['sh', '-c', 'echo once; setsid sleep 20 & sleep 600'], 500)
    assert.equal(code, 128)
    assert.equal(hung.length, 1)
  })

  test('leaves alone what speaks, and gives its words and its status', async () => {
    const { code, text, hung, shown } = await watch(['sh', '-c', 'for i in 1 2 3 4 5 6; do echo $i; sleep 0.3; done; exit 3'], 1500)
    assert.deepEqual({ code, text, hung, shown }, { code: 3, text: '1\n2\n3\n4\n5\n6\n', hung: [], shown: '1\n2\n3\n4\n5\n6\n' })
  })

  test('says when a command is not there', async () => {
    await assert.rejects(watch(['no-such-command'], 1000), { code: 'ENOENT' })
  })
})
