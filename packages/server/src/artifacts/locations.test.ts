import assert from 'node:assert/strict'
import { mkdtemp, realpath, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { openArtifactRoots, resolveLocation, type ArtifactRoots } from './locations.ts'

let folder: string
let odd: string
let roots: ArtifactRoots

before(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'cairn-locations-')))
  odd = join(folder, 'odd #1; 100%20?')
  roots = await openArtifactRoots({ serve: true, destination: join(folder, 'proxied'), defaultRoot: odd })
})
after(() => rm(folder, { recursive: true }))

const path = (uri: string, host?: string): string => {
  const place = resolveLocation(uri, roots, host)
  return `${place.store === roots.proxied ? 'proxied' : 'folder'}:${place.path}`
}
const refused = (uri: string, message = /does not serve/): void => { assert.throws(() => path(uri, 'here:5000'), { code: 'INVALID_PARAMETER_VALUE', message }) }

test('the proxy\'s URIs mean places below its root, at this host only', () => {
  for (const uri of ['mlflow-artifacts:/1/r', 'mlflow-artifacts:///1/r/', 'mlflow-artifacts:1/r', 'MLFLOW-ARTIFACTS:/1//r', 'mlflow-artifacts://here:5000/1/r', 'https://here:5000/api/2.0/mlflow-artifacts/artifacts/1/r']) {
    assert.equal(path(uri, 'here:5000'), 'proxied:1/r', uri)
  }
  assert.equal(path('mlflow-artifacts:/'), 'proxied:')
  for (const uri of ['mlflow-artifacts://there/1/r', 'http://there/api/2.0/mlflow-artifacts/artifacts/1/r', 'http://here:5000/1/r', 'mlflow-artifacts:/a;b', 'mlflow-artifacts:/a?b', 'mlflow-artifacts:/a#b']) refused(uri)
  refused('mlflow-artifacts:/a/../b', /Invalid path/)
})

test('a folder of the operator is known by each of its names, whatever characters they hold', async () => {
  assert.equal(path(`${odd}/1/r`), 'folder:1/r')
  assert.equal(path(`file://${odd}/1/r`), 'folder:1/r')
  assert.equal(path(`file://${encodeURI(odd)}/1/r`), 'folder:1/r')
  assert.equal(path(odd), 'folder:')
  await symlink(odd, join(folder, 'alias'))
  await using aliased = await openArtifactRoots({ serve: false, destination: '', defaultRoot: join(folder, 'alias') })
  for (const name of [odd, join(folder, 'alias')]) assert.equal(resolveLocation(`${name}/x`, aliased, undefined).path, 'x')
})

test('a folder beside, above or below through `..` is not served', () => {
  for (const uri of [folder, `${odd}x`, `${odd}-2/x`, `${folder}/proxied-evil`, '/', '', '.', 'proxied', `//${folder}/proxied`]) refused(uri)
  for (const uri of [`${odd}/../x`, `${odd}/%2e%2e/x`, `${odd}/..`, `file://${odd}/a/../../x`]) refused(uri, /Invalid path/)
})

test('without the proxy its URIs and its folder are not served', async () => {
  await using off = await openArtifactRoots({ serve: false, destination: join(folder, 'proxied'), defaultRoot: 's3://bucket/x' })
  for (const uri of ['mlflow-artifacts:/1/r', join(folder, 'proxied', '1'), 's3://bucket/x/1']) assert.throws(() => resolveLocation(uri, off, undefined), /does not serve/)
})
