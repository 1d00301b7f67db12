import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { repositoryOf, withoutCredentials } from '../source/git.ts'
import { changesOf, defaultLimits } from './changes.ts'

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'cairn-changes-')))
after(() => rmSync(folder, { recursive: true }))
const write = (path: string, text: string): void => {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), text)
}
const git = (...args: string[]): void => {
  const { status, stderr } = spawnSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', '-c', 'init.defaultBranch=main', ...args], { cwd: join(folder, 'repo'), encoding: 'utf8' })
  assert.equal(status, 0, stderr)
}
const changes = async (path: string, limits = defaultLimits) => changesOf(join(folder, path), await repositoryOf(join(folder, path), process.env), process.env, limits)

test('a clean tree is clean; a change is a patch, a new file is kept, and both are in the digest', async () => {
  write('repo/sub/train.py', 'one\n')
  write('repo/.gitignore', 'ignored/\n')
  git('init', '-q')
  git('remote', 'add', 'origin', 'https://me:secret@example.org/r.git')
  git('add', '.')
  git('commit', '-qm', 'one')
  const clean = await changes('repo/sub')
  assert.deepEqual([clean.dirty, clean.patch, clean.untracked], [false, undefined, []])
  const repository = await repositoryOf(join(folder, 'repo/sub'), process.env)
  assert.deepEqual([repository?.subfolder, repository?.branch, repository?.remote, repository?.root], ['sub', 'main', 'https://example.org/r.git', join(folder, 'repo')])

  write('repo/sub/train.py', 'two\n')
  write('repo/new.bin', '\0\x01')
  write('repo/.env', 'TOKEN=1')
  write('repo/large', 'x'.repeat(2000))
  write('repo/ignored/x', 'x')
  const dirty = await changes('repo/sub', { ...defaultLimits, file: 1000 })
  assert.match(dirty.patch!.toString(), /^-one\n\+two$/m)
  assert.deepEqual(dirty.untracked.map(({ path, kept }) => [path, kept]), [['.env', 'looks like a secret'], ['large', 'too large'], ['new.bin', true]])
  assert.notEqual(dirty.tree_digest, clean.tree_digest)
  assert.equal((await changes('repo', { ...defaultLimits, file: 1000 })).tree_digest, dirty.tree_digest)
})

test('without git every file counts, but for what programs leave behind', async () => {
  write('plain/a.py', 'a')
  write('plain/lib/b.py', 'b')
  write('plain/__pycache__/a.pyc', 'x')
  write('plain/node_modules/m/index.js', 'x')
  const { dirty, untracked } = await changes('plain')
  assert.deepEqual([dirty, untracked.map(({ path }) => path)], [true, ['a.py', 'lib/b.py']])
  assert.equal((await changes('plain', { ...defaultLimits, digest: 1 })).tree_digest, undefined)
  write('repo/data.bin', 'x'.repeat(500))
  const unread = await changes('repo', { ...defaultLimits, file: 100, digest: 200 })
  assert.deepEqual(unread.untracked.find(({ path }) => path === 'data.bin'), { path: 'data.bin', bytes: 500, sha256: null, kept: 'too large', executable: false })
  write('repo/data.bin', 'x'.repeat(501))
  assert.notEqual((await changes('repo', { ...defaultLimits, file: 100, digest: 200 })).tree_digest, unread.tree_digest)
  // A folder that the repository around it ignores is in no commit of it.
  assert.equal((await repositoryOf(join(folder, 'repo/ignored'), process.env))?.ignored, true)
  assert.deepEqual((await changes('repo/ignored')).untracked.map(({ path }) => path), ['x'])
})

test('an address is shown without user names and passwords', () => {
  assert.deepEqual(['https://me:pw@example.org/r.git', 'https://example.org/a@b', 'git@example.org:r.git', '/x', 'ssh://git@host/r'].map(withoutCredentials),
    ['https://example.org/r.git', 'https://example.org/a@b', 'git@example.org:r.git', '/x', 'ssh://host/r'])
})
