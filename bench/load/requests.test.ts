import { test } from 'node:test'
import assert from 'node:assert/strict'
import { advance, batch, logBatchRequest, logMetricRequest, smallestStep } from './requests.ts'

const parts = (bytes: Buffer) => {
  const [head = '', body = ''] = bytes.toString().split('\r\n\r\n')
  assert.equal(Number(/Content-Length: (\d+)/.exec(head)![1]), Buffer.byteLength(body))
  return { head, body: JSON.parse(body) }
}

test('a patched point is the request that a client would have built', () => {
  const request = logMetricRequest(5000, 'f'.repeat(32), 1)
  advance(request, smallestStep + 1234, 1)
  const { head, body } = parts(request.bytes)
  assert.match(head, /^POST \/api\/2\.0\/mlflow\/runs\/log-metric HTTP\/1\.1\r\nHost: 127\.0\.0\.1:5000\r\n/)
  assert.equal(body.run_id, 'f'.repeat(32))
  assert.equal(body.step, smallestStep + 1234)
  assert.equal(body.timestamp, 1_700_001_001_234)
  const before = body.value
  advance(request, smallestStep + 1235, 1)
  assert.notEqual(parts(request.bytes).body.value, before)
})

test('a batch holds 1000 different points of ten metrics at consecutive steps', () => {
  const request = logBatchRequest(5000, 'run', 3)
  advance(request, smallestStep + 500, batch.keys)
  const { metrics } = parts(request.bytes).body
  assert.equal(metrics.length, 1000)
  assert.equal(new Set(metrics.map((point: { key: string; step: number }) => `${point.key} ${point.step}`)).size, 1000)
  assert.deepEqual([metrics[0].step, metrics.at(-1).step], [smallestStep + 500, smallestStep + 599])
  assert.ok(new Set(metrics.map((point: { value: number }) => point.value)).size > 990)
})
