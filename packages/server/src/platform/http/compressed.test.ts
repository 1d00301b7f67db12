import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { compressedJson } from './compressed.ts'
import type { Context } from './types.ts'

const answer = (accepted: string | undefined, value: unknown) => compressedJson({ headers: { 'accept-encoding': accepted } } as unknown as Context, value)

test('a long answer is compressed for whoever takes it, and for nobody else', async () => {
  const value = { rows: Array.from({ length: 200 }, (_, at) => ({ name: `run ${at}`, start: 7n })) }
  const text = JSON.stringify({ rows: value.rows.map(({ name }) => ({ name, start: 7 })) })
  for (const accepted of ['gzip, deflate, br', 'br;q=1, gzip;q=0.5', 'GZIP']) {
    const { headers, body } = await answer(accepted, value)
    assert.equal(headers['content-encoding'], 'gzip')
    assert.ok((body as Uint8Array).length < text.length / 4)
    assert.equal(gunzipSync(body as Uint8Array).toString(), text)
  }
  for (const accepted of [undefined, '', 'br', 'gzip;q=0', 'gzip;q=0.0, br', 'x-gzipped']) {
    const { headers, body } = await answer(accepted, value)
    assert.deepEqual([headers['content-encoding'], body], [undefined, text])
  }
  assert.equal((await answer('gzip', { rows: [] })).body, '{"rows":[]}')
})
