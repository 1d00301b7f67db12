import assert from 'node:assert/strict'
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { runId } from '../../packages/server/src/artifacts/testing.ts'

/*
 * Far more bytes than the bound on memory go through a server in a process of its own. What goes
 * through here is enough to tell: a server that held the file would hold several times the bound.
 * CAIRN_LARGE_MB makes it larger.
 */
const megabytes = Number(process.env['CAIRN_LARGE_MB'] ?? 640)
const chunk = Buffer.alloc(1 << 20, 'x')
const size = megabytes * 2 ** 20
const bound = 180 * 2 ** 20

let child: ChildProcess
let urls: { url: string; proxied: string }
const ask = async <T>(message: string): Promise<T> => {
  const answer = once(child, 'message')
  child.send(message)
  return (await answer)[0] as T
}

before(async () => {
  child = fork(fileURLToPath(new URL('../../packages/server/src/artifacts/testing-process.ts', import.meta.url)), { execArgv: ['--conditions=source'], stdio: 'inherit' })
  urls = (await once(child, 'message'))[0] as typeof urls
})
after(async () => {
  child.send('stop')
  await once(child, 'exit')
})

function generated(): ReadableStream<Uint8Array> {
  let left = megabytes
  return new ReadableStream({ pull(controller) {
    if (left === 0) controller.close()
    else controller.enqueue(chunk)
    left -= 1
  } }, { highWaterMark: 1 })
}

async function drained(response: Response): Promise<number> {
  let size = 0
  for await (const piece of response.body!) size += piece.length
  return size
}

test('a file far larger than the memory of the server goes up, down, in parts and as a ZIP', { timeout: 120_000 + megabytes * 200 }, async () => {
  const path = `${urls.proxied}/1/${runId}/artifacts/big.bin`
  const stored = await fetch(path, { method: 'PUT', body: generated(), duplex: 'half' } as RequestInit)
  assert.equal(stored.status, 200)
  const down = await fetch(path)
  assert.equal(down.headers.get('content-length'), String(size))
  assert.equal(await drained(down), size)
  assert.ok(await drained(await fetch(`${urls.url}/api/cairn/v1/runs/${runId}/artifacts.zip`)) > size)

  const post = async (verb: string, body: object): Promise<any> => (await fetch(`${urls.proxied.replace(/artifacts$/, '')}mpu/${verb}/1/${runId}/artifacts`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })).json()
  const begun = await post('create', { path: 'parts.bin', num_parts: 3 })
  const parts = []
  for (const { url, part_number } of begun.credentials) {
    const answer = await fetch(url, { method: 'PUT', body: Buffer.alloc(64 << 20) })
    parts.push({ part_number, etag: answer.headers.get('etag') })
  }
  await post('complete', { path: 'parts.bin', upload_id: begun.upload_id, parts })
  assert.equal((await fetch(path.replace('big', 'parts'), { method: 'HEAD' })).headers.get('content-length'), String(3 * 64 << 20))

  const { maxRss } = await ask<{ maxRss: number }>('memory')
  assert.ok(maxRss < bound, `${Math.round(maxRss / 2 ** 20)} MB`)
})

test('a reader that stops reading stops the server from reading', async () => {
  const before = await ask<{ maxRss: number }>('memory')
  const readers = await Promise.all(Array.from({ length: 20 }, () => fetch(`${urls.proxied}/1/${runId}/artifacts/big.bin`)))
  await new Promise((resolve) => { setTimeout(resolve, 500) })
  const { maxRss } = await ask<{ maxRss: number }>('memory')
  for (const reader of readers) await reader.body!.cancel()
  assert.ok(maxRss - before.maxRss < 100 * 2 ** 20, `${Math.round((maxRss - before.maxRss) / 2 ** 20)} MB more`)
})
