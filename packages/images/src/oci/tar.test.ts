import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { createZstdCompress } from 'node:zlib'
import fc from 'fast-check'
import { layerEntries, type TarHead } from './tar-read.ts'
import { ordered, writeTar, type TarEntry } from './tar-write.ts'

const part = fc.oneof(
  fc.stringMatching(/^[a-z0-9._-]{1,12}$/), fc.stringMatching(/^[a-zä-ü漢字 ]{1,40}$/), fc.integer({ min: 90, max: 160 }).map((length) => 'n'.repeat(length)),
).filter((name) => name !== '.' && name !== '..')
const paths = fc.uniqueArray(fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/')), { minLength: 1, maxLength: 12 })
const read = async (stream: Readable): Promise<TarHead[]> => Array.fromAsync(layerEntries(stream, 'a test'))
const file = (path: string, bytes: Uint8Array): TarEntry => ({ kind: 'file', path, mode: 0o644, size: bytes.length, source: bytes })

test('what is written is read again, whatever the names and sizes are', async () => {
  await fc.assert(fc.asyncProperty(paths, fc.nat(2000), async (names, size) => {
    // No name may be a file and a folder at once.
    const files = names.filter((name) => !names.some((other) => other.startsWith(`${name}/`)))
    const entries = files.map((path, at) => (at % 5 === 4 ? { kind: 'link' as const, path, target: files[0]! } : file(path, new Uint8Array(size + at))))
    const found = await read(Readable.from(writeTar(entries, 7)))
    assert.deepEqual(found.map(({ path, kind, size: bytes }) => [path, kind, bytes]), ordered(entries).map((entry) => [entry.path, entry.kind, entry.kind === 'file' ? entry.size : 0]))
  }), { numRuns: 60 })
})

test('GNU tar reads it, in an order that does not depend on that of the entries', async () => {
  const entries: TarEntry[] = [
    file('opt/b/ä.txt', Buffer.from('two')), file('opt/a-b', Buffer.from('x')), file(`opt/a/${'long/'.repeat(60)}file`, Buffer.from('one')),
    { kind: 'link', path: 'opt/link', target: `/${'t'.repeat(120)}` }, { kind: 'folder', path: 'tmp', mode: 0o1777 },
  ]
  const bytes = Buffer.concat(await Array.fromAsync(writeTar(entries, 86_400)))
  assert.deepEqual(Buffer.concat(await Array.fromAsync(writeTar(entries.toReversed(), 86_400))), bytes)
  const listed = execFileSync('tar', ['-tvf', '-', '--full-time', '--utc', '--numeric-owner'], { input: bytes, encoding: 'utf8', env: { ...process.env, LC_ALL: 'C.UTF-8' } }).trimEnd().split('\n')
  assert.equal(listed.length, ordered(entries).length)
  assert.match(listed.at(-1)!, /^drwxrwxrwt 0\/0 +0 1970-01-02 00:00:00 tmp\/$/)
  assert(listed.some((line) => line.endsWith(`opt/link -> /${'t'.repeat(120)}`)))
  assert(listed.some((line) => line.endsWith(`opt/a/${'long/'.repeat(60)}file`)))
  assert.equal(execFileSync('tar', ['-xOf', '-', 'opt/b/ä.txt'], { input: bytes, encoding: 'utf8', env: { ...process.env, LC_ALL: 'C.UTF-8' } }), 'two')
})

test('layers are read as they are packed, and what is no archive is told', async () => {
  const entries = [file('etc/passwd', Buffer.from('root'))]
  assert.deepEqual((await read(Readable.from(writeTar(entries, 0)).pipe(createZstdCompress()))).map(({ path }) => path), ['etc', 'etc/passwd'])
  assert.deepEqual(await read(Readable.from([])), [])
  await assert.rejects(read(Readable.from([Buffer.alloc(1024, 'no tar')])), /is no tar archive/)
  await assert.rejects(read(Readable.from([Buffer.from('1f8b0800000000000003ffff', 'hex')])), /cannot be unpacked/)
})
