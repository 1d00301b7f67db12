import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { rootPath, safePath } from './path.ts'
import type { ObjectStore } from './store.ts'

export interface ContractSubject {
  readonly name: string
  /** A store with nothing in it, gone with everything at disposal. */
  open(): Promise<{ store: ObjectStore } & AsyncDisposable>
  /** Sends clients to itself by signed URLs. */
  readonly signs: boolean
  /** What it cannot, with the reason. */
  readonly lacks?: { readonly conditions?: string; readonly pageSizes?: string; readonly abandoned?: string }
}

export async function* of(...pieces: string[]): AsyncGenerator<Uint8Array> { for (const piece of pieces) yield Buffer.from(piece) }

/** Bytes that no compression shortens and no shift leaves the same, in pieces of odd length. */
export async function* noise(size: number, seed = 1): AsyncGenerator<Uint8Array> {
  const block = Buffer.alloc(65_521)
  for (let at = 0; at < block.length; at += 4) block.writeUInt32LE(Math.imul(at + seed, 2_654_435_761) >>> 0, Math.min(at, block.length - 4))
  for (let at = 0; at < size; at += block.length) {
    block.writeUInt32LE(at >>> 0, 0)
    yield Buffer.from(block.subarray(0, Math.min(block.length, size - at)))
  }
}

export async function digest(body: AsyncIterable<Uint8Array>): Promise<{ size: number; sha256: string }> {
  const hash = createHash('sha256')
  let size = 0
  for await (const piece of body) {
    hash.update(piece)
    size += piece.length
  }
  return { size, sha256: hash.digest('hex') }
}

/** What every store does, on a disk or in a bucket: the same body for all. */
export function contract({ name, open, signs, lacks = {} }: ContractSubject): void {
  describe(`a store in ${name}`, () => {
    let subject: Awaited<ReturnType<ContractSubject['open']>>
    let store: ObjectStore
    beforeEach(async () => {
      subject = await open()
      store = subject.store
    })
    afterEach(() => subject[Symbol.asyncDispose]())

    const put = (path: string, ...pieces: string[]) => store.put(safePath(path), of(...pieces))
    const read = async (path: string, from?: number, to?: number): Promise<string | undefined> => {
      const opened = await store.open(safePath(path))
      return opened === undefined || opened === 'folder' ? opened : text(opened.read(from, to))
    }
    const names = async (path = ''): Promise<string[]> => (await store.list(safePath(path))).entries.map((entry) => entry.name + (entry.isFolder ? '/' : '')).sort()
    const walked = async (path = ''): Promise<string[]> => (await Array.fromAsync(store.walk(safePath(path)), ({ path: at, info }) => `${at}:${info.size}`)).sort()

    test('a file is written whole, read whole and in ranges, replaced and deleted', async () => {
      const first = await put('a/b/c.txt', 'hello ', 'world')
      assert.equal(await read('a/b/c.txt'), 'hello world')
      assert.equal(await read('a/b/c.txt', 6), 'world')
      assert.equal(await read('a/b/c.txt', 1, 3), 'ell')
      const second = await put('a/b/c.txt', 'hello earth')
      assert.equal(second.size, first.size)
      assert.notEqual(second.etag, first.etag)
      const stat = await store.stat(safePath('a/b/c.txt'))
      assert(stat !== undefined && stat !== 'folder')
      assert.deepEqual([stat.size, stat.etag], [second.size, second.etag])
      assert.match(stat.etag, /^"[^"]+"$/)
      assert(Math.abs(stat.modifiedMs - Date.now()) < 60_000)
      assert.equal(await store.stat(safePath('a/b')), 'folder')
      assert.equal(await store.open(safePath('a')), 'folder')
      await store.delete(safePath('a/b/c.txt'))
      assert.equal(await read('a/b/c.txt'), undefined)
      assert.deepEqual(await walked(), [])
    })

    test('an empty file is a file', async () => {
      assert.equal((await put('empty')).size, 0)
      assert.equal(await read('empty'), '')
    })

    test('a file of many megabytes arrives unchanged, and any range of it', async () => {
      const size = 20_000_003
      const info = await store.put(safePath('big'), noise(size))
      assert.equal(info.size, size)
      const opened = await store.open(safePath('big'))
      assert(opened !== undefined && opened !== 'folder')
      assert.equal(opened.info.etag, info.etag)
      assert.deepEqual(await digest(opened.read()), await digest(noise(size)))
      const again = await store.open(safePath('big'))
      assert(again !== undefined && again !== 'folder')
      assert.equal((await digest(again.read(8_388_600, 16_777_300))).size, 8_388_701)
    })

    test('a body that breaks off, or is too long, leaves nothing, and the old content stays', async () => {
      await put('x', 'old')
      async function* broken(): AsyncGenerator<Uint8Array> { yield* noise(18_000_000); throw new Error('gone') }
      await assert.rejects(store.put(safePath('x'), broken()), /gone/)
      await assert.rejects(store.put(safePath('x'), of('12345', '67890'), { limit: 9 }), { code: 'REQUEST_TOO_LARGE' })
      await assert.rejects(store.put(safePath('new/y'), broken()), /gone/)
      assert.equal(await read('x'), 'old')
      assert.deepEqual(await walked(), ['x:3'])
    })

    test('a file is written only if what stands there is what the caller expects', { skip: lacks.conditions ?? false }, async () => {
      const { etag } = await store.put(safePath('x'), of('1'), { onlyIf: 'new' })
      await assert.rejects(store.put(safePath('x'), of('2'), { onlyIf: 'new' }), { code: 'PRECONDITION_FAILED' })
      await store.put(safePath('x'), of('3'), { onlyIf: { etag } })
      await assert.rejects(store.put(safePath('x'), of('4'), { onlyIf: { etag } }), { code: 'PRECONDITION_FAILED' })
      await assert.rejects(store.put(safePath('absent'), of('4'), { onlyIf: { etag } }), { code: 'PRECONDITION_FAILED' })
      assert.equal(await read('x'), '3')
    })

    test('a file that many want to be the first to write is written by one', { skip: lacks.conditions ?? false }, async () => {
      const results = await Promise.allSettled(Array.from({ length: 10 }, (_, n) => store.put(safePath('first/x'), of(`${n}`), { onlyIf: 'new' })))
      const won = results.flatMap((result, n) => (result.status === 'fulfilled' ? [n] : []))
      assert.equal(won.length, 1)
      assert.equal(await read('first/x'), String(won[0]))
      for (const result of results) if (result.status === 'rejected') assert.equal(result.reason.code, 'PRECONDITION_FAILED')
    })

    test('names with spaces, quotes, plus signs, percent signs and any script are kept to the letter', async () => {
      const odd = ['a b', 'a+b', "it's", 'q"q', '100%', 'a&b=c', '日本語', 'größe', 'é', '😀', 'x;y', '[1]*', '~^`|', '<tag>', 'a:b', 'dot.', '...', '-rf', '$HOME', '@', ','].filter((path) => safePath(path) === path)
      for (const path of odd) await put(`odd/${path}/f`, path)
      assert.deepEqual(await names('odd'), odd.map((path) => `${path}/`).sort())
      for (const path of odd) assert.equal(await read(`odd/${path}/f`), path)
      await store.delete(safePath('odd'))
      assert.deepEqual(await walked(), [])
    })

    test('a folder is listed one level deep, page by page', async () => {
      for (const path of ['m/b.txt', 'm/a/x', 'm/a/y', 'm/a-1', 'm/c', 'm/É', 'top', 'mm/x']) await put(path, path)
      const { entries, next } = await store.list(safePath('m'))
      assert.equal(next, undefined)
      assert.deepEqual([...entries].sort((a, b) => (a.name < b.name ? -1 : 1)), [
        { name: 'a', isFolder: true }, { name: 'a-1', isFolder: false, size: 5 }, { name: 'b.txt', isFolder: false, size: 7 }, { name: 'c', isFolder: false, size: 3 }, { name: 'É', isFolder: false, size: 4 },
      ])
      assert.deepEqual(await names(), ['m/', 'mm/', 'top'])
      assert.deepEqual(await names('top'), [])
      assert.deepEqual(await names('absent/x'), [])
      const paged: string[] = []
      let pages = 0
      for (let after: string | undefined; ;) {
        const page = await store.list(safePath('m'), { ...(after !== undefined && { after }), limit: 2 })
        if (lacks.pageSizes === undefined) assert(page.entries.length <= 2)
        paged.push(...page.entries.map((entry) => entry.name))
        pages += 1
        after = page.next
        if (after === undefined) break
      }
      assert.deepEqual(paged.sort(), ['a', 'a-1', 'b.txt', 'c', 'É'])
      assert(pages >= (lacks.pageSizes === undefined ? 3 : 2))
    })

    test('a folder is walked, and deleted with all in it and nothing beside it', async () => {
      for (const path of ['r/b', 'r/a/2', 'r/a/1', 's', 'rr', 'r-x/y']) await put(path, path)
      assert.deepEqual(await walked('r'), ['r/a/1:5', 'r/a/2:5', 'r/b:3'])
      await store.delete(safePath('r'))
      await store.delete(safePath('r'))
      assert.deepEqual(await walked(), ['r-x/y:5', 'rr:2', 's:1'])
      await assert.rejects(store.delete(rootPath), { code: 'INVALID_PARAMETER_VALUE' })
      await assert.rejects(store.put(rootPath, of('x')), { code: 'INVALID_PARAMETER_VALUE' })
    })

    test('what the store keeps for itself is neither read nor written nor deleted by name', async () => {
      for (const path of ['.cairn-store', '.cairn-store/x']) {
        await assert.rejects(put(path, 'x'), { message: 'Invalid path' })
        await assert.rejects(read(path), { message: 'Invalid path' })
        await assert.rejects(store.delete(safePath(path)), { message: 'Invalid path' })
        await assert.rejects(store.list(safePath(path)), { message: 'Invalid path' })
      }
      const id = await store.multipart.create(safePath('m/x'))
      await store.multipart.putPart(id, 1, of('x'))
      assert.deepEqual([await names(), await walked()], [[], []])
    })

    test('a folder of more files than one page is listed, walked and deleted whole', async () => {
      const count = 1003
      const all = Array.from({ length: count }, (_, n) => `many/f${n}`)
      for (let at = 0; at < count; at += 50) await Promise.all(all.slice(at, at + 50).map((path) => put(path, '1')))
      assert.equal((await store.list(safePath('many'))).entries.length, count)
      assert.equal((await walked('many')).length, count)
      await store.delete(safePath('many'))
      assert.deepEqual(await walked(), [])
    })

    describe('an upload in parts', () => {
      const path = safePath('run/big file.bin')
      const part = 5 * 2 ** 20

      test('joins what came in any order, and twice, and answers a repeated completion as the first time', async () => {
        const id = await store.multipart.create(path)
        await store.multipart.putPart(id, 2, of('the end'))
        await store.multipart.putPart(id, 1, noise(part, 7))
        await store.multipart.putPart(id, 1, noise(part, 9))
        const present = await store.multipart.parts(id)
        assert.equal(present?.path, path)
        assert.deepEqual(present.parts.map(({ number, size }) => [number, size]), [[1, part], [2, 7]])
        assert.equal(await store.stat(path), undefined)
        const info = await store.multipart.complete(id, path, present.parts)
        assert.equal(info.size, part + 7)
        assert.deepEqual(await store.stat(path), info)
        const opened = await store.open(path)
        assert(opened !== undefined && opened !== 'folder')
        async function* expected(): AsyncGenerator<Uint8Array> { yield* noise(part, 9); yield* of('the end') }
        assert.deepEqual(await digest(opened.read()), await digest(expected()))
        assert.deepEqual(await store.multipart.complete(id, path, present.parts), info)
        assert.equal(await store.multipart.parts(id), undefined)
      })

      test('is refused that names no parts, a missing, replaced or repeated one, another path, or is too long', async () => {
        const id = await store.multipart.create(path)
        const old = await store.multipart.putPart(id, 1, of('old'))
        const now = await store.multipart.putPart(id, 1, of('new'))
        const invalid = { code: 'INVALID_PARAMETER_VALUE' }
        await assert.rejects(store.multipart.complete(id, path, []), invalid)
        if (old.etag !== now.etag) await assert.rejects(store.multipart.complete(id, path, [old]), invalid)
        await assert.rejects(store.multipart.complete(id, path, [now, { number: 2, etag: undefined }]), invalid)
        await assert.rejects(store.multipart.complete(id, path, [now, now]), invalid)
        await assert.rejects(store.multipart.complete(id, safePath('other'), [now]), invalid)
        await assert.rejects(store.multipart.complete(id, path, [now], { limit: 2 }), { code: 'REQUEST_TOO_LARGE' })
        assert.equal(await store.stat(path), undefined)
        await store.multipart.complete(id, path, [{ number: 1, etag: undefined }])
        assert.equal(await read(path), 'new')
      })

      test('that nobody ended is found by its age and given up, unless the storage forgets it by itself', async () => {
        const id = await store.multipart.create(path)
        await store.multipart.putPart(id, 1, of('a'))
        const other = safePath('run/other')
        const done = await store.multipart.create(other)
        await store.multipart.complete(done, other, [await store.multipart.putPart(done, 1, of('b'))])
        const [before, later] = [Date.now() - 86_400_000, Date.now() + 86_400_000]
        assert.equal(await store.multipart.abandoned(before, true), 0)
        const found = lacks.abandoned === undefined ? 1 : 0
        assert.equal(await store.multipart.abandoned(later, false), found)
        assert.notEqual(await store.multipart.parts(id), undefined)
        assert.equal(await store.multipart.abandoned(later, true), found)
        if (found === 1) assert.equal(await store.multipart.parts(id), undefined)
        assert.equal(await store.multipart.abandoned(later, false), 0)
        assert.equal(await read('run/other'), 'b')
      })

      test('that was given up is gone; giving up twice is no error; an id that nobody gave out means nothing', async () => {
        const id = await store.multipart.create(path)
        await store.multipart.putPart(id, 1, of('a'))
        await store.multipart.abort(id)
        await store.multipart.abort(id)
        const unknown = { code: 'RESOURCE_DOES_NOT_EXIST' }
        await assert.rejects(store.multipart.complete(id, path, [{ number: 1, etag: undefined }]), unknown)
        for (const forged of ['', 'x', '../../etc', Buffer.from('["../x","m","i"]').toString('base64url'), Buffer.from('["a/../../x","m","i"]').toString('base64url')]) {
          await assert.rejects(store.multipart.putPart(forged, 1, of('a')), unknown)
          await assert.rejects(async () => { await store.multipart.parts(forged) }, unknown)
        }
        assert.deepEqual(await walked(), [])
      })
    })

    test('signed URLs lead to the storage itself, up and down, whole and in parts', async () => {
      assert.equal(store.presign !== undefined, signs)
      if (store.presign === undefined) return
      const path = safePath('d/ä + %.txt')
      const up = await store.presign(path, 'PUT', 60)
      assert.equal((await fetch(up.url, { method: 'PUT', headers: up.headers, body: 'hello world' })).ok, true)
      assert.equal(await read(path), 'hello world')
      const down = await store.presign(path, 'GET', 60, 'attachment; filename=x.txt')
      const answer = await fetch(down.url, { headers: { ...down.headers, range: 'bytes=6-' } })
      assert.deepEqual([answer.status, await answer.text()], [206, 'world'])
      assert.equal((await fetch(down.url, { method: 'PUT', body: 'evil' })).ok, false)
      const forged = new URL(down.url)
      forged.pathname = forged.pathname.replace('/d/', '/e/')
      assert.equal((await fetch(forged)).ok, false)
      assert.equal(await read(path), 'hello world')

      const whole = safePath('d/parts.bin')
      const id = await store.multipart.create(whole)
      const parts: { number: number; etag: string | undefined }[] = []
      for (const [number, body] of [[1, 'a'.repeat(5 * 2 ** 20)], [2, 'b']] as const) {
        const { url, headers } = await store.multipart.presignPart!(id, number)
        const sent = await fetch(url, { method: 'PUT', headers, body })
        assert.equal(sent.ok, true, await sent.text())
        parts.push({ number, etag: sent.headers.get('etag') ?? undefined })
      }
      assert.equal((await store.multipart.complete(id, whole, parts)).size, 5 * 2 ** 20 + 1)
      assert.equal(await read('d/parts.bin', 5 * 2 ** 20 - 1), 'ab')
    })
  })
}
