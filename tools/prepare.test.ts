import assert from 'node:assert/strict'
import { test } from 'node:test'

interface Lock {
  packages: Record<string, { version?: string; link?: boolean; optional?: boolean }>
}
// Plain JavaScript without types, because it runs before anything is installed.
const { staleness } = await import(new URL('./prepare.mjs', import.meta.url).href) as { staleness(lock: Lock, installed: Lock): string | undefined }

const lock: Lock = {
  packages: {
    '': { version: '1.0.0' },
    'packages/cli': { version: '1.0.0' },
    'node_modules/cairn': { link: true },
    'node_modules/a': { version: '1.2.3' },
    'node_modules/a/node_modules/b': { version: '2.0.0' },
    'node_modules/for-another-system': { version: '1.0.0', optional: true },
  },
}
const installed = (versions: Record<string, string>): Lock => ({
  packages: Object.fromEntries(Object.entries(versions).map(([name, version]) => [`node_modules/${name}`, { version }])),
})

test('an installation that has what the lock file names is left alone, optional packages of other systems aside', () => {
  assert.equal(staleness(lock, installed({ a: '1.2.3', 'a/node_modules/b': '2.0.0' })), undefined)
})

test('a missing package or another version makes the installation stale', () => {
  assert.equal(staleness(lock, installed({ a: '1.2.3' })), 'node_modules/a/node_modules/b')
  assert.equal(staleness(lock, installed({ a: '1.2.4', 'a/node_modules/b': '2.0.0' })), 'node_modules/a')
})
