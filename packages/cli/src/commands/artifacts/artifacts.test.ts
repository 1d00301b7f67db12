import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { createRun } from '@cairn/protocol'
import { placeOf } from '../../artifacts/download.ts'
import { startCommandLine } from '../../testing.ts'

const line = await startCommandLine()
after(() => line[Symbol.asyncDispose]())

const { run } = await line.api(createRun, { experiment_id: '0', run_name: 'files' })
const { run_id } = run.info
const big = Buffer.alloc(300_000, 'cairn ')

mkdirSync(join(line.folder, 'plots', 'deep'), { recursive: true })
writeFileSync(join(line.folder, 'report 1.html'), '<p>')
writeFileSync(join(line.folder, 'plots', 'roc.png'), big)
writeFileSync(join(line.folder, 'plots', 'deep', 'ünï.txt'), '')

test('files and folders are uploaded, listed and downloaded as they were', async () => {
  assert.equal((await line.cairn(['artifacts', 'upload', run_id, 'report 1.html', 'plots', '--path', 'all'])).out, 'Uploaded 3 files (293 KB).\n')
  assert.match((await line.cairn(`artifacts list ${run_id}`)).out, /^PATH +SIZE\nall\/\n$/)
  const files = await line.json<{ path: string; file_size: number }[]>(`artifacts list ${run_id} -r`)
  assert.deepEqual(files.map(({ path }) => path).toSorted(), ['all/plots/deep/ünï.txt', 'all/plots/roc.png', 'all/report 1.html'])
  assert.match((await line.cairn(`artifacts download ${run_id} all/plots --to down`)).out, /^Downloaded 2 files \(293 KB\) into .*down\.\n$/)
  assert.deepEqual(readFileSync(join(line.folder, 'down', 'plots', 'roc.png')), big)
  assert.equal(readFileSync(join(line.folder, 'down', 'plots', 'deep', 'ünï.txt'), 'utf8'), '')
  await line.cairn(['artifacts', 'download', run_id, 'all/report 1.html', '--to', 'one'])
  assert.deepEqual(readdirSync(join(line.folder, 'one')), ['report 1.html'])
})

test('what is not there is told, and nothing is written', async () => {
  const { code, err } = await line.cairn(`artifacts download ${run_id} nothing --to nowhere`)
  assert.equal(code, 1)
  assert.match(err, /There is no artifact "nothing"/)
  assert(!readdirSync(line.folder).includes('nowhere'))
})

test('artifacts are deleted only when the person is sure, and never the root', async () => {
  await line.cairn(['artifacts', 'upload', run_id, 'report 1.html'])
  const asked = await line.cairn(['artifacts', 'delete', run_id, 'report 1.html'])
  assert.equal(asked.code, 2)
  assert.match(asked.err, /cannot be brought back\.\n {2}If you are sure, add --yes/)
  for (const path of ['.', '', '/', 'all/..']) assert.equal((await line.cairn(['artifacts', 'delete', run_id, path, '--yes'])).code, 2, path)
  assert.equal((await line.cairn(['artifacts', 'delete', run_id, 'report 1.html', '--yes'])).out, 'Deleted report 1.html.\n')
  assert.deepEqual((await line.json<{ path: string }[]>(`artifacts list ${run_id}`)).map(({ path }) => path), ['all'])
})

test('a name from a server never leads out of the folder that the person named', () => {
  assert.equal(placeOf('/tmp/x', 'a/b.txt'), '/tmp/x/a/b.txt')
  for (const name of ['../a', 'a/../../b', '/etc/passwd', '..', '', 'a\\..\\b', 'a\0b']) {
    assert.throws(() => placeOf('/tmp/x', name), /outside/, name)
  }
})
