import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { serverOnSmallDisk } from './small-disk.ts'

test('a full disk: what cannot be stored is said to be, what was acknowledged stays, reading goes on, and so does writing once there is room', { timeout: 120_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cairn-full-'))
  try {
    await using server = await serverOnSmallDisk(folder)
    const post = async (path: string, body: object): Promise<{ status: number; headers: Headers; body: any }> => {
      const response = await fetch(`${server.url}/api/2.0/mlflow/${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
      return { status: response.status, headers: response.headers, body: await response.json() }
    }
    const { run } = (await post('runs/create', { experiment_id: '0', start_time: 1 })).body
    const run_id = run.info.run_id as string
    // Text that does not compress into nothing, key by key.
    const tag = (index: number) => ({ run_id, key: `k${index}`, value: Array.from({ length: 60 }, (_, at) => Math.sin(index * 97 + at).toString(36)).join('').slice(0, 7000) })
    const kept: number[] = []
    let refusal: Awaited<ReturnType<typeof post>> | undefined
    for (let index = 0; index < 20_000 && refusal === undefined; index += 20) {
      const answers = await Promise.all(Array.from({ length: 20 }, async (_, at) => ({ at: index + at, answer: await post('runs/set-tag', tag(index + at)) })))
      for (const { at, answer } of answers) {
        if (answer.status === 200) kept.push(at)
        else refusal ??= answer
      }
    }
    assert.ok(refusal !== undefined && kept.length > 100, `${kept.length} kept`)
    assert.deepEqual([refusal.status, refusal.body.error_code, refusal.headers.get('retry-after')], [503, 'TEMPORARILY_UNAVAILABLE', '30'])
    assert.match(refusal.body.message, /disk of this server is full, or cannot be written to\. Nothing of this request was stored/)

    const tagsNow = async (): Promise<Map<string, string>> => {
      const response = await fetch(`${server.url}/api/2.0/mlflow/runs/get?run_id=${run_id}`)
      assert.equal(response.status, 200)
      const { run: now } = await response.json() as { run: { data: { tags: { key: string; value: string }[] } } }
      return new Map(now.data.tags.map(({ key, value }) => [key, value]))
    }
    const before = await tagsNow()
    assert.deepEqual(kept.filter((index) => before.get(`k${index}`) !== tag(index).value), [])
    // An artifact is there whole or not at all.
    const file = `${server.url}/api/2.0/mlflow-artifacts/artifacts/0/large.bin`
    const put = await fetch(file, { method: 'PUT', body: new Uint8Array(14_000_000) })
    assert.ok(put.status >= 500, String(put.status))
    assert.equal((await fetch(file)).status, 404)

    server.makeRoom()
    let again = 503
    for (let attempt = 0; attempt < 100 && again !== 200; attempt += 1) again = (await post('runs/set-tag', { run_id, key: 'after', value: 'there is room' })).status
    assert.equal(again, 200)
    const after = await tagsNow()
    assert.equal(after.get('after'), 'there is room')
    assert.deepEqual(kept.filter((index) => after.get(`k${index}`) !== tag(index).value), [])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
