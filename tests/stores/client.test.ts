import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { BlobServiceClient } from '@azure/storage-blob'
import { azureConnection, startAzure, startGcs, startS3, type ObjectServer } from '../../tools/object-stores.ts'
import { pythonForTests } from '../../tools/setup-python.ts'
import { startCairn, type Cairn } from './cairn.ts'

let s3: ObjectServer
let azure: ObjectServer
let gcs: ObjectServer
before(async () => {
  s3 = await startS3(['artifacts', 'direct'])
  azure = await startAzure()
  gcs = await startGcs(['artifacts'])
  await BlobServiceClient.fromConnectionString(azureConnection(azure.url)).createContainer('artifacts')
})
after(async () => {
  await s3?.[Symbol.asyncDispose]()
  await gcs?.[Symbol.asyncDispose]()
  await azure?.[Symbol.asyncDispose]()
})

const run = promisify(execFile)
const client = async (cairn: Cairn, storage: ObjectServer = s3): Promise<Record<string, any>> => {
  const home = await mkdtemp(join(tmpdir(), 'cairn-client-'))
  try {
    const { stdout } = await run(await pythonForTests(), [fileURLToPath(new URL('./client.py', import.meta.url))], {
      cwd: home, maxBuffer: 1e8,
      env: {
        ...process.env, MLFLOW_TRACKING_URI: cairn.server.url, STORAGE_URL: storage.url, MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE: '6000000', MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE: '5242880',
        MLFLOW_MULTIPART_DOWNLOAD_CHUNK_SIZE: '5242880', MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR: 'false', MLFLOW_HTTP_REQUEST_MAX_RETRIES: '0', HOME: home,
      },
    })
    return JSON.parse(stdout.slice(stdout.indexOf('{'))) as Record<string, unknown>
  } finally {
    await rm(home, { recursive: true, force: true })
  }
}

function check(seen: Record<string, any>): void {
  assert.deepEqual(seen['listed'], {
    None: [['again', true, null], ['config.json', false, 12], ['notes', true, null], ['weights', true, null]],
    notes: [['notes/a b.txt', false, 5]],
    weights: [['weights/big ä.bin', false, 17 * 2 ** 20 + 3]],
  })
  assert.deepEqual([seen['same'], seen['text'], seen['predicted']], [true, 'hello', [1]])
  assert.deepEqual(seen['after'], ['again', 'config.json', 'notes'])
  assert.match(seen['missing'], /ensure that the path is correct|No such artifact/)
}

test('MLflow\'s client logs, lists, downloads and deletes through Cairn on S3; large files go to the bucket itself, in parts', async () => {
  await using cairn = await startCairn('s3://artifacts/team/x', s3.url)
  const seen = await client(cairn)
  check(seen)
  // Two uploads of the large file in four parts each; every download by a signed URL.
  assert.equal(seen['direct_puts'], 8)
  assert(seen['direct_gets'] > 8)
  const zip = await fetch(`${cairn.server.url}/api/cairn/v1/runs/${seen['run_id']}/artifacts.zip`)
  assert.equal(zip.status, 200)
  assert.equal(Buffer.from(await zip.arrayBuffer()).subarray(0, 4).toString('latin1'), 'PK\u0003\u0004')
  const part = await fetch(`${cairn.server.url}/get-artifact?run_id=${seen['run_id']}&path=notes/a%20b.txt`, { headers: { range: 'bytes=1-3' } })
  assert.deepEqual([part.status, await part.text()], [206, 'ell'])
})

test('the same through Cairn on Azure Blob Storage', async () => {
  await using cairn = await startCairn('wasbs://artifacts@devstoreaccount1.blob.core.windows.net/team/x', s3.url, { AZURE_STORAGE_CONNECTION_STRING: azureConnection(azure.url) })
  const seen = await client(cairn, azure)
  check(seen)
  assert.equal(seen['direct_puts'], 8)
  assert(seen['direct_gets'] > 8)
})

test('the same through Cairn on Google Cloud Storage, whose emulator signs nothing', async () => {
  await using cairn = await startCairn('gs://artifacts/team/x', s3.url, { STORAGE_EMULATOR_HOST: gcs.url })
  const seen = await client(cairn, gcs)
  check(seen)
  assert.deepEqual([seen['direct_puts'], seen['direct_gets']], [0, 0])
})

test('clients that cannot reach the bucket send and fetch everything through Cairn', async () => {
  await using cairn = await startCairn('s3://artifacts/through', s3.url, { CAIRN_PRESIGNED_URLS: 'false' })
  const seen = await client(cairn)
  check(seen)
  assert.deepEqual([seen['direct_puts'], seen['direct_gets']], [0, 0])
})

test('runs whose artifacts lie in a bucket by their own URI are listed, served and signed for', async () => {
  await using cairn = await startCairn('s3://artifacts/other', s3.url, { MLFLOW_DEFAULT_ARTIFACT_ROOT: 's3://direct/kept', MLFLOW_PRESIGNED_DOWNLOAD_URL_TTL_SECONDS: '77' })
  const { experiment_id } = await cairn.ask('experiments/create', { name: 'direct' })
  const { run: { info } } = await cairn.ask('runs/create', { experiment_id, start_time: 1 })
  assert.equal(info.artifact_uri, `s3://direct/kept/${experiment_id}/${info.run_id}/artifacts`)
  const up = await cairn.ask('artifacts/presigned-upload-url', { run_id: info.run_id, path: 'm/big.bin' })
  assert.equal((await fetch(up['presigned_url'], { method: 'PUT', headers: up['headers'], body: 'straight' })).status, 200)
  const listed = await cairn.ask(`artifacts/list?run_id=${info.run_id}&path=m`)
  assert.deepEqual(listed['files'], [{ path: 'm/big.bin', is_dir: false, file_size: 8 }])
  assert.equal(await (await fetch(`${cairn.server.url}/get-artifact?run_id=${info.run_id}&path=m/big.bin`)).text(), 'straight')
  const down = await cairn.ask('artifacts/presigned-download-url', { run_id: info.run_id, path: 'm/big.bin', expiration: 60 })
  assert.equal(down['file_size'], 8)
  assert(down['presigned_url'].startsWith(s3.url))
  assert.match(down['presigned_url'], /X-Amz-Expires=60\b/)
  assert.match((await cairn.ask('artifacts/presigned-download-url', { run_id: info.run_id, path: 'm/big.bin' }))['presigned_url'], /X-Amz-Expires=77\b/)
  const answer = await fetch(down['presigned_url'])
  assert.equal(await answer.text(), 'straight')
  assert.match(answer.headers.get('content-disposition') ?? '', /^attachment; filename=big\.bin$/)
  assert.equal((await cairn.ask('artifacts/presigned-download-url', { run_id: info.run_id, path: 'absent' }))['status'], 404)
  for (const path of ['../x', 'a/%2e%2e/%2e%2e/x', '/etc/passwd']) {
    assert.equal((await cairn.ask('artifacts/presigned-upload-url', { run_id: info.run_id, path }))['status'], 400, path)
    assert.equal((await cairn.ask('artifacts/presigned-download-url', { run_id: info.run_id, path }))['status'], 400, path)
  }
  // Another's bucket, or this one above the prefix, is not Cairn's to read.
  for (const location of ['s3://elsewhere/x', 's3://direct/else', 's3://direct']) {
    const other = await cairn.ask('experiments/create', { name: location, artifact_location: location })
    const { run: { info: there } } = await cairn.ask('runs/create', { experiment_id: other['experiment_id'], start_time: 1 })
    assert.equal((await fetch(`${cairn.server.url}/get-artifact?run_id=${there.run_id}&path=x`)).status, 400)
    assert.equal((await cairn.ask('artifacts/presigned-upload-url', { run_id: there.run_id, path: 'x' }))['status'], 501)
  }
})
