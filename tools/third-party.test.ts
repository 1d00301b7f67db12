import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { billOfMaterials, bundledPackages, dependencyManifests, thirdPartyText } from './third-party.ts'

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
  // They have one licence, of one holder.
  assert.match(text, /^react \d.*\nreact-dom \d/m)
})

test('the bill of materials names each package once, by its address, licence and digest', () => {
  const root = fileURLToPath(new URL('..', import.meta.url))
  const bill = JSON.parse(billOfMaterials(root, ['node_modules/graphql/index.js', 'node_modules/@azure/storage-blob/x.js', 'packages/cli/src/main.ts'])) as {
    bomFormat: string; components: { purl: string; group?: string; name: string; licenses: unknown; hashes: { content: string }[] }[]; dependencies: { dependsOn: string[] }[]
  }
  assert.equal(bill.bomFormat, 'CycloneDX')
  assert.deepEqual(bill.components.map(({ group, name }) => [group, name]), [['@azure', 'storage-blob'], [undefined, 'graphql']])
  assert.match(bill.components[0]!.purl, /^pkg:npm\/%40azure\/storage-blob@\d+\.\d+\.\d+$/)
  assert.match(bill.components[1]!.hashes[0]!.content, /^[0-9a-f]{128}$/)
  assert.deepEqual(bill.components[1]!.licenses, [{ expression: 'MIT' }])
  assert.equal(bill.dependencies[0]!.dependsOn.length, 2)
})
