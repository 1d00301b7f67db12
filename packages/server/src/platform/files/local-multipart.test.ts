import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { openLocalStore, type LocalStore } from './local-store.ts'
import { safePath } from './path.ts'

let root: string
let store: LocalStore
const path = safePath('run/big.bin')

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'cairn-multipart-'))
  store = await openLocalStore(root)
})
afterEach(() => rm(root, { recursive: true, force: true }))

async function* of(...pieces: string[]): AsyncGenerator<Uint8Array> { for (const piece of pieces) yield Buffer.from(piece) }
const content = async (): Promise<string | undefined> => {
  const opened = await store.open(path)
  return opened === undefined || opened === 'folder' ? opened : text(opened.read())
}
const leftovers = async (kind: string): Promise<string[]> => readdir(join(root, '.cairn-store', kind))

test('parts in any order, sent again and across a restart become one file', async () => {
  const id = await store.multipart.create(path)
  await store.multipart.putPart(id, 3, of('c'))
  await store.multipart.putPart(id, 1, of('x'))
  store = await openLocalStore(root)
  await store.multipart.putPart(id, 1, of('aaa'))
  await store.multipart.putPart(id, 2, of('bb', 'b'))
  const present = await store.multipart.parts(id)
  assert.equal(present?.path, path)
  assert.deepEqual(present.parts.map(({ number, size }) => [number, size]), [[1, 3], [2, 3], [3, 1]])
  assert.equal(await content(), undefined)
  const info = await store.multipart.complete(id, path, present.parts)
  assert.equal(info.size, 7)
  assert.equal(await content(), 'aaabbbc')
  assert.deepEqual(await store.stat(path), info)
})

test('a completion whose answer was lost is answered again, also two at once', async () => {
  const id = await store.multipart.create(path)
  const part = await store.multipart.putPart(id, 1, of('a'))
  const [first, second] = await Promise.all([store.multipart.complete(id, path, [part]), store.multipart.complete(id, path, [part])])
  store = await openLocalStore(root)
  assert.deepEqual([second, await store.multipart.complete(id, path, [part])], [first, first])
  assert.equal(await store.multipart.parts(id), undefined)
  await assert.rejects(store.multipart.putPart(id, 1, of('b')), { code: 'RESOURCE_DOES_NOT_EXIST' })
})

test('a completion is refused that names no parts, a missing, replaced or repeated one, or another path', async () => {
  const id = await store.multipart.create(path)
  const old = await store.multipart.putPart(id, 1, of('old'))
  const part = await store.multipart.putPart(id, 1, of('new'))
  const invalid = { code: 'INVALID_PARAMETER_VALUE' }
  await assert.rejects(store.multipart.complete(id, path, []), invalid)
  await assert.rejects(store.multipart.complete(id, path, [old]), invalid)
  await assert.rejects(store.multipart.complete(id, path, [part, { number: 2, etag: undefined }]), invalid)
  await assert.rejects(store.multipart.complete(id, path, [part, part]), invalid)
  await assert.rejects(store.multipart.complete(id, safePath('other'), [part]), invalid)
  await assert.rejects(store.multipart.complete(id, path, [part], { limit: 2 }), { code: 'REQUEST_TOO_LARGE' })
  assert.equal(await content(), undefined)
  await store.multipart.complete(id, path, [{ number: 1, etag: undefined }])
  assert.equal(await content(), 'new')
})

test('an upload that was given up is gone with its parts; giving up twice is no error', async () => {
  const id = await store.multipart.create(path)
  await store.multipart.putPart(id, 1, of('a'))
  await store.multipart.abort(id)
  await store.multipart.abort(id)
  assert.deepEqual([await leftovers('multipart'), await leftovers('writing')], [[], []])
  await assert.rejects(store.multipart.putPart(id, 1, of('a')), { code: 'RESOURCE_DOES_NOT_EXIST' })
  await assert.rejects(store.multipart.complete(id, path, [{ number: 1, etag: undefined }]), { code: 'RESOURCE_DOES_NOT_EXIST' })
})

test('a part that breaks off leaves the earlier one', async () => {
  const id = await store.multipart.create(path)
  const part = await store.multipart.putPart(id, 1, of('good'))
  async function* broken(): AsyncGenerator<Uint8Array> { yield Buffer.from('b'); throw new Error('gone') }
  await assert.rejects(store.multipart.putPart(id, 1, broken()), /gone/)
  assert.deepEqual(await leftovers('writing'), [])
  await store.multipart.complete(id, path, [part])
  assert.equal(await content(), 'good')
})

test('an upload id is never a path, and part numbers have bounds', async () => {
  for (const id of ['', '.', '..', '../../x', 'a'.repeat(31), `${'a'.repeat(30)}/x`, '%2e%2e']) {
    await assert.rejects(async () => store.multipart.parts(id), { code: 'RESOURCE_DOES_NOT_EXIST' })
    await assert.rejects(async () => store.multipart.abort(id), { code: 'RESOURCE_DOES_NOT_EXIST' })
  }
  const id = await store.multipart.create(path)
  for (const number of [0, -1, 1.5, 10_001, NaN]) await assert.rejects(store.multipart.putPart(id, number, of('a')), { code: 'INVALID_PARAMETER_VALUE' })
})

test('an upload that nobody went on with for a week is swept when the store is opened', async () => {
  const [stale, fresh] = [await store.multipart.create(path), await store.multipart.create(path)]
  const old = new Date(Date.now() - 8 * 24 * 3600 * 1000)
  await utimes(join(root, '.cairn-store', 'multipart', stale), old, old)
  await openLocalStore(root)
  assert.deepEqual(await leftovers('multipart'), [fresh])
})

test('a completion that is killed at any moment leaves no file or the whole one, and can be asked for again', async () => {
  const script = `
    import { openLocalStore } from ${JSON.stringify(fileURLToPath(new URL('./index.ts', import.meta.url)))}
    const [root, id, path, parts] = JSON.parse(process.argv[1])
    const store = await openLocalStore(root)
    console.log('begins')
    await store.multipart.complete(id, path, parts)
    console.log('done')`
  const part = 'x'.repeat(8 << 20)
  for (const delay of [0, 3, 8, 15, 30, 60]) {
    const id = await store.multipart.create(path)
    const parts = []
    for (const number of [1, 2, 3]) parts.push(await store.multipart.putPart(id, number, of(part)))
    const child = spawn(process.execPath, ['--conditions=source', '--input-type=module', '-e', script, JSON.stringify([root, id, path, parts])], { stdio: ['ignore', 'pipe', 'inherit'] })
    const closed = once(child, 'close')
    await once(child.stdout, 'data')
    await sleep(delay)
    child.kill('SIGKILL')
    await closed
    store = await openLocalStore(root)
    assert.deepEqual(await leftovers('writing'), [])
    const stat = await store.stat(path)
    assert(stat === undefined || (stat !== 'folder' && stat.size === 3 * part.length), JSON.stringify(stat))
    await store.multipart.complete(id, path, parts)
    assert.equal((await content())?.length, 3 * part.length)
    await store.delete(path)
  }
})
