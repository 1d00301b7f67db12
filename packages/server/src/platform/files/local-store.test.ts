import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { lstat, mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openLocalStore, type LocalStore } from './local-store.ts'
import { rootPath, safePath } from './path.ts'

let outside: string
let root: string
let store: LocalStore

beforeEach(async () => {
  outside = await realpath(await mkdtemp(join(tmpdir(), 'cairn-files-')))
  root = join(outside, 'store')
  store = await openLocalStore(root)
})
afterEach(() => rm(outside, { recursive: true, force: true }))

async function* of(...pieces: string[]): AsyncGenerator<Uint8Array> { for (const piece of pieces) yield Buffer.from(piece) }
const put = (name: string, ...pieces: string[]) => store.put(safePath(name), of(...pieces))
const read = async (name: string, from?: number, to?: number): Promise<string | undefined> => {
  const opened = await store.open(safePath(name))
  return opened === undefined || opened === 'folder' ? opened : text(opened.read(from, to))
}
const names = async (name = ''): Promise<string[]> => (await store.list(safePath(name))).entries.map((entry) => entry.name + (entry.isFolder ? '/' : ''))
/** Everything below the root, the store's own workplace too. */
const onDisk = async (): Promise<string[]> => (await readdir(root, { recursive: true, withFileTypes: true })).filter((dirent) => !dirent.isDirectory()).map((dirent) => join(dirent.parentPath, dirent.name).slice(root.length + 1)).sort()

describe('a file', () => {
  test('is written whole, read whole and in ranges, replaced and deleted', async () => {
    const first = await put('a/b/c.txt', 'hello ', 'world')
    assert.equal(await read('a/b/c.txt'), 'hello world')
    assert.equal(await read('a/b/c.txt', 6), 'world')
    assert.equal(await read('a/b/c.txt', 1, 3), 'ell')
    const second = await put('a/b/c.txt', 'hello earth')
    assert.equal(second.size, first.size)
    assert.notEqual(second.etag, first.etag)
    assert.deepEqual(await store.stat(safePath('a/b/c.txt')), second)
    assert.equal(await store.stat(safePath('a/b')), 'folder')
    await store.delete(safePath('a/b/c.txt'))
    assert.equal(await read('a/b/c.txt'), undefined)
    assert.deepEqual(await onDisk(), [])
  })

  test('of many megabytes arrives unchanged', async () => {
    const big = Buffer.alloc(5_000_001, 'abcdefg')
    async function* pieces(): AsyncGenerator<Uint8Array> { for (let at = 0; at < big.length; at += 65_521) yield big.subarray(at, at + 65_521) }
    await store.put(safePath('big'), pieces())
    const opened = await store.open(safePath('big'))
    assert(opened !== undefined && opened !== 'folder')
    const arrived: Buffer[] = []
    for await (const piece of opened.read()) arrived.push(Buffer.from(piece))
    assert(big.equals(Buffer.concat(arrived)))
  })

  test('whose body breaks off, or is too long, leaves nothing and the old content stays', async () => {
    await put('x', 'old')
    async function* broken(): AsyncGenerator<Uint8Array> { yield Buffer.alloc(3_000_000); throw new Error('gone') }
    await assert.rejects(store.put(safePath('x'), broken()), /gone/)
    await assert.rejects(store.put(safePath('x'), of('12345', '67890'), { limit: 9 }), { code: 'REQUEST_TOO_LARGE' })
    await assert.rejects(store.put(safePath('new/y'), broken()), /gone/)
    assert.equal(await read('x'), 'old')
    assert.deepEqual(await onDisk(), ['x'])
  })

  test('is written only if what stands there is what the caller expects', async () => {
    const { etag } = await store.put(safePath('x'), of('1'), { onlyIf: 'new' })
    await assert.rejects(store.put(safePath('x'), of('2'), { onlyIf: 'new' }), { code: 'PRECONDITION_FAILED' })
    await store.put(safePath('x'), of('3'), { onlyIf: { etag } })
    await assert.rejects(store.put(safePath('x'), of('4'), { onlyIf: { etag } }), { code: 'PRECONDITION_FAILED' })
    assert.equal(await read('x'), '3')
  })

  test('that many want to be the first to write is written by one', async () => {
    const results = await Promise.allSettled(Array.from({ length: 20 }, (_, n) => store.put(safePath('first/x'), of(`${n}`), { onlyIf: 'new' })))
    const won = results.flatMap((result, n) => (result.status === 'fulfilled' ? [n] : []))
    assert.equal(won.length, 1)
    assert.equal(await read('first/x'), String(won[0]))
    for (const result of results) if (result.status === 'rejected') assert.equal(result.reason.code, 'PRECONDITION_FAILED')
    assert.deepEqual(await onDisk(), ['first/x'])
  })

  test('cannot stand where a folder is, nor below a file', async () => {
    await put('folder/x', '1')
    await assert.rejects(put('folder', '1'), { code: 'INVALID_PARAMETER_VALUE', message: "There is a folder at 'folder'." })
    await assert.rejects(put('folder/x/y', '1'), { code: 'INVALID_PARAMETER_VALUE' })
    assert.equal(await read('folder/x/y'), undefined)
    assert.deepEqual(await onDisk(), ['folder/x'])
  })

  test('written by many at once is one of them', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, n) => put('deep/er/x', `${n}`.repeat(1000))))
    assert.match((await read('deep/er/x'))!, /^(\d+?)\1+$/)
    assert.deepEqual(await onDisk(), ['deep/er/x'])
  })
})

describe('a folder', () => {
  test('is listed by name, one level deep, page by page', async () => {
    for (const name of ['m/b.txt', 'm/a/x', 'm/a/y', 'm/c', 'm/É', 'top']) await put(name, name)
    assert.deepEqual(await store.list(safePath('m')), { entries: [
      { name: 'a', isFolder: true }, { name: 'b.txt', isFolder: false, size: 7 }, { name: 'c', isFolder: false, size: 3 }, { name: 'É', isFolder: false, size: 4 },
    ], next: undefined })
    assert.deepEqual(await names(), ['m/', 'top'])
    assert.deepEqual(await names('top'), [])
    assert.deepEqual(await names('absent/x'), [])
    const first = await store.list(safePath('m'), { limit: 3 })
    assert.deepEqual([first.entries.length, first.next], [3, 'c'])
    const second = await store.list(safePath('m'), { after: first.next!, limit: 3 })
    assert.deepEqual([second.entries.map((entry) => entry.name), second.next], [['É'], undefined])
  })

  test('is walked in order and deleted with all in it', async () => {
    for (const name of ['r/b', 'r/a/2', 'r/a/1', 's']) await put(name, name)
    const walked: string[] = []
    for await (const { path, info } of store.walk(safePath('r'))) walked.push(`${path}:${info.size}`)
    assert.deepEqual(walked, ['r/a/1:5', 'r/a/2:5', 'r/b:3'])
    await store.delete(safePath('r'))
    await store.delete(safePath('r'))
    assert.deepEqual(await onDisk(), ['s'])
  })

  test('is never the whole store when something is deleted', async () => {
    await put('x', '1')
    await assert.rejects(store.delete(rootPath), { code: 'INVALID_PARAMETER_VALUE' })
    assert.equal(await read('x'), '1')
  })
})

describe('a symbolic link', () => {
  beforeEach(async () => {
    await mkdir(join(outside, 'secret'))
    await writeFile(join(outside, 'secret', 'key'), 'secret')
    await put('real/x', 'inside')
    await symlink(join(outside, 'secret'), join(root, 'link'))
    await symlink(join(outside, 'secret', 'key'), join(root, 'real', 'keylink'))
    await symlink(join(root, 'real'), join(root, 'inner'))
    await symlink('/nowhere', join(root, 'dangling'))
  })

  for (const name of ['link', 'link/key', 'real/keylink', 'inner/x', 'inner', 'dangling', 'link/new/file']) {
    test(`is not followed by reading, listing, walking, writing or deleting ${name}`, async () => {
      const path = safePath(name)
      const invalid = { code: 'INVALID_PARAMETER_VALUE', message: 'Invalid path' }
      await assert.rejects(store.open(path), invalid)
      await assert.rejects(store.stat(path), invalid)
      await assert.rejects(store.list(path), invalid)
      await assert.rejects(async () => { for await (const _ of store.walk(path)) assert.fail() }, invalid)
      await assert.rejects(store.put(path, of('evil')), invalid)
      await assert.rejects(store.delete(path), invalid)
      await assert.rejects(store.multipart.create(path).then((id) => store.multipart.putPart(id, 1, of('x')).then((part) => store.multipart.complete(id, path, [part]))), invalid)
      assert.equal(await readFile(join(outside, 'secret', 'key'), 'utf8'), 'secret')
      assert.deepEqual(await readdir(join(outside, 'secret')), ['key'])
    })
  }

  test('is not listed, and deleting its folder removes the link alone', async () => {
    assert.deepEqual(await names(), ['real/'])
    assert.deepEqual(await names('real'), ['x'])
    await store.delete(safePath('real'))
    assert.equal(await readFile(join(outside, 'secret', 'key'), 'utf8'), 'secret')
  })

  test('may be the store itself, which the operator chose', async () => {
    await symlink(root, join(outside, 'alias'))
    const alias = await openLocalStore(join(outside, 'alias'))
    assert.equal((await alias.list(safePath('real'))).entries.length, 1)
  })
})

test('pipes and devices are not files', async () => {
  const { spawnSync } = await import('node:child_process')
  spawnSync('mkfifo', [join(root, 'pipe')])
  assert.equal(await store.open(safePath('pipe')), undefined)
  assert.deepEqual(await names(), [])
})

test('the store\'s own workplace can be neither read, listed, written nor deleted', async () => {
  await put('x', '1')
  for (const name of ['.cairn-store', '.cairn-store/multipart', '.CAIRN-store/x']) {
    await assert.rejects(store.open(safePath(name)), { message: 'Invalid path' })
    await assert.rejects(put(name, '1'), { message: 'Invalid path' })
    await assert.rejects(store.delete(safePath(name)), { message: 'Invalid path' })
  }
  assert.deepEqual(await names(), ['x'])
})

test('what a killed process left half written is swept when the store is opened again, and what a live one writes is not', async () => {
  const script = `
    import { openLocalStore, safePath } from ${JSON.stringify(fileURLToPath(new URL('./index.ts', import.meta.url)))}
    const store = await openLocalStore(${JSON.stringify(root)})
    async function* endless() { for (;;) { yield Buffer.alloc(1 << 20); console.log('wrote'); await new Promise((resolve) => setTimeout(resolve, 20)) } }
    await store.put(safePath('run/model.bin'), endless())`
  const child = spawn(process.execPath, ['--conditions=source', '--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  for (let n = 0; n < 3; n += 1) await once(child.stdout, 'data')
  const temp = await onDisk()
  assert.equal(temp.length, 1)
  await openLocalStore(root)
  assert.equal((await lstat(join(root, temp[0]!))).isFile(), true)
  child.kill('SIGKILL')
  await once(child, 'close')
  await openLocalStore(root)
  assert.deepEqual(await onDisk(), [])
  assert.equal(await read('run/model.bin'), undefined)
})
