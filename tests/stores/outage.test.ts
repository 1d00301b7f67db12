import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BlobServiceClient } from '@azure/storage-blob'
import { defaultStorage, openBucketStore, safePath, type ObjectStore, type StorageSettings } from '../../packages/server/src/platform/files/index.ts'
import { digest, noise, of } from '../../packages/server/src/platform/files/testing-contract.ts'
import { azureConnection, startAzure, startGcs, type ObjectServer } from '../../tools/object-stores.ts'

const settings: StorageSettings = { ...defaultStorage, timeoutMs: 1000 }

/** The S3 server's outages are seen through Cairn itself, in faults.test.ts. */
const storages: readonly { name: string; start(): Promise<{ server: ObjectServer; store: ObjectStore; missing: { check(): Promise<void> } }> }[] = [
  {
    name: 'Azure Blob Storage',
    async start() {
      const server = await startAzure()
      await BlobServiceClient.fromConnectionString(azureConnection(server.url)).createContainer('outage')
      const at = (container: string) => openBucketStore({ scheme: 'wasbs', authority: `${container}@devstoreaccount1.blob.core.windows.net`, prefix: 'p' }, { ...settings, azure: { connectionString: azureConnection(server.url), accessKey: undefined } })
      return { server, store: await at('outage'), missing: (await at('missing')).bucket }
    },
  },
  {
    name: 'Google Cloud Storage',
    async start() {
      const server = await startGcs(['outage'])
      const at = (authority: string) => openBucketStore({ scheme: 'gs', authority, prefix: 'p' }, { ...settings, gcs: { endpoint: server.url } })
      return { server, store: await at('outage'), missing: (await at('missing')).bucket }
    },
  },
]

for (const { name, start } of storages) {
  test(`${name} that hangs or is gone is a clear error in time, leaves nothing half visible, and works again by itself`, async () => {
    const { server, store, missing } = await start()
    await using _server = server
    await assert.rejects(missing.check(), { name: 'StorageProblem', kind: 'absent' })
    const path = safePath('a/b')
    const silent = { code: 'TEMPORARILY_UNAVAILABLE' }
    await store.put(path, of('old'))

    const started = Date.now()
    async function* hanging(): AsyncGenerator<Uint8Array> { yield* noise(20_000_000); server.pause(); yield* noise(40_000_000) }
    await assert.rejects(store.put(path, hanging()), silent)
    await Promise.all([assert.rejects(store.stat(path), silent), assert.rejects(store.list(safePath('a')), silent), assert.rejects(store.put(safePath('new'), of('x')), silent)])
    assert(Date.now() - started < 20_000, `${Date.now() - started} ms`)
    server.resume()
    const opened = await store.open(path)
    assert(opened !== undefined && opened !== 'folder')
    assert.equal((await digest(opened.read())).size, 3)
    // What lay in its socket while it slept it may have taken since: whole, never half.
    const late = await store.stat(safePath('new'))
    assert(late === undefined || (late !== 'folder' && late.size === 1))
    await store.put(path, noise(30_000_000))
    const whole = await store.open(path)
    assert(whole !== undefined && whole !== 'folder')
    assert.deepEqual(await digest(whole.read()), await digest(noise(30_000_000)))

    await server.kill()
    await Promise.all([assert.rejects(store.open(path), silent), assert.rejects(store.put(path, of('x')), silent), assert.rejects(store.delete(path), silent)])
  })
}
