import assert from 'node:assert/strict'
import { resolve } from 'node:path'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { baseName, joinPath, parentPath, rootPath, safePath } from './path.ts'

const refused = (name: string, options?: { dots: 'drop' }): void => {
  assert.throws(() => safePath(name, options), { code: 'INVALID_PARAMETER_VALUE', message: 'Invalid path' }, JSON.stringify(name))
}

describe('a name is refused when it', () => {
  const cases: Record<string, string[]> = {
    'climbs out': ['..', '../x', 'a/../b', 'a/..', 'a/../../etc/passwd', './../x'],
    'climbs out in percent-encoding, once, twice or more often': ['..%2fx', '%2e%2e/x', '%2E%2e%2Fx', '%252e%252e/x', '..%252fx', 'a/%25252e%25252e/b', '%2e./x'],
    'never stops changing when decoded': [`%${'25'.repeat(30)}2e`],
    'is absolute on POSIX': ['/etc/passwd', '//proc/self/cwd/etc/passwd', '%2fetc/passwd', '%252fetc'],
    'is absolute on Windows': ['C:/x', 'c:', 'C:\\x', '\\\\server\\share', 'C:%5cx', '\\x'],
    'is a URI': ['file:///etc/passwd', 'file:/etc/passwd', 'http://evil/x', 's3://b/k', 'FILE%3a///etc/passwd'],
    'has a backslash': ['a\\b', 'a%5cb', '..\\x', 'a\\..\\x'],
    'begins a fragment or a query': ['a#b', 'a%23b', 'a?b', 'a%3fb', '#/../../etc', '?/../x'],
    'smuggles a parent behind a semicolon': ['..;/x', '..;a=b/x', 'a/..;/b', '.;/x', ';/x', 'a/;x', '%2e%2e%3b/x'],
    'holds NUL or another control character': ['a\u0000b', 'a%00b', 'a\nb', 'a%0d%0ab', 'a\u007f'],
    'holds half a surrogate pair': ['a\ud800', '\udfffb'],
    'holds bytes that are not UTF-8': ['%ff', '%c0%ae%c0%ae/x', '%ed%a0%80'],
    'is `.` or passes through it': ['.', './a', 'a/./b', 'a/.'],
    'has a segment or a whole that no file system takes': ['x'.repeat(256), 'é'.repeat(128), 'a/'.repeat(600) + 'b'],
  }
  for (const [what, names] of Object.entries(cases)) test(what, () => { for (const name of names) refused(name) })
})

test('names that only look unusual are taken as they are', () => {
  for (const name of ['a', 'model/MLmodel', '.hidden', '..a', 'a..b', '...', 'a b', 'größe', '日本/x', '100%', '%zz', 'a;b', 'a&b=c', "it's", 'a:b', '~', 'C', '-rf', '$HOME', '😀']) {
    assert.equal(safePath(name), name)
  }
})

test('encoding is undone, doubled and trailing slashes mean nothing', () => {
  assert.equal(safePath('a%20b'), 'a b')
  assert.equal(safePath('a%2fb%2520c'), 'a/b c')
  assert.equal(safePath('a//b///'), 'a/b')
  assert.equal(safePath(''), rootPath)
})

test('`.` means the folder itself only where a client reads', () => {
  assert.equal(safePath('.', { dots: 'drop' }), rootPath)
  assert.equal(safePath('./a/./b/.', { dots: 'drop' }), 'a/b')
  for (const name of ['./../a', './C:/x', './/file:/etc']) refused(name, { dots: 'drop' })
})

test('whatever the name, what comes out stays below the root and is its own normal form', () => {
  const piece = fc.constantFrom('..', '.', '/', '%2e', '%2f', '%25', '%', '2e', ';', 'a', '\\', 'C:', '%5c', '%00', '?', '#', 'é', '\u2025', '\uff0e')
  fc.assert(fc.property(fc.oneof(fc.array(piece).map((pieces) => pieces.join('')), fc.string({ unit: 'binary' })), (name) => {
    let path
    try {
      path = safePath(name, { dots: 'drop' })
    } catch {
      return
    }
    const absolute = resolve('/store', path)
    assert(absolute === '/store' || absolute.startsWith('/store/'))
    assert.equal(absolute, path === '' ? '/store' : `/store/${path}`)
    assert.equal(safePath(path), path)
  }), { numRuns: 2000 })
})

test('paths are joined, and split into parent and name', () => {
  const path = joinPath(safePath('1/run'), safePath('model/x.pkl'))
  assert.deepEqual([path, parentPath(path), baseName(path)], ['1/run/model/x.pkl', '1/run/model', 'x.pkl'])
  assert.equal(joinPath(rootPath, path), path)
  assert.equal(joinPath(path, rootPath), path)
  assert.deepEqual([parentPath(safePath('x')), baseName(safePath('x'))], ['', 'x'])
})
