import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BlobServiceClient } from '@azure/storage-blob'
import { azureConnection, s3Credentials, startAzure, startGcs, startS3, type ObjectServer } from '../../tools/object-stores.ts'
import { startServerProcess } from '../crash/server-process.ts'
import { cairn, tempFolder } from '../operate/command-line.ts'

interface Gone {
  readonly folder: string
  readonly env: Record<string, string>
  remove(): Promise<unknown>
}

/** What was deleted goes out of the bucket while the server works; the rest of the bucket stays. */
async function removes(store: ObjectServer, destination: string, env: Record<string, string>, after: (gone: Gone) => Promise<void> = async () => {}): Promise<void> {
  using folder = tempFolder()
  const all = { ...s3Credentials, AWS_EC2_METADATA_DISABLED: 'true', MLFLOW_ARTIFACTS_DESTINATION: destination, ...env }
  Object.assign(process.env, s3Credentials)
  await using server = await startServerProcess(folder.path, all)
  const post = async (path: string, body: object): Promise<any> =>
    (await fetch(`${server.url}/api/2.0/mlflow/${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })).json()
  const files = `${server.url}/api/2.0/mlflow-artifacts/artifacts`
  const put = async (path: string) => assert.equal((await fetch(`${files}/${path}`, { method: 'PUT', body: 'twelve bytes' })).status, 200)
  const there = async (path: string) => (await fetch(`${files}/${path}`)).status
  const runs: string[] = []
  for (let at = 0; at < 2; at += 1) {
    const { run } = await post('runs/create', { experiment_id: '0', start_time: 5 })
    runs.push(run.info.run_id)
    for (const name of ['a.txt', 'deep/er/b.txt']) await put(`0/${run.info.run_id}/artifacts/${name}`)
  }
  const unknown = `0/${'e'.repeat(32)}/artifacts/lost`
  await put(unknown)
  await put('own/file')
  await post('runs/delete', { run_id: runs[0] })
  const gc = async (...words: string[]) => {
    const { code, out, err } = await cairn(['gc', '--json', '--data-dir', folder.path, ...words], { cwd: folder.path, env: all })
    assert.equal(code, 0, err + out)
    return (JSON.parse(out) as { removed: unknown[] }).removed
  }
  const expected = [{ kind: 'runs', count: 1 }, { kind: 'artifacts of runs', count: 2, bytes: 24 }]
  assert.deepEqual(await gc('--dry-run'), expected)
  assert.equal(await there(`0/${runs[0]}/artifacts/a.txt`), 200)
  assert.deepEqual(await gc(), expected)
  assert.deepEqual(await gc('--orphan-files'), [{ kind: 'files that belong to nothing', count: 1, bytes: 12 }])
  assert.deepEqual([await there(`0/${runs[0]}/artifacts/a.txt`), await there(`0/${runs[0]}/artifacts/deep/er/b.txt`), await there(unknown)], [404, 404, 404])
  assert.deepEqual([await there(`0/${runs[1]}/artifacts/a.txt`), await there(`0/${runs[1]}/artifacts/deep/er/b.txt`), await there('own/file')], [200, 200, 200])
  await after({ folder: folder.path, env: all, remove: () => post('runs/delete', { run_id: runs[1] }) })
}

test('gc removes objects from S3 (versitygw)', async () => {
  await using store = await startS3(['removed'])
  await removes(store, 's3://removed/pre/fix', { MLFLOW_S3_ENDPOINT_URL: store.url }, async ({ folder, env, remove }) => {
    // A storage that is away: the rows go, and where the files are is known until it is back.
    await remove()
    // Both times the run's files, and the uploads that nobody ended.
    for (const kinds of [['files', 'files'], ['files', 'files']]) {
      const { code, out } = await cairn(['gc', '--json', '--data-dir', folder], { cwd: folder, env: { ...env, MLFLOW_S3_ENDPOINT_URL: 'http://127.0.0.1:1' } })
      assert.equal(code, 1)
      assert.deepEqual((JSON.parse(out) as { left: { kind: string; reason: string }[] }).left.map(({ kind, reason }) => [kind, reason]), kinds.map((kind) => [kind, 'failed']))
    }
    const { out } = await cairn(['gc', '--json', '--data-dir', folder], { cwd: folder, env })
    assert.deepEqual((JSON.parse(out) as { removed: unknown[] }).removed, [{ kind: 'artifacts of runs', count: 2, bytes: 24 }])
  })
})

test('gc removes objects from Azure Blob Storage (Azurite)', async () => {
  await using store = await startAzure()
  await BlobServiceClient.fromConnectionString(azureConnection(store.url)).createContainer('removed')
  await removes(store, 'wasbs://removed@devstoreaccount1.blob.core.windows.net/pre', { AZURE_STORAGE_CONNECTION_STRING: azureConnection(store.url) })
})

test('gc removes objects from Google Cloud Storage (fake-gcs-server)', async () => {
  await using store = await startGcs(['removed'])
  await removes(store, 'gs://removed/pre', { STORAGE_EMULATOR_HOST: store.url })
})
