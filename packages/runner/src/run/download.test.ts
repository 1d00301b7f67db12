import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { CairnClient } from '@cairn/sdk'
import { startServer } from '@cairn/server'
import { readConfig } from '@cairn/server/config'
import { downloader } from './download.ts'

const folder = mkdtempSync(join(tmpdir(), 'cairn-download-'))
after(() => rmSync(folder, { recursive: true }))

test('a parameter’s file or folder is fetched from runs, models, the proxy and http', async () => {
  await using server = await startServer(readConfig({ flags: { port: '0' }, env: {}, cwd: folder }))
  const client = new CairnClient({ url: server.url, retries: 0 })
  const { info } = await client.runs.create({ experiment_id: '0', start_time: 1 })
  await client.artifacts.upload(info.run_id, 'model/weights.bin', 'w')
  await client.artifacts.upload(info.run_id, 'model/code/a b.py', 'code')
  await client.models.create({ name: 'm' })
  await client.models.createVersion({ name: 'm', source: `runs:/${info.run_id}/model`, run_id: info.run_id })
  await client.models.setAlias('m', 'best', '1')
  await using http = createServer((_request, response) => response.end('over http'))
  await new Promise<void>((done) => http.listen(0, '127.0.0.1', done))
  const get = downloader(client, new AbortController().signal)
  const read = async (uri: string, inside = ''): Promise<string> => readFileSync(join(await get(uri, join(folder, String(Math.random()))), inside), 'utf8')

  assert.equal(await read(`runs:/${info.run_id}/model`, 'code/a b.py'), 'code')
  assert.equal(await read(`runs:/${info.run_id}/model/weights.bin`), 'w')
  assert.equal(await read('models:/m/1', 'weights.bin'), 'w')
  assert.equal(await read('models:/m@best/code/a b.py'), 'code')
  assert.equal(await read(`${info.artifact_uri}/model`, 'weights.bin'), 'w')
  assert.equal(await read(`http://127.0.0.1:${(http.address() as AddressInfo).port}/data/t.csv?x=1`), 'over http')
  await assert.rejects(get(`runs:/${info.run_id}/none`, folder), /There is nothing at runs:/)
  await assert.rejects(get('models:/m', folder), /names no version of a model/)
  await assert.rejects(get('s3://bucket/t.csv', folder), /fetched by its own tools only/)
})
