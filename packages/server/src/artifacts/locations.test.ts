import assert from 'node:assert/strict'
import { mkdtemp, realpath, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { defaultStorage } from '../platform/files/index.ts'
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
  await using off = await openArtifactRoots({ serve: false, destination: join(folder, 'proxied'), defaultRoot: 'dbfs:/x' })
  for (const uri of ['mlflow-artifacts:/1/r', join(folder, 'proxied', '1'), 'dbfs:/x/1', 's3://bucket/x/1']) assert.throws(() => resolveLocation(uri, off, undefined), /does not serve/)
})

test('a bucket is known by its URI, below its prefix and nowhere else; the longest prefix that fits is meant', async () => {
  const storage = { ...defaultStorage, s3: { ...defaultStorage.s3, endpoint: 'http://127.0.0.1:9', pathStyle: true, region: 'x' } }
  await using buckets = await openArtifactRoots({ serve: false, destination: '', defaultRoot: 's3://bucket/team a/x', more: ['s3://bucket/team a/x/deep', 's3://Whole'], storage })
  const at = (uri: string): string => {
    const { store, path: below } = resolveLocation(uri, buckets, undefined)
    return `${buckets.buckets.findIndex((each) => each.store === store)}:${below}`
  }
  assert.equal(at('s3://bucket/team a/x/1/r'), '0:1/r')
  assert.equal(at('S3://bucket//team%20a/x/1//r/'), '0:1/r')
  assert.equal(at('s3://bucket/team a/x'), '0:')
  assert.equal(at('s3://bucket/team a/x/deep/1'), '1:1')
  assert.equal(at('s3://bucket/team a/x/deeper/1'), '0:deeper/1')
  assert.equal(at('s3://Whole/x'), '2:x')
  for (const uri of ['s3://bucket/team a/xy', 's3://bucket', 's3://bucket/', 's3://bucket/other', 's3://bucket2/team a/x', 's3://whole/x', 's3://bucket:80/team a/x', 's3://u@bucket/team a/x', 'gs://bucket/team a/x', 's3:/bucket/team a/x', 's3://Whole/x?versionId=1']) {
    assert.throws(() => at(uri), /does not serve/, uri)
  }
  for (const uri of ['s3://bucket/team a/x/../y', 's3://bucket/team a/x/%2e%2e/y', 's3://bucket/team a/x/%252e%252e/y', 's3://Whole/..']) assert.throws(() => at(uri), /Invalid path/, uri)
})
