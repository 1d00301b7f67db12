import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const folder = mkdtempSync(join(tmpdir(), 'cairn-full-postgres-'))
// The account of PostgreSQL has to get there.
chmodSync(folder, 0o755)
const disk = join(folder, 'disk')
mkdirSync(disk)
const mounted = `mount -t tmpfs -o size=150m,mode=1777 none "${disk}"`
// PostgreSQL refuses to be root, so that it is not enough to be root in a view of one's own.
const mounts = process.getuid?.() === 0 && spawnSync('unshare', ['--mount', 'bash', '-c', mounted]).status === 0

test("PostgreSQL's disk is full: what cannot be stored is said not to be, what was acknowledged stays, and all go on once there is room, without a restart", { timeout: 180_000, skip: mounts ? false : 'needs root, to mount a small disk' }, () => {
  try {
    const { status, stdout, stderr } = spawnSync('unshare', ['--mount', 'bash', '-c', `${mounted} && TMPDIR="${disk}" exec "$@"`, 'bash',
      process.execPath, '--conditions=source', '--disable-warning=ExperimentalWarning', fileURLToPath(new URL('full-disk.ts', import.meta.url)), folder], { encoding: 'utf8' })
    assert.equal(status, 0, stderr)
    const { kept, refused, again, lost } = JSON.parse(stdout.trim().split('\n').at(-1)!) as { kept: number; refused: { status: number; retry: string | null; message: string }[]; again: number; lost: number[] }
    assert.ok(kept > 100 && refused.length >= 20, `${kept} kept, ${refused.length} refused`)
    for (const answer of refused) {
      assert.equal(answer.status, 503, answer.message)
      assert.match(answer.message, /database/)
      assert.notEqual(answer.retry, null)
    }
    assert.deepEqual([again, lost], [200, []])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
