import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { openS3 } from './s3.ts'
import { defaultStorage } from './settings.ts'

/** What a storage is told of encryption by each kind of request; the real one of the tests has none. */
async function told(extra: Readonly<Record<string, unknown>>) {
  const heard = new Map<string, Record<string, string>>()
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url!, 'http://storage')
    const what = `${request.method}${searchParams.has('uploads') ? ' begin' : searchParams.has('partNumber') ? ' part' : searchParams.has('uploadId') ? ' upload' : ''}`
    heard.set(what, Object.fromEntries(Object.entries(request.headers).flatMap(([name, value]) => (name.includes('server-side') ? [[name.replace('x-amz-server-side-encryption', ''), String(value)]] : []))))
    request.resume().on('end', () => {
      response.setHeader('etag', '"e"')
      response.end(what === 'POST begin' ? '<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>'
        : what === 'POST upload' ? `<CompleteMultipartUploadResult><ETag>"e"</ETag><Key>${pathname}</Key></CompleteMultipartUploadResult>` : request.method === 'GET' ? 'x' : '')
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret' })
  const bucket = openS3('b', { ...defaultStorage.s3, region: 'us-east-1', endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, pathStyle: true, timeoutMs: 5000, extra })
  await bucket.put('k', Buffer.from('x'), undefined)
  const id = await bucket.begin('k', 'mark')
  await bucket.sendPart('k', id, 1, Buffer.from('x'))
  await bucket.finish('k', id, [{ number: 1, etag: '"e"' }], { onlyIf: undefined, mark: 'mark' })
  await bucket.head('k')
  await Array.fromAsync(await bucket.read('k', 0, 0, '"e"'))
  const signed = await bucket.sign?.('k', 'PUT', 60)
  const part = await bucket.signPart?.('k', id, 1, 60)
  bucket.close()
  server.close()
  return { heard, signed, part }
}

test('S3 is told how to encrypt what is stored, and a signed URL asks for it too', async () => {
  const { heard, signed, part } = await told({ ServerSideEncryption: 'aws:kms', SSEKMSKeyId: 'key-1' })
  const kms = { '': 'aws:kms', '-aws-kms-key-id': 'key-1' }
  assert.deepEqual([heard.get('PUT'), heard.get('POST begin'), heard.get('PUT part'), heard.get('GET')], [kms, kms, {}, {}])
  assert.deepEqual(signed?.headers, { 'x-amz-server-side-encryption': 'aws:kms', 'x-amz-server-side-encryption-aws-kms-key-id': 'key-1' })
  assert.match(new URL(signed!.url).searchParams.get('X-Amz-SignedHeaders')!, /x-amz-server-side-encryption-aws-kms-key-id/)
  assert.notEqual(part, undefined)
})

test("a key of the customer's own comes with every request that touches content, and never leaves the server: nothing is signed", async () => {
  const { heard, signed, part } = await told({ SSECustomerAlgorithm: 'AES256', SSECustomerKey: Buffer.alloc(32, 7).toString('base64') })
  for (const what of ['PUT', 'POST begin', 'PUT part', 'POST upload', 'HEAD', 'GET']) {
    assert.deepEqual(Object.keys(heard.get(what) ?? {}).sort(), ['-customer-algorithm', '-customer-key', '-customer-key-md5'], what)
  }
  assert.deepEqual([signed, part], [undefined, undefined])
})
