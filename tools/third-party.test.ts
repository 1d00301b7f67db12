import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { bundledPackages, dependencyManifests, thirdPartyText } from './third-party.ts'

test('every package of a bundle is found once, nested and scoped ones too', () => {
  assert.deepEqual(bundledPackages([
    'packages/cli/src/main.ts', 'node_modules/a/x.js', 'node_modules/a/lib/y.js', 'node_modules/@s/b/z.js', 'node_modules/a/node_modules/c/i.js', 'builtin:node:fs',
  ]), ['node_modules/@s/b', 'node_modules/a', 'node_modules/a/node_modules/c'])
})

test('the text names version and licence, and holds the licence itself', () => {
  const text = thirdPartyText(fileURLToPath(new URL('..', import.meta.url)), ['node_modules/graphql/index.js'])
  assert.match(text, /^graphql \d+\.\d+\.\d+ \(MIT\)$/m)
  assert.match(text, /Permission is hereby granted/)
})

test('names what the web page contains, which another bundler makes', () => {
  const root = fileURLToPath(new URL('..', import.meta.url))
  const text = thirdPartyText(root, dependencyManifests(root, 'packages/web'))
  for (const name of ['react', 'react-dom', 'scheduler']) assert.match(text, new RegExp(`^${name} \\d`, 'm'))
})
