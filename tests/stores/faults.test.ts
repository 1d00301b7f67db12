import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { digest, noise } from '../../packages/server/src/platform/files/testing-contract.ts'
import { startS3, type ObjectServer } from '../../tools/object-stores.ts'
import { startCairn, type Cairn } from './cairn.ts'

let s3: ObjectServer
let cairn: Cairn
before(async () => {
  s3 = await startS3(['artifacts'])
  cairn = await startCairn('s3://artifacts/faults', s3.url, { CAIRN_STORAGE_TIMEOUT: '1', CAIRN_PRESIGNED_URLS: 'false' })
})
after(async () => {
  await cairn[Symbol.asyncDispose]()
  await s3[Symbol.asyncDispose]()
})

const get = (path: string): Promise<Response> => fetch(`${cairn.proxied}/${path}`)
const put = (path: string, body: string): Promise<Response> => fetch(`${cairn.proxied}/${path}`, { method: 'PUT', body })
const message = async (answer: Response): Promise<unknown> => ((await answer.json()) as { message: string }).message
const silent = 'The artifact storage does not answer. What was being sent is stored whole or not at all; try again.'

/** Sends a body whose middle waits for `between`; answers the status and the message. */
function upload(path: string, between: () => Promise<void>): Promise<{ status: number; message: string }> {
  return new Promise((resolve, reject) => {
    const sending = request(`${cairn.proxied}/${path}`, { method: 'PUT' }, async (answer) => {
      const text = Buffer.concat(await Array.fromAsync(answer as AsyncIterable<Buffer>)).toString()
      resolve({ status: answer.statusCode!, message: text === '' ? '' : (JSON.parse(text) as { message: string }).message })
    })
    sending.once('error', reject)
    void (async () => {
      let sent = 0
      for await (const piece of noise(60_000_000)) {
        if (sent < 30_000_000 && sent + piece.length >= 30_000_000) await between()
        sent += piece.length
        if (sending.destroyed || sending.writableEnded) return
        if (!sending.write(piece)) await Promise.race([once(sending, 'drain'), once(sending, 'close')])
      }
      sending.end()
    })().catch(reject)
  })
}

test('a storage that is killed in the middle of an upload: a clear error, nothing half visible, and the next upload works', async () => {
  assert.equal((await put('kill/x', 'old')).status, 200)
  const answer = await upload('kill/x', () => s3.kill())
  assert.deepEqual(answer, { status: 503, message: silent })
  const refused = await put('kill/y', 'while it is away')
  assert.deepEqual([refused.status, refused.headers.get('retry-after'), await message(refused)], [503, '5', silent])
  assert.equal((await get('kill/x')).status, 503)
  await s3.restart()
  assert.equal(await (await get('kill/x')).text(), 'old')
  assert.equal((await get('kill/y')).status, 404)
  assert.equal((await upload('kill/x', async () => {})).status, 200)
  const whole = await get('kill/x')
  assert.deepEqual(await digest(whole.body!), await digest(noise(60_000_000)))
})

test('a storage that is killed in the middle of a download and comes back: the download goes on and is whole', async () => {
  const answer = await get('kill/x')
  async function* slowly(): AsyncGenerator<Uint8Array> {
    let killed = false
    for await (const piece of answer.body!) {
      yield piece
      if (killed) continue
      killed = true
      await s3.kill()
      await s3.restart()
    }
  }
  assert.deepEqual(await digest(slowly()), await digest(noise(60_000_000)))
})

test('a storage that stays away: the download breaks off, so that nobody takes it for whole', async () => {
  const answer = await get('kill/x')
  await assert.rejects(async () => {
    let killed = false
    for await (const _piece of answer.body!) {
      if (!killed) await s3.kill()
      killed = true
    }
  })
  await s3.restart()
  assert.equal((await get('kill/x')).status, 200)
})

test('a storage that accepts and says nothing: an error within the time allowed, and recovery when it wakes', async () => {
  s3.pause()
  const started = Date.now()
  const [up, down, list] = await Promise.all([put('hang/x', 'x'), get('kill/x'), fetch(`${cairn.proxied}?path=kill`)])
  assert.deepEqual([up.status, down.status, list.status], [503, 503, 503])
  assert(Date.now() - started < 15_000, `${Date.now() - started} ms`)
  // Nothing else is held up by it.
  assert.equal((await cairn.ask('experiments/search', { max_results: 1 }))['status'], 200)
  s3.resume()
  assert.equal((await put('hang/y', 'x')).status, 200)
  assert.equal((await upload('hang/z', async () => { s3.pause() })).status, 503)
  s3.resume()
  assert.equal((await get('hang/z')).status, 404)
  assert.equal((await put('hang/z', 'x')).status, 200)
})

test('a client that goes away in the middle of an upload leaves nothing', async () => {
  await new Promise<void>((resolve) => {
    const sending = request(`${cairn.proxied}/gone/x`, { method: 'PUT', headers: { 'content-length': 60_000_000 } })
    sending.once('error', () => resolve())
    sending.write(Buffer.alloc(20_000_000), () => sending.destroy(new Error('gone')))
  })
  await sleep(300)
  assert.equal((await get('gone/x')).status, 404)
})

test('`..`, encoded or not, and absolute names reach nothing, and neighbours of the prefix are not seen', async () => {
  await using neighbour = await startCairn('s3://artifacts/fault', s3.url)
  await using inner = await startCairn('s3://artifacts/faults-2', s3.url)
  for (const other of [neighbour, inner]) assert.equal((await fetch(`${other.proxied}/secret`, { method: 'PUT', body: 'secret' })).status, 200)
  for (const path of ['..%2ffault/secret', '%2e%2e/fault/secret', '%252e%252e%252ffault/secret', 'a/..%2f..%2ffault/secret', '%2ffault/secret', '..%5cfault/secret', 's3:%2f%2fartifacts/fault/secret']) {
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const answer = await fetch(`${cairn.proxied}/${path}`, { method, ...(method === 'PUT' && { body: 'evil' }) })
      assert([400, 404].includes(answer.status), `${method} ${path}: ${answer.status}`)
    }
  }
  assert.equal((await fetch(`${cairn.proxied}/%2e`, { method: 'DELETE' })).ok, false)
  const { files } = await (await fetch(cairn.proxied)).json() as { files: { path: string }[] }
  assert.deepEqual(files.map(({ path }) => path).sort(), ['hang', 'kill'])
  for (const other of [neighbour, inner]) assert.equal(await (await fetch(`${other.proxied}/secret`)).text(), 'secret')
})

test('a bucket that does not exist, and credentials that are refused, are told at the start; a storage that is away is only warned of', async () => {
  await assert.rejects(startCairn('s3://no-such-bucket/x', s3.url), /Artifacts are to be kept in s3:\/\/no-such-bucket, but there is no such bucket\. Create the bucket/)
  await assert.rejects(startCairn('s3://artifacts/x', s3.url, { AWS_SECRET_ACCESS_KEY: 'wrong' }), /the storage refuses this server's credentials/)
  await assert.rejects(startCairn('s3://artifacts/x?y', s3.url), /names no bucket that Cairn can keep artifacts in/)
  const gone = createServer().listen(0, '127.0.0.1')
  await once(gone, 'listening')
  const { port } = gone.address() as { port: number }
  gone.close()
  await using started = await startCairn('s3://artifacts/x', `http://127.0.0.1:${port}`, { CAIRN_STORAGE_TIMEOUT: '1' })
  assert.equal((await fetch(`${started.proxied}/x`)).status, 503)
})

const memory = (pid: number, what: 'VmRSS' | 'VmHWM'): number => Number(new RegExp(`${what}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024

for (const [where, start] of [
  ['a bucket', () => startCairn('s3://artifacts/memory', s3.url)],
  ['a folder', () => startCairn('files', s3.url)],
] as const) {
  test(`a file of gigabytes passes in memory that does not grow with it, to and from ${where}`, { skip: process.platform === 'linux' ? false : 'reads /proc' }, async () => {
    const size = Number(process.env['CAIRN_STORES_MB'] ?? 1024) * 2 ** 20
    await using big = await start()
    const warm = await fetch(`${big.proxied}/big`, { method: 'PUT', body: ReadableStream.from(noise(64 * 2 ** 20)), duplex: 'half' } as RequestInit)
    assert.equal(warm.status, 200)
    await (await fetch(`${big.proxied}/big`)).body!.pipeTo(new WritableStream())
    const before = memory(big.server.pid, 'VmHWM')
    const up = performance.now()
    const sent = await fetch(`${big.proxied}/big`, { method: 'PUT', body: ReadableStream.from(noise(size)), duplex: 'half' } as RequestInit)
    assert.equal(sent.status, 200)
    const down = performance.now()
    let received = 0
    for await (const piece of (await fetch(`${big.proxied}/big`)).body!) received += piece.length
    assert.equal(received, size)
    const rate = (ms: number): string => `${Math.round(size / 2 ** 20 / (ms / 1000))} MB/s`
    const grown = memory(big.server.pid, 'VmHWM') - before
    console.log(`${where}: ${size / 2 ** 20} MB up at ${rate(down - up)}, down at ${rate(performance.now() - down)}; memory at most ${Math.round(before)} MB with 64 MB, ${Math.round(grown)} MB more with this`)
    assert(grown < 100, `${grown} MB`)
    await fetch(`${big.proxied}/big`, { method: 'DELETE' })
  })
}
